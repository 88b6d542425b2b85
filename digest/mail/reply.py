"""What an SMTP answer means for the message, the recipient and the run.

In:    a Reply, and how many times this message was tried.
Out:   a Verdict: what becomes of the delivery, whom it concerns, when to try again, whether to suppress the address.
Never: I/O, the clock, jitter (the job adds it), an address in a reason.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from digest.mail import phrases
from digest.model import BEFORE_RECIPIENT, DeliveryState, Reply, Stage

Scope = Literal["recipient", "domain", "relay", "us"]

_WAITS = tuple(timedelta(seconds=seconds) for seconds in (60, 300, 900, 1800, 4000))
_MAILBOX_FULL_WAIT = timedelta(minutes=30)  # nobody tidies up within a minute
_MEND_WAIT = _WAITS[-1]  # what an operator has to mend takes longer than a hiccup
_SPENT_WAIT = timedelta(hours=4)  # what we may send in a day comes back in the course of a day
_TRIES_AFTER_POLICY = 3
_SYNTAX = frozenset({500, 501, 502, 503, 504, 555})  # RFC 5321 section 4.2.2: commands, their order and parameters
_LOGIN = frozenset({530, 534, 535, 538})  # RFC 4954 section 6
_CLOSING = 421
_SERVICE = frozenset({_CLOSING, 521})  # the server as a whole (RFC 5321 section 3.8, RFC 7504 section 3)
_NO_MAIL = 556  # of the recipient's domain (RFC 7504 section 4)

# Details of x.7 that name the sender. RFC 3463 section 3.8 and RFC 4954 section 6: logging in; RFC 7372 section 3,
# RFC 7505 section 4.2 and the registry of RFC 5248: DKIM, SPF, reverse DNS, null MX, floods, ARC, TLS. The numbers from
# 57 on are Exchange's: not logged in, relaying, basic login, banned senders and addresses, a tenant's reputation.
_NAMES_US = frozenset(
    {8, *range(10, 15), *range(20, 31), 57, 60, 64, 139, 501, 502, 503, 506, 508, 509, 511, 515, *range(600, 800)}
)
_DEAD = frozenset({1, 2, 3, 6, 10})  # RFC 3463 section 3.2 and RFC 7505 section 4.1: no such mailbox, no such domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do about an answer.

    `scope` is whom it concerns: this recipient, its domain, the relay as a whole, or us (the operator must mend
    something: the run stops). `retry_in` is set exactly when `outcome` is DEFERRED. `suppress`: the address is dead.
    `ease`: fewer connections would help.
    """

    outcome: DeliveryState
    scope: Scope
    reason: str
    retry_in: timedelta | None = None
    suppress: bool = False
    ease: bool = False


def judge(reply: Reply, attempt: int) -> Verdict:
    """The verdict on the answer to try number `attempt` (from 1).

    The code decides (RFC 5321 section 4.2.1), the enhanced code explains (RFC 3463 section 2). The text is read where
    both leave open whether the recipient, the relay or we are meant.
    """
    if reply.code == 0:
        return _no_answer(reply, attempt)
    if reply.code < 400:
        return _positive(reply, attempt)
    if _is_spent(reply):
        return _deferred(attempt, "us", f"we have sent what we may for now {_said(reply)}", _SPENT_WAIT)
    if reply.stage in BEFORE_RECIPIENT or reply.code in _LOGIN | _SERVICE:
        verdict = _before_recipient(reply, attempt)
    elif reply.code < 500:
        verdict = _transient(reply, attempt)
    else:
        verdict = _permanent(reply, attempt)
    return replace(verdict, ease=_is_too_much(reply))


def _no_answer(reply: Reply, attempt: int) -> Verdict:
    """RFC 1047: after the content, nobody knows whether the server has it."""
    if reply.stage is Stage.DOT:
        return Verdict(
            outcome=DeliveryState.UNCERTAIN, scope="relay", reason="no answer after the message was handed over"
        )
    what = (
        "the server cannot be reached" if reply.stage is Stage.CONNECT else f"no usable answer at {reply.stage.value}"
    )
    return _deferred(attempt, "relay", what)


def _positive(reply: Reply, attempt: int) -> Verdict:
    """RFC 5321 section 4.2.1: 2yz is yes. 3yz asks for more than we have to say."""
    if reply.stage is Stage.DOT and reply.code < 300:
        return Verdict(outcome=DeliveryState.SENT, scope="recipient", reason="")
    if reply.stage is Stage.DOT:
        return Verdict(outcome=DeliveryState.UNCERTAIN, scope="relay", reason=f"an unclear answer {_said(reply)}")
    return _deferred(attempt, "relay", f"an answer out of place {_said(reply)}")


