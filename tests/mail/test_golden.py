"""Whole messages, octet by octet: what a change does to the mail is seen in its diff. `--update-golden` rewrites."""

from dataclasses import replace
from pathlib import Path

import pytest

from digest.mail.compose import Composer
from digest.model import Digest
from digest.tokens import Tokens
from tests.mail.digests import READER, SILENT, SITE, digest_of, picks, renderer

GOLDEN = Path(__file__).parents[1] / "golden"
MAILS = {
    "ordinary-day": digest_of(picks(8)),
    "one-paper": digest_of(picks(1)),
    "still-reading": replace(digest_of(picks(3)), subscriber=SILENT),
    "no-topics": replace(digest_of(picks(3)), subscriber=replace(READER, topics=())),
}


@pytest.mark.parametrize(("name", "digest"), MAILS.items(), ids=MAILS)
def test_a_message_is_the_one_we_looked_at(name: str, digest: Digest, pytestconfig: pytest.Config) -> None:
    _, message = Composer(SITE, renderer(SITE), Tokens(b"the secret of the golden messages")).compose(digest)
    file = GOLDEN / f"{name}.eml"
    if pytestconfig.getoption("update_golden"):
        file.write_bytes(message)
    assert message == file.read_bytes()
