"""Every source is read at its own pace, and none harms another. The far end of the network is canned."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from digest.clock import FixedClock
from digest.jobs.ingest import Status, ingest
from digest.sources.http import Answer, FetchError, Request
from digest.sources.kinds import make_source
from digest.sources.source import Source
from digest.store.engine import Store
from tests.jobs.conftest import MORNING

FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Fiction</title><id>urn:x</id><updated>2026-05-28T00:00:00Z</updated>
<entry><id>urn:1</id><title>Paper boats, revisited</title><link href="https://journal.example.org/1"/>
<author><name>Ada Inventada</name></author><updated>2026-05-28T00:00:00Z</updated><summary>They float.</summary></entry>
<entry><id>urn:2</id><title>Kites in theory</title><link href="https://journal.example.org/2"/>
<author><name>Bo Erfunden</name></author><updated>2026-05-28T00:00:00Z</updated><summary>They fly.</summary></entry>
</feed>"""


@dataclass
class Far:
    """The far end: answers a URL with a body or an error, and remembers what was asked."""

    answers: dict[str, str | FetchError]
    etag: str = ""
    asked: list[Request] = field(default_factory=list)

    async def fetch(self, request: Request) -> Answer:
        self.asked.append(request)
        answer = self.answers[request.url]
        if isinstance(answer, FetchError):
            raise answer
        same = bool(self.etag) and request.etag == self.etag
        return Answer(
            url=request.url,
            status=304 if same else 200,
            body=b"" if same else answer.encode(),
            content_type="application/atom+xml",
            etag=self.etag,
            last_modified="",
        )


def feed(name: str) -> Source:
    every = timedelta(minutes=60)
    return make_source("feed", name=name, url=f"https://{name}.example.org/feed", categories=(), every=every)


async def test_papers_are_kept_and_a_second_reading_adds_nothing(store: Store) -> None:
    far = Far({"https://one.example.org/feed": FEED})
    [first] = await ingest(store, [feed("one")], far, FixedClock(MORNING))
    assert (first.status, first.new, first.next_fetch_at) == (Status.OK, 2, MORNING + timedelta(minutes=60))
    [waiting] = await ingest(store, [feed("one")], far, FixedClock(MORNING))
    assert waiting.status is Status.WAITING
    [again] = await ingest(store, [feed("one")], far, FixedClock(MORNING), force=True)
    assert (again.status, again.new, again.updated) == (Status.OK, 0, 0)


async def test_only_another_service_makes_a_paper_listed_twice(store: Store) -> None:
    addresses = ("https://one.example.org/feed", "https://one.example.org/again", "https://two.example.org/feed")
    sources = [make_source("feed", name=f"feed {n}", url=address) for n, address in enumerate(addresses)]
    reports = await ingest(store, sources, Far(dict.fromkeys(addresses, FEED)), FixedClock(MORNING))
    assert [report.signals for report in reports] == [0, 0, 2]


async def test_an_unchanged_source_is_asked_with_its_etag(store: Store) -> None:
    far = Far({"https://one.example.org/feed": FEED}, etag='"v1"')
    await ingest(store, [feed("one")], far, FixedClock(MORNING))
    [second] = await ingest(store, [feed("one")], far, FixedClock(MORNING + timedelta(hours=2)))
    assert second.status is Status.UNCHANGED
    assert far.asked[-1].etag == '"v1"'
    assert store.sources.get("one").papers == 2


async def test_another_address_is_not_asked_with_the_etag_of_the_old_one(store: Store) -> None:
    far = Far({"https://one.example.org/feed": FEED, "https://two.example.org/feed": FEED}, etag='"v1"')
    await ingest(store, [feed("one")], far, FixedClock(MORNING))
    moved = make_source("feed", name="one", url="https://two.example.org/feed")
    [first] = await ingest(store, [moved], far, FixedClock(MORNING + timedelta(hours=2)))
    assert (first.status, far.asked[-1].etag) == (Status.OK, "")
    [second] = await ingest(store, [moved], far, FixedClock(MORNING + timedelta(hours=4)))
    assert (second.status, far.asked[-1].etag) == (Status.UNCHANGED, '"v1"')


