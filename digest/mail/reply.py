"""What an SMTP answer means for the message, the recipient and the run.

In:    a Reply, and how many times this message was tried.
Out:   a Verdict: what becomes of the delivery, whom it concerns, when to try again, whether to suppress the address.
Never: I/O, the clock, jitter (the job adds it), an address in a reason.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from digest.model import DeliveryState, Reply, Stage

Scope = Literal["recipient", "domain", "relay", "us"]

_WAITS = tuple(timedelta(seconds=seconds) for seconds in (60, 300, 900, 1800, 4000))
_MAILBOX_FULL_WAIT = timedelta(minutes=30)  # nobody tidies up within a minute
_MEND_WAIT = _WAITS[-1]  # what an operator has to mend takes longer than a hiccup
_TRIES_AFTER_POLICY = 3
_BEFORE_TRANSACTION = frozenset({Stage.CONNECT, Stage.HELLO, Stage.AUTH, Stage.MAIL})
_SYNTAX = frozenset({500, 501, 502, 503, 504, 555})  # RFC 5321 section 4.2.2: commands, their order and parameters
_LOGIN = frozenset({530, 534, 535, 538})  # RFC 4954 section 6
_SERVICE = frozenset({421, 521})  # the server as a whole (RFC 5321 section 3.8, RFC 7504)

# A bare 550 may also be about the sender: such a recipient is not dead.
_ABOUT_US = re.compile(
    r"\b(?:relay|block|black ?list|deny|denied|prohibit|spam|policy|reputation|authent|sender|helo|spf|dkim|dmarc"
    r"|rbl|dnsbl|ptr|reverse|rate)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do about an answer.

    `scope` is whom it concerns: this recipient, its domain, the relay as a whole, or us (the operator must mend
    something: the run stops). `retry_in` is set exactly when `outcome` is DEFERRED. `suppress`: the address is dead.
    """

    outcome: DeliveryState
    scope: Scope
    reason: str
    retry_in: timedelta | None = None
    suppress: bool = False


def judge(reply: Reply, attempt: int) -> Verdict:
    """The verdict on the answer to try number `attempt` (from 1). The code decides, the enhanced code explains
    (RFC 3463 section 2), the text is read only where a bare 550 could be about us."""
    if reply.code == 0:
        return _no_answer(reply, attempt)
    if 200 <= reply.code < 400:
        return _positive(reply, attempt)
    if reply.stage in _BEFORE_TRANSACTION or reply.code in _LOGIN | _SERVICE:
        return _before_recipient(reply, attempt)
    return _transient(reply, attempt) if reply.code < 500 else _permanent(reply, attempt)


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


def _before_recipient(reply: Reply, attempt: int) -> Verdict:
    """Nothing was said about the recipient yet: a temporary answer is the relay's trouble, a permanent one is ours
    (RFC 5321 sections 3.1 and 3.3). Either way the message can still go once that is mended."""
    if reply.code < 500:
        return _deferred(attempt, "relay", f"the relay is not ready {_said(reply)}")
    return _deferred(attempt, "us", f"the relay refuses us at {reply.stage.value} {_said(reply)}", _MEND_WAIT)


def _transient(reply: Reply, attempt: int) -> Verdict:
    """4yz: the same message may go later (RFC 5321 section 4.2.1)."""
    match _subject(reply):
        case "2", "2":  # RFC 3463 section 3.3
            return _deferred(attempt, "recipient", f"the mailbox is full {_said(reply)}", _MAILBOX_FULL_WAIT)
        case "3", _:  # section 3.4: the mail system
            return _deferred(attempt, "relay", f"the mail system is in trouble {_said(reply)}")
        case (("4" | "7"), _):  # sections 3.5 and 3.8: routing, or sending too fast
            return _deferred(attempt, "domain", f"the domain is not taking it now {_said(reply)}")
    return _deferred(attempt, "recipient", f"not now {_said(reply)}")


def _permanent(reply: Reply, attempt: int) -> Verdict:
    """5yz: the same message must not go again (RFC 5321 section 4.2.1), unless a policy may mean all of our mail."""
    match _subject(reply):
        case ("1", ("7" | "8")) | ("5", _):  # RFC 3463 sections 3.2 and 3.6: our address, our commands
            return _failed("us", f"the server finds fault with our side {_said(reply)}")
        case "1", _:
            return _dead(reply)
        case "2", "2":
            return _failed("recipient", f"the mailbox is full {_said(reply)}")
        case "7", _:
            return _policy(reply, attempt)
        case "", _:
            return _bare(reply, attempt)
    return _failed("recipient", f"refused {_said(reply)}")


def _bare(reply: Reply, attempt: int) -> Verdict:
    """A 5yz without an enhanced code. 550 to RCPT is the mailbox (RFC 5321 section 4.2.3), to the content it is not."""
    if reply.code in _SYNTAX:
        return _failed("us", f"the server does not understand us {_said(reply)}")
    if _ABOUT_US.search(reply.text):
        return _policy(reply, attempt)
    if reply.code == 550 and reply.stage is Stage.RCPT:
        return _dead(reply)
    return _failed("recipient", f"refused {_said(reply)}")


def _policy(reply: Reply, attempt: int) -> Verdict:
    """RFC 3463 section 3.8. Our authentication, our address's name or our rate may be at fault: then everybody's mail
    would be, so the run stops and this message waits. One that is still refused later is this recipient's affair."""
    reason = f"refused as a matter of policy {_said(reply)}"
    if attempt < _TRIES_AFTER_POLICY:
        return _deferred(attempt, "us", reason, _MEND_WAIT)
    return _failed("recipient", reason)


def _dead(reply: Reply) -> Verdict:
    return Verdict(
        outcome=DeliveryState.FAILED,
        scope="recipient",
        reason=f"there is no such address {_said(reply)}",
        suppress=True,
    )


def _failed(scope: Scope, reason: str) -> Verdict:
    return Verdict(outcome=DeliveryState.FAILED, scope=scope, reason=reason)


def _deferred(attempt: int, scope: Scope, reason: str, at_least: timedelta = timedelta(0)) -> Verdict:
    wait = _WAITS[min(max(attempt, 1), len(_WAITS)) - 1]
    return Verdict(outcome=DeliveryState.DEFERRED, scope=scope, reason=reason, retry_in=max(wait, at_least))


def _subject(reply: Reply) -> tuple[str, str]:
    """Subject and detail of the enhanced code; its class repeats the code (RFC 3463 section 2), and may be wrong."""
    _, _, rest = reply.enhanced.partition(".")
    subject, _, detail = rest.partition(".")
    return subject, detail


def _said(reply: Reply) -> str:
    return f"({reply.code} {reply.enhanced})" if reply.enhanced else f"({reply.code})"
