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
    (RCPT, "550 5.1.8 sender address rejected", DEFERRED, "us", False),
    (RCPT, "550 5.1.1 sender address rejected: user unknown", DEFERRED, "us", False),
    (RCPT, "501 5.5.4 parameters?", DEFERRED, "us", False),
    (DATA, "503 bad sequence of commands", DEFERRED, "us", False),
    (DATA, "554 5.5.1 no valid recipients", DEFERRED, "us", False),
    # the address is dead
    (RCPT, "550 5.1.1 no such user", FAILED, "recipient", True),
    (RCPT, "550 5.1.10 recipient not found", FAILED, "recipient", True),
    (RCPT, "556 5.1.10 the domain takes no mail", FAILED, "recipient", True),
    (RCPT, "550 5.1.2 no such domain", FAILED, "recipient", True),
    (RCPT, "551 5.1.6 moved away", FAILED, "recipient", True),
    (RCPT, "550 user unknown", FAILED, "recipient", True),
    (RCPT, "556 no mail for that domain", FAILED, "recipient", True),
    (DOT, "550 5.1.1 no such user after all", FAILED, "recipient", True),
    # this recipient, for good but not dead
    (RCPT, "552 5.2.2 over quota", FAILED, "recipient", False),
    (RCPT, "550 5.2.1 mailbox disabled", FAILED, "recipient", False),
    (RCPT, "553 mailbox name not allowed", FAILED, "recipient", False),
    (RCPT, "550", FAILED, "recipient", False),
    (RCPT, "550 5.4.1 no answer from the host", FAILED, "recipient", False),
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
    (DOT, "554 rejected as spam", DEFERRED, "domain", False),
    (RCPT, "451 4.7.1 greylisted", DEFERRED, "domain", False),
    (RCPT, "451 4.4.3 name server trouble", DEFERRED, "domain", False),
    # Gmail
    (CONNECT, "421 4.7.0 try later, closing", DEFERRED, "relay", False),
    (DOT, "421 4.7.0 unusual rate of unsolicited mail from your IP", DEFERRED, "relay", False),
    (DOT, "421 4.7.26 unauthenticated mail is rate limited", DEFERRED, "relay", False),
    (DOT, "451 4.7.28 unusual rate of mail from your address", DEFERRED, "domain", False),
    (RCPT, "450 4.2.1 the user receives mail too quickly", DEFERRED, "recipient", False),
    (RCPT, "450 4.2.1 peak SMTP relay limit exceeded", DEFERRED, "relay", False),
    (RCPT, "550 5.2.1 the user receives mail at a rate that is too high", DEFERRED, "recipient", False),
    (RCPT, "452 4.2.2 over quota", DEFERRED, "recipient", False),
    (RCPT, "552 5.2.2 out of storage space", FAILED, "recipient", False),
    (RCPT, "550 5.1.1 that account does not exist", FAILED, "recipient", True),
    (RCPT, "553 5.1.3 not a valid RFC 5321 address", FAILED, "recipient", True),
    (RCPT, "550 5.2.1 account disabled", FAILED, "recipient", False),
    (RCPT, "452 4.5.3 too many recipients", DEFERRED, "relay", False),
    (DOT, "550 5.7.1 likely unsolicited mail", DEFERRED, "domain", False),
    (DOT, "550 5.7.1 violates the policy of example.org", DEFERRED, "domain", False),
    (DOT, "550 5.7.25 no PTR record", DEFERRED, "us", False),
    (DOT, "550 5.7.27 SPF did not pass", DEFERRED, "us", False),
    (DOT, "550 5.7.29 not sent over TLS", DEFERRED, "us", False),
    (DOT, "550 5.7.30 DKIM did not pass", DEFERRED, "us", False),
    (RCPT, "550 5.4.5 daily user sending limit exceeded", DEFERRED, "us", False),
    (MAIL, "550 5.7.1 daily SMTP relay limit exceeded", DEFERRED, "us", False),
    (MAIL, "550 5.7.1 no credentials for this relay", DEFERRED, "us", False),
    (AUTH, "454 4.7.0 too many login attempts", DEFERRED, "relay", False),
    (MAIL, "555 5.5.2 syntax error", DEFERRED, "us", False),
    # Exchange Online, Outlook.com
    (RCPT, "421 4.3.2 service not active", DEFERRED, "relay", False),
    (RCPT, "451 4.7.500 server busy, try later", DEFERRED, "domain", False),
    (RCPT, "451 4.7.650 rate limited for reputation", DEFERRED, "domain", False),
    (DOT, "451 4.7.860 try later", DEFERRED, "domain", False),
    (DOT, "432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded", DEFERRED, "relay", False),
    (DOT, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", DEFERRED, "relay", False),
    (RCPT, "550 5.4.1 recipient address rejected: access denied", FAILED, "recipient", True),
    (RCPT, "550 5.1.10 RESOLVER.ADR.RecipientNotFound", FAILED, "recipient", True),
    (RCPT, "550 5.5.0 requested action not taken: mailbox unavailable", FAILED, "recipient", True),
    (DOT, "550 5.5.0 requested action not taken: mailbox unavailable", FAILED, "recipient", False),
    (DOT, "554 5.2.2 mailbox full", FAILED, "recipient", False),
    (DOT, "550 5.2.121 hourly limit of the recipient", DEFERRED, "recipient", False),
    (DOT, "550 5.1.90 daily limit for recipients", DEFERRED, "us", False),
    (MAIL, "550 5.1.8 bad outbound sender", DEFERRED, "us", False),
    (RCPT, "530 5.7.57 client not authenticated", DEFERRED, "us", False),
    (MAIL, "550 5.7.60 no right to send as this sender", DEFERRED, "us", False),
    (RCPT, "550 5.7.64 TenantAttribution; relay access denied", DEFERRED, "us", False),
    (AUTH, "535 5.7.139 basic authentication is off", DEFERRED, "us", False),
    (RCPT, "550 5.7.124 not in the allowed senders of the group", DEFERRED, "domain", False),
    (DOT, "550 5.7.509 DMARC did not pass", DEFERRED, "us", False),
    (RCPT, "550 5.7.511 banned", DEFERRED, "us", False),
    (DOT, "550 5.7.515 authentication level not met", DEFERRED, "us", False),
    (RCPT, "550 5.7.606 banned sending IP", DEFERRED, "us", False),
    (RCPT, "550 5.7.649 banned", DEFERRED, "us", False),
    (RCPT, "550 5.7.708 no traffic from this IP", DEFERRED, "us", False),
    (CONNECT, "550 5.7.1 your network is on our block list (S3140)", DEFERRED, "us", False),
    (RCPT, "550 5.7.1 your network is on our block list (S3140)", DEFERRED, "us", False),
    (DOT, "550 5.7.1 TRANSPORT.RULES.RejectMessage", DEFERRED, "domain", False),
    # Yahoo
    (MAIL, "421 4.7.0 [TSS04] deferred for unexpected volume or complaints", DEFERRED, "relay", False),
    (CONNECT, "553 5.7.1 [BL21] connections not accepted", DEFERRED, "us", False),
    (DOT, "554 5.7.9 not accepted for policy reasons", DEFERRED, "domain", False),
    (DOT, "554 delivery error: dd This user doesn't have a yahoo.com account", FAILED, "recipient", True),
    (DOT, "554 delivery error: dd mailbox not found", FAILED, "recipient", True),
    (DOT, "554 delivery error: dd not accepted for policy reasons", DEFERRED, "domain", False),
    (DOT, "451 4.3.2 internal server error", DEFERRED, "relay", False),
    (RCPT, "450 user receives mail too quickly", DEFERRED, "relay", False),
    (DOT, "451 resources temporarily unavailable [#4.16.1]", DEFERRED, "recipient", False),
    # Postfix
    (RCPT, "450 4.2.0 recipient address rejected: greylisted", DEFERRED, "recipient", False),
    (RCPT, "450 4.7.1 client host rejected: greylisted", DEFERRED, "domain", False),
    (RCPT, "450 4.7.1 client host rejected: cannot find your hostname", DEFERRED, "us", False),
    (RCPT, "450 4.7.1 HELO command rejected: host not found", DEFERRED, "us", False),
    (RCPT, "454 4.7.1 relay access denied", DEFERRED, "us", False),
    (RCPT, "550 5.1.1 recipient address rejected: user unknown in local recipient table", FAILED, "recipient", True),
    (RCPT, "550 5.1.0 sender address rejected: user unknown", DEFERRED, "us", False),
    (RCPT, "550 5.1.0 address rejected", FAILED, "recipient", True),
    (RCPT, "450 4.1.8 sender address rejected: domain not found", DEFERRED, "us", False),
    (RCPT, "450 4.1.2 recipient address rejected: domain not found", DEFERRED, "domain", False),
    (RCPT, "450 4.1.1 recipient address rejected: unverified address", DEFERRED, "recipient", False),
    (RCPT, "452 4.3.1 insufficient system storage", DEFERRED, "relay", False),
    (DOT, "451 4.3.0 queue file write error", DEFERRED, "relay", False),
    (RCPT, "451 4.3.0 alias lookup error", DEFERRED, "relay", False),
    (RCPT, "451 4.3.5 server configuration error", DEFERRED, "relay", False),
    (RCPT, "554 5.7.1 recipient address rejected: access denied", DEFERRED, "domain", False),
    (RCPT, "554 5.7.1 service unavailable; client host blocked using zen.example.org", DEFERRED, "us", False),
    (MAIL, "552 5.3.4 message size exceeds fixed limit", DEFERRED, "us", False),
    (RCPT, "550 5.3.5 local configuration error", DEFERRED, "relay", False),
    (RCPT, "421 4.7.0 too many errors", DEFERRED, "relay", False),
    # Exim, qmail, cPanel
    (RCPT, "550 Unknown user", FAILED, "recipient", True),
    (RCPT, "550 Unrouteable address", FAILED, "recipient", True),
    (RCPT, "550 no such recipient here", FAILED, "recipient", True),
    (RCPT, "550 sorry, no mailbox here by that name. (#5.1.1)", FAILED, "recipient", True),
    (RCPT, "550 relay not permitted", DEFERRED, "us", False),
    (RCPT, "553 that domain is not in my list of allowed rcpthosts (#5.7.1)", DEFERRED, "us", False),
    (RCPT, "550 sender verify failed", DEFERRED, "us", False),
    (RCPT, "550 administrative prohibition", DEFERRED, "domain", False),
    (RCPT, "451 temporarily unable to process", DEFERRED, "recipient", False),
    (CONNECT, "421 too many connections", DEFERRED, "relay", False),
    (RCPT, "451 too many connections from you", DEFERRED, "relay", False),
    (RCPT, "552 mailbox over quota", FAILED, "recipient", False),
    (RCPT, "550 mailbox is full, user unknown to have cleaned it", FAILED, "recipient", False),
    (RCPT, "452 mailbox full", DEFERRED, "recipient", False),
    (RCPT, "550 account suspended: no such user now", FAILED, "recipient", False),
    (RCPT, "550 the domain has exceeded the max emails per hour", DEFERRED, "us", False),
    # Mimecast, Proofpoint, IronPort
    (RCPT, "550 invalid recipient", FAILED, "recipient", True),
    (DOT, "550 rejected by header based manually blocked senders", DEFERRED, "domain", False),
    (RCPT, "550 csi poor reputation sender", DEFERRED, "us", False),
    (RCPT, "554 host network not allowed", DEFERRED, "us", False),
    (RCPT, "451 internal resource temporarily unavailable", DEFERRED, "recipient", False),
    (DOT, "554 email rejected due to security policies", DEFERRED, "domain", False),
    (RCPT, "550 5.1.0 sender rejected", DEFERRED, "us", False),
    (RCPT, "550 5.1.0 Address rejected", FAILED, "recipient", True),
    (RCPT, "550 5.7.1 your access to this system has been rejected", DEFERRED, "us", False),
    # Amazon SES, SendGrid, Mailgun
    (DOT, "454 throttling failure: maximum sending rate exceeded", DEFERRED, "relay", False),
    (DOT, "454 4.7.0 throttling failure", DEFERRED, "relay", False),
    (DOT, "454 throttling failure: daily message quota exceeded", DEFERRED, "us", False),
    (DOT, "554 5.7.1 daily quota of this account", DEFERRED, "us", False),
    (DOT, "554 message rejected: email address is not verified", DEFERRED, "us", False),
    (AUTH, "451 authentication failed: maximum credits exceeded", DEFERRED, "us", False),
    (DOT, "550 from address does not match a verified sender identity", DEFERRED, "us", False),
]