async def test_a_failing_source_harms_no_other_and_is_asked_less_often(store: Store) -> None:
    far = Far({"https://bad.example.org/feed": FetchError("it answered 503"), "https://good.example.org/feed": FEED})
    sources = [feed("bad"), feed("good")]
    bad, good = await ingest(store, sources, far, FixedClock(MORNING))
    assert (bad.status, good.status, good.new) == (Status.FAILED, Status.OK, 2)
    waits = []
    for _ in range(3):
        state = store.sources.get("bad")
        assert state.next_fetch_at
        assert state.fetched_at
        waits.append(state.next_fetch_at - state.fetched_at)
        await ingest(store, [feed("bad")], far, FixedClock(state.next_fetch_at))
    assert waits == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert "503" in store.sources.get("bad").problem


async def test_retry_after_is_honoured(store: Store) -> None:
    far = Far({"https://one.example.org/feed": FetchError("too many", retry_after=timedelta(hours=7))})
    [report] = await ingest(store, [feed("one")], far, FixedClock(MORNING))
    assert report.next_fetch_at == MORNING + timedelta(hours=7)


async def test_what_cannot_be_read_is_a_failure_and_says_so(store: Store) -> None:
    far = Far({"https://one.example.org/feed": "<!doctype html><title>Just a moment</title>"})
    [report] = await ingest(store, [feed("one")], far, FixedClock(MORNING))
    assert report.status is Status.FAILED
    assert report.problem
    assert "\n" not in report.problem


async def test_a_clock_that_went_back_does_not_silence_a_source(store: Store) -> None:
    far = Far({"https://one.example.org/feed": FEED})
    await ingest(store, [feed("one")], far, FixedClock(MORNING))
    [earlier] = await ingest(store, [feed("one")], far, FixedClock(MORNING - timedelta(days=200)))
    assert earlier.status is Status.OK


ENTRY = """<entry><id>http://arxiv.org/abs/2605.{0:05}v1</id><title>Paper boats, part {0}</title>
<updated>2026-05-28T00:00:00Z</updated><published>2026-05-28T00:00:00Z</published><summary>They float.</summary>
<link href="https://arxiv.org/abs/2605.{0:05}v1" rel="alternate" type="text/html"/>
<category term="cs.LG"/><author><name>Ada Inventada</name></author></entry>"""


@dataclass
class Endless:
    """An arXiv API that has ever more pages, until it breaks."""

    breaks_after: int = 10_000
    broken: Exception = field(default_factory=lambda: FetchError("it answered 503"))
    pages: int = 0

    async def fetch(self, request: Request) -> Answer:
        if self.pages == self.breaks_after:
            raise self.broken
        listed = "".join(ENTRY.format(number) for number in range(100 * self.pages, 100 * self.pages + 100))
        self.pages += 1
        body = f"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">
<title>x</title><id>x</id><updated>2026-05-28T00:00:00Z</updated><o:totalResults>999999</o:totalResults>
{listed}</feed>"""
        return Answer(
            url=request.url,
            status=200,
            body=body.encode(),
            content_type="application/atom+xml",
            etag="",
            last_modified="",
        )


def api() -> Source:
    return make_source("arxiv-api", name="api", url=None, categories=("cs.LG",), every=timedelta(hours=6))


async def test_pages_that_never_end_are_left_after_a_while_and_count_as_read(store: Store) -> None:
    far = Endless()
    [report] = await ingest(store, [api()], far, FixedClock(MORNING))
    assert (far.pages, report.new) == (30, 3000)
    assert (report.status, report.problem) == (Status.OK, "stopped after 30 pages")
    state = store.sources.get("api")
    assert (state.succeeded_at, state.failures, state.problem) == (MORNING, 0, "stopped after 30 pages")
    assert state.next_fetch_at == MORNING + timedelta(hours=6)


@pytest.mark.parametrize(("pages", "status", "new"), [(2, Status.OK, 200), (0, Status.FAILED, 0)])
async def test_when_time_is_up_what_was_read_counts(store: Store, pages: int, status: Status, new: int) -> None:
    [report] = await ingest(store, [api()], Endless(pages, TimeoutError()), FixedClock(MORNING))
    assert (report.status, report.new) == (status, new)
    assert report.problem == "it was not read through within 300 s"


async def test_what_was_read_before_a_source_broke_is_kept(store: Store) -> None:
    [report] = await ingest(store, [api()], Endless(breaks_after=2), FixedClock(MORNING))
    assert (report.status, report.new) == (Status.FAILED, 200)
    assert store.sources.get("api").succeeded_at is None
