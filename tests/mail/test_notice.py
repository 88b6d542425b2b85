"""A notice to the operator is a plain message that a mail program reads as it was meant, whatever is in it."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from digest.errors import MessageError
from digest.mail.notice import notice
from digest.model import Site

AT = datetime(2026, 5, 29, 12, 30, tzinfo=UTC)
SITE = Site(
    name="Morning papers",
    base_url="https://papers.example.org",
    sender_name="Morning papers",
    sender_address="papers@example.org",
)


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_it_says_what_it_is_told() -> None:
    envelope, raw = notice(
        SITE, "ops@example.net", "Morning papers: no mail", ["* arxiv was never read", "The end."], AT
    )
    assert (envelope.sender, envelope.recipient) == ("papers@example.org", "ops@example.net")
    message = read(raw)
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    ]  # fmt: skip
    assert message["Subject"] == "Morning papers: no mail"
    assert message["To"] == "ops@example.net"
    assert message["From"] == "Morning papers <papers@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == AT
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_content() == "* arxiv was never read\r\n\r\nThe end.\r\n"


def test_it_is_the_same_for_the_same_words_and_no_two_are_one() -> None:
    one = notice(SITE, "ops@example.net", "Wrong", ["It is wrong."], AT)[1]
    assert one == notice(SITE, "ops@example.net", "Wrong", ["It is wrong."], AT)[1]
    other = notice(SITE, "ops@example.net", "Wrong", ["It is more wrong."], AT)[1]
    assert read(one)["Message-ID"] != read(other)["Message-ID"]


def test_hostile_words_stay_words() -> None:
    """A source's problem quotes what a server said."""
    subject = "Morning papers: arxiv\r\nBcc: all@example.org =?utf-8?q?A=0D=0ABcc:_x?= \u202eüber"
    body = "* arxiv: 503\x00\r\n.\r\nFrom nowhere \x85 " + "x" * 300 + " é" * 200
    envelope, raw = notice(SITE, "ops@example.net", subject, [body], AT)
    message = read(raw)
    assert envelope.recipient == "ops@example.net"
    assert message["Bcc"] is None
    assert len(message.keys()) == 9
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert "x" * 60 in message.get_content()


@pytest.mark.parametrize("address", ["ops", "ops@example.net\r\nBcc: x@example.org", "öps@example.net"])
def test_an_address_that_no_message_can_carry_is_refused(address: str) -> None:
    with pytest.raises(MessageError):
        notice(SITE, address, "Wrong", ["It is wrong."], AT)
