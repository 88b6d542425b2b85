"""A story: people, the mail server, the clock and the power do what they like, in an order that Hypothesis makes up.

In:    people who come and go, papers, days that pass, clocks that step, faults and kills in the middle of a dialogue.
Out:   an AssertionError at the first step after which a promise is broken.
Never: two senders at once, a verdict but by what the server took and when the sender ended.
"""

import os
import random
import re
import signal
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import NoReturn

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from digest.model import DeliveryState, SubscriberState
from digest.store.engine import open_store
from digest.store.transitions import OPEN
from tests.crash.days import (
    DAY,
    HOUR,
    SECOND,
    START,
    Letter,
    ToldClock,
    ingest,
    letter,
    reader,
    tick,
)
from tests.smtp import DROP, Mail, SmtpServer

PEOPLE = 4
REFUSALS = ("450 4.2.0 not now", "550 5.1.1 nobody of that name", "421 4.3.2 closing", DROP)
WAITS = st.sampled_from(("no time", "an hour", "a night", "a night"))  # mostly until there is mail to send
REFUSED_AT = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT")
KILLED_AT = ("CONNECT", "MAIL", "RCPT", "DATA", "DATA", "DOT", "DOT", "DOT", "QUIT")  # where it hurts, more often
WRITTEN = ("DATA", "QUIT")  # before these the last answer is on the disk
AFTERWARDS = (2 * HOUR, 26 * HOUR)  # by then every retry has been due
PLACE = re.compile(r"<(.+)>")
Harm = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A message the server took. `unknown`: the sender never learnt that, or died before it wrote it down."""

    letter: Letter
    unknown: bool


@dataclass(slots=True)
class Person:
    """`may_get`: how many messages in all, from the moment on that they left or had not confirmed; None: any."""

    number: int
    address: str
    may_get: int | None = None
    erased: bool = False


def excess(taken: Iterable[Taken]) -> list[str]:
    """Copies for which there is no excuse: each but the last must have ended unknown, and be the same octets."""
    messages: defaultdict[tuple[str, date], list[Taken]] = defaultdict(list)
    for one in taken:
        messages[one.letter.recipient, one.letter.day].append(one)
    told = []
    for (who, day), copies in messages.items():
        if not all(one.unknown for one in copies[:-1]):
            told.append(f"{who} got {day} again although the sender knew that it was taken")
        if len({(one.letter.content, one.letter.message_id) for one in copies}) > 1:
            told.append(f"{who} got {day} in different words")
    return told


class Story(RuleBasedStateMachine):
    """`harm` is done to each sender before it begins; the real one has none."""

    def __init__(self, folder: Path, harm: Harm, figures: Counter[str]) -> None:
        super().__init__()
        self.folder, self.harm, self.figures = Path(mkdtemp(dir=folder)), harm, figures
        self.url = f"sqlite:///{self.folder / 'digest.db'}"
        open_store(self.url).close()
        self.server = SmtpServer()
        self.server.__enter__()
        self.clock = ToldClock(START)
        self.people: list[Person] = []
        self.taken: list[Taken] = []
        self.kept: list[Mail] = []  # taken as well, but the server never said so
        self.sheets = self.sender = 0
        self.good = True

    @initialize()
    def two_subscribe(self) -> None:
        self.subscribe(0, pending=False)
        self.subscribe(7, pending=False)

    @precondition(lambda self: len(self._living()) < PEOPLE)
    @rule(hour=st.integers(0, 12), pending=st.sampled_from((False, False, True)))
    def subscribe(self, hour: int, pending: bool) -> None:
        state = SubscriberState.PENDING if pending else SubscriberState.ACTIVE
        address = f"reader{len(self.people)}@example.org"
        with open_store(self.url) as store:
            added = store.subscribers.add(replace(reader(address, time(hour)), state=state), self.clock.now())
        self.people.append(Person(added.id, address, may_get=0 if pending else None))

    def _living(self) -> list[Person]:
        return [person for person in self.people if not person.erased]

    @precondition(lambda self: len(self._living()) == PEOPLE)
    @rule(which=st.integers(0, PEOPLE - 1), erase=st.booleans())
    def leave(self, which: int, erase: bool) -> None:
        self._leave(self._living()[which], erase)

    def _leave(self, person: Person, erase: bool) -> None:
        with open_store(self.url) as store:
            if erase:
                store.subscribers.erase(person.number)
            else:
                store.subscribers.set_state(person.number, SubscriberState.UNSUBSCRIBED, "link", self.clock.now())
        person.erased = person.erased or erase
        person.may_get = self._got(person)

    @precondition(lambda self: any(person.may_get is not None for person in self._living()))
    @rule(which=st.integers(0, PEOPLE - 1))
    def confirm_or_resume(self, which: int) -> None:
        gone = [person for person in self._living() if person.may_get is not None]
        person = gone[which % len(gone)]
        with open_store(self.url) as store:
            store.suppressions.remove(person.address)
            store.subscribers.set_state(person.number, SubscriberState.ACTIVE, "came back", self.clock.now())
        person.may_get = None

    @rule(seconds=st.sampled_from((1, 60, 3600, 86_400, 604_800, 31_557_600, 315_576_000)), ahead=st.booleans())
    def clock_steps(self, seconds: int, ahead: bool) -> None:
        self.clock.moment += seconds * SECOND * (1 if ahead else -1)

    @rule(wait=WAITS)
    def run(self, wait: str) -> None:
        self._later(wait)
        self._run()

    @rule(wait=WAITS, point=st.sampled_from(REFUSED_AT), reply=st.sampled_from(REFUSALS), times=st.integers(1, 3))
    def run_with_a_server_at_fault(self, wait: str, point: str, reply: str, times: int) -> None:
        self._later(wait)
        self.server.answer(point, reply, times=times)
        self._run(lost=(point, reply) == ("DOT", DROP))

    @rule(wait=WAITS, point=st.sampled_from(KILLED_AT), nth=st.sampled_from((1, 1, 2)), restart=st.booleans())
    def run_until_killed(self, wait: str, point: str, nth: int, restart: bool) -> None:
        self._later(wait)
        self._at(point, nth, self._kill)
        self._run(unwritten=point not in WRITTEN)
        if restart:
            self._run()

    @rule(nth=st.sampled_from((1, 1, 2)))
    def answer_is_lost_in_the_morning(self, nth: int) -> None:
        """The one ambiguity that there is, when there is most to send; the program starts again at once."""
        self.run_until_killed("a night", "DOT", nth, restart=True)

    @rule(wait=WAITS, nth=st.integers(1, 2), erase=st.booleans())
    def run_while_somebody_leaves(self, wait: str, nth: int, erase: bool) -> None:
        """The one whose message is under way, when the server has heard their name and nothing else."""
        self._later(wait)
        self._at("RCPT", nth, lambda: self._leave(self._under_way(), erase))
        self._run()

    def _later(self, wait: str) -> None:
        now = self.clock.moment
        morning = now.replace(hour=START.hour) + (DAY if now.hour >= START.hour else timedelta())
        self.clock.moment = {"no time": now, "an hour": now + HOUR, "a night": morning}[wait]
        self.sheets += 1
        with open_store(self.url) as store:
            ingest(store, self.clock, self.sheets)

    def _at(self, point: str, nth: int, action: Callable[[], None]) -> None:
        left = iter(range(nth - 1, -1, -1))

        def count() -> None:
            if next(left, None) == 0:
                action()

        self.server.meanwhile(point, count)

    def _under_way(self) -> Person:
        place = PLACE.search(self.server.commands[-1][1])
        assert place
        return next(person for person in self.people if person.address == place[1])

    def _kill(self) -> None:
        os.kill(self.sender, signal.SIGKILL)
        os.waitid(os.P_PID, self.sender, os.WEXITED | os.WNOWAIT)  # dead before the server answers

    def _run(self, *, lost: bool = False, unwritten: bool = False) -> None:
        """One tick in a process of its own. `lost`: the server keeps what it does not answer for; `unwritten`: a kill
        comes before the last answer is on the disk."""
        mails, refused = len(self.server.mails), len(self.server.turned_away)
        self.sender = os.fork()
        if not self.sender:
            self._be_the_sender()
        os.waitid(os.P_PID, self.sender, os.WEXITED | os.WNOWAIT)
        self.server.hang_up()  # and so waits until the server has done all that it was about to do
        code = os.waitstatus_to_exitcode(os.waitpid(self.sender, 0)[1])
        self.server.behave()
        self.figures.update(runs=1, kills=code == -signal.SIGKILL)
        new = [Taken(letter(mail), unknown=False) for mail in self.server.mails[mails:]]
        if code and unwritten and new:
            new[-1] = replace(new[-1], unknown=True)
        if lost:
            self.kept += self.server.turned_away[refused:]
            new += [Taken(letter(mail), unknown=True) for mail in self.server.turned_away[refused:]]
        self.taken += new
        self._judge([] if code in (0, -signal.SIGKILL) else [f"the sender ended with {code}"])

    def _be_the_sender(self) -> NoReturn:
        code = 1
        try:
            random.seed(0)
            self.harm()
            with open_store(self.url) as store:
                tick(store, self.clock, self.server.port, connections=1)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _got(self, person: Person) -> int:
        """How many messages the server has for them; also right while a sender is at work."""
        return sum(mail.recipient == person.address for mail in (*self.server.mails, *self.kept))

    def _judge(self, found: list[str]) -> None:
        for person in self.people:
            if person.may_get is not None and self._got(person) > person.may_get:
                found.append(f"{person.address} got a message that began after they had left, or before they confirmed")
        found += excess(self.taken)
        known = {(one.letter.recipient, one.letter.day): one.unknown for one in self.taken}  # the last of each
        with open_store(self.url) as store:
            sent = {(one.address, one.local_date) for one in store.deliveries.list(DeliveryState.SENT, limit=1000)}
        found += [f"{who} on {day} is `sent`, and the server has nothing" for who, day in sent - known.keys()]
        left = {person.address for person in self.people if person.erased}
        answered = {message for message, unknown in known.items() if not unknown and message[0] not in left}
        found += [f"{who} on {day} was taken, and is not `sent`" for who, day in answered - sent]
        self.good = not found
        assert self.good, "; ".join(found)

    def teardown(self) -> None:
        try:
            if self.good:
                self._come_to_an_end()
        finally:
            self.server.__exit__()
            self.figures.update(self._figures())
            rmtree(self.folder)

    def _figures(self) -> dict[str, int]:
        messages = len({(one.letter.recipient, one.letter.day) for one in self.taken})
        unknown = sum(one.unknown for one in self.taken)
        return {"stories": 1, "messages": messages, "unknown endings": unknown, "copies": len(self.taken) - messages}

    def _come_to_an_end(self) -> None:
        """With nothing in the way every delivery comes to an end."""
        for later in AFTERWARDS:
            self.clock.moment += later
            self._run()
        with open_store(self.url) as store:
            still = [one for state in sorted(OPEN) for one in store.deliveries.list(state)]
        assert not still, f"{len(still)} deliveries never end: {still[0]}"
