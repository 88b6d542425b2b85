"""Sets the demo up and lets it run: the live sources for today, or the sample for three days.

In:    a directory, a console, the addresses of the live sources.
Out:   the directory full of mail, its index, and the story on the console.
Never: the live sources for longer than a few seconds.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from rich.console import Console

from digest import logs
from digest.app import App, open_app
from digest.clock import Clock
from digest.config import Config, load
from digest.demo import live, sample
from digest.demo.cast import cast, cast_today
from digest.demo.feeds import Feeds, serving
from digest.demo.inbox import Inbox
from digest.demo.index import write_index
from digest.demo.place import Place, prepare
from digest.demo.replay import Day, Play, StageClock
from digest.demo.story import Story
from digest.model import Subscriber
from digest.sources.http import HttpFetcher

AGENT = "digest-demo"
SEND_AT = time(14, 30, tzinfo=UTC)  # by then the hour of all three has struck


def perform(out: Path, console: Console, addresses: Mapping[str, str | None], clock: Clock) -> Path:
    """The whole demo; the path of its index. Raises InputError for a directory that is not ours."""
    logs.configure(level="error")
    return asyncio.run(_perform(prepare(out), console, addresses, clock))


async def _perform(place: Place, console: Console, addresses: Mapping[str, str | None], clock: Clock) -> Path:
    async with Inbox(place.directory, place.made) as inbox:
        story = Story(console)
        config = _with_inbox(load(place.config), inbox.port)
        today = await _today(_with_sources(config, addresses), clock.now(), inbox, story)
        days = today or await _three_days(config, inbox, story)
        index = write_index(place.directory, days, invented=not today)
    story.end(place.config, index, inbox.mails)
    return index


async def _today(config: Config, now: datetime, inbox: Inbox, story: Story) -> list[Day]:
    """Today with the live sources; empty where they do not answer."""
    clock = StageClock(now)
    async with HttpFetcher(AGENT, deadline=live.PATIENCE) as fetcher:
        with story.waiting("Asking arXiv and Hugging Face …"):
            fetched = await live.ask([source.made() for source in config.sources], fetcher, now)
        if fetched is None:
            return []
        with open_app(config, clock) as app:
            story.begin_live(_subscribed(app, cast_today(now), now))
            play = Play(app, clock, fetched, inbox)
            days = [await play.day([now], now)]
            story.day(days[0])
            story.again(await play.mail(now))
    return days


async def _three_days(config: Config, inbox: Inbox, story: Story) -> list[Day]:
    papers = sample.read()
    clock = StageClock(sample.polls(sample.DAYS[0])[0])
    with serving(Feeds(papers, clock)) as address:
        config = _with_sources(config, dict.fromkeys(("arxiv", "huggingface"), address), papers.categories())
        with open_app(config, clock) as app:
            story.begin_sample(_subscribed(app, cast(), clock.moment), len(papers.entries))
            async with HttpFetcher(AGENT) as fetcher:
                return await _replayed(Play(app, clock, fetcher, inbox), story)


async def _replayed(play: Play, story: Story) -> list[Day]:
    days: list[Day] = []
    for date in sample.DAYS:
        days.append(await play.day(sample.polls(date), datetime.combine(date, SEND_AT)))
        story.day(days[-1])
    story.again(await play.mail(play.clock.moment))
    return days


def _subscribed(app: App, subscribers: Iterable[Subscriber], now: datetime) -> list[Subscriber]:
    return [app.store.subscribers.add(subscriber, now) for subscriber in subscribers]


def _with_inbox(config: Config, port: int) -> Config:
    return config.model_copy(update={"smtp": config.smtp.model_copy(update={"port": port})})


def _with_sources(config: Config, addresses: Mapping[str, str | None], categories: Sequence[str] = ()) -> Config:
    """The same with its sources read at `addresses`, and in `categories` where given."""
    sources = [
        source.model_copy(
            update={"url": addresses[source.name]}
            | ({"categories": tuple(categories)} if categories and source.categories else {})
        )
        for source in config.sources
    ]
    return config.model_copy(update={"sources": tuple(sources)})
