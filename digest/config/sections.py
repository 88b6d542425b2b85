"""The tables of the configuration and what each key may be.

In:    the values of one TOML table.
Out:   frozen sections; a ValueError with one clause for each key that is wrong.
Never: the file itself, a check across tables.
"""

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from digest.config.fields import (
    HOST_PORT,
    Category,
    Directory,
    Domain,
    HostPort,
    Network,
    PrivateFile,
    WallTime,
    WebAddress,
    Whole,
    Zone,
    checked,
    host_port,
    is_loopback,
    not_too_slow,
    picture,
    public,
    spoken,
    strong,
)
from digest.editorial.selection import Rules
from digest.errors import ConfigError
from digest.inputs import address, mailbox
from digest.jobs.limits import Limits
from digest.jobs.offers import MEMORY
from digest.sources.kinds import KINDS, make_source
from digest.sources.source import Source

SQLITE, POSTGRES = "sqlite:///", "postgresql+psycopg://"


class Section(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteSection(Section):
    """Who sends."""

    name: str = Field("Papers", min_length=1, description="what the digest is called: subject, heading, List-Id")
    base_url: Annotated[WebAddress, AfterValidator(public)] = Field(
        description="where people reach this site, for unsubscribe links: https://papers.example.org"
    )
    sender: Annotated[str, checked(mailbox, replace=False)] = Field(
        description="who the mail is from: Papers <papers@example.org>"
    )
    reply_to: Annotated[str, checked(lambda value: value and mailbox(value)[1])] = Field(
        "", description="where answers go, if not to the sender"
    )
    postal_address: str = Field("", description="in the footer of each mail, where the law asks for it")
    accent: str = Field(
        "#7a1f3d", pattern=r"^#[0-9a-fA-F]{6}$", description="the colour of links and marks, as #7a1f3d"
    )
    logo: Annotated[str, AfterValidator(picture)] = Field(
        "", description="a picture at the head of each mail: https://…; its alternative text is the name"
    )
    logo_width: Whole = Field(160, ge=16, le=560, description="pixels it is shown in")
    footer: str = Field("", max_length=1000, description="your own words at the end of each mail")
    templates: Directory = Field(None, description="a directory with templates of your own, which stand before ours")
    locale: Annotated[str, AfterValidator(spoken)] = Field(
        "en", pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="the language of the mail, as en or pt-BR"
    )
    secret: Annotated[SecretStr, AfterValidator(strong)] = Field(
        SecretStr(""), description="keys links and Message-IDs; without it one is made once beside the database"
    )
    secret_file: PrivateFile = Field(
        None, description="a file that holds the secret instead; below it former ones, one a line"
    )

    @field_validator("secret_file")
    @classmethod
    def _one_secret(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("secret"):
            raise ValueError("is given, and site.secret too; keep one of the two")
        if value:
            for line in value.read_text(encoding="utf-8").splitlines() or [""]:
                strong(SecretStr(line.strip() or "empty"))
        return value


class DatabaseSection(Section):
    """Where everything is kept."""

    url: str = Field("sqlite:///digest.db", description=f"{SQLITE}FILE, or {POSTGRES}USER:PASSWORD@HOST/NAME")

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        named = value.removeprefix(SQLITE) if value.startswith(SQLITE) else ""
        if value.startswith(POSTGRES) or (named and named != ":memory:"):
            return value
        raise ValueError(f"names no database we know; write {SQLITE}digest.db or {POSTGRES}USER:PASSWORD@HOST/NAME")

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.removeprefix(SQLITE)) if self.url.startswith(SQLITE) else None


class SmtpSection(Section):
    """The next hop."""

    host: str = Field("127.0.0.1", min_length=1, description="the SMTP server that takes our mail")
    port: Whole = Field(25, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 on this machine")
    security: Literal["tls", "starttls", "none"] = Field(
        "none", validate_default=True, description="none only for a server on this machine"
    )
    username: str = Field("", description="if the server wants one")
    password: SecretStr = Field(SecretStr(""), description="better in a file, or a systemd credential smtp_password")
    password_file: PrivateFile = Field(None, description="a file that holds the password instead")
    connections: Whole = Field(4, ge=1, le=64, description="how many at a time")
    on_uncertain: Literal["resend", "hold"] = Field(
        "resend", description="when the answer to a finished message is lost: send the same bytes again, or ask you"
    )
    bounce_domain: Domain = Field(
        "", description="takes mail to bounce+…@ it: each message has an address of its own there to come back to"
    )
    per_connection: Whole = Field(100, ge=1, description="messages until a connection is replaced by a new one")
    per_second: Annotated[float, AfterValidator(not_too_slow)] = Field(
        0, ge=0, le=1000, description="messages at most, evenly spaced; 0: no limit"
    )
    per_minute: Whole = Field(0, ge=0, description="the same for a minute, where the server counts so")
    per_day: Whole = Field(0, ge=0, description="messages at most in any 24 hours; 0: no limit")
    per_domain_minute: Whole = Field(0, ge=0, description="to one domain of recipients in a minute; 0: no limit")

    @field_validator("security")
    @classmethod
    def _in_the_clear_at_home_only(cls, value: str, info: ValidationInfo) -> str:
        host = info.data.get("host", "localhost")
        if value == "none" and not is_loopback(host):
            raise ValueError(f"must not be none for {host}, which is not this machine; write starttls or tls")
        return value

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("password"):
            raise ValueError("is given, and a password too; keep one of the two")
        return value

    @property
    def limits(self) -> Limits:
        return Limits(self.per_second, self.per_minute, self.per_day, self.per_domain_minute)

    @property
    def secret(self) -> str:
        """The password, wherever it is; `""` for none."""
        if self.password_file:
            return self.password_file.read_text(encoding="utf-8").strip()
        return self.password.get_secret_value()


class ScheduleSection(Section):
    """When."""

    edition_hour_utc: Whole = Field(4, ge=0, le=23, description="the UTC hour at which the day's edition is compiled")
    default_zone: Zone = Field("UTC", description="the zone of subscribers who give none: Europe/Berlin")
    default_time: WallTime = Field(time(7, 30), description="their hour")
    max_lateness_hours: Whole = Field(12, ge=1, le=23, description="a digest later than that is not sent any more")

    @property
    def max_lateness(self) -> timedelta:
        return timedelta(hours=self.max_lateness_hours)


class DigestSection(Section):
    """What is in it."""

    papers: Whole = Field(Rules().papers, ge=1, le=50, description="how many, unless the subscriber says")
    min_score: float = Field(Rules().min_score, ge=0, le=1, description="papers below it are not worth a mail")
    trend_weight: float = Field(Rules().trend_weight, ge=0, le=1, description="0: only relevance, 1: only the trend")


class WebSection(Section):
    """The pages: sign-up, preferences, the archive, the API."""

    listen: HostPort = Field("127.0.0.1:8080", pattern=HOST_PORT, description="HOST:PORT, as 127.0.0.1:8080")
    trusted_proxies: tuple[Network, ...] = Field(
        ("127.0.0.1", "::1"), description="who may say whom they ask for (X-Forwarded-For): addresses or networks"
    )
    signup: bool = Field(True, description="false: only the operator adds subscribers")
    signups_per_hour: Whole = Field(200, ge=1, description="letters to those who sign up, at most; to an import half")
    proof_of_work: Whole = Field(
        0, ge=0, le=24, description="bits of work a browser does before it signs up (16: a second); 0: none"
    )
    api_token: Annotated[SecretStr, AfterValidator(strong)] = Field(
        SecretStr(""), description="opens /api/v1; without it there is no API"
    )
    api_token_file: PrivateFile = Field(None, description="a file that holds it instead")
    metrics_listen: HostPort = Field(
        "",
        pattern=f"{HOST_PORT}|^$",
        description="HOST:PORT for Prometheus, as 127.0.0.1:9464; else none is served",
    )

    @field_validator("api_token_file")
    @classmethod
    def _one_token(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("api_token"):
            raise ValueError("is given, and web.api_token too; keep one of the two")
        if value:
            strong(SecretStr(value.read_text(encoding="utf-8").strip() or "empty"))
        return value

    @property
    def token(self) -> str:
        """What opens the API, wherever it is; `""` for none."""
        if self.api_token_file:
            return self.api_token_file.read_text(encoding="utf-8").strip()
        return self.api_token.get_secret_value()

    @property
    def address(self) -> tuple[str, int]:
        return host_port(self.listen)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        return host_port(self.metrics_listen) if self.metrics_listen else None


class RetentionSection(Section):
    """How long what happened is remembered; papers and editions stay."""

    deliveries_days: Whole = Field(
        90, ge=MEMORY.days + 1, description="days that the ledger is kept: who was sent what, and every answer"
    )
    signals_days: Whole = Field(90, ge=30, description="days that observations of a paper's reach are kept")
    events_days: Whole = Field(365, ge=30, description="days that the record of what was done to a subscriber is kept")
    unconfirmed_days: Whole = Field(7, ge=2, description="days after which one who never confirmed is forgotten")


class SunsetSection(Section):
    """Who has not been heard of for long is asked, in a digest, whether they still read it; no answer pauses them."""

    after_days: Whole = Field(0, ge=0, description="days of silence after which somebody is asked; 0: nobody is")
    grace_days: Whole = Field(30, ge=7, description="days they have for an answer before they are paused")


class OperatorSection(Section):
    """Who looks after this."""

    address: Annotated[str, checked(lambda value: value and address(value))] = Field(
        "", description="is mailed, once a day at most, when something is wrong"
    )


class SourceSection(Section):
    """One place we read from."""

    name: str = Field(
        min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", description="a name of your own, as arxiv"
    )
    kind: str = Field(description=", ".join(KINDS))
    url: str = Field("", description="the service's address; default: the live one")
    categories: tuple[Category, ...] = Field((), description='of arXiv: ["cs.LG", "cs.CL"]')
    every_minutes: Whole | None = Field(None, ge=1, description="how often; the default suits the kind")
    enabled: bool = Field(True, description="false keeps what was read and reads no more")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        try:
            self.made()
        except ConfigError as error:
            raise ValueError(str(error).removeprefix(f"source “{self.name}”")) from None
        return self

    def made(self) -> Source:
        """The source itself. Raises ConfigError for an unknown kind, or one that lacks what it needs."""
        every = timedelta(minutes=self.every_minutes) if self.every_minutes else None
        return make_source(self.kind, name=self.name, url=self.url or None, categories=self.categories, every=every)
