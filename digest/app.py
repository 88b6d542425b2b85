"""The wiring: every part made by hand, in order.

In:    a Config and a clock.
Out:   an App that the command line and the daemon work with, to be closed.
Never: a network connection.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Self

from digest.clock import Clock
from digest.config import Config
from digest.config.dkim import sender_domain
from digest.config.secret import site_secrets
from digest.config.sections import ScheduleSection, SiteSection, WebSection
from digest.editorial.selection import Rules
from digest.inputs import mailbox
from digest.jobs.enqueue import Terms
from digest.jobs.pace import Pace
from digest.jobs.prune import Retention
from digest.jobs.run import Policy
from digest.mail.compose import Composer, make_composer
from digest.mail.dkim import Signer
from digest.mail.press import Press
from digest.mail.transport import SmtpTransport
from digest.mail.trial import try_templates
from digest.metrics import Metrics
from digest.model import Site
from digest.resources import templates_dir
from digest.sources.http import HttpFetcher
from digest.sources.source import Source
from digest.store.engine import Store, open_store
from digest.sunset import Sunset
from digest.templating import Templates
from digest.tokens import Tokens
from digest.web.context import Options
from digest.wishes import Usual


@dataclass(frozen=True, slots=True)
class App:
    """All parts. `transport()`, `press()` and `fetcher()` make one each, for `async with` inside the event loop."""

    clock: Clock
    site: Site
    store: Store
    sources: tuple[Source, ...]
    fetcher: Callable[[], HttpFetcher]
    templates: Templates
    tokens: Tokens
    composer: Composer
    press: Callable[[], Press]
    signer: Signer
    transport: Callable[[], SmtpTransport]
    rules: Rules
    terms: Terms
    policy: Policy
    pace: Pace
    retention: Retention
    operator: str
    metrics: Metrics
    schedule: ScheduleSection
    usual: Usual
    relay: str
    listen: tuple[str, int]
    web: Options

    @property
    def source_names(self) -> tuple[str, ...]:
        return tuple(source.name for source in self.sources)

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_app(config: Config, clock: Clock) -> App:
    """Raises StoreError for a database that cannot be used, ConfigError for a secret that cannot be kept, or a template
    of the operator's that is wrong."""
    site = make_site(config.site)
    if config.site.templates:
        try_templates(site, templates_dir(), config.site.templates)
    templates = Templates(templates_dir(), config.site.templates)
    secrets = site_secrets(config)
    tokens = Tokens(*secrets)
    store = open_store(config.database.url, tokens.marks)
    signer = Signer(config.dkim.domain or sender_domain(config.site), config.dkim.keys)
    make = partial(make_composer, site, templates_dir(), *secrets, own=config.site.templates)
    make = partial(make, signer=signer, bounce_domain=config.smtp.bounce_domain)
    sources = tuple(source.made() for source in config.sources if source.enabled)
    return App(
        clock=clock,
        site=site,
        store=store,
        sources=sources,
        fetcher=partial(HttpFetcher, f"digest/{version('digest')} (+{site.base_url})"),
        templates=templates,
        tokens=tokens,
        composer=make(),
        press=partial(Press, make),
        signer=signer,
        transport=make_transport(config),
        rules=Rules(
            papers=config.digest.papers, min_score=config.digest.min_score, trend_weight=config.digest.trend_weight
        ),
        terms=make_terms(config),
        policy=Policy(config.smtp.connections, config.smtp.on_uncertain),
        pace=Pace(config.smtp.connections, config.smtp.limits),
        metrics=Metrics(store, clock, [source.name for source in sources]),
        retention=Retention(**config.retention.model_dump()),
        operator=config.operator.address,
        schedule=config.schedule,
        usual=Usual(config.schedule.default_zone, config.schedule.default_time),
        relay=f"{config.smtp.host}:{config.smtp.port}",
        listen=config.web.address,
        web=make_options(config.web),
    )


def make_site(section: SiteSection) -> Site:
    sender_name, sender_address = mailbox(section.sender)
    return Site(
        name=section.name,
        base_url=section.base_url,
        sender_name=sender_name or section.name,
        sender_address=sender_address,
        reply_to=section.reply_to,
        postal_address=section.postal_address,
        accent=section.accent,
        logo=section.logo,
        logo_width=section.logo_width,
        footer=section.footer,
        locale=section.locale,
    )


def make_options(section: WebSection) -> Options:
    return Options(
        trusted_proxies=section.trusted_proxies,
        signup=section.signup,
        signups_per_hour=section.signups_per_hour,
        proof_of_work=section.proof_of_work,
        api_token=section.token,
    )


def make_terms(config: Config) -> Terms:
    sunset = Sunset(config.sunset.after_days, config.sunset.grace_days)
    return Terms(config.schedule.edition_hour_utc, config.schedule.max_lateness, sunset)


def make_transport(config: Config) -> Callable[[], SmtpTransport]:
    smtp = config.smtp
    server = smtp.host, smtp.port, smtp.security, smtp.username, smtp.secret
    return partial(SmtpTransport, *server, connections=smtp.connections, messages=smtp.per_connection)
