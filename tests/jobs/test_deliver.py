"""The ledger and a real SMTP server agree on what happened, whatever the server does."""

from collections import Counter

from digest.model import DeliveryState, Stage, SubscriberState
from digest.store.engine import Store
from tests.jobs.conftest import MORNING
from tests.jobs.sending import HOUR, of, send
from tests.smtp import DROP, SmtpServer


async def test_each_message_leaves_once(queued: Store, smtp_server: SmtpServer) -> None:
    assert (await send(queued, smtp_server))[DeliveryState.SENT] == 3
    assert (await send(queued, smtp_server)).counts == {}
    assert sorted(mail.recipient for mail in smtp_server.mails) == [
        f"{name}@example.org" for name in ("ada", "bo", "chi")
    ]
    [attempt] = queued.deliveries.attempts(of(queued, "ada").id)
    assert (attempt.reply.stage, attempt.reply.code, attempt.outcome) == (Stage.DOT, 250, DeliveryState.SENT)


async def test_a_temporary_no_is_tried_again_when_its_time_has_come(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "450 4.2.0 greylisted, come back", when="bo@", times=1)
    first = await send(queued, smtp_server)
    assert (first[DeliveryState.SENT], first[DeliveryState.DEFERRED]) == (2, 1)
    delivery = of(queued, "bo")
    assert delivery.next_attempt_at
    assert delivery.next_attempt_at > MORNING
    assert (await send(queued, smtp_server)).counts == {}
    assert (await send(queued, smtp_server, after=HOUR))[DeliveryState.SENT] == 1
    assert [attempt.reply.code for attempt in queued.deliveries.attempts(delivery.id)] == [450, 250]


async def test_a_dead_address_is_suppressed_for_good(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "550 5.1.1 no such mailbox", when="bo@")
    report = await send(queued, smtp_server)
    assert (report[DeliveryState.SENT], report[DeliveryState.FAILED]) == (2, 1)
    assert of(queued, "bo").state is DeliveryState.FAILED
    assert queued.suppressions.contains("BO@example.org")
    assert queued.subscribers.list(SubscriberState.SUPPRESSED)
    assert queued.deliveries.retry(of(queued, "bo").id, MORNING)
    again = await send(queued, smtp_server)
    assert again[DeliveryState.SUPPRESSED] == 1
    assert len(smtp_server.mails) == 2


async def test_it_is_given_up_when_the_next_edition_is_due(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", "450 4.2.0 not now", when="bo@")
    await send(queued, smtp_server)
    await send(queued, smtp_server, after=20 * HOUR)
    delivery = of(queued, "bo")
    assert delivery.state is DeliveryState.FAILED
    assert "given up" in delivery.reason
    assert not queued.suppressions.contains("bo@example.org")


async def test_a_connection_lost_before_data_is_harmless(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("RCPT", DROP, when="bo@", times=1)
    await send(queued, smtp_server)
    assert of(queued, "bo").state in {DeliveryState.DEFERRED, DeliveryState.QUEUED}
    await send(queued, smtp_server, after=2 * HOUR)
    assert sorted(mail.recipient for mail in smtp_server.mails) == [
        f"{name}@example.org" for name in ("ada", "bo", "chi")
    ]


async def test_no_answer_to_the_dot_is_sent_again_byte_for_byte(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", DROP, times=1)
    await send(queued, smtp_server)
    await send(queued, smtp_server, after=2 * HOUR)
    assert {of(queued, name).state for name in ("ada", "bo", "chi")} == {DeliveryState.SENT}
    [lost] = smtp_server.turned_away
    [again] = [mail for mail in smtp_server.mails if mail.recipient == lost.recipient]
    assert again.message == lost.message


async def test_no_answer_to_the_dot_is_held_when_asked(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", DROP, times=1)
    await send(queued, smtp_server, on_uncertain="hold")
    await send(queued, smtp_server, after=2 * HOUR, on_uncertain="hold")
    [held] = queued.deliveries.list(state=DeliveryState.UNCERTAIN)
    assert len(smtp_server.mails) == 2
    assert all(mail.recipient != held.address for mail in smtp_server.mails)


async def test_without_a_server_nothing_is_lost(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.refuse()
    report = await send(queued, smtp_server)
    assert report.problem
    assert report[DeliveryState.SENT] == 0
    states = queued.deliveries.counts()
    assert states.keys() <= {DeliveryState.QUEUED, DeliveryState.DEFERRED}
    assert sum(states.values()) == 3


async def test_our_own_fault_stops_the_run_and_blames_nobody(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("MAIL", "550 5.7.1 you may not relay here")
    report = await send(queued, smtp_server)
    assert "5.7.1" in report.problem or "relay" in report.problem
    assert queued.suppressions.list() == []
    assert smtp_server.mails == []


async def test_unsubscribing_stops_what_is_queued(queued: Store, smtp_server: SmtpServer) -> None:
    queued.subscribers.set_state(of(queued, "bo").subscriber_id, SubscriberState.UNSUBSCRIBED, "link", MORNING)
    report = await send(queued, smtp_server)
    assert report[DeliveryState.SENT] == 2
    assert not any("bo@example.org" in line for _, line in smtp_server.commands)
    delivery = of(queued, "bo")
    assert delivery.state is DeliveryState.SUPPRESSED
    assert "unsubscribed" in delivery.reason


async def test_a_doubtful_message_is_sent_again_once(queued: Store, smtp_server: SmtpServer) -> None:
    smtp_server.answer("DOT", DROP, when="")
    for run in range(12):
        await send(queued, smtp_server, after=run * HOUR)
    copies = Counter(mail.recipient for mail in smtp_server.turned_away)
    assert set(copies.values()) == {2}
    assert queued.deliveries.counts() == {DeliveryState.UNCERTAIN: 3}


async def test_what_the_next_edition_has_overtaken_is_not_sent(queued: Store, smtp_server: SmtpServer) -> None:
    report = await send(queued, smtp_server, after=3 * 24 * HOUR)
    assert report.counts == {DeliveryState.MISSED: 3}
    assert smtp_server.commands == []
    assert queued.deliveries.retry(of(queued, "bo").id, MORNING + 3 * 24 * HOUR)
    assert (await send(queued, smtp_server, after=3 * 24 * HOUR))[DeliveryState.SENT] == 1
