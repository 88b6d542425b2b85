"""Asking the live sources once: an answer from all, or none within moments."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.clock import FixedClock
from digest.demo import live, sample
from digest.demo.feeds import Feeds, serving
from digest.demo.sample import DAYS, Sample
from digest.sources.http import HttpFetcher, Request
from digest.sources.kinds import make_source
from digest.sources.source import Source

MOMENT = sample.polls(DAYS[0])[1]
PAPERS = sample.read()


def sources(arxiv: str, huggingface: str) -> list[Source]:
    hour = timedelta(hours=1)
    return [
        make_source("arxiv-rss", name="arxiv", url=arxiv, categories=("cs.LG", "cs.RO"), every=hour),
        make_source("huggingface", name="huggingface", url=huggingface, categories=(), every=hour),
    ]


async def ask(arxiv: str, huggingface: str, seconds: float = 5) -> live.Fetched | None:
    async with HttpFetcher("tests") as fetcher:
        return await live.ask(sources(arxiv, huggingface), fetcher, MOMENT, seconds)


@pytest.fixture
def good() -> Iterator[str]:
    with serving(Feeds(PAPERS, FixedClock(MOMENT))) as address:
        yield address


@pytest.fixture
def silent() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def test_when_both_answer_their_answers_are_kept(good: str) -> None:
    fetched = await ask(good, good)
    assert fetched is not None
    kept = [await fetched.fetch(Request(url)) for url in fetched.answers]
    assert [answer.status for answer in kept] == [200, 200]
    assert [b"<rss" in answer.body for answer in kept] == [True, False]


async def test_one_that_refuses_is_enough_for_none(good: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        refused = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert await ask(good, refused) is None
    assert await ask(refused, good) is None


async def test_one_that_is_silent_is_not_waited_for(good: str, silent: str) -> None:
    assert await ask(good, silent, seconds=0.2) is None


async def test_a_day_without_papers_is_none(good: str) -> None:
    two = Sample(tuple(replace(entry, day=DAYS[0]) for entry in PAPERS.entries[:2]), ())
    with serving(Feeds(two, FixedClock(MOMENT))) as address:
        assert await ask(good, address) is None


async def test_a_name_that_cannot_be_looked_up_is_none(good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert await ask(good, good) is None
