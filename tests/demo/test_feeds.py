"""The loopback feeds, read by the sources that read the live ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from digest.clock import FixedClock
from digest.demo import sample
from digest.demo.feeds import Feeds, serving
from digest.demo.sample import DAYS
from digest.model import Announced, Paper, Signal, SignalKind, SourceState
from digest.sources.http import Answer, FetchError, HttpFetcher, Request
from digest.sources.kinds import make_source
from digest.sources.source import Page
from digest.text import clean

PAPERS = sample.read()
HOUR = timedelta(hours=1)


@contextmanager
def served(moment: datetime) -> Iterator[str]:
    with serving(Feeds(PAPERS, FixedClock(moment))) as address:
        yield address


async def read(kind: str, address: str, moment: datetime, categories: tuple[str, ...] = ()) -> Page:
    source = make_source(kind, name=kind, url=address, categories=categories, every=HOUR)
    async with HttpFetcher("tests") as fetcher:
        answer = await fetcher.fetch(source.first(SourceState(name=kind), moment))
    return source.parse(answer, moment)


async def get(request: Request) -> Answer:
    async with HttpFetcher("tests") as fetcher:
        return await fetcher.fetch(request)


def same(paper: Paper, entry: sample.Entry) -> bool:
    return (paper.title, paper.abstract, paper.authors) == (clean(entry.title), clean(entry.abstract), entry.authors)


async def test_arxiv_reads_exactly_what_is_announced() -> None:
    for day in DAYS:
        moment = sample.polls(day)[1]
        with served(moment) as address:
            page = await read("arxiv-rss", address, moment, PAPERS.categories())
        announced = PAPERS.announced(day)
        assert page.problems == ()
        assert [paper.id for paper in page.papers] == [f"arxiv:{each.entry.id}" for each in announced]
        for paper, each in zip(page.papers, announced, strict=True):
            assert same(paper, each.entry), paper.id
            assert paper.categories == each.categories
            assert (paper.announced, paper.version) == (each.announced, each.version)


async def test_arxiv_lists_only_the_categories_asked_for() -> None:
    moment = sample.polls(DAYS[0])[1]
    with served(moment) as address:
        page = await read("arxiv-rss", address, moment, ("math.PR", "econ.GN"))
    assert len(page.papers) == 3
    assert all({"math.PR", "econ.GN"} & set(paper.categories) for paper in page.papers)
    assert all(paper.announced is Announced.NEW for paper in page.papers)


async def test_hugging_face_reads_exactly_the_votes_of_the_moment() -> None:
    moment = sample.polls(DAYS[1])[2]
    with served(moment) as address:
        page = await read("huggingface", address, moment)
    listed = PAPERS.listed(DAYS[1], moment)
    assert page.problems == ()
    assert all(same(paper, each.entry) for paper, each in zip(page.papers, listed, strict=True))
    assert [paper.links.get("code", "") for paper in page.papers] == [each.entry.code for each in listed]
    upvotes = [signal for signal in page.signals if signal.kind is SignalKind.HF_UPVOTES]
    assert upvotes == [
        Signal(f"arxiv:{each.entry.id}", SignalKind.HF_UPVOTES, float(each.votes), moment) for each in listed
    ]
    stars = {signal.paper_id: signal.value for signal in page.signals if signal.kind is SignalKind.GITHUB_STARS}
    assert stars == {f"arxiv:{each.entry.id}": each.stars for each in listed if each.entry.code}


async def test_nothing_changed_is_said_with_304() -> None:
    with served(sample.polls(DAYS[0])[1]) as address:
        url = f"{address}/rss/cs.LG"
        first = await get(Request(url))
        second = await get(Request(url, etag=first.etag))
    assert first.status == 200
    assert second.not_modified
    assert second.body == b""


async def test_another_page_is_not_found() -> None:
    with served(sample.polls(DAYS[0])[1]) as address, pytest.raises(FetchError, match="404"):
        await get(Request(f"{address}/elsewhere"))