def _is_spent(reply: Reply) -> bool:
    """What our account may send in a day: 5.4.5 at Gmail, 5.1.90 at Exchange, words elsewhere. A recipient's own limit
    has subject 2 (RFC 3463 section 3.3)."""
    subject, detail = _subject(reply)
    return (reply.code >= 500 and (subject, detail) in {(4, 5), (1, 90)}) or (
        subject not in (1, 2) and phrases.SPENT.search(reply.text) is not None
    )


def _is_too_much(reply: Reply) -> bool:
    """Whether the server asks for less at once: 421 (RFC 5321 section 3.8), a temporary x.7 or x.3.2 (RFC 3463 sections
    3.8 and 3.4), x.5.3 from a single recipient (section 3.6), or words. A greylist asks for patience (RFC 6647)."""
    if reply.code == _CLOSING or reply.code >= 500:
        return reply.code == _CLOSING
    subject, detail = _subject(reply)
    coded = subject == 7 or (subject, detail) in {(3, 2), (5, 3)}
    return _is_our_rate(reply) or (coded and not _is_greylisted(reply) and not phrases.US.search(reply.text))


def _is_our_rate(reply: Reply) -> bool:
    """What the relay counts of us. What a recipient may get (RFC 3463 section 3.3) is no matter of connections."""
    words = phrases.OUR_RATE if _subject(reply)[0] == 2 else phrases.TOO_MUCH
    return words.search(reply.text) is not None


def _is_greylisted(reply: Reply) -> bool:
    return phrases.GREYLISTED.search(reply.text) is not None


def _before_recipient(reply: Reply, attempt: int) -> Verdict:
    """Nothing was said about the recipient yet: a temporary answer is the relay's trouble, a permanent one is ours
    (RFC 5321 sections 3.1 and 3.3). Either way the message can still go once that is mended."""
    if reply.code < 500:
        return _deferred(attempt, "relay", f"the relay is not ready {_said(reply)}")
    return _deferred(attempt, "us", f"the relay refuses us at {reply.stage.value} {_said(reply)}", _MEND_WAIT)


def _transient(reply: Reply, attempt: int) -> Verdict:
    """4yz: the same message may go later (RFC 5321 section 4.2.1)."""
    scope: Scope = "recipient"
    why, at_least = "not now", _WAITS[0]
    match _subject(reply):
        case subject, _ if _is_our_rate(reply):
            by_domain = subject == 7 and not phrases.OUR_RATE.search(reply.text)
            scope, why = "domain" if by_domain else "relay", "we are too fast"
        case 1, 7 | 8:  # RFC 3463 section 3.2: our address, which cannot be looked up now
            scope, why = "us", "the server does not know our address now"
        case 2, 2:  # section 3.3
            why, at_least = "the mailbox is full", _MAILBOX_FULL_WAIT
        case 3, _:  # section 3.4: the mail system
            scope, why = "relay", "the mail system is in trouble"
        case 7, _ if phrases.US.search(reply.text) and not _is_greylisted(
            reply
        ):  # 4yz, so that a mistake loses no mail
            scope, why, at_least = "us", "the server does not trust us", _MEND_WAIT
        case (1, 2) | (4 | 7, _):  # sections 3.2, 3.5 and 3.8: its domain, the way to it, its policy
            scope, why = "domain", "the domain is not taking it now"
        case _ if phrases.FULL.search(reply.text):
            why, at_least = "the mailbox is full", _MAILBOX_FULL_WAIT
    return _deferred(attempt, scope, f"{why} {_said(reply)}", at_least)


def _permanent(reply: Reply, attempt: int) -> Verdict:
    """5yz: the same message must not go again (RFC 5321 section 4.2.1), unless the answer may mean all of our mail."""
    subject, detail = _subject(reply)
    if subject < 1 or (
        subject in (1, 5) and detail == 0
    ):  # RFC 3463 section 3.1: other or undefined, so it says nothing
        return _bare(reply, attempt)
    if subject in (1, 4):
        return _addressing(reply, attempt)
    if subject == 7:
        return _policy(reply, attempt, about_us=detail in _NAMES_US)
    if subject == 5:  # section 3.6: our commands
        return _not_yet("us", f"the server finds fault with our side {_said(reply)}", attempt)
    if subject == 3 and detail != 4:  # section 3.4: the mail system, where 4 is a message too big for it
        return _not_yet("relay", f"the mail system is not able to {_said(reply)}", attempt)
    return _mailbox(reply, attempt)


