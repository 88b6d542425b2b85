"""The reasons read as English and claim nothing the data does not hold."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Match, Paper, Ranked, SignalKind, Topic, TopicKind, Trend, TrendLabel
from digest.wording import label, spark, topic_name, why_trending, why_you

GNN = Topic(TopicKind.PHRASE, "graph neural networks")
ADA = Topic(TopicKind.AUTHOR, "Ada Lovelace")
LG = Topic(TopicKind.CATEGORY, "cs.LG")
BURST = "part of a burst: “world model” in 14 new papers"
NEW, RETURNING = TrendLabel.NEW, TrendLabel.RETURNING
DAY = date(2026, 5, 28)


def phrase(value: str) -> Topic:
    return Topic(TopicKind.PHRASE, value)


def test_topics_are_named() -> None:
    assert [topic_name(topic) for topic in (GNN, ADA, LG)] == ["“graph neural networks”", "Ada Lovelace", "cs.LG"]


@pytest.mark.parametrize(
    ("match", "text"),
    [
        (Match(topic=None), "One of the papers that trend most"),
        (Match(topic=GNN, words=("graph", "networks")), "Your topic “graph neural networks”: graph, networks"),
        (Match(topic=GNN, words=("Graph neural networks",)), "Your topic “graph neural networks”"),
        (Match(topic=GNN, words=("graph neural network",)), "Your topic “graph neural networks”"),
        (Match(topic=phrase("KV cache"), words=("KV-caches",)), "Your topic “KV cache”"),
        (Match(topic=phrase("pre-training"), words=("pretraining",)), "Your topic “pre-training”"),
        (Match(topic=phrase("robust policies"), words=("robust policy",)), "Your topic “robust policies”"),
        (Match(topic=phrase("neural graph"), words=("neural", "graph")), "Your topic “neural graph”: neural, graph"),
        (Match(topic=GNN, words=("GNNs",)), "Your topic “graph neural networks”: GNNs"),
        (Match(topic=GNN, also=(LG,)), "Your topic “graph neural networks” (also cs.LG)"),
        (Match(topic=GNN, also=(LG, ADA)), "Your topic “graph neural networks” (also cs.LG and Ada Lovelace)"),
        (Match(topic=LG, words=("cs.LG",)), "Your category cs.LG"),
        (Match(topic=Topic(TopicKind.CATEGORY, "cs.*"), words=("cs.RO",)), "Your category cs.*: cs.RO"),
        (Match(topic=ADA, words=("A. Lovelace",)), "Your author Ada Lovelace: A. Lovelace"),
        (Match(topic=ADA, words=("Ada Lovelace",)), "Your author Ada Lovelace"),
        (Match(topic=None, liked="A Slow Gripper"), "Like “A Slow Gripper”, which you liked"),
        (Match(topic=None, liked="A Grip", words=("eggs", "grip")), "Like “A Grip”, which you liked: eggs, grip"),
        (Match(topic=LG, liked="A Grip"), "Your category cs.LG; like “A Grip”, which you liked"),
        (
            Match(topic=GNN, words=("GNNs",), also=(LG,), liked="A Grip"),
            "Your topic “graph neural networks”: GNNs (also cs.LG); like “A Grip”, which you liked",
        ),
    ],
)
def test_why_you(match: Match, text: str) -> None:
    assert why_you(match) == text


def votes(gain: float, hours: float, **parts: object) -> Trend:
    return trend("hf_upvotes", value=60, gain=gain, hours=hours, **parts)


def ranked(of: Trend, **paper: object) -> Ranked:
    return Ranked(paper=Paper(**{"id": "doi:10.1/x", "title": "X", **paper}), trend=of, rank=1, edition=DAY)  # type: ignore[arg-type]


def trend(signal: str, label: TrendLabel = NEW, **parts: object) -> Trend:
    return Trend(score=0.5, label=label, signal=signal, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            trend("hf_upvotes", value=60, gain=48, hours=9, usual=6.2, field="cs.RO"),
            "+48 upvotes in 9 h, 6× the usual for cs.RO",
        ),
        (votes(48, 9, usual=2.5), "+48 upvotes in 9 h, 2.5× the usual"),
        (
            trend("hf_upvotes", value=60, gain=48, hours=9, usual=2.0, field="cs.RO"),
            "+48 upvotes in 9 h, 2× the usual for cs.RO",
        ),
        (votes(48, 9, usual=1.2, field="cs.RO"), "+48 upvotes in 9 h"),
        (trend("hf_upvotes", value=61, gain=1, hours=50, field="cs.RO"), "+1 upvote in 2 days"),
        (trend("hf_upvotes", value=12, usual=6.0, field="cs.RO"), "12 upvotes so far, 6× the usual for cs.RO"),
        (trend("hf_upvotes", value=12, age=31, usual=6.0), "12 upvotes in its first 2 days, 6× the usual"),
        (trend("hf_upvotes", value=12, age=24, usual=1.1, field="cs.RO"), "12 upvotes in its first day"),
        (trend("hf_upvotes", value=12, age=9000), "12 upvotes so far"),
        (trend("hf_upvotes", value=1), "1 upvote so far"),
        (trend("hf_upvotes", value=12, gain=-3, hours=9), "12 upvotes so far"),
        (trend("hf_comments", value=4, gain=4, hours=12), "+4 comments in 12 h"),
        (
            trend("github_stars", RETURNING, value=5000, gain=1200, hours=24),
            "+1,200 GitHub stars in 24 h again after a quiet spell",
        ),
        (trend("sources", value=3), "listed by 3 sites"),
        (
            trend("burst", value=14, usual=4.1, phrase="world model"),
            "part of a burst: “world model” in 14 new papers, 4× the usual",
        ),
        (trend("burst", value=14, phrase="world model"), BURST),
    ],
)
def test_why_trending(reason: Trend, text: str) -> None:
    assert why_trending(ranked(reason)) == text


@pytest.mark.parametrize(
    ("of", "field", "text"),
    [
        ({"published_at": datetime(2026, 5, 27, tzinfo=UTC)}, "cs.LG", "published 27 May in cs.LG"),
        ({"published_at": datetime(2025, 12, 30, 9, tzinfo=UTC)}, "", "published 30 December 2025"),
        ({"first_seen_at": datetime(2026, 5, 28, 3, tzinfo=UTC)}, "cs.LG", "first listed 28 May in cs.LG"),
        ({}, "", "first listed 28 May"),
    ],
)
def test_a_new_paper_is_told_by_its_date_which_stays_true(of: dict[str, datetime], field: str, text: str) -> None:
    fresh = trend("fresh", hours=5, field=field)
    assert why_trending(ranked(fresh, **of)) == text
    assert (label(fresh), label(votes(48, 9))) == ("New", "Trending")


def test_sites_are_counted_besides_arxiv() -> None:
    assert why_trending(ranked(trend("sources", value=2), id="arxiv:1")) == "listed by 2 sites besides arXiv"


@pytest.mark.parametrize("signal", [*SignalKind, "burst", "fresh"])
@pytest.mark.parametrize("stands", list(TrendLabel))
def test_every_signal_has_words(signal: str, stands: TrendLabel) -> None:
    line = why_trending(ranked(trend(signal, stands, value=7, gain=3, hours=10, phrase="x")))
    assert line
    assert "\n" not in line


def test_spark() -> None:
    assert spark(()) == ""
    assert spark((3,)) == ""
    assert spark((0, 7)) == "▁█"
    assert spark((5, 5, 5)) == "▁▁▁"
    assert spark((0, 1, 2, 3, 4, 5, 6, 7)) == "▁▂▃▄▅▆▇█"


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=8))
def test_a_spark_has_a_bar_a_level(history: list[float]) -> None:
    assert len(spark(history)) == len(history)
