"""The keys that `digest dkim` makes are private and stay; what it says of DNS is what verifiers ask for."""

import json
import shlex
from pathlib import Path

import pytest

from digest.cli.root import run
from digest.config import load
from digest.mail.dkim_keys import KINDS, opened

CONFIG = """
[site]
base_url = "https://papers.example.org/"
sender = "Papers <papers@news.example.org>"
[[sources]]
name = "hf"
kind = "huggingface"
[smtp]
bounce_domain = "{}"
"""


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What `digest dkim …` says, on stdout or in one line on stderr."""
    capsys.readouterr()
    assert run(["dkim", *arguments]) == code
    out, err = capsys.readouterr()
    assert err.count("\n") == (1 if code else 0), err
    return err or out


def configured(folder: Path, capsys: pytest.CaptureFixture[str], bounces: str = "") -> str:
    """A configuration with the lines that `generate` prints."""
    lines = said(capsys, "generate", "--directory", str(folder)).partition("\n\n")[0]
    (folder / "config.toml").write_text(CONFIG.format(bounces) + lines)
    return str(folder / "config.toml")


def test_what_it_prints_belongs_into_the_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = load(Path(configured(tmp_path, capsys))).dkim.keys
    assert tuple(opened(key.pem).kind for key in keys) == KINDS
    for kind in KINDS:
        assert (tmp_path / f"dkim-{kind}.pem").stat().st_mode & 0o777 == 0o600


def test_no_key_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dkim-ed25519.pem").write_text("mine")
    said(capsys, "generate", "--directory", str(tmp_path))  # the other one is made
    made = (tmp_path / "dkim-rsa.pem").read_text()
    line = said(capsys, "generate", "--directory", str(tmp_path), code=1)
    assert f"both keys are in {tmp_path} already" in line
    assert (tmp_path / "dkim-ed25519.pem").read_text() == "mine"
    assert (tmp_path / "dkim-rsa.pem").read_text() == made
    assert "no directory" in said(capsys, "generate", "--directory", str(tmp_path / "none"), code=1)


def test_the_records_are_those_of_the_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = configured(tmp_path, capsys)
    wanted = {
        f"{key.selector}._domainkey.news.example.org": opened(key.pem).record for key in load(Path(config)).dkim.keys
    }
    assert list(wanted) == ["digest._domainkey.news.example.org", "digest-ed25519._domainkey.news.example.org"]
    lines = [line for line in said(capsys, "show", "--config", config).splitlines() if not line.startswith(";")]
    for line in lines:
        name, internet, kind, *strings = shlex.split(line)
        assert (internet, kind) == ("IN", "TXT")
        assert "".join(strings) == wanted.pop(name.removesuffix("."))
        assert max(map(len, strings)) <= 255
    assert not wanted


def test_programs_get_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = configured(tmp_path, capsys)
    told = json.loads(said(capsys, "show", "--json", "--config", config))
    assert told.keys() == {"records", "needs"}
    for record in told["records"]:
        assert record["value"] == "".join(record["strings"])
        assert record["type"] == "TXT"
    assert "PRIVATE" not in str(told)
    shown = [
        line.removeprefix("; ") for line in said(capsys, "show", "--config", config).splitlines() if line[0] == ";"
    ]
    assert shown == told["needs"]


@pytest.mark.parametrize(
    ("bounces", "mx", "strange"),
    [("", False, False), ("bounces.example.org", True, False), ("bounces.example.net", True, True)],
)
def test_what_else_dns_needs_depends_on_where_bounces_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bounces: str, mx: bool, strange: bool
) -> None:
    config = configured(tmp_path, capsys, bounces)
    needs = said(capsys, "show", "--config", config)
    assert f"; {bounces or 'news.example.org'} needs a TXT record for SPF" in needs
    assert "; _dmarc.news.example.org needs a TXT record for DMARC" in needs
    assert ("needs an MX record" in needs) is mx
    assert ("seems not to belong to" in needs) is strange
    assert run(["config", "check", "--config", config]) == 0
    assert ("mind: bounces.example.net seems not to belong to" in capsys.readouterr().out) is strange


def test_without_a_key_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text(CONFIG.format(""))
    assert "digest dkim generate" in said(capsys, "show", "--config", str(tmp_path / "config.toml"), code=1)
