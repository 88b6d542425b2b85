"""Messages: the header that was meant and no other, whatever titles and names try."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import MessageError
from digest.mail import header
from digest.mail.message import Meta, build
from digest.mail.render import Rendered
from digest.model import Envelope, Site

SITE = Site(
    name="Papers",
    base_url="https://papers.example.org",
    sender_name="Papers of the Day",
    sender_address="papers@example.org",
    reply_to="team@example.org",
)
META = Meta(
    message_id="Xk2mQ8w1xYt5R2n7LpAaBbCc@example.org",
    date=datetime(2026, 5, 28, 4, tzinfo=UTC),
    boundary="=_Xk2mQ8w1xYt5R2n7LpAaBbCc",
    unsubscribe_url="https://papers.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCcDdEeFf01",
    unsubscribe_mailto="mailto:team@example.org?subject=unsubscribe",
    list_id="digest.papers.example.org",
    feedback_id="20260528:digest:0123456789ab",
)
FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Feedback-ID",
    "Auto-Submitted",
    "Precedence",
    "Reply-To",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
]
ADA = Envelope("papers@example.org", "ada@example.org")


def built(
    subject: str = "Seven papers",
    text: str = "Text.\n",
    html: str = "<p>HTML</p>\n",
    name: str = "Ada",
    **changes: object,
) -> bytes:
    """A message with everything usual but what is given; `site`, `envelope` or fields of Meta."""
    site = changes.pop("site", SITE)
    envelope = changes.pop("envelope", ADA)
    assert isinstance(site, Site)
    assert isinstance(envelope, Envelope)
    meta = replace(META, **changes)  # type: ignore[arg-type]
    return build(Rendered(subject, text, html), site=site, envelope=envelope, name=name, meta=meta)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def head_of(raw: bytes) -> list[str]:
    return raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


# --- what every message is -----------------------------------------------------------------------------------------


def test_the_fields_are_exactly_these_once_each_in_order() -> None:
    assert [line.partition(":")[0] for line in head_of(built()) if not line.startswith(" ")] == FIELDS


def test_without_reply_to_there_is_none_and_help_goes_to_the_sender() -> None:
    message = parsed(built(site=replace(SITE, reply_to="")))
    assert message["Reply-To"] is None
    assert message["List-Help"] == "<mailto:papers@example.org?subject=help>"


def test_the_values_say_what_they_should() -> None:
    message = parsed(built())
    assert message["From"] == "Papers of the Day <papers@example.org>"
    assert message["To"] == "Ada <ada@example.org>"
    assert message["Date"] == "Thu, 28 May 2026 04:00:00 +0000"
    assert message["Message-ID"] == f"<{META.message_id}>"
    assert message["List-Id"] == '"Papers" <digest.papers.example.org>'
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (message["Auto-Submitted"], message["Precedence"]) == ("auto-generated", "bulk")


def test_list_unsubscribe_is_never_encoded_and_folded_between_the_urls_only() -> None:
    long_url = "https://papers.department.university.example.org/mailings/digest/u/" + "T" * 32
    raw = built(unsubscribe_url=long_url)
    head = "\r\n".join(head_of(raw))
    assert f"\r\nList-Unsubscribe: <{long_url}>,\r\n <{META.unsubscribe_mailto}>\r\n" in head


def test_text_comes_first_and_html_last_both_quoted_printable() -> None:
    message = parsed(built(text="Größe: ∞\n", html="<p>Größe: ∞</p>\n"))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    for part, subtype, content in ((text, "plain", "Größe: ∞\n"), (html, "html", "<p>Größe: ∞</p>\n")):
        assert isinstance(part, EmailMessage)
        assert part.get_content_type() == f"text/{subtype}"
        assert part["Content-Type"].params == {"charset": "utf-8"}
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content().replace("\r\n", "\n") == content


def test_the_same_input_gives_the_same_bytes() -> None:
    assert built() == built()


@pytest.mark.parametrize(
    "subject",
    [
        "Seven papers: " + "wonderful " * 30 + "results",
        "Sieben Aufsätze: " + "größere Größen überall " * 12 + "!",
        "七篇论文：" + "形式化数学与图神经网络" * 9,
        "a" * 300,
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍🔬 e\u0301",
        "ends with a long word " + "x" * 70,
    ],
)
def test_long_subjects_are_folded_and_come_back_whole(subject: str) -> None:
    raw = built(subject)
    assert parsed(raw)["Subject"] == subject
    assert all(len(line) <= 78 for line in head_of(raw) if not line.startswith("List-Unsubscribe: "))
    words = re.findall(r"=\?\S+\?=", "\r\n".join(head_of(raw)))
    assert all(len(word) <= 75 for word in words)


# --- what hostile input does ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("=?utf-8?q?A=0D=0ABcc:_x@example.org?=", "= ?utf-8?q?A=0D=0ABcc:_x@example.org?="),
        ("A\r\nBcc: x@example.org", "A Bcc: x@example.org"),
        ("A\r\n\r\nbody", "A body"),
        ("A\x00B\x0bC\x85D\u2028E\u2029F", "AB C D E F"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("\ud800lone", "lone"),
        ("  \t many   spaces ", "many spaces"),
        ("=\x00?utf-8?b?QQ?=", "= ?utf-8?b?QQ?="),
        ("==??", "== ??"),
    ],
)
def test_a_hostile_subject_is_disarmed(hostile: str, safe: str) -> None:
    assert header.text(hostile) == safe
    message = parsed(built(hostile))
    assert message["Subject"] == safe
    assert message["Bcc"] is None


def test_a_name_cannot_pass_for_an_address() -> None:
    message = parsed(built(name='"Eve" <eve@example.net>, mallory@example.net'))
    (to,) = message["To"].addresses
    assert (to.addr_spec, to.display_name) == ("ada@example.org", "Eve <eve at example.net>, mallory at example.net")
    assert "@" not in header.name("a@b@c")


@pytest.mark.parametrize(
    "address",
    [
        "jörg@example.org",
        "=?utf-8?q?x?=@example.org",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "<a@example.org>",
        '"a b"@example.org',
        "a b@example.org",
        "a@@example.org",
        "@example.org",
        "a@",
        "a.@example.org",
        "",
        "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".org",
        "a@-.org",
        "ä@",
    ],
)
def test_an_address_that_no_message_can_carry_is_refused(address: str) -> None:
    with pytest.raises(MessageError) as refusal:
        built(envelope=Envelope(ADA.sender, address))
    assert "\n" not in str(refusal.value)


def test_a_domain_beyond_ascii_goes_in_punycode() -> None:
    raw = built(envelope=Envelope(ADA.sender, "ada@straße.example"))
    assert b'To: "Ada" <ada@xn--strae-oqa.example>\r\n' in raw


@pytest.mark.parametrize(
    "changes",
    [
        {"date": datetime(2026, 5, 28, 4)},  # noqa: DTZ001
        {"unsubscribe_url": "https://papers.example.org/u/x>, <https://evil.example"},
        {"unsubscribe_url": "https://papers.example.org/u/ä"},
        {"unsubscribe_url": "javascript:x"},
        {"unsubscribe_mailto": "mailto:a@example.org\r\nBcc: b@example.org"},
        {"message_id": "no domain"},
        {"message_id": "a@example.org>\r\nBcc: <b@example.org"},
        {"boundary": 'x"'},
        {"list_id": "a b"},
        {"feedback_id": "a\r\nBcc: b"},
    ],
)
def test_identifiers_that_cannot_stand_in_a_header_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(MessageError):
        built(**changes)


@pytest.mark.parametrize("subject", ["", " \r\n\t", "\u202e\x00"])
def test_an_empty_subject_is_refused(subject: str) -> None:
    with pytest.raises(MessageError, match="subject"):
        built(subject)


@pytest.mark.parametrize("line", ["x" * 5000, "=" * 200, "é" * 500, " " * 300, ".", "trailing \t", "\x7f\x9f\x00"])
def test_body_lines_stay_within_76(line: str) -> None:
    raw = built(text=line + "\n", html=f"<p>{line}</p>\n")
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(len(row) for row in body.split(b"\r\n")) <= 76


LINE_ENDS = ["\r\n", "\r", "\n", "\0", "\x85", "\u2028", "\u202e", ".\r\n", "\r\n.\r\n", "\r\n\r\n", "\r\n--=_"]
WORDS = ["=?", "?=", "=?utf-8?q?", "=?utf-8?b?QmNjOg==?=", "=0D=0A", "Bcc: x@example.net", "\r\nBcc: x@example.net\r\n"]
MARKS = ["<", ">", '"', "\\", ",", ";", "@", "(", ")", " ", "\t", "_", "=", "x" * 80, " " * 80, "From "]
LETTERS = ["\ud800", "\udcff", "é", "漢", "👩", "\u200d", "\u0301"]
nasty = st.one_of(st.characters(), st.sampled_from(LINE_ENDS + WORDS + MARKS + LETTERS))
hostile = st.lists(nasty, max_size=30).map("".join)


def check_hostile(subject: str, name: str, site_name: str, text: str, html: str) -> None:
    site = replace(SITE, name=site_name, sender_name=site_name)
    if not header.text(subject):
        with pytest.raises(MessageError):
            built(subject)
        return
    raw = built(subject, text, html or " ", name, site=site)
    fields = [line.partition(":")[0] for line in head_of(raw) if not line.startswith(" ")]
    assert fields == FIELDS
    message = parsed(raw)
    assert list(message.keys()) == FIELDS
    assert [to.addr_spec for to in message["To"].addresses] == ["ada@example.org"]
    assert [sender.addr_spec for sender in message["From"].addresses] == ["papers@example.org"]
    assert "=?" not in str(message["Subject"])
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert max(len(line) for line in raw.split(b"\r\n")) <= 110
    assert raw.isascii()
    assert not re.search(rb"[^\r]\n|\r[^\n]|\0", raw)


@settings(max_examples=200)
@given(hostile, hostile, hostile, hostile, hostile)
@example("=?utf-8?q?A=0D=0ABcc:_x?=", "", "", "", "")
@example("x", "=?utf-8?q?A=0D=0ABcc:_x?=", '"', "\r\n.\r\n", "\r\n--=_Xk2mQ8w1xYt5R2n7LpAaBbCc--\r\n")
def test_hostile_input_changes_no_field_no_recipient_no_part(
    subject: str, name: str, site_name: str, text: str, html: str
) -> None:
    check_hostile(subject, name, site_name, text, html)


@pytest.mark.slow
@settings(max_examples=5000)
@given(hostile, hostile, hostile, hostile, hostile)
def test_hostile_input_changes_nothing_5000_times(
    subject: str, name: str, site_name: str, text: str, html: str
) -> None:
    check_hostile(subject, name, site_name, text, html)
