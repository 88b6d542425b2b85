"""Whole messages, octet by octet: what a change does to the mail is seen in its diff. `--update-golden` rewrites."""

from pathlib import Path

import pytest

from digest.mail.compose import make_composer
from digest.resources import templates_dir
from tests.mail.golden import MAILS

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", MAILS)
def test_a_message_is_the_one_we_looked_at(name: str, pytestconfig: pytest.Config) -> None:
    mail = MAILS[name]
    _, message = make_composer(mail.site, templates_dir(), b"the secret of the golden messages").compose(mail.content)
    file = GOLDEN / f"{name}.eml"
    if pytestconfig.getoption("update_golden"):
        file.write_bytes(message)
    assert message == file.read_bytes()


def test_no_golden_mail_is_of_nothing() -> None:
    assert {file.stem for file in GOLDEN.glob("*.eml")} == set(MAILS)
