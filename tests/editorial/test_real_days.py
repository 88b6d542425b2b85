"""On real days the picks are about what was asked for, and the trend score foresees votes better than votes do."""

import importlib.util
import json
import lzma
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from digest.editorial.edition import compile_edition
from digest.editorial.selection import Rules, Selector, Wanted
from digest.editorial.words import Stems, spelled
from digest.model import Digest, NoDigest, Paper, Signal, SignalKind, Topic
from digest.wording import why_trending, why_you
from tests.editorial.newsroom import DAY, category, phrase, reader

pytestmark = pytest.mark.captures

DAYS = (date(2026, 4, 21), date(2026, 5, 20), date(2026, 5, 28))
SETTLED = {"rl", "llm", "gnn"}  # short forms that mean one thing on every day
BENCH = Path(__file__).parents[2] / "bench" / "bench_trend.py"


@pytest.fixture(scope="module", params=DAYS, ids=str)
def selector(request: pytest.FixtureRequest, captures: Path) -> Selector:
    day: date = request.param
    now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    papers, signals = _read(captures, day - timedelta(days=10), day)
    since = now - timedelta(hours=29)
    candidates = [paper for paper in papers if paper.first_seen_at and paper.first_seen_at > since]
    return Selector(compile_edition(day, now, candidates, signals, papers, since), Rules())


def _read(captures: Path, first: date, last: date) -> tuple[list[Paper], dict[str, list[Signal]]]:
    papers = {paper.id: paper for paper in _arxiv(captures, first, last)}
    signals: dict[str, list[Signal]] = defaultdict(list)
    for file in sorted((captures / "hf_daily").glob("*.json")):
        day = date.fromisoformat(file.stem)
        if first <= day <= last:
            at = datetime(day.year, day.month, day.day, 8, 15, tzinfo=UTC)
            for entry in json.loads(file.read_text("utf-8")):
                paper = _listed(entry["paper"], at)
                papers.setdefault(paper.id, paper)
                signals[paper.id].append(Signal(paper.id, SignalKind.HF_UPVOTES, entry["paper"]["upvotes"], at))
    return list(papers.values()), signals


def _arxiv(captures: Path, first: date, last: date) -> Iterator[Paper]:
    with lzma.open(captures / "arxiv" / "meta" / "papers_2025-10_2026-05.jsonl.xz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if first.isoformat() <= row["date"] <= last.isoformat():
                yield Paper(
                    id="arxiv:" + row["arxiv_id"].partition("v")[0],
                    title=row["title"],
                    abstract=row["summary"],
                    authors=tuple(row["authors"]),
                    categories=tuple(row["categories"]),
                    published_at=datetime.fromisoformat(row["published"]).replace(tzinfo=UTC),
                    first_seen_at=datetime.fromisoformat(row["date"]).replace(tzinfo=UTC),
                )


def _listed(row: dict[str, str], at: datetime) -> Paper:
    published = datetime.fromisoformat(row["publishedAt"])
    title, abstract = row["title"], row["summary"]
    return Paper(id="arxiv:" + row["id"], title=title, abstract=abstract, published_at=published, first_seen_at=at)


def cut(selector: Selector, *topics: Topic) -> Digest | NoDigest:
    (result,) = selector.select([Wanted(reader(*topics), DAY, frozenset())])
    for pick in result.picks if isinstance(result, Digest) else ():  # read them: pytest -m captures -s
        paper = pick.ranked.paper
        print(f"{pick.score:.2f}  {paper.title}\n      {why_you(pick.match)} | {why_trending(pick.ranked)}")
    return result


@pytest.mark.parametrize(
    "topic",
    [
        "reinforcement learning",
        "video generation",
        "robot manipulation",
        "graph neural networks",
        "LLM agents",
        "differential privacy",
        "speculative decoding",
    ],
)
def test_picks_are_about_the_topic(selector: Selector, topic: str) -> None:
    result = cut(selector, phrase(topic))
    if isinstance(result, NoDigest):  # right only where nobody writes of it
        assert _unmuted(selector) == _unmuted(selector, phrase(topic, muted=True))
        return
    stems = Stems()
    asked = set(stems.all(spelled(topic)))
    for pick in result.picks:
        text = set(stems.all(spelled(f"{pick.ranked.paper.title} {pick.ranked.paper.abstract}")))
        told = {stem for words in pick.match.words for stem in stems.all(spelled(words))}
        assert told <= text
        assert asked <= text or not told <= asked  # all of its words, or those of its other form,
        assert asked & text or told & SETTLED  # which means the same in that paper


def _unmuted(selector: Selector, *mutes: Topic) -> int:
    result = cut(selector, *mutes)
    return result.matched if isinstance(result, Digest) else 0


def test_a_topic_nobody_writes_about_gives_none(selector: Selector) -> None:
    assert isinstance(cut(selector, phrase("medieval basket weaving")), NoDigest)


def test_the_top_is_what_many_voted_for(selector: Selector) -> None:
    result = cut(selector)
    assert isinstance(result, Digest)
    assert {pick.ranked.trend.signal for pick in result.picks} == {"hf_upvotes"}
    assert min(pick.ranked.trend.value for pick in result.picks) >= 5


def test_a_category_gives_its_papers(selector: Selector) -> None:
    result = cut(selector, category("cs.RO"))
    assert isinstance(result, Digest)
    assert all("cs.RO" in pick.ranked.paper.categories for pick in result.picks)


def _bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_trend", BENCH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_trend_score_beats_votes_and_votes_over_age(captures: Path) -> None:
    bench = _bench()
    for figures in bench.measure(bench.read(captures / "hf_votes")).values():
        assert figures["trend score"] > figures["level / age"] + 0.01 > figures["raw votes"] + 0.02
