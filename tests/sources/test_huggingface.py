"""Hugging Face's lists become papers and signals, whatever their format is this month."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.model import Signal, SignalKind, SourceState
from digest.sources.http import Answer
from digest.sources.huggingface import HuggingFace
from digest.sources.source import Page
from tests.sources.conftest import ONE_LINE

NOW = datetime(2026, 5, 28, 0, 5, tzinfo=UTC)
HF = HuggingFace("hf", "https://huggingface.co", timedelta(minutes=30))


def listed(number: int = 1, **paper: Any) -> dict[str, Any]:
    inner = {
        "id": f"2605.{number:05}",
        "title": f"On the Weaving\n  of Carpets, Part {number}",
        "summary": "We weave\n and sing.",
        "authors": [
            {"name": "Ada Lovelace", "hidden": False},
            {"name": "Grace Hopper"},
            {"name": "No One", "hidden": True},
        ],
        "publishedAt": "2026-05-27T00:00:00.000Z",
        "upvotes": 12,
        "githubRepo": "https://github.com/lab/carpets.git",
        "githubStars": 40,
    } | paper
    return {
        "paper": inner,
        "publishedAt": "2020-01-01T00:00:00.000Z",
        "title": "Outer Title of the Entry",
        "numComments": 3,
    }


def read(value: Any, date: str = "2026-05-28") -> Page:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return HF.parse(
        Answer(f"https://huggingface.co/api/daily_papers?date={date}&limit=100", 200, body, "application/json"), NOW
    )


def test_the_day_is_that_of_now() -> None:
    request = HF.first(SourceState(name="hf", etag='"e"'), NOW)
    assert request.url == "https://huggingface.co/api/daily_papers?date=2026-05-28&limit=100"
    assert request.etag == ""


def test_the_lists_of_the_three_days_before_follow() -> None:
    days, page = [], read([])
    while page.next:
        days.append(page.next.url.partition("date=")[2][:10])
        page = read([], days[-1])
    assert days == ["2026-05-27", "2026-05-26", "2026-05-25"]


def test_an_entry_becomes_a_paper_and_three_signals() -> None:
    page = read([listed()])
    (paper,) = page.papers
    assert (paper.id, paper.title) == ("arxiv:2605.00001", "On the Weaving of Carpets, Part 1")
    assert paper.abstract == "We weave and sing."
    assert paper.authors == ("Ada Lovelace", "Grace Hopper")
    assert paper.published_at == datetime(2026, 5, 27, tzinfo=UTC)
    assert paper.links == {
        "abstract": "https://arxiv.org/abs/2605.00001",
        "pdf": "https://arxiv.org/pdf/2605.00001",
        "page": "https://huggingface.co/papers/2605.00001",
        "code": "https://github.com/lab/carpets",
    }
    assert page.signals == (
        Signal(paper.id, SignalKind.HF_UPVOTES, 12.0, NOW),
        Signal(paper.id, SignalKind.HF_COMMENTS, 3.0, NOW),
        Signal(paper.id, SignalKind.GITHUB_STARS, 40.0, NOW),
    )


def test_no_upvotes_is_a_level_and_no_repository_is_none() -> None:
    page = read([listed(upvotes=0, githubRepo=None, githubStars=None, projectPage="https://carpets.example")])
    assert [(signal.kind, signal.value) for signal in page.signals] == [("hf_upvotes", 0.0), ("hf_comments", 3.0)]
    assert "code" not in page.papers[0].links


@pytest.mark.parametrize("count", [True, -1, 1.5, "12", None, 10**12])
def test_a_count_that_is_none_is_no_signal(count: object) -> None:
    assert [signal.kind for signal in read([listed(upvotes=count)]).signals] == ["hf_comments", "github_stars"]


def test_a_project_page_may_be_a_repository() -> None:
    assert (
        read([listed(githubRepo="", projectPage="https://github.com/lab/loom")]).papers[0].links["code"]
        == "https://github.com/lab/loom"
    )


def test_a_repository_link_that_is_none_is_dropped() -> None:
    assert "code" not in read([listed(githubRepo="javascript:alert('https://github.com/a/b')")]).papers[0].links


def test_one_broken_entry_does_not_stop_the_others() -> None:
    bare = listed(5, title=None)
    bare.pop("title")
    page = read(
        [
            listed(1),
            "text",
            {"paper": None},
            listed(4, id="carpets"),
            bare,
            listed(6, id=None),
            listed(1),
            listed(7, upvotes="many"),
        ]
    )
    assert [paper.id for paper in page.papers] == ["arxiv:2605.00001", "arxiv:2605.00007"]
    assert page.problems == (
        "entry 2: an object with a paper was expected, not a string",
        "entry 3: an object with a paper was expected, not an object",
        "entry 4: no arXiv id",
        "entry 5: no title",
        "entry 6: no arXiv id",
    )
    assert len(page.signals) == 5


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"status": "success", "data": []}', "a list of papers was expected, not an object"),
        (b"<!doctype html><title>Just a moment...</title>", "a web page (“Just a moment...”), not JSON"),
        (b'[{"paper": {"id": "26', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[" * 300_000, "more parts than"),
        (b"9" * 5_000, "no JSON"),
        (b"\xff\xfe\xfa", "no JSON"),
    ],
)
def test_what_is_no_list_is_an_error(body: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=ONE_LINE) as caught:
        read(body)
    assert says in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "name", "title", "upvotes"]), inner)
    ),
    max_leaves=8,
)
FIELDS = ["id", "title", "summary", "authors", "publishedAt", "upvotes", "githubRepo", "githubStars", "projectPage"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), JSON)
def test_any_value_in_any_field_is_read_or_reported(fields: dict[str, Any], comments: Any) -> None:
    page = read([listed(1, **fields) | {"numComments": comments}, comments])
    assert len(page.papers) + len(page.problems) == 2
    for paper in page.papers:
        "".join([paper.title, paper.abstract, *paper.authors, *paper.links.values()]).encode()
