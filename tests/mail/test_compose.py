"""Composing: one digest, one message, the same octets at every try."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from digest.errors import MessageError
from digest.mail.compose import Composer, make_composer
from digest.mail.dkim import Signer
from digest.model import Digest, Envelope, Letter, LetterKind, Site, Subscriber
from digest.resources import templates_dir
from digest.tokens import Purpose, Tokens
from tests.mail.digests import READER, SILENT, SITE, digest_of, picks, renderer
from tests.mail.dkim import DOMAIN, keys

TOKENS = Tokens(b"the secret of this site")


def composer(site: Site = SITE, tokens: Tokens = TOKENS) -> Composer:
    return Composer(site, renderer(site), tokens)


def digest_for(subscriber: Subscriber = READER) -> Digest:
    return replace(digest_of(picks(3)), subscriber=subscriber)


def fields(message: bytes) -> dict[str, str]:
    return {key: str(value) for key, value in email.message_from_bytes(message, policy=email.policy.default).items()}


def date_of(digest: Digest) -> datetime:
    return parsedate_to_datetime(fields(composer().compose(digest)[1])["Date"])


def test_every_call_gives_the_same_bytes() -> None:
    digest = digest_for()
    first = composer().compose(digest)
    assert composer().compose(digest) == first
    assert composer(tokens=Tokens(b"another secret")).compose(digest) != first


def test_the_envelope_names_the_sender_and_this_reader_only() -> None:
    envelope, message = composer().compose(digest_for())
    assert envelope == Envelope(SITE.sender_address, READER.address)
    assert fields(message)["To"] == READER.address


def test_the_identity_is_a_function_of_reader_and_day_and_shows_neither() -> None:
    digest = digest_for()
    ids = {
        fields(composer().compose(each)[1])["Message-ID"]
        for each in (
            digest,
            replace(digest, local_date=digest.local_date + timedelta(days=1)),
            digest_for(replace(READER, address="grace@example.org")),
        )
    }
    assert len(ids) == 3
    assert all(re.fullmatch(r"<[A-Za-z0-9_-]{20,}@example\.org>", each) for each in ids)
    same = replace(digest, subscriber=replace(READER, name="Ada", papers=3))
    assert fields(composer().compose(same)[1])["Message-ID"] in ids


def test_the_date_is_the_hour_the_reader_chose_or_the_editions_if_later() -> None:
    digest = replace(digest_for(), edition_at=datetime(2026, 5, 28, 4, 0, tzinfo=UTC))
    assert fields(composer().compose(digest)[1])["Date"] == "Thu, 28 May 2026 05:30:00 +0000"
    late = replace(digest, edition_at=datetime(2026, 5, 28, 9, 15, tzinfo=UTC))
    assert fields(composer().compose(late)[1])["Date"] == "Thu, 28 May 2026 09:15:00 +0000"


def test_the_first_digest_comes_after_the_letter_that_asked_for_it() -> None:
    joined, confirmed = datetime(2026, 5, 28, 16, 0, tzinfo=UTC), datetime(2026, 5, 28, 16, 3, tzinfo=UTC)
    digest = digest_for()
    reader = replace(digest.subscriber, created_at=joined)
    assert date_of(replace(digest, subscriber=reader)) == joined
    assert date_of(replace(digest, subscriber=replace(reader, heard_at=confirmed))) == confirmed
    known = replace(reader, heard_at=confirmed, last_edition=date(2026, 5, 27))
    assert date_of(replace(digest, subscriber=known)) == date_of(digest) < joined
    replayed = replace(digest.subscriber, created_at=joined + timedelta(days=100))
    assert date_of(replace(digest, subscriber=replayed)) == date_of(digest)


def test_the_ways_out_are_the_readers_own_link_and_the_sites_mailbox() -> None:
    reader = replace(READER, id=41, token_version=6)
    _, message = composer(replace(SITE, reply_to="the+team@example.org")).compose(digest_for(reader))
    found = re.fullmatch(r"<https://papers\.example\.org/u/(\S+)>, <(\S+)>", fields(message)["List-Unsubscribe"])
    assert found
    assert TOKENS.read(found[1], Purpose.UNSUBSCRIBE) == (41, 6)
    assert found[2] == "mailto:the+team@example.org?subject=unsubscribe"
    parts = [part.get_content() for part in email.message_from_bytes(message, policy=email.policy.default).iter_parts()]  # type: ignore[attr-defined]
    assert all(f"https://papers.example.org/u/{found[1]}" in part for part in parts)


def test_one_who_is_asked_gets_a_link_of_their_own_and_nobody_else_does() -> None:
    reader = replace(SILENT, id=41, token_version=6)
    _, message = composer().compose(digest_for(reader))
    parts = [part.get_content() for part in email.message_from_bytes(message, policy=email.policy.default).iter_parts()]  # type: ignore[attr-defined]
    for part in parts:
        [token] = set(re.findall(r"https://papers\.example\.org/k/([\w-]+)", part))
        assert TOKENS.read(token, Purpose.KEEP) == (41, 6)
        assert TOKENS.read(token, Purpose.UNSUBSCRIBE) is None
    assert b"/k/" not in composer().compose(digest_for(replace(reader, keep_by=None)))[1]


def test_the_list_and_the_sender_are_the_same_for_all_readers_and_days() -> None:
    digest = digest_for()
    later = replace(
        digest_for(replace(READER, address="grace@example.org")), edition=digest.edition + timedelta(days=1)
    )
    one, other = (fields(composer().compose(each)[1]) for each in (digest, later))
    assert one["List-Id"] == other["List-Id"] == '"The Morning Papers" <digest.papers.example.org>'
    sender_ids = {each["Feedback-ID"].rpartition(":")[2] for each in (one, other)}
    assert len(sender_ids) == 1
    assert re.fullmatch(r"[a-z0-9]{5,15}", sender_ids.pop())


IDENTITY = "From", "To", "Subject", "Date", "Message-ID", "Feedback-ID", "Auto-Submitted"
LIST = "List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post"
CONTENT = "MIME-Version", "Content-Type"


def names(content: Digest | Letter, **about_site: str) -> list[str]:
    site = replace(SITE, **about_site)  # type: ignore[arg-type]
    made = make_composer(site, templates_dir(), b"the secret of this site", signer=Signer(DOMAIN, keys()))
    return email.message_from_bytes(made.compose(content)[1]).keys()


def test_a_digest_has_the_fields_of_a_list_and_each_once() -> None:
    both = "DKIM-Signature", "DKIM-Signature"
    assert names(digest_for()) == [*both, *IDENTITY, "Precedence", *LIST, *CONTENT]
    assert names(digest_for(), reply_to="team@example.org") == [
        *both, *IDENTITY, "Precedence", "Reply-To", *LIST, *CONTENT
    ]  # fmt: skip


@pytest.mark.parametrize("kind", LetterKind)
def test_a_letter_is_no_bulk_and_nothing_one_could_leave(kind: LetterKind) -> None:
    letter = Letter(kind=kind, subscriber=READER, local_date=date(2026, 5, 28), at=datetime(2026, 5, 28, 5, tzinfo=UTC))
    both = "DKIM-Signature", "DKIM-Signature"
    assert names(letter) == [*both, *IDENTITY, *CONTENT]
    assert names(letter, reply_to="team@example.org") == [*both, *IDENTITY, "Reply-To", *CONTENT]


def test_domains_beyond_ascii_go_in_punycode() -> None:
    site = replace(SITE, sender_address="papers@bücher.example")
    envelope, message = composer(site).compose(digest_for(replace(READER, address="ada@exämple.org")))
    assert envelope == Envelope("papers@xn--bcher-kva.example", "ada@xn--exmple-cua.org")
    assert fields(message)["Message-ID"].endswith("@xn--bcher-kva.example>")


def test_a_reader_whose_address_needs_smtputf8_is_refused_in_one_line() -> None:
    with pytest.raises(MessageError, match="beyond ASCII before its @"):
        composer().compose(digest_for(replace(READER, address="jörg@example.org")))
