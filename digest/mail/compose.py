"""From a frozen digest, or letter, to an envelope and the bytes that go with it.

In:    a digest or a letter, the site, a renderer for each and the site's tokens.
Out:   an Envelope and a message: the same ones every time, so that a second try is the same mail.
Never: the present time, randomness, the recipient's address in an identifier.
"""

import hashlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from digest.due import date_in, due_at
from digest.errors import MessageError
from digest.mail import header
from digest.mail.dkim import UNSIGNED, Signer
from digest.mail.letters import LetterRenderer
from digest.mail.message import Meta, build
from digest.mail.render import Links, Renderer
from digest.mail.verp import ReturnPaths
from digest.model import Digest, Envelope, Letter, LetterKind, Site, Subscriber, Verdict
from digest.templating import Templates
from digest.tokens import Purpose, Tokens

_KIND = "digest"
_SENDER_ID = 12  # Gmail wants 5 to 15 characters that stay the same over all of a sender's mail


class Composer:
    """Everything derives from what is composed, the site and its secret. Without `letters` it knows digests only."""

    def __init__(
        self,
        site: Site,
        renderer: Renderer,
        tokens: Tokens,
        letters: LetterRenderer | None = None,
        signer: Signer = UNSIGNED,
        bounce_domain: str = "",
    ) -> None:
        self._site = site
        self._renderer = renderer
        self._tokens = tokens
        self._letters = letters
        sender = header.address(site.sender_address)
        self._sender_domain = sender.rpartition("@")[2]
        self._paths = ReturnPaths(sender, bounce_domain, tokens)
        self._signer = signer

    def compose(self, content: Digest | Letter) -> tuple[Envelope, bytes]:
        """Raises MessageError where the message would not be what was meant."""
        reader = content.subscriber
        if isinstance(content, Letter):
            if self._letters is None:
                raise MessageError("no letters are written here", "report this as a bug")
            meta = self._meta(content, content.kind, content.at, f"{content.local_date:%Y%m%d}")
            rendered = self._letters.render(content, self._url(content))
        else:
            links = self._links(content)
            meta = self._meta(content, _KIND, _date(content), f"{content.edition:%Y%m%d}")
            meta = self._of_list(meta, links.unsubscribe)
            rendered = self._renderer.render(content, links)
        kind = content.kind if isinstance(content, Letter) else _KIND
        sender = self._paths.of(kind, reader.id, content.local_date)
        envelope = Envelope(sender, header.address(reader.address))
        message = build(rendered, site=self._site, envelope=envelope, name=reader.name, meta=meta)
        return envelope, self._signer.sign(message)

    def _url(self, letter: Letter) -> str:
        """What confirms something is good for the letter of that date only."""
        reader = letter.subscriber
        if letter.kind is LetterKind.LINK:
            return self._link(Purpose.PREFERENCES, reader)
        purpose = Purpose.CONFIRM if letter.kind is LetterKind.CONFIRM else Purpose.MOVE
        return (
            f"{self._site.base_url}/{purpose}/{self._tokens.issue(purpose, reader.id, letter.local_date.toordinal())}"
        )

    def _links(self, digest: Digest) -> Links:
        reader = digest.subscriber
        feedback = self._link(Purpose.FEEDBACK, reader)
        return Links(
            unsubscribe=self._link(Purpose.UNSUBSCRIBE, reader),
            preferences=self._link(Purpose.PREFERENCES, reader),
            view=f"{self._link(Purpose.VIEW, reader)}/{digest.local_date}",
            more=f"{feedback}/{Verdict.MORE}/",
            less=f"{feedback}/{Verdict.LESS}/",
            keep=self._link(Purpose.KEEP, reader) if reader.keep_by else "",
        )

    def _link(self, purpose: Purpose, reader: Subscriber) -> str:
        return f"{self._site.base_url}/{purpose}/{self._tokens.issue(purpose, reader.id, reader.token_version)}"

    def _meta(self, content: Digest | Letter, kind: str, at: datetime, campaign: str) -> Meta:
        identity = content.subscriber.address, kind, content.local_date.isoformat()
        return Meta(
            message_id=f"{self._tokens.digest_of('message', *identity)}@{self._sender_domain}",
            date=at,
            boundary=f"=_{self._tokens.digest_of('boundary', *identity)}",
            feedback_id=f"{campaign}:{kind}:{_sender_id(self._sender_domain)}",
        )

    def _of_list(self, meta: Meta, unsubscribe_url: str) -> Meta:
        """With what a reader needs to leave."""
        answers = header.address(self._site.reply_to or self._site.sender_address)
        host = urlsplit(self._site.base_url).hostname or self._sender_domain
        return replace(
            meta,
            unsubscribe_url=unsubscribe_url,
            unsubscribe_mailto=header.mailto(answers, "unsubscribe"),
            list_id=f"{_KIND}.{host}",
        )


def make_composer(
    site: Site,
    templates: Path,
    *secrets: bytes,
    own: Path | None = None,
    signer: Signer = UNSIGNED,
    bounce_domain: str = "",
) -> Composer:
    """Of plain values, so that another process can make the same one. `own`: the operator's templates, if any."""
    filled = Templates(templates, own)
    return Composer(site, Renderer(site, filled), Tokens(*secrets), LetterRenderer(site, filled), signer, bounce_domain)


def _date(digest: Digest) -> datetime:
    """When it was due: the hour the subscriber chose, whenever it leaves. The edition's, if that came later."""
    reader = digest.subscriber
    moments = due_at(digest.local_date, reader.at, reader.zone), digest.edition_at, *_joined(digest)
    return max(moments)


def _joined(digest: Digest) -> list[datetime]:
    """When somebody who had no digest yet was added, and confirmed it: their first one comes after that.

    Who joined after the digest's date is in a replay of the past, which does not know of it.
    """
    reader = digest.subscriber
    if reader.last_edition:
        return []
    joined = [moment for moment in (reader.created_at, reader.heard_at) if moment]
    return [moment for moment in joined if date_in(moment, reader.zone) <= digest.local_date]


def _sender_id(domain: str) -> str:
    return hashlib.sha256(domain.encode()).hexdigest()[:_SENDER_ID]
