"""The configuration: every problem in one go, secrets from where they are kept, an example that cannot drift."""

import re
import tomllib
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from digest.config import Config, load
from digest.config.secret import site_secrets
from digest.config.sections import SourceSection
from digest.errors import ConfigError
from digest.model import SourceState
from digest.resources import example_config

NEEDED = """
[site]
base_url = "https://papers.example.org/"
sender = "Papers <papers@example.org>"
[[sources]]
name = "hf"
kind = "huggingface"
"""
SITE_AND_SOURCE = NEEDED.replace("[[sources]]", "locale = '{}'\n[[sources]]")
NOW = datetime(2026, 5, 28, 12, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    """The lines of the one error, without its heading."""
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text))
    return [line.strip() for line in str(caught.value).split("\n")[1:]]


def test_what_is_needed_is_enough(tmp_path: Path) -> None:
    config = load(write(tmp_path, NEEDED))
    assert config.site.base_url == "https://papers.example.org"
    assert config.database.url == f"sqlite:///{tmp_path}/digest.db"
    assert config.schedule.default_time == time(7, 30)
    assert config.schedule.max_lateness == timedelta(hours=12)
    assert config.web.address == ("127.0.0.1", 8080)
    assert config.smtp.secret == ""
    assert config.sources[0].made().name == "hf"


def test_a_feed_is_asked_at_the_address_as_it_is_written(tmp_path: Path) -> None:
    address = "https://journal.example/feed/?subject=kites"
    config = load(write(tmp_path, NEEDED + f"[[sources]]\nname = 'kites'\nkind = 'feed'\nurl = '{address}'"))
    assert config.sources[1].made().first(SourceState(name="kites"), NOW).url == address


def test_it_is_frozen(tmp_path: Path) -> None:
    config = load(write(tmp_path, NEEDED))
    with pytest.raises(ValueError, match="frozen"):
        config.site.name = "other"  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        config.site = config.site  # type: ignore[misc]


