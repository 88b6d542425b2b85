"""From a frozen digest to an envelope and the bytes that go with it.

In:    a digest, the site, a renderer and the site's tokens.
Out:   an Envelope and a message: the same ones every time, so that a second try is the same mail.
Never: the present time, randomness, the recipient's address in an identifier.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from digest.due import due_at
from digest.mail import header
from digest.mail.message import Meta, build
from digest.mail.render import Links, Renderer
from digest.model import Digest, Envelope, Site, Subscriber, Verdict
from digest.templating import Templates
from digest.tokens import Purpose, Tokens

_KIND = "digest"
_SENDER_ID = 12  # Gmail wants 5 to 15 characters that stay the same over all of a sender's mail


class Composer:
    """Everything derives from the digest, the site and its secret."""

    def __init__(self, site: Site, renderer: Renderer, tokens: Tokens) -> None:
        self._site = site
        self._renderer = renderer
        self._tokens = tokens
        self._sender = header.address(site.sender_address)
        self._sender_domain = self._sender.rpartition("@")[2]

    def compose(self, digest: Digest) -> tuple[Envelope, bytes]:
        """Raises MessageError where the message would not be what was meant."""
        reader, links = digest.subscriber, self._links(digest)
        rendered = self._renderer.render(digest, links)
        envelope = Envelope(self._sender, header.address(reader.address))
        meta = self._meta(digest, links.unsubscribe)
        return envelope, build(rendered, site=self._site, envelope=envelope, name=reader.name, meta=meta)

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

    def _meta(self, digest: Digest, unsubscribe_url: str) -> Meta:
        identity = digest.subscriber.address, _KIND, digest.local_date.isoformat()
        answers = header.address(self._site.reply_to or self._site.sender_address)
        host = urlsplit(self._site.base_url).hostname or self._sender_domain
        return Meta(
            message_id=f"{self._tokens.digest_of('message', *identity)}@{self._sender_domain}",
            date=_date(digest),
            boundary=f"=_{self._tokens.digest_of('boundary', *identity)}",
            unsubscribe_url=unsubscribe_url,
            unsubscribe_mailto=header.mailto(answers, "unsubscribe"),
            list_id=f"{_KIND}.{host}",
            feedback_id=f"{digest.edition:%Y%m%d}:{_KIND}:{_sender_id(self._sender_domain)}",
        )


def make_composer(site: Site, templates: Path, *secrets: bytes) -> Composer:
    """Of plain values, so that another process can make the same one."""
    return Composer(site, Renderer(site, Templates(templates)), Tokens(*secrets))


def _date(digest: Digest) -> datetime:
    """When it was due: the hour the subscriber chose, whenever it leaves. The edition's, if that came later."""
    reader = digest.subscriber
    return max(due_at(digest.local_date, reader.at, reader.zone), digest.edition_at)


def _sender_id(domain: str) -> str:
    return hashlib.sha256(domain.encode()).hexdigest()[:_SENDER_ID]
