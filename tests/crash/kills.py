"""P1: the sender is killed at random instants, in its start, its recovery and the thick of sending.

In:    the real program, a mail server that takes everything and writes it down.
Out:   what the server's log says about losses, copies and wrong recipients, under both policies.
Never: two senders at once: a run begins when the one before is dead.
"""

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.crash.broken import program
from tests.crash.lab import DIGEST, Lab, addresses, gone_within, make
from tests.crash.oracle import FarEnd, Found, judge
from tests.crash.promise import Control, Outcome, Promise

CONNECTIONS = 4
MANY, FEW = 10_000, 200  # subscribers of a long and of a short campaign
LONG = 500
START_SECONDS = 1.6  # most of a start falls into it
HALF = 0.5
MESSAGES = 20  # at most so many are sent before a kill that waits for messages; 1 in SPREAD of a large database
SPREAD = 125
LAST_SECONDS = 600  # in which the run that is left alone must come to its end; pytest gives up after 900
LONGEST_WAIT = 120  # seconds for messages that may never come
SLOW = 0.01  # seconds before a 354, for a control: nobody shall miss what is wrong just then
MOMENT = 0.03  # seconds: about what one message takes


@dataclass(slots=True)
class Runs:
    """The runs on one database, all killed but the last."""

    kills: int = 0
    starts: list[int] = field(default_factory=list)  # the last session before each run
    trouble: str = ""  # a run that neither was killed nor came to its end


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of one database."""

    policy: str
    runs: Runs
    taken: int
    found: Found
    held: set[str]  # whom the operator is told of


def campaign(
    folder: Path,
    size: int,
    seed: int,
    *,
    broken: tuple[str, ...] = DIGEST,
    thick: float = HALF,
    early: bool = False,
    slow: float = 0,
) -> Outcome:
    """Kills until there are `size`, half of them under each policy; `thick`: the part that waits for messages.

    `early`: the first database with a violation is the last; `slow`: seconds before each 354 of the server.
    """
    chance = random.Random(seed)
    subscribers = MANY if size >= LONG else FEW
    filled = make(folder / "filled", smtp=1)
    filled.fill(subscribers)
    ledgers: list[Ledger] = []
    for policy, wanted in (("resend", size - size // 2), ("hold", size // 2)):
        left = wanted
        while left > 0:
            place = folder / f"{len(ledgers)}-{policy}"
            with FarEnd(place / "far") as far:
                lab = make(place / "lab", smtp=far.port, on_uncertain=policy, connections=CONNECTIONS, program=broken)
                lab.copy(filled)
                if slow:
                    far.server.meanwhile("DATA", lambda: time.sleep(slow))
                runs = _killed_often(lab, far, left, chance, thick, max(MESSAGES, subscribers // SPREAD))
            ledgers.append(_judged(policy, runs, lab, far, subscribers))
            left = 0 if runs.trouble else left - runs.kills
            if not runs.kills and not runs.trouble:
                runs.trouble, left = "the run was never killed: it ended sooner each time", 0
            if early and list(_violations(ledgers[-1])):
                return _outcome(ledgers)
    return _outcome(ledgers)


def _killed_often(lab: Lab, far: FarEnd, kills: int, chance: random.Random, thick: float, messages: int) -> Runs:
    """Runs that are killed, until one gets to its end or there were enough; then one that may finish."""
    runs, complete = Runs(), False
    while not complete:
        runs.starts.append(far.server.sessions)
        with lab.running("deliver") as sender:
            if runs.kills < kills:
                at_some_instant(sender, far, chance, thick, messages)
            else:
                gone_within(sender, LAST_SECONDS)
            sender.kill()
            code = sender.wait()
        if code == -signal.SIGKILL and runs.kills < kills:
            runs.kills += 1
        else:
            complete = True
            runs.trouble = f"a run ended with {code}: {lab.last_words()}" if code else ""
    return runs


def at_some_instant(
    process: subprocess.Popen[bytes], far: FarEnd, chance: random.Random, thick: float, messages: int = MESSAGES
) -> None:
    """By the clock from its start on; or, for the part `thick` of them, when it has sent some messages."""
    if chance.random() >= thick:
        gone_within(process, chance.uniform(0, START_SECONDS))
        return
    enough, ends = far.count + chance.randint(1, messages), time.monotonic() + LONGEST_WAIT
    while far.count < enough and time.monotonic() < ends and not gone_within(process, 0.002):
        pass
    gone_within(process, chance.uniform(0, MOMENT))


def _judged(policy: str, runs: Runs, lab: Lab, far: FarEnd, subscribers: int) -> Ledger:
    taken = far.taken()
    found = judge(taken, addresses(subscribers), runs.starts)
    listed = lab.run("delivery", "list", "--state", "uncertain", "--json", "--limit", str(subscribers))
    return Ledger(policy, runs, len(taken), found, {row["email"] for row in json.loads(listed.stdout)})


def _violations(ledger: Ledger) -> Iterator[str]:
    """Each in a line; the last run was not killed, so nothing it sent may come again."""
    found, held = ledger.found, ledger.held if ledger.policy == "hold" else set()
    if ledger.runs.trouble:
        yield ledger.runs.trouble
    yield from found.wrong
    yield from (f"lost: {address} has no mail" for address in found.missing if address not in held)
    yield from (f"the copies to {address} differ" for address in found.differing)
    yield from (f"two copies to {address} by one run" for address in found.twice)
    if len(ledger.held) > CONNECTIONS * ledger.runs.kills:
        yield f"{len(ledger.held)} are held for the operator after {ledger.runs.kills} kills"
    allowed = CONNECTIONS if ledger.policy == "resend" else 0
    for run, extra in sorted(found.extra.items()):
        bound = allowed if run < ledger.runs.kills else 0
        if extra > bound:
            yield f"{extra} messages of run {run} came again; {bound} is the bound"


def _outcome(ledgers: list[Ledger]) -> Outcome:
    resend = [each for each in ledgers if each.policy == "resend"]
    hold = [each for each in ledgers if each.policy == "hold"]
    violations = [f"{each.policy}: {line}" for each in ledgers for line in _violations(each)]
    figures: dict[str, object] = {
        "kills": sum(each.runs.kills for each in ledgers),
        "databases": len(ledgers),
        "messages taken": sum(each.taken for each in ledgers),
        "lost": sum(len(set(each.found.missing) - each.held) for each in ledgers),
        "to a wrong recipient": sum(len(each.found.wrong) for each in ledgers),
        "extra copies (resend)": sum(each.found.copies for each in resend),
        "allowed (resend)": CONNECTIONS * sum(each.runs.kills for each in resend),
        "most by one kill": max((most for each in resend for most in each.found.extra.values()), default=0),
        "copies that differ": sum(len(each.found.differing) for each in ledgers),
        "extra copies (hold)": sum(each.found.copies for each in hold),
        "held for the operator": sum(len(each.held) for each in hold),
    }
    return Outcome(figures, violations)


def _control(variant: str, folder: Path, seed: int) -> Outcome:
    return campaign(folder, 12, seed, broken=program(variant), thick=1, early=True, slow=SLOW)


P1 = Promise(
    "P1",
    "On SQLite, a sender killed at any instant loses no mail and sends none to a wrong recipient; each kill costs at "
    "most one extra copy per open connection, byte for byte the same; with `hold` there is none, and each doubt is "
    "listed.",
    campaign,
    short=60,
    long=LONG,
    controls=(
        Control("`sent` is committed before DATA", r"lost: ", partial(_control, "sent-before-data")),
        Control("the permit writes nothing", r"came again", partial(_control, "no-permit")),
        Control("no answer is written down", r"came again|two copies|are held", partial(_control, "settle-forgets")),
        Control("a second try is other bytes", r"the copies to .* differ", partial(_control, "resend-changes")),
    ),
)
