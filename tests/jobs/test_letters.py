"""Who asks for something on the web gets a letter, one of a kind in a day; which one only its reader sees."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from digest.clock import FixedClock
from digest.jobs.deliver import Policy, deliver
from digest.jobs.letters import LettersReport, answer, decided
from digest.jobs.pace import REFUSED, Pace
from digest.mail.compose import make_composer
from digest.mail.transport import SmtpTransport
from digest.model import DeliveryState, Digest, Envelope, Letter, LetterKind, Request, Site, Subscriber, SubscriberState
from digest.resources import templates_dir
from digest.store.answering import Answer
from digest.store.engine import Store
from digest.store.letters import Sent
from digest.wishes import Usual
from tests.jobs.conftest import MORNING, reader
from tests.smtp import SmtpServer

CONFIRM, LINK, MOVE = LetterKind.CONFIRM, LetterKind.LINK, LetterKind.MOVE
NOTHING, LATER, FULL = Answer.NOTHING, Answer.LATER, Answer.FULL
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADA = "ada@example.org"
USUAL = Usual("Europe/Berlin", time(7, 30))
SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)
COMPOSER = make_composer(SITE, templates_dir(), b"thirty-two characters of secret!")
TYPED = "visit https://example.net now"


def sign_up(address: str = ADA, now: datetime = MORNING, **more: object) -> Request:
    wishes = replace(reader(address), name=TYPED, language="de")
    values = {"wishes": wishes, "text": "1", "network": "somewhere"} | more
    return Request(kind=CONFIRM, address=address, asked_at=now, **values)  # type: ignore[arg-type]


def link(address: str = ADA) -> Request:
    return Request(kind=LINK, address=address, asked_at=MORNING, network="somewhere")


def answered(store: Store, after: timedelta = timedelta(), per_hour: int = 100) -> dict[str, int]:
    report = answer(store, FixedClock(MORNING + after), USUAL, per_hour)
    counts = {kind.value: count for kind, count in report.queued.items()}
    return {**counts, "waiting": report.waiting} if report.waiting else counts


def added(store: Store, state: SubscriberState, address: str = ADA) -> Subscriber:
    return store.subscribers.add(reader(address, state=state), MORNING)


async def send(store: Store, server: SmtpServer, after: timedelta = timedelta()) -> dict[DeliveryState, int]:
    async def compose(content: Digest | Letter) -> tuple[Envelope, bytes]:
        return COMPOSER.compose(content)

    clock = FixedClock(MORNING + after)
    async with SmtpTransport(server.host, server.port, "none", connections=2) as transport:
        with store.seat() as seat:
            report = await deliver(store, compose, transport, clock, Policy(2), Pace(connections=2), seat)
    return dict(report.counts)


# --- what is decided ----------------------------------------------------------------------------------------------

WHO = reader(ADA, id=7)
STATES = [None, *SubscriberState]


def sent(kind: LetterKind, ago: timedelta = HOUR / 2, key: str = ADA) -> Sent:
    return Sent(kind, key, MORNING - ago)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("request_kind", list(LetterKind))
def test_whom_it_is_about_decides_what_is_said(request_kind: LetterKind, state: SubscriberState | None) -> None:
    gets_mail = state in (SubscriberState.ACTIVE, SubscriberState.PAUSED)
    expected = {
        CONFIRM: LINK if gets_mail else CONFIRM,
        LINK: LINK if gets_mail else NOTHING,
        MOVE: MOVE if gets_mail else NOTHING,
    }[request_kind]
    who = replace(WHO, state=state) if state else None
    assert decided(replace(sign_up(), kind=request_kind), who, (), 1, MORNING) is expected


@pytest.mark.parametrize(
    ("before", "mailed_at", "expected"),
    [
        ([sent(CONFIRM)], MORNING - HOUR, NOTHING),  # its link is good for the new wishes too
        ([sent(CONFIRM)], None, LATER),  # that one was used
        ([sent(CONFIRM, key="bo@example.org")], None, CONFIRM),
        ([sent(LINK)], None, CONFIRM),
        ([sent(CONFIRM, key="bo@example.org"), sent(LINK, key="chi@example.org")], None, FULL),
        ([sent(CONFIRM, 2 * HOUR, "bo@example.org"), sent(LINK)], None, CONFIRM),
    ],
)
def test_one_of_a_kind_in_a_day_and_so_many_an_hour(
    before: Sequence[Sent], mailed_at: datetime | None, expected: LetterKind | Answer
) -> None:
    assert decided(sign_up(mailed_at=mailed_at), None, before, 2, MORNING) is expected


def test_a_new_address_is_asked_once_whoever_says_that_it_is_theirs() -> None:
    moving = Request(kind=MOVE, address="New@example.org", asked_at=MORNING, subscriber_id=7)
    asked = [sent(MOVE, key="new@example.org")]
    assert decided(moving, WHO, asked, 9, MORNING) is LATER, "by somebody else, or they had changed their mind"
    assert decided(replace(moving, mailed_at=MORNING - HOUR / 2), WHO, asked, 9, MORNING) is NOTHING
    assert decided(moving, WHO, [sent(MOVE, key=ADA)], 9, MORNING) is MOVE


# --- what is done -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [SubscriberState.UNSUBSCRIBED, SubscriberState.SUPPRESSED, SubscriberState.ACTIVE])
def test_nothing_that_a_stranger_types_changes_who_is_there(store: Store, state: SubscriberState) -> None:
    before = added(store, state)
    store.requests.put(sign_up())
    answered(store)
    assert store.subscribers.by_id(before.id) == before


async def test_a_letter_leaves_before_the_digests_with_nothing_of_the_request(
    store: Store, smtp_server: SmtpServer
) -> None:
    store.requests.put(sign_up())
    assert answered(store) == {"confirm": 1}
    assert await send(store, smtp_server) == {DeliveryState.SENT: 1}
    [mail] = smtp_server.mails
    assert mail.recipient == ADA
    assert b"/c/" in mail.message
    assert TYPED.encode() not in mail.message
    assert b"paper folding" not in mail.message


async def test_a_suppressed_address_is_asked_and_sent_nothing_else(store: Store, smtp_server: SmtpServer) -> None:
    store.suppressions.add(ADA, "bounced", "", MORNING)
    for address in (ADA, "bo@example.org"):
        store.requests.put(sign_up(address))
    added(store, SubscriberState.ACTIVE, "bo@example.org")
    store.suppressions.add("bo@example.org", "bounced", "", MORNING)
    assert answered(store) == {"confirm": 1, "link": 1}
    assert await send(store, smtp_server) == {DeliveryState.SENT: 1, DeliveryState.SUPPRESSED: 1}
    assert [mail.recipient for mail in smtp_server.mails] == [ADA]


@pytest.mark.parametrize("kind", list(LetterKind))
async def test_who_leaves_is_written_no_letter_any_more(
    store: Store, smtp_server: SmtpServer, kind: LetterKind
) -> None:
    who = added(store, SubscriberState.PENDING if kind is CONFIRM else SubscriberState.ACTIVE)
    asked = {CONFIRM: sign_up(), LINK: link(), MOVE: replace(link("new@example.org"), kind=MOVE, subscriber_id=who.id)}
    store.requests.put(asked[kind])
    assert answered(store) == {kind: 1}
    store.subscribers.set_state(who.id, SubscriberState.UNSUBSCRIBED, "by the link", MORNING)
    assert await send(store, smtp_server) == {DeliveryState.SUPPRESSED: 1}
    assert smtp_server.mails == []


async def test_a_question_about_another_address_is_not_sent(store: Store, smtp_server: SmtpServer) -> None:
    who = added(store, SubscriberState.ACTIVE)
    for address in ("typo@example.org", "right@example.org"):
        store.requests.put(replace(link(address), kind=MOVE, subscriber_id=who.id))
        assert answered(store) == {"move": 1}
    await send(store, smtp_server)
    assert [mail.recipient for mail in smtp_server.mails] == ["right@example.org"]


async def test_nobody_waits_for_a_letter_of_yesterday(store: Store, smtp_server: SmtpServer) -> None:
    store.requests.put(sign_up())
    answered(store)
    assert await send(store, smtp_server, after=21 * HOUR) == {DeliveryState.MISSED: 1}
    [row] = store.deliveries.list()
    assert row.reason == "it was not sent in time: nobody waits for it any more"


async def test_addresses_that_a_stranger_made_up_do_not_pause_the_sending(
    store: Store, smtp_server: SmtpServer
) -> None:
    for number in range(2 * REFUSED):
        store.requests.put(sign_up(f"r{number}@example.org"))
    assert answered(store) == {"confirm": 2 * REFUSED}
    smtp_server.answer("RCPT", "550 5.1.1 no such mailbox")
    assert await send(store, smtp_server) == {DeliveryState.FAILED: 2 * REFUSED}
    assert store.deliveries.paused(MORNING) is None


def test_a_victim_gets_one_letter_a_day_however_often_they_are_named(store: Store) -> None:
    for minute in range(0, 24 * 60, 10):
        store.requests.put(sign_up(now=MORNING + timedelta(minutes=minute)))
        answered(store, timedelta(minutes=minute))
    assert len(store.deliveries.list()) == 1
    store.requests.put(sign_up())
    assert answered(store, DAY + HOUR) == {"confirm": 1}


def test_so_many_an_hour_and_the_others_after_that(store: Store) -> None:
    for number in range(5):
        store.requests.put(sign_up(f"r{number}@example.org", MORNING + timedelta(seconds=number)))
    assert answered(store, per_hour=2) == {"confirm": 2, "waiting": 3}
    assert answered(store, HOUR / 2, per_hour=2) == {"waiting": 3}
    assert answered(store, HOUR, per_hour=2) == {"confirm": 2, "waiting": 1}
    assert {row.address[:2] for row in store.deliveries.list()} == {"r0", "r1", "r2", "r3"}


def test_a_long_import_leaves_room_for_whoever_comes_by_the_web(store: Store) -> None:
    store.requests.put_many([sign_up(f"r{number}@example.org", network="") for number in range(9)])
    assert answered(store, per_hour=5) == {"confirm": 3, "waiting": 6}
    store.requests.put(sign_up("now@example.org"))
    assert answered(store, per_hour=5) == {"confirm": 1, "waiting": 6}


def test_a_first_idea_of_a_new_address_still_works_when_it_is_come_back_to(store: Store) -> None:
    who = added(store, SubscriberState.ACTIVE)
    for address in ("right@example.org", "typo@example.org", "right@example.org"):
        store.requests.put(replace(link(address), kind=MOVE, subscriber_id=who.id))
        answered(store)
    assert len(store.deliveries.list()) == 2
    moved = store.requests.move(who.id, MORNING.date(), MORNING + HOUR)
    assert moved
    assert moved.address == "right@example.org"


def test_it_stops_when_it_is_told_to(store: Store) -> None:
    store.requests.put(sign_up())
    assert answer(store, FixedClock(MORNING), USUAL, 9, stopping=lambda: True) == LettersReport(waiting=1)
    assert store.deliveries.list() == []


def test_the_wishes_of_who_has_a_subscription_are_forgotten(store: Store) -> None:
    who = added(store, SubscriberState.ACTIVE)
    store.requests.put(sign_up())
    assert answered(store) == {"link": 1}
    assert store.requests.of(who.id) == []
    store.requests.put(sign_up())
    assert answered(store) == {}
    assert store.requests.of(who.id) == []