def _addressing(reply: Reply, attempt: int) -> Verdict:
    """RFC 3463 sections 3.2 and 3.5. Exchange says 5.4.1 at its edge of a recipient whom its directory lacks."""
    subject, detail = _subject(reply)
    about_us = phrases.SENDER.search(reply.text) is not None
    if subject == 1 and (detail in (7, 8) or (about_us and detail in _DEAD)):
        return _not_yet("us", f"the server finds fault with our address {_said(reply)}", attempt)
    if (subject == 1 and detail in _DEAD) or (detail == 1 and phrases.RECIPIENT.search(reply.text)):
        return _dead(reply)
    return _failed(f"refused {_said(reply)}")


def _mailbox(reply: Reply, attempt: int) -> Verdict:
    """RFC 3463 sections 3.3 and 3.7: a mailbox that is there, or this message. 5.2.121 and 5.2.122 are Exchange's for a
    recipient who gets too much in an hour, for which Gmail has words."""
    subject, detail = _subject(reply)
    if subject == 2 and (detail in (121, 122) or phrases.TOO_MUCH.search(reply.text)):
        return _not_yet("recipient", f"the recipient gets too much {_said(reply)}", attempt)
    return _failed(f"{'the mailbox is full' if (subject, detail) == (2, 2) else 'refused'} {_said(reply)}")


def _bare(reply: Reply, attempt: int) -> Verdict:
    """No enhanced code that says anything. 550 is a mailbox not found, or one we have no access to, or policy (RFC 5321
    section 4.2.3): only words tell a dead address from us, and where they do not, nobody is suppressed."""
    if phrases.US.search(reply.text) or phrases.POLICY.search(reply.text):
        return _policy(reply, attempt)
    if reply.code in _SYNTAX:
        return _not_yet("us", f"the server does not understand us {_said(reply)}", attempt)
    unavailable = reply.stage is Stage.RCPT and phrases.UNAVAILABLE.search(reply.text)
    nobody = unavailable or phrases.NOBODY.search(reply.text)
    if reply.code == _NO_MAIL or (nobody and not phrases.ALIVE.search(reply.text)):
        return _dead(reply)
    return _failed(f"refused {_said(reply)}")


def _policy(reply: Reply, attempt: int, *, about_us: bool = False) -> Verdict:
    """RFC 3463 section 3.8. Where our name, login or authentication is at fault, everybody's mail is refused."""
    about_us = about_us or phrases.US.search(reply.text) is not None
    return _not_yet("us" if about_us else "domain", f"refused as a matter of policy {_said(reply)}", attempt)


def _not_yet(scope: Scope, reason: str, attempt: int) -> Verdict:
    """A permanent answer to what somebody may mend: this message waits, until the third try."""
    if attempt < _TRIES_AFTER_POLICY:
        return _deferred(attempt, scope, reason, _MEND_WAIT)
    return replace(_failed(reason), scope=scope)


def _dead(reply: Reply) -> Verdict:
    return Verdict(
        outcome=DeliveryState.FAILED,
        scope="recipient",
        reason=f"there is no such address {_said(reply)}",
        suppress=True,
    )


def _failed(reason: str) -> Verdict:
    return Verdict(outcome=DeliveryState.FAILED, scope="recipient", reason=reason)


def _deferred(attempt: int, scope: Scope, reason: str, at_least: timedelta = timedelta(0)) -> Verdict:
    wait = _WAITS[min(max(attempt, 1), len(_WAITS)) - 1]
    return Verdict(outcome=DeliveryState.DEFERRED, scope=scope, reason=reason, retry_in=max(wait, at_least))


def _subject(reply: Reply) -> tuple[int, int]:
    """Subject and detail of the enhanced code; its class repeats the code (RFC 3463 section 2), and may be wrong."""
    digits = re.fullmatch(r"\d\.(\d+)\.(\d+)", reply.enhanced)
    return (int(digits[1]), int(digits[2])) if digits else (-1, -1)


def _said(reply: Reply) -> str:
    return f"({reply.code} {reply.enhanced})" if reply.enhanced else f"({reply.code})"
