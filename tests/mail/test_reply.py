"""Verdicts on answers as mail servers give them (the wording is ours, the codes are real)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.reply import Verdict, judge
from digest.model import DeliveryState, Reply, Stage

SENT, DEFERRED, FAILED, UNCERTAIN = (
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
)
CONNECT, HELLO, AUTH, MAIL, RCPT, DATA, DOT = Stage

# stage, answer, outcome, scope, suppress
TABLE = [
    # taken
    (DOT, "250 2.0.0 queued as 4XyZ", SENT, "recipient", False),
    (DOT, "250 thanks", SENT, "recipient", False),
    (DOT, "250 2.1.5 4.7.1 was a joke", SENT, "recipient", False),
    # nobody knows
    (DOT, "000 connection lost", UNCERTAIN, "relay", False),
    (DOT, "000 no answer within 600 s", UNCERTAIN, "relay", False),
    (DOT, "354 go on", UNCERTAIN, "relay", False),
    # nothing was handed over
    (CONNECT, "000 connection refused", DEFERRED, "relay", False),
    (HELLO, "000 STARTTLS is not offered", DEFERRED, "relay", False),
    (AUTH, "000 connection lost", DEFERRED, "relay", False),
    (MAIL, "000 connection lost", DEFERRED, "relay", False),
    (RCPT, "000 no answer within 60 s", DEFERRED, "relay", False),
    (DATA, "000 connection lost", DEFERRED, "relay", False),
    (DATA, "250 what content?", DEFERRED, "relay", False),
    # the relay is busy
    (CONNECT, "421 4.3.2 shutting down", DEFERRED, "relay", False),
    (CONNECT, "450 4.7.1 no name for your address yet", DEFERRED, "relay", False),
    (HELLO, "454 4.7.0 TLS is not available now", DEFERRED, "relay", False),
    (AUTH, "454 4.7.0 cannot check passwords now", DEFERRED, "relay", False),
    (MAIL, "452 4.3.1 not enough room in the queue", DEFERRED, "relay", False),
    (RCPT, "421 4.7.0 too many connections", DEFERRED, "relay", False),
    (DOT, "421 4.3.0 restarting", DEFERRED, "relay", False),
    (RCPT, "451 4.3.0 lookup table is broken", DEFERRED, "relay", False),
    (DOT, "452 4.3.1 disk full", DEFERRED, "relay", False),
    # it is us
    (CONNECT, "554 5.7.1 no service for your network", DEFERRED, "us", False),
    (CONNECT, "521 we take no mail", DEFERRED, "us", False),
    (HELLO, "550 that is not your name", DEFERRED, "us", False),
    (AUTH, "535 5.7.8 wrong password", DEFERRED, "us", False),
    (AUTH, "534 5.7.9 use an application password", DEFERRED, "us", False),
    (MAIL, "530 5.7.0 log in first", DEFERRED, "us", False),
    (MAIL, "550 5.1.8 the sender's domain does not exist", DEFERRED, "us", False),
    (MAIL, "553 5.7.1 not your address", DEFERRED, "us", False),
    (RCPT, "530 5.7.0 log in first", DEFERRED, "us", False),
    (RCPT, "554 5.7.1 relay access denied", DEFERRED, "us", False),
    (RCPT, "550 5.7.25 no PTR record", DEFERRED, "us", False),
    (RCPT, "550 relaying is not permitted", DEFERRED, "us", False),
    (RCPT, "550 listed by a DNSBL", DEFERRED, "us", False),
    (DOT, "550 5.7.26 neither SPF nor DKIM passed", DEFERRED, "us", False),
    (DOT, "554 rejected as spam", DEFERRED, "us", False),
    (RCPT, "550 5.1.8 sender address rejected", FAILED, "us", False),
    (RCPT, "501 5.5.4 parameters?", FAILED, "us", False),
    (DATA, "503 bad sequence of commands", FAILED, "us", False),
    (DATA, "554 5.5.1 no valid recipients", FAILED, "us", False),
    # the address is dead
    (RCPT, "550 5.1.1 no such user", FAILED, "recipient", True),
    (RCPT, "550 5.1.10 recipient not found", FAILED, "recipient", True),
    (RCPT, "556 5.1.10 the domain takes no mail", FAILED, "recipient", True),
    (RCPT, "550 5.1.2 no such domain", FAILED, "recipient", True),
    (RCPT, "551 5.1.6 moved away", FAILED, "recipient", True),
    (RCPT, "550 user unknown", FAILED, "recipient", True),
    (RCPT, "550", FAILED, "recipient", True),
    (DOT, "550 5.1.1 no such user after all", FAILED, "recipient", True),
    # this recipient, for good but not dead
    (RCPT, "552 5.2.2 over quota", FAILED, "recipient", False),
    (RCPT, "550 5.2.1 mailbox disabled", FAILED, "recipient", False),
    (RCPT, "553 mailbox name not allowed", FAILED, "recipient", False),
    (RCPT, "550 5.4.1 no route to the recipient", FAILED, "recipient", False),
    (DOT, "550 not today, not ever", FAILED, "recipient", False),
    (DOT, "552 5.3.4 too big for this system", FAILED, "recipient", False),
    (DOT, "554 5.6.0 malformed content", FAILED, "recipient", False),
    (DOT, "554 transaction failed", FAILED, "recipient", False),
    # this recipient, later
    (RCPT, "450 4.2.0 greylisted, try in five minutes", DEFERRED, "recipient", False),
    (RCPT, "451 try again later", DEFERRED, "recipient", False),
    (RCPT, "450 4.1.1 cannot verify the address now", DEFERRED, "recipient", False),
    (RCPT, "450 5.1.1 unknown, but in soft-bounce mode", DEFERRED, "recipient", False),
    (RCPT, "452 4.2.2 mailbox full", DEFERRED, "recipient", False),
    (DOT, "451 4.5.3 one at a time", DEFERRED, "recipient", False),
    # its domain
    (RCPT, "451 4.7.1 greylisted", DEFERRED, "domain", False),
    (DOT, "451 4.7.28 unusual rate of mail from your address", DEFERRED, "domain", False),
    (RCPT, "451 4.4.3 name server trouble", DEFERRED, "domain", False),
]


def reply_of(stage: Stage, says: str) -> Reply:
    code, _, rest = says.partition(" ")
    first, _, text = rest.partition(" ")
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""
    return Reply(stage, int(code), enhanced, text if enhanced else rest)


@pytest.mark.parametrize(("stage", "says", "outcome", "scope", "suppress"), TABLE)
def test_the_verdict_on(stage: Stage, says: str, outcome: DeliveryState, scope: str, suppress: bool) -> None:
    verdict = judge(reply_of(stage, says), 1)
    assert (verdict.outcome, verdict.scope, verdict.suppress) == (outcome, scope, suppress)
    assert bool(verdict.reason) == (outcome is not SENT)


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 60), (2, 300), (3, 900), (4, 1800), (5, 4000), (6, 4000), (99, 4000)]
)
def test_waits_grow_to_4000_seconds(attempt: int, seconds: int) -> None:
    verdict = judge(Reply(Stage.RCPT, 450, "4.2.0"), attempt)
    assert verdict.retry_in == timedelta(seconds=seconds)


def test_greylisting_of_300_seconds_is_over_by_the_third_try() -> None:
    waits = [judge(Reply(Stage.RCPT, 450, "4.2.0"), attempt).retry_in or timedelta() for attempt in (1, 2)]
    assert sum(waits, timedelta()) >= timedelta(seconds=300)


def test_a_full_mailbox_gets_half_an_hour() -> None:
    assert judge(Reply(Stage.RCPT, 452, "4.2.2"), 1).retry_in == timedelta(minutes=30)
    assert judge(Reply(Stage.RCPT, 452, "4.2.2"), 9).retry_in == timedelta(seconds=4000)


def test_a_policy_still_refused_at_the_third_try_concerns_the_recipient_only() -> None:
    refused = Reply(Stage.DOT, 550, "5.7.1", "not from you")
    assert [judge(refused, attempt).scope for attempt in (1, 2, 3)] == ["us", "us", "recipient"]
    assert judge(refused, 3).outcome is FAILED
    assert not judge(refused, 3).suppress


replies = st.builds(
    Reply,
    st.sampled_from(Stage),
    st.one_of(st.just(0), st.integers(min_value=200, max_value=599)),
    st.one_of(st.just(""), st.from_regex(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)),
    st.text(),
)


@given(replies, st.integers(min_value=1, max_value=50))
def test_promises_that_hold_for_any_answer(reply: Reply, attempt: int) -> None:
    verdict: Verdict = judge(reply, attempt)
    assert (verdict.retry_in is not None) == (verdict.outcome is DEFERRED)
    assert verdict.outcome in {SENT, DEFERRED, FAILED, UNCERTAIN}
    if verdict.outcome is SENT:
        assert reply.stage is Stage.DOT
        assert 200 <= reply.code < 300
    if verdict.outcome is UNCERTAIN:
        assert reply.stage is Stage.DOT
    if verdict.suppress:
        assert verdict.outcome is FAILED
        assert reply.code >= 500
        assert reply.stage in {Stage.RCPT, Stage.DATA, Stage.DOT}
        assert verdict.scope == "recipient"
    if verdict.outcome is FAILED:
        assert reply.code >= 500
    if verdict.retry_in:
        assert timedelta(seconds=60) <= verdict.retry_in <= timedelta(seconds=4000)
