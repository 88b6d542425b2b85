"""The words by which mail servers say what their codes leave open.

In:    what Gmail, Exchange, Yahoo, Postfix, Exim, Amazon SES and the filters before them are known to say.
Out:   patterns for `mail/reply.py`.
Never: a verdict; a look at text that the codes make needless.
"""

import re


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})", re.IGNORECASE)


# Our account has used up what it may send in an hour, a day or a month.
SPENT = _any(
    r"daily (?:\w+ ){0,4}(?:limit|quota)",
    r"(?:limit|quota|messages|e?mails)\b.{0,30}\b(?:per|an?|this|for the) (?:hour|day|month)",
    r"message quota",
    r"sending (?:quota|limit)",
    r"limit for sending",
    r"credits? exceeded",
)

# More than the server likes: the relay counts all that we send, anybody else what reaches him.
_OUR_RATE = (
    r"throttl",
    r"concurren",
    r"(?:sending|relay|smtp) (?:rate|limit)",
    r"too many (?:\w+ )?(?:connections|sessions)",
)
OUR_RATE = _any(*_OUR_RATE)
TOO_MUCH = _any(
    *_OUR_RATE,
    r"too (?:fast|quick|frequent|much mail)",
    r"too many (?:messages|recipients|e?mails|commands|errors|login)",
    r"rate[- ]?limit",
    r"(?:unusual|at a) rate",
    r"unexpected volume",
    r"slow down",
)
GREYLISTED = _any(r"gr[ae]y-?list")

# The sender: where we come from, what we call ourselves, whether we logged in.
SENDER = _any(r"sender", r"from address", r"return-?path")
US = _any(
    r"relay(?:ing|ed)?\b",
    r"rcpthosts",
    r"(?:un)?authenticat",
    r"log ?in first",
    r"sender (?:address|domain|ip|host|identity|verif|(?:is |was )?rejected)",
    r"from address",
    r"address is not verified",
    r"(?:helo|ehlo|spf|dkim|dmarc|ptr|rdns|rbl|dnsbl)\b",
    r"reverse",
    r"(?:black|block|deny) ?list",
    r"blocked using",
    r"banned",
    r"reputation",
    r"(?:client host|host network)",
    r"your (?:ip|host|network|server|domain|access)",
    r"(?:ip|host|client)(?: address)? (?:is |was |has been )?(?:blocked|rejected|refused|not allowed)",
)
POLICY = _any(
    r"spam",
    r"unsolicited",
    r"bulk",
    r"polic(?:y|ies)",
    r"prohibit",
    r"den(?:y|ied)",
    r"block",
    r"forbidden",
    r"virus",
    r"malware",
    r"content",
    r"security",
    r"access",
    r"not (?:permitted|authori[sz]ed|accepted)",
    r"sender",
    r"complain",
    r"listed",
)

# Nobody is there; what a server may say of anybody; and what is only said of somebody who is there.
NOBODY = _any(
    r"no such (?:\w+ )?(?:user|person|address|recipient|mailbox|account|domain)",
    r"no (?:mailbox|user|account) (?:here|by|with|found)",
    r"(?:unknown|invalid) (?:local )?(?:user|recipient|mailbox|address|account)",
    r"(?:user|recipient|mailbox|address|account|domain)\b.{0,40}\b(?:unknown|invalid|unrout|not (?:found|known|exist))",
    r"(?:user|recipient|mailbox|address|account|domain)\b.{0,40}\bdoes(?: not|n.t) exist",
    r"does(?: not|n.t) have an? \S+ account",
    r"not a (?:valid|known) (?:user|recipient|mailbox|address)",
    r"unrout(?:e)?able",
    r"(?:address|recipient) rejected",
)
UNAVAILABLE = _any(r"mailbox unavailable")
RECIPIENT = _any(r"recipient")
_FULL = (
    r"(?:over|exceed\w*|out of|insufficient) (?:\w+ )?(?:quota|storage|space)",
    r"(?:quota|storage|space)\b.{0,20}exceeded",
    r"(?:mail)?box (?:is )?full",
)
FULL = _any(*_FULL)
ALIVE = _any(
    *_FULL,
    r"quota",
    r"disabled",
    r"suspend",
    r"inactive",
    r"locked",
    r"expired",
    r"temporar",
    r"too (?:big|large|long|many|fast|quick)",
    r"size",
    r"limit",
    r"later",
    r"restricted",
    r"not allowed",
)
