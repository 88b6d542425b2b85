"""What real servers sent is read: nothing crashes, nothing takes long, and the counts are known."""

import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import SourceError
from digest.sources.http import Answer
from digest.sources.kinds import make_source
from digest.sources.source import Page, Source

pytestmark = pytest.mark.captures
NOW = datetime(2026, 6, 28, 12, tzinfo=UTC)
RSS = make_source("arxiv-rss", name="rss", categories=["cs.LG"])
API = make_source("arxiv-api", name="api", categories=["cs.LG"])
HF = make_source("huggingface", name="hf")
FEED = make_source("feed", name="feed", url="https://journal.example/feed.xml")
QUERY = "https://export.arxiv.org/api/query?start=0#since=2026-04-01T00:00:00"
DECLARED = re.compile(rb"Content-type:[ \t]*(\S[^\r\n]*)", re.IGNORECASE)


def parse(
    source: Source, body: bytes, url: str = "https://journal.example/feed.xml", content_type: str = ""
) -> Page | SourceError:
    began = time.monotonic()
    try:
        return source.parse(Answer(url, 200, body, content_type), NOW)
    except SourceError as wrong:
        return wrong
    finally:
        assert time.monotonic() - began < 2


def page(source: Source, body: bytes, url: str = "https://journal.example/feed.xml") -> Page:
    found = parse(source, body, url)
    assert isinstance(found, Page), found
    return found


def feeds(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".serde.json"))


def test_arxiv_announcements(captures: Path) -> None:
    for path in sorted((captures / "arxiv" / "rss").glob("*.xml")):
        found = page(RSS, path.read_bytes())
        assert (len(found.papers), found.problems) == (3, ())
        assert all(paper.authors and paper.abstract and paper.published_at and paper.field for paper in found.papers)
        assert not any("Announce Type" in paper.abstract for paper in found.papers)


def test_arxiv_searches(captures: Path) -> None:
    for path, count in (("brevio_cs.LG_cs.AI_2026-04-30.xml", 20), ("sotawhat_transformer_2026-06-14.xml", 5)):
        found = page(API, (captures / "arxiv" / "api" / path).read_bytes(), QUERY)
        assert (len(found.papers), found.problems) == (count, ())
        assert found.next is not None
        assert all(paper.authors and paper.abstract and paper.published_at and paper.field for paper in found.papers)


def test_recorded_arxiv_answers(captures: Path) -> None:
    counts: Counter[str] = Counter()
    for path in (captures / "arxiv" / "api" / "arxiv.py-4.0.2").glob("*.json"):
        recorded = json.loads(path.read_text())
        found = parse(API, recorded["body"].encode(), QUERY)
        if isinstance(found, SourceError):
            counts[str(found)] += 1
        else:
            counts.update({"papers": len(found.papers), "problems": len(found.problems)})
    assert counts == {"papers": 133, "problems": 2, "arXiv answered: incorrect id format for abc": 1}


def test_hugging_face_days(captures: Path) -> None:
    counts: Counter[str] = Counter()
    for path in sorted((captures / "hf_daily").glob("*.json")):
        found = page(HF, path.read_bytes(), f"https://huggingface.co/api/daily_papers?date={path.stem}")
        assert found.problems == ()
        assert len(found.papers) == len(json.loads(path.read_bytes()))
        assert all(paper.title and paper.authors and paper.abstract and paper.published_at for paper in found.papers)
        counts.update(signal.kind.value for signal in found.signals)
        counts["papers"] += len(found.papers)
    assert counts["hf_upvotes"] == counts["hf_comments"] == counts["papers"] > 1_000
    assert counts["github_stars"] > counts["papers"] / 3


def test_hugging_face_formats_of_two_years(captures: Path) -> None:
    broken = set()
    for path in sorted((captures / "hf_daily_schema_variants").glob("*.json")):
        found = parse(HF, path.read_bytes())
        if isinstance(found, SourceError) or found.problems:
            broken.add(path.stem)
        else:
            assert found.papers
    assert broken == {"2024-12-11", "2025-01-10"}


def test_feedparsers_corpus(captures: Path) -> None:
    papers = errors = 0
    for path in feeds(captures / "feeds" / "feedparser"):
        body = path.read_bytes()
        declared = DECLARED.search(body[:600])
        found = parse(FEED, body, content_type=declared[1].decode("latin-1") if declared else "")
        papers, errors = (
            (papers, errors + 1) if isinstance(found, SourceError) else (papers + len(found.papers), errors)
        )
    assert papers > 30
    assert errors < 60


def test_feeds_that_another_reader_reads(captures: Path) -> None:
    """Titles as in the expected output that feed-rs keeps beside each feed."""
    equal = total = 0
    for path in feeds(captures / "feeds" / "feed-rs"):
        expected = path.with_name(path.stem + ".serde.json")
        found = parse(FEED, path.read_bytes())
        if isinstance(found, SourceError) or not expected.exists():
            continue
        titles = {" ".join(paper.title.split()) for paper in found.papers}
        for entry in json.loads(expected.read_text())["entries"]:
            if entry.get("title") and entry.get("links"):
                total += 1
                equal += " ".join(entry["title"]["content"].split()) in titles
    assert total > 80
    assert equal / total > 0.9


def test_xml_attacks(captures: Path) -> None:
    for path in feeds(captures / "feeds" / "xml_attacks"):
        for source in (FEED, RSS, API):
            found = parse(source, path.read_bytes())
            assert isinstance(found, SourceError), path.name


def test_a_preprint_servers_feed(captures: Path) -> None:
    for path in feeds(captures / "biorxiv"):
        found = page(FEED, path.read_bytes())
        assert found.problems == ()
        assert all(
            paper.id.startswith("doi:10.1101/") and len(paper.authors) > 1 and paper.abstract for paper in found.papers
        )
        assert found.papers
