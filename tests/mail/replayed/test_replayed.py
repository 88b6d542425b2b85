"""Three months of real days, seven readers: every mail stands before the checker and before daily readers."""

from collections import Counter, defaultdict
from email import message_from_bytes, policy
from email.message import EmailMessage
from statistics import median

import pytest

from digest.mail.lint import lint
from tests.mail.replayed.days import DAYS, Replayed
from tests.mail.replayed.readers import DAILY, WEEKLY

pytestmark = [pytest.mark.captures, pytest.mark.slow, pytest.mark.timeout(1800)]

USUAL = 60_000  # bytes of HTML that half of the mails stay below
MOST = 95_000


def parsed(mail: Replayed) -> EmailMessage:
    return message_from_bytes(mail.message, policy=policy.default)


def part(mail: Replayed, kind: str) -> str:
    body = parsed(mail).get_body((kind,))
    return str(body.get_content()) if body else ""


def test_every_reader_has_a_mail_of_every_day(real_mails: list[Replayed]) -> None:
    had = Counter(mail.digest.subscriber.address for mail in real_mails)
    assert had == {reader.address: len(DAYS) for reader in DAILY} | {WEEKLY.address: 13}
    assert sum(had.values()) == 306 + 13


def test_the_checker_finds_nothing(real_mails: list[Replayed]) -> None:
    found = {mail.name: [str(finding) for finding in lint(mail.message)] for mail in real_mails}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_mails_are_small(real_mails: list[Replayed]) -> None:
    sizes = defaultdict(list)
    for mail in real_mails:
        sizes[mail.digest.subscriber.address].append(
            len(part(mail, "html" if not mail.digest.subscriber.text_only else "plain").encode())
        )
    for address, each in sizes.items():  # read them: pytest -s
        print(f"{address}: half below {median(each):,.0f} bytes, none above {max(each):,}")
    whole = [size for each in sizes.values() for size in each]
    assert median(whole) <= USUAL
    assert max(whole) < MOST


def test_no_two_mails_of_a_reader_have_the_same_subject(real_mails: list[Replayed]) -> None:
    subjects = Counter((mail.digest.subscriber.address, str(parsed(mail)["Subject"])) for mail in real_mails)
    assert [subject for subject, count in subjects.items() if count > 1] == []