def test_every_problem_is_told_in_one_go(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
        colour = 1
        [site]
        base_url = "http://papers.example.org"
        sender = "Papers"
        lokale = "de"
        [smtp]
        host = "mail.example.org"
        security = "none"
        port = 70000
        [schedule]
        default_zone = "Europe/Berln"
        default_time = "25:00"
        [[sources]]
        name = "a"
        kind = "arxiv-rs"
        [[sources]]
        name = "a"
        kind = "arxiv-rss"
        categories = ["cs.LGG"]
        """,
    )
    wanted = (
        "colour is no key we know",
        "site.base_url: “http://papers.example.org” is not secure",
        "site.sender: “Papers” is no e-mail address",
        "site.lokale is no key we know; did you mean locale?",
        "smtp.security must not be none for mail.example.org",
        "smtp.port must be at most 65535, not 70000",
        "schedule.default_zone: there is no zone “Europe/Berln”; did you mean Europe/Berlin",
        "schedule.default_time: “25:00” is no time of day; write HH:MM",
        "sources[a]: there is no kind “arxiv-rs”; known: arxiv-rss",
        "sources[a].categories: “cs.LGG” is not an arXiv category; did you mean cs.LG",
        "sources: 2 of them are called “a”",
    )
    assert len(found) == len(wanted)
    for beginning in wanted:
        assert any(line.startswith(beginning) for line in found), beginning


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "site.base_url is missing"),
        (NEEDED.replace('base_url = "https://papers.example.org/"', ""), "site.base_url is missing"),
        (NEEDED.replace("https://", "ftp://"), "site.base_url: “ftp://papers.example.org/” is no http(s) address"),
        (NEEDED.replace(".org/", ".org:abc"), "site.base_url: “https://papers.example.org:abc” is no http(s) address"),
        (NEEDED.replace("papers.example.org/", "[::1"), "site.base_url: “https://[::1” is no http(s) address; write"),
        (NEEDED + "url = 'http://h:99999/x'", "sources[hf]: “http://h:99999/x” is no http(s) URL; write url ="),
        (NEEDED + "url = 'http://[::1'", "sources[hf]: “http://[::1” is no http(s) URL; write url ="),
        (NEEDED + "every = 3", "sources[hf].every is no key we know"),
        (NEEDED + "every_minutes = 0", "sources[hf].every_minutes must be at least 1, not 0"),
        ("[retention]\nunconfirmed_days = 1\n" + NEEDED, "retention.unconfirmed_days must be at least 2, not 1"),
        (NEEDED + "enabled = 'yes, please'", "sources[hf].enabled must be true or false"),
        (NEEDED + "[digest]\npapers = '10'", "digest.papers must be a whole number, not '10'"),
        (NEEDED + "[digest]\nmin_score = 'high'", "digest.min_score must be a number"),
        (NEEDED + "[web]\nlisten = '8080'", "web.listen must be HOST:PORT"),
        (NEEDED + "[web]\nlisten = '127.0.0.1:80800'", "web.listen: 80800 is no port; ports end at 65535"),
        (NEEDED + "[web]\nmetrics_listen = '[::1]:94640'", "web.metrics_listen: 94640 is no port; ports end at"),
        (NEEDED + "[database]\nurl = 'mysql://ada:hunter2@db/x'", "database.url names no database we know"),
        (NEEDED + "[database]\nurl = 'sqlite:///:memory:'", "database.url names no database we know"),
        (NEEDED + "[smtp]\nsecurity = 'ssl'", "smtp.security must be 'tls', 'starttls' or 'none'"),
        (NEEDED + "[smtp]\npassword_file = 'absent'", "smtp.password_file: "),
        (NEEDED.replace("[site]", "[site]\nsecret = 'short'"), "site.secret is too short"),
        (NEEDED.replace("[site]", "[site]\naccent = 'red'"), "site.accent must be the colour"),
        (NEEDED.replace("[site]", "[site]\nreply_to = 'nobody'"), "site.reply_to: “nobody” is no e-mail address"),
        (NEEDED.replace("[[sources]]", "[sources]"), "sources must be a table: write [[sources]]"),
        ("smtp = 3\n" + NEEDED, "smtp must be a table: write [smtp]"),
        (NEEDED.partition("[[")[0].replace("[site]", "sources = []\n[site]"), "sources is empty"),
        (NEEDED + "[[sources]]\nname = 'j'\nkind = 'feed'", "sources[j] has no url"),
        (NEEDED + "[[sources]]\nname = 'x'\nkind = 'arxiv-rss'", "sources[x] has no categories"),
        (NEEDED + "[[sources]]\nkind = 'huggingface'", "sources[2].name is missing"),
    ],
)
def test_one_line_for_one_mistake(tmp_path: Path, text: str, line: str) -> None:
    assert any(found.startswith(line) for found in problems(tmp_path, text))


def test_no_secret_is_in_an_error(tmp_path: Path) -> None:
    text = NEEDED.replace("[site]", "[site]\nsecret = 'hunter2'")
    text += "[smtp]\npassword = 12345678\n[database]\nurl = 'mysql://ada:hunter2@db/x'"
    text += "\n[web]\napi_token = 12345678\n[dkim]\nrsa = 12345678\ned25519 = 12345678"
    found = "\n".join(problems(tmp_path, text))
    assert found.count("\n") == 5
    assert "hunter2" not in found
    assert "12345678" not in found


def test_a_loopback_site_needs_no_tls(tmp_path: Path) -> None:
    config = load(write(tmp_path, NEEDED.replace("https://papers.example.org/", "http://127.0.0.1:8080/")))
    assert config.site.base_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.toml", None, "absent.toml here; copy config.example.toml"),
        ("bad.toml", b"a = b", "is no TOML: Invalid value (at line 1, column 5)"),
        ("latin.toml", b"a = '\xff'", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load(tmp_path)


# --- secrets ------------------------------------------------------------------------------------------------------


def keep(folder: Path, name: str, text: str, mode: int = 0o600) -> None:
    path = write(folder, text, name)
    path.chmod(mode)


def test_secrets_come_from_files_beside_the_configuration(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, "pw", "hunter2\n")
    keep(tmp_path, "key", SECRET + "\n", 0o640)
    text = NEEDED.replace("[site]", "[site]\nsecret_file = 'key'") + "[smtp]\nusername = 'u'\npassword_file = 'pw'"
    path = write(tmp_path, text)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    config = load(path)
    assert config.smtp.secret == "hunter2"
    assert site_secrets(config) == [SECRET.encode()]


def test_a_secret_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, "pw", "hunter2", 0o644)
    [line] = problems(tmp_path, NEEDED + "[smtp]\npassword_file = 'pw'")
    assert line.startswith("smtp.password_file: everybody on this machine can read")
    assert "chmod 600" in line
    assert "hunter2" not in line


def test_two_places_for_one_secret_are_refused(tmp_path: Path) -> None:
    keep(tmp_path, "pw", "hunter2")
    keep(tmp_path, "key", SECRET)
    text = NEEDED.replace("[site]", f"[site]\nsecret = '{SECRET}'\nsecret_file = 'key'")
    found = problems(tmp_path, text + "[smtp]\npassword = 'x'\npassword_file = 'pw'")
    assert [line.split()[0] for line in found] == ["site.secret_file", "smtp.password_file"]


def test_systemd_credentials_count_where_the_file_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    keep(folder, "smtp_password", "from systemd")
    keep(folder, "site_secret", SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    config = load(write(tmp_path, NEEDED))
    assert config.smtp.secret == "from systemd"
    assert site_secrets(config) == [SECRET.encode()]
    said = load(write(tmp_path, NEEDED + "[smtp]\npassword = 'from the file'"))
    assert said.smtp.secret == "from the file"


def test_the_environment_sets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP", '{"port": 2525}')
    monkeypatch.setenv("SMTP_PORT", "2525")
    assert load(write(tmp_path, NEEDED)).smtp.port == 25


def test_the_site_secret_is_made_once(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    config = load(write(tmp_path, NEEDED + "[database]\nurl = 'sqlite:///data/papers.db'"))
    [first] = site_secrets(config)
    file = tmp_path / "data" / "secret"
    assert len(first) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert site_secrets(load(tmp_path / "config.toml")) == [first]
    assert file.read_bytes().strip() == first


def test_postgresql_keeps_the_secret_beside_the_configuration(tmp_path: Path) -> None:
    config = load(write(tmp_path, NEEDED + "[database]\nurl = 'postgresql+psycopg://u:p@localhost/x'"))
    site_secrets(config)
    assert (tmp_path / "secret").exists()


def test_a_damaged_secret_is_not_replaced(tmp_path: Path) -> None:
    keep(tmp_path, "secret", "")
    config = load(write(tmp_path, NEEDED))
    with pytest.raises(ConfigError, match="is not whole"):
        site_secrets(config)
    assert (tmp_path / "secret").read_text() == ""


@pytest.mark.parametrize("locale", ["en", "en-GB", "de-AT", "zh"])
def test_a_language_that_we_speak(tmp_path: Path, locale: str) -> None:
    assert load(write(tmp_path, SITE_AND_SOURCE.format(locale))).site.locale == locale


def test_a_language_that_we_do_not_speak_yet(tmp_path: Path) -> None:
    [line] = problems(tmp_path, SITE_AND_SOURCE.format("fr"))
    assert line == "site.locale is a language we do not speak yet; there are en, de, zh"


# --- the example --------------------------------------------------------------------------------------------------


def uncommented() -> str:
    return re.sub(r"^#(?=\w+ = )", "", example_config().read_text(encoding="utf-8"), flags=re.MULTILINE)


def sections() -> list[tuple[str, type[BaseModel]]]:
    models: list[tuple[str, Any]] = [(name, field.annotation) for name, field in Config.model_fields.items()]
    return [(name, model) for name, model in models if name != "sources"] + [("sources", SourceSection)]


def test_the_example_parses_as_it_is(tmp_path: Path) -> None:
    load(write(tmp_path, example_config().read_text(encoding="utf-8")))


def test_the_example_parses_with_everything_uncommented(tmp_path: Path) -> None:
    plain, full = load(example_config()), load(write(tmp_path, uncommented()))
    ours = {"database": {"url"}}  # relative to the folder
    assert full.model_dump(exclude=ours)["site"] == plain.model_dump(exclude=ours)["site"]
    assert full.smtp == plain.smtp
    assert full.schedule == plain.schedule
    assert full.digest == plain.digest
    assert full.web == plain.web


@pytest.mark.parametrize(("section", "model"), sections())
def test_the_example_shows_every_key_with_its_default(section: str, model: type[BaseModel]) -> None:
    shown = tomllib.loads(uncommented())[section]
    table = shown[0] if isinstance(shown, list) else shown
    assert sorted(table) == sorted(model.model_fields)
    for key, field in model.model_fields.items():
        if not field.is_required() and key not in ("categories", "every_minutes"):
            assert _same(table[key], field.default), f"{section}.{key}"


def _same(written: object, default: Any) -> bool:
    if isinstance(default, time):
        return written == f"{default:%H:%M}"
    if hasattr(default, "get_secret_value"):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = list(default)
    return written == ("" if default is None else default)


def test_the_example_explains_every_key() -> None:
    lines = example_config().read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines):
        if re.match(r"#?\w+ = ", line) and lines[number - 1].strip():
            assert lines[number - 1].startswith("#") or lines[number - 1].startswith(("[", "name")), line


def test_every_key_says_what_it_is_for() -> None:
    assert not [(name, key) for name, model in sections() for key, f in model.model_fields.items() if not f.description]