EASE = [
    (CONNECT, "421 4.7.0 too many connections", True),
    (DOT, "421 4.3.0 restarting", True),
    (RCPT, "451 4.7.500 server busy", True),
    (RCPT, "451 4.7.650 rate limited for reputation", True),
    (DOT, "451 4.7.28 unusual rate", True),
    (DOT, "432 4.3.2 sender thread limit exceeded", True),
    (DOT, "454 throttling failure: maximum sending rate exceeded", True),
    (RCPT, "451 too many connections", True),
    (RCPT, "450 4.2.1 peak SMTP relay limit exceeded", True),
    (RCPT, "452 4.5.3 too many recipients", True),
    (AUTH, "454 4.7.0 too many login attempts", True),
    (RCPT, "450 4.2.1 the user receives mail too quickly", False),  # one of many, and no matter of connections
    (RCPT, "451 4.7.1 greylisted", False),
    (RCPT, "454 4.7.1 relay access denied", False),
    (RCPT, "452 4.2.2 over quota", False),
    (RCPT, "452 4.3.1 insufficient system storage", False),
    (RCPT, "451 4.4.3 name server trouble", False),
    (DOT, "454 throttling failure: daily message quota exceeded", False),
    (RCPT, "550 5.7.1 too many connections", False),
    (CONNECT, "000 connection refused", False),
    (DOT, "250 2.0.0 queued", False),
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


def test_a_policy_still_refused_at_the_third_try_ends_this_message_and_stays_about_us() -> None:
    refused = Reply(Stage.DOT, 550, "5.7.26", "neither SPF nor DKIM passed")
    assert [judge(refused, attempt).scope for attempt in (1, 2, 3)] == ["us", "us", "us"]
    assert judge(refused, 3).outcome is FAILED
    assert not judge(refused, 3).suppress


@pytest.mark.parametrize(
    "says", ["550 5.4.5 daily limit", "454 throttling failure: daily message quota exceeded", "550 5.1.90 daily limit"]
)
def test_what_we_may_send_in_a_day_comes_back_in_hours(says: str) -> None:
    verdicts = [judge(reply_of(DOT, says), attempt) for attempt in (1, 5, 9)]
    assert [verdict.retry_in for verdict in verdicts] == [timedelta(hours=4)] * 3
    assert {verdict.outcome for verdict in verdicts} == {DEFERRED}


@pytest.mark.parametrize(("stage", "says", "ease"), EASE)
def test_fewer_connections_would_help(stage: Stage, says: str, ease: bool) -> None:
    assert judge(reply_of(stage, says), 1).ease is ease


@pytest.mark.parametrize(
    "words", ["spam", "blocked", "policy", "relay", "quota", "mailbox full", "suspended", "try later", "DMARC", "limit"]
)
@pytest.mark.parametrize("code", [550, 553, 554])
def test_words_that_leave_a_doubt_suppress_nobody(code: int, words: str) -> None:
    assert judge(Reply(RCPT, code, "", "user unknown"), 1).suppress
    assert not judge(Reply(RCPT, code, "", f"user unknown: {words}"), 1).suppress


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
        assert timedelta(seconds=60) <= verdict.retry_in <= timedelta(hours=4)
    if verdict.ease:
        assert verdict.outcome is DEFERRED
