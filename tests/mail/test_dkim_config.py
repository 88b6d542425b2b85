"""Keys come from files or systemd, are tried before anything starts, and reach the process that composes."""

import pickle
from pathlib import Path

import pytest

from digest.app import open_app
from digest.clock import FixedClock
from digest.config import load
from digest.errors import ConfigError
from digest.mail.dkim_keys import made
from tests.conftest import NOON
from tests.mail.digests import READER, digest_of, picks
from tests.mail.dkim import ED25519, RSA, keys, verdicts

SITE = """
[site]
base_url = "https://papers.example.org/"
sender = "Papers <papers@{domain}>"
[[sources]]
name = "hf"
kind = "huggingface"
[smtp]
bounce_domain = "{bounces}"
[dkim]
{lines}
"""
FILES = 'rsa_key_file = "rsa.pem"\ned25519_key_file = "ed25519.pem"'


def write(folder: Path, lines: str = FILES, domain: str = "example.org", bounces: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(SITE.format(lines=lines, domain=domain, bounces=bounces))
    return path


def keep(folder: Path, name: str, pem: bytes, mode: int = 0o600) -> None:
    file = folder / name
    file.write_bytes(pem)
    file.chmod(mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rsa, ed25519 = keys()
    keep(tmp_path, "rsa.pem", rsa.pem)
    keep(tmp_path, "ed25519.pem", ed25519.pem)
    return tmp_path


def problem(path: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert refused.value.exit_code == 78
    [_, line] = str(refused.value).split("\n")
    assert "PRIVATE" not in line
    return line.strip()


def test_files_beside_the_configuration_sign_what_is_sent(folder: Path) -> None:
    with open_app(load(write(folder, domain="papers.example.org")), FixedClock(NOON)) as app:
        assert verdicts(app.composer.compose(digest_of(picks(3)))[1], "papers.example.org") == [True, True]
        assert app.signer.domain == "papers.example.org"
        assert pickle.loads(pickle.dumps(app.signer)) == app.signer
        assert "PRIVATE" not in repr(app.signer)


async def test_the_process_that_composes_signs_the_same(folder: Path) -> None:
    with open_app(load(write(folder, bounces="bounces.example.org")), FixedClock(NOON)) as app:
        async with app.press() as press:
            there = await press.compose(digest_of(picks(3)))
        assert there == app.composer.compose(digest_of(picks(3)))
        assert there[0].sender.endswith("@bounces.example.org")
        assert there[0].recipient == READER.address
        assert verdicts(there[1]) == [True, True]


def test_without_keys_nothing_is_signed(tmp_path: Path) -> None:
    with open_app(load(write(tmp_path, "")), FixedClock(NOON)) as app:
        envelope, message = app.composer.compose(digest_of(picks(3)))
        assert message.startswith(b"From: ")
        assert envelope.sender == "papers@example.org"


def test_credentials_of_systemd_count_where_the_file_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rsa, ed25519 = keys()
    (tmp_path / "credentials").mkdir()
    keep(tmp_path / "credentials", "dkim_rsa", rsa.pem, 0o400)
    keep(tmp_path / "credentials", "dkim_ed25519", ed25519.pem, 0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with open_app(load(write(tmp_path, "")), FixedClock(NOON)) as app:
        assert verdicts(app.composer.compose(digest_of(picks(3)))[1]) == [True, True]
    keep(tmp_path, "rsa.pem", rsa.pem)
    assert problem(write(tmp_path, 'rsa_key_file = "rsa.pem"')).startswith("dkim.rsa is given, and dkim.rsa_key_file")


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("", [RSA, ED25519]),
        ('selector = "june"', ["june", "june-ed25519"]),
        ('selector = "june"\ned25519_selector = "two.june"', ["june", "two.june"]),
    ],
)
def test_each_key_has_a_selector_of_its_own(folder: Path, lines: str, names: list[str]) -> None:
    assert [key.selector for key in load(write(folder, f"{FILES}\n{lines}")).dkim.keys] == names


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('rsa_key_file = "none.pem"', "dkim.rsa_key_file: {}/none.pem cannot be read"),
        ('rsa_key_file = "open.pem"', "dkim.rsa_key_file: everybody on this machine can read {}/open.pem"),
        ('rsa_key_file = "words.pem"', "dkim.rsa_key_file is no private key"),
        ('rsa_key_file = "ed25519.pem"', "dkim.rsa_key_file is the other key; name it dkim.ed25519_key_file"),
        ('ed25519_key_file = "rsa.pem"', "dkim.ed25519_key_file is the other key; name it dkim.rsa_key_file"),
        ('rsa = "words"', "dkim.rsa is no private key"),
        ('selector = "a b"', "dkim.selector must be"),
        ('ed25519_selector = "-"', "dkim.ed25519_selector must be"),
        ('ed25519_selector = "digest"', "dkim.ed25519_selector is that of the RSA key"),
        ('ed25519_selector = "Digest"', "dkim.ed25519_selector is that of the RSA key"),
        ('domain = "example com"', "dkim.domain: “example com” is no domain"),
        ('domain = "example.net"', "dkim.domain: example.net cannot vouch for mail from example.org"),
        ('domain = "ample.org"', "dkim.domain: ample.org cannot vouch for mail from example.org"),
        ('domain = "papers.example.org"', "dkim.domain: papers.example.org cannot vouch for mail from example.org"),
    ],
)
def test_what_cannot_work_is_one_line_at_the_start(folder: Path, lines: str, said: str) -> None:
    keep(folder, "open.pem", made("ed25519"), 0o644)
    keep(folder, "words.pem", b"not a key")
    assert problem(write(folder, lines)).startswith(said.format(folder))


def test_a_domain_above_the_senders_may_vouch(folder: Path) -> None:
    config = load(write(folder, f'{FILES}\ndomain = "Example.ORG"', domain="papers.example.org"))
    with open_app(config, FixedClock(NOON)) as app:
        assert verdicts(app.composer.compose(digest_of(picks(3)))[1]) == [True, True]


def test_a_bounce_domain_is_a_domain(tmp_path: Path) -> None:
    assert problem(write(tmp_path, "", bounces="not one")).startswith("smtp.bounce_domain: “not one” is no domain")
