"""The configuration: one TOML file, checked as a whole before anything starts.

In:    config.toml; secrets also from files it names and from systemd credentials (`smtp_password`, `dkim_rsa`).
Out:   a frozen Config with absolute paths, or one ConfigError that lists every problem, a line each.
Never: a default that hides a mistake (an unknown key is an error), a secret in a message, a file written.
"""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from digest.config.dkim import DkimSection, unaligned
from digest.config.problems import across, line
from digest.config.sections import (
    SQLITE,
    DatabaseSection,
    DigestSection,
    OperatorSection,
    RetentionSection,
    ScheduleSection,
    SiteSection,
    SmtpSection,
    SourceSection,
    SunsetSection,
    WebSection,
)
from digest.errors import ConfigError

FILES = (
    ("database", "url", SQLITE),
    ("site", "secret_file", ""),
    ("site", "templates", ""),
    ("smtp", "password_file", ""),
    ("dkim", "rsa_key_file", ""),
    ("dkim", "ed25519_key_file", ""),
)


class Config(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", secrets_nested_delimiter="_")

    site: SiteSection
    database: DatabaseSection = DatabaseSection()
    smtp: SmtpSection = SmtpSection()
    dkim: DkimSection = DkimSection()
    schedule: ScheduleSection = ScheduleSection()
    digest: DigestSection = DigestSection()
    web: WebSection = WebSection()
    retention: RetentionSection = RetentionSection()
    sunset: SunsetSection = SunsetSection()
    operator: OperatorSection = OperatorSection()
    sources: tuple[SourceSection, ...] = Field(description="at least one [[sources]] table")

    _directory: Path = PrivateAttr(Path())

    @property
    def home(self) -> Path:
        """Where our own files go: the folder of the SQLite file, else that of the configuration."""
        file = self.database.file
        return file.parent if file else self._directory

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file first, then systemd's credentials; the environment sets nothing behind the operator's back."""
        del settings_cls, env_settings, dotenv_settings
        return init_settings, NestedSecretsSettingsSource(file_secret_settings)


def load(path: Path) -> Config:
    """Reads and checks `path`. Raises ConfigError with every problem, one line each."""
    raw = _anchored(_read(path), path.parent.resolve())
    problems = list(across(raw))
    try:
        config = Config(**raw, _secrets_dir=os.environ.get("CREDENTIALS_DIRECTORY"))
    except ValidationError as error:
        problems = [line(each, raw, Config) for each in error.errors(include_url=False)] + problems
    else:
        problems += unaligned(config.site, config.dkim)
    if problems:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ConfigError("\n  ".join([f"{path} has {count}:", *problems]))
    config._directory = path.parent.resolve()
    return config


def _read(path: Path) -> dict[str, Any]:
    if path.is_dir() or not path.exists():
        what = f"{path} is a folder" if path.is_dir() else f"no {path} here"
        raise ConfigError(what, "copy config.example.toml to config.toml, or name yours with --config PATH")
    try:
        return TomlConfigSettingsSource(Config, path)()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "name a TOML file with --config PATH") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8", "save it as UTF-8 text") from None
    except ValueError as error:  # TOMLDecodeError says where
        raise ConfigError(f"{path} is no TOML: {error}", "mend that line; strings want quotes") from None


def _anchored(raw: dict[str, Any], directory: Path) -> dict[str, Any]:
    """The same with its relative files made absolute: they mean beside the configuration."""
    raw = {"site": {}, "database": {}} | raw
    if isinstance(raw["database"], dict):
        raw["database"] = {"url": DatabaseSection().url} | raw["database"]
    for section, key, prefix in FILES:
        table = raw.get(section)
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str) and value.startswith(prefix) and value[len(prefix) :] not in ("", ":memory:"):
            raw[section] = {**raw[section], key: f"{prefix}{directory / value[len(prefix) :]}"}
    return raw
