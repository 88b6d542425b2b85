"""Each slip in the header is found, and nothing else is."""

import pytest

from tests.mail.lint.mails import HEAD, HTML, TEXT, changed, crlf, mail, rules

BROKEN = [
    ("headers.once", "Precedence: bulk\n", ""),
    ("headers.once", "Date:", "Date: Thu, 28 May 2026 07:30:00 +0200\nDate:"),
    ("headers.once", "Reply-To:", "Reply-To: other@example.org\nReply-To:"),
    ("headers.unknown", "MIME-Version:", "Bcc: eve@example.net\nMIME-Version:"),
    ("headers.unknown", "MIME-Version:", "X-Injected: yes\nMIME-Version:"),
    ("headers.folded", "2 papers: Kites", "2 papers: Kites that fly and fold themselves whenever they want to: Kites"),
    ("headers.word", "2 papers", "=?utf-8?q?2?==?utf-8?q?_papers?="),
    ("headers.word", "2 papers", "=?iso-8859-1?q?2?= papers"),
    ("headers.word", "2 papers: Kites", f"2 papers:\n =?utf-8?q?{'a' * 64}?=\n Kites"),
    ("headers.word", "2 papers", "=?utf-8?q?=3D=3Futf-8?="),
    ("headers.unsafe", "2 papers", "=?utf-8?q?=E2=80=AE2?= papers"),
    ("headers.unsafe", "2 papers", "=?utf-8?q?=E2=80=A8?= papers"),
    ("headers.value", "auto-generated", "auto-replied"),
    ("headers.value", "List-Unsubscribe=One-Click", "One-Click"),
    ("headers.one", '"Ada" <ada@example.net>', "ada@example.net, eve@example.net"),
    ("headers.one", "Reply-To: team@example.org", "Reply-To: team"),
    ("headers.name", '"Ada"', '"ada@example.net"'),
    ("headers.name", '"The Reading Room" <room@example.org>', "room@example.org"),
    ("headers.subject", "2 papers: Kites that fold themselves", "The Reading Room 28"),
    ("headers.date", " +0200", ""),
    ("headers.identity", "Xk2mQ8w1xYt5R2n7@", "Xk2mQ8@"),
    ("headers.identity", "Xk2mQ8w1xYt5R2n7@example.org", "Xk2mQ8w1xYt5R2n7@example.com"),
    ("headers.address", "Xk2mQ8w1xYt5R2n7@", "Xk2mQ8w1xYt5R2n7.ada%40example.net@"),
    ("headers.unsubscribe", ",\n <mailto:team@example.org?subject=unsubscribe>", ""),
    ("headers.unsubscribe", "Unsubscribe: <https", "Unsubscribe:\n <https"),
    ("headers.list", "<digest.room.example.org>", "<digest room>"),
    ("headers.list", "<mailto:team@example.org?subject=help>", "team@example.org"),
    ("headers.feedback", "0123456789ab", "012"),
]


def test_the_clean_mail_is_clean() -> None:
    assert rules(mail()) == set()


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN, ids=[f"{rule} {new[:24]}" for rule, _, new in BROKEN])
def test_one_slip_is_one_finding(rule: str, old: str, new: str) -> None:
    assert rules(mail(changed(HEAD, old, new))) == {rule}


@pytest.mark.parametrize(
    "address", ["http://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc", "https://room.example.org/u/7"]
)
def test_the_way_out_is_https_and_cannot_be_guessed(address: str) -> None:
    usual = "https://room.example.org/u/Zk3vQ8w1xYt5R2n7LpAaBbCc"
    broken = mail(changed(HEAD, usual, address), changed(TEXT, usual, address), changed(HTML, usual, address))
    assert "headers.unsubscribe" in rules(broken)


def test_a_letter_to_one_person_needs_no_list() -> None:
    head = "".join(f"{line}\n" for line in HEAD.splitlines() if not line.startswith(("List-", "Prec", "Feed", " ")))
    head = changed(head, 'multipart/alternative; boundary="=_fixed"', 'text/plain; charset="utf-8"')
    letter = f"{head}Content-Transfer-Encoding: quoted-printable\n\nPlease confirm:\nhttps://room.example.org/c/1\nroom@example.org\n"
    assert rules(crlf(letter)) == set()
    many = "".join(f"https://papers.example.com/{number}\n" for number in range(9))
    assert rules(crlf(letter + many)) == {"headers.once", "access.why"}
