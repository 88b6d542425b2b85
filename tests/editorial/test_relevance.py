"""What fits a topic scores high, what shares a word with it does not, and mutes are exact."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial.relevance import CROSS_LISTED, PRIMARY, Relevance
from digest.editorial.selection import Rules
from digest.editorial.table import Table
from digest.model import Paper, Topic
from digest.names import FAMILY, FULL, INITIAL, alike, parsed
from tests.editorial.newsroom import author, category, paper, phrase

MIN = Rules().min_score

PAPERS = [
    paper(
        "1",
        "Graph neural networks for tide tables",
        "We train graph neural networks (GNNs) on harbours. They predict tides.",
        authors=("Ada Lovelace", "Y. LeCun"),
        categories=("cs.LG", "stat.ML"),
    ),
    paper(
        "2",
        "A network of lighthouses",
        "Lighthouses form a network. We count their lamps with great care, one after the other.",
        authors=("Anna LeCunova",),
        categories=("math.CO",),
    ),
    paper(
        "3",
        "GNNs under storm",
        "A storm breaks the message passing of GNNs on a graph. Few-shot repair helps where a GNN forgets.",
        authors=("Yann A. LeCun", "Lovelace, A."),
        categories=("cs.RO", "cs.LG"),
    ),
    paper(
        "4",
        r"Robust $\textbf{policies}$ for Erdős ferries",
        "Ferries follow a policy. Learning. To rank them is another matter: reinforcement learning is used once.",
        categories=("hep-th",),
    ),
    paper(
        "5",
        "Reinforcement learning at sea",
        "Ships learn by reinforcement learning, from rewards.",
        categories=("cs.AI",),
    ),
]


@pytest.fixture(scope="module")
def relevance() -> Relevance:
    return Relevance(PAPERS)


def scores(relevance: Relevance, topic: Topic) -> list[float]:
    return [round(float(score), 3) for score in relevance.scores([topic])[0]]


def test_the_whole_phrase_beats_one_of_its_words(relevance: Relevance) -> None:
    first, second, *_ = scores(relevance, phrase("graph neural networks"))
    assert first > 0.7
    assert second < 0.1 < MIN


def test_two_words_of_three_are_not_enough() -> None:
    text = "Neural networks of clay are neural networks. " * 3
    other = [paper(str(n), "Graphs", "Of graphs and graphs.") for n in range(3)]
    near, *_ = Relevance([paper("9", "Neural networks of clay", text), *other]).scores(
        [phrase("graph neural networks")]
    )[0]
    assert near < MIN


def test_a_title_says_more_than_an_abstract(relevance: Relevance) -> None:
    *_, once, titled = scores(relevance, phrase("reinforcement learning"))
    assert MIN < once < titled < 1


def test_a_short_form_the_papers_define_counts(relevance: Relevance) -> None:
    assert scores(relevance, phrase("graph neural networks"))[2] > MIN
    assert scores(relevance, phrase("GNN"))[0] > MIN
    assert relevance.words(phrase("graph neural networks"), 2) == ("GNNs",)


def private(key: str, title: str, abstract: str = "") -> Paper:
    return paper(key, title, abstract or "We keep ledgers under differential privacy (DP) and count them.")


def test_a_short_form_counts_only_where_it_means_the_same() -> None:
    papers = [
        private("1", "Private ledgers"),
        private("2", "Thresholding tides by DP", "We use dynamic programming (DP). DP is fast, and DP is exact."),
        private("3", "DP for ropes and DP for knots", "Tables are filled in from the left."),
        private("4", "DP for ledgers", "Privacy is kept."),
        private("5", "Ledgers by DP-SGD", "A differentially private (DP) way of counting."),
        private("6", "Another private ledger"),
    ]
    first, programming, unclear, kept, private_too, _ = scores(Relevance(papers), phrase("differential privacy"))
    assert min(first, kept, private_too) > MIN
    assert max(programming, unclear) < 0.2
    assert Relevance(papers).words(phrase("differential privacy"), 4) == ("DP",)


@pytest.mark.parametrize(("defining", "other", "counts"), [(4, 0, False), (5, 0, True), (5, 1, False), (9, 1, True)])
def test_a_short_form_all_agree_on_needs_no_definition(defining: int, other: int, counts: bool) -> None:
    bare = private("0", "DP for ropes", "Tables are filled in from the left.")
    agreeing = [private(str(n), f"Ledger {n}") for n in range(1, defining + 1)]
    others = [private(f"9{n}", "Tides", "Of dynamic programming (DP).") for n in range(other)]
    first, *_ = scores(Relevance([bare, *agreeing, *others]), phrase("differential privacy"))
    assert (first > MIN) is counts


@pytest.mark.parametrize(
    ("one", "other"), [("few shot", "Few-Shot"), ("ferry", "ferries"), ("erdos", "Erdős"), ("GNN", "gnns")]
)
def test_spellings_do_not_matter(relevance: Relevance, one: str, other: str) -> None:
    assert scores(relevance, phrase(one)) == scores(relevance, phrase(other))
    assert max(scores(relevance, phrase(one))) > MIN


def test_tex_in_a_title_is_read_through(relevance: Relevance) -> None:
    assert scores(relevance, phrase("robust policies"))[3] > 0.6


def test_categories(relevance: Relevance) -> None:
    assert scores(relevance, category("cs.LG")) == pytest.approx([PRIMARY, 0, CROSS_LISTED, 0, 0])
    assert scores(relevance, category("cs.*")) == pytest.approx([PRIMARY, 0, PRIMARY, 0, PRIMARY])
    assert scores(relevance, category("hep-th")) == pytest.approx([0, 0, 0, PRIMARY, 0])
    assert relevance.words(category("cs.*"), 2) == ("cs.RO", "cs.LG")
    assert scores(relevance, phrase("graph neural networks"))[0] > PRIMARY
    assert min(PRIMARY, CROSS_LISTED) >= MIN


def test_authors(relevance: Relevance) -> None:
    assert scores(relevance, author("Yann LeCun")) == pytest.approx([INITIAL, 0, FULL, 0, 0])
    assert scores(relevance, author("LeCun")) == pytest.approx([FAMILY, 0, FAMILY, 0, 0])
    assert scores(relevance, author("Ada Lovelace")) == pytest.approx([FULL, 0, INITIAL, 0, 0])
    assert relevance.words(author("Yann LeCun"), 2) == ("Yann A. LeCun",)


@pytest.mark.parametrize(
    ("one", "other", "sure"),
    [
        ("Y. LeCun", "Yann LeCun", INITIAL),
        ("Yann LeCun", "Yoshua LeCun", 0),
        ("Zoe LeCun", "Y. LeCun", 0),
        ("Paul Erdős", "Erdos, Paul", FULL),
        ("J.-B. Grill", "Jean-Baptiste Grill", INITIAL),
        ("Jean-Baptiste Grill", "Jean Baptiste Grill", FULL),
        ("Jean Baptiste M. Grill", "Jean-Baptiste Grill", FULL),
        ("J.-B. Grill", "Jean-Pierre Grill", 0),
        ("Wei Wang", "Wei-Lin Wang", 0),
        ("Weilin Wang", "Wei-Lin Wang", FULL),
        ("Wei Lin Wang", "Wei-Lin Wang", FULL),
        ("W. Wang", "Wei-Lin Wang", INITIAL),
        ("W.-L. Wang", "Wang, Wei-Lin", INITIAL),
        ("W. L. Wang", "W.-L. Wang", INITIAL),
        ("Ada Byron-King", "Ada Byron King", FULL),
        ("Ada B. Lovelace", "Ada C. Lovelace", 0),
    ],
)
def test_names(one: str, other: str, sure: float) -> None:
    assert alike(parsed(one), parsed(other)) == alike(parsed(other), parsed(one)) == sure


def test_mutes_are_exact(relevance: Relevance) -> None:
    assert list(relevance.muted(phrase("reinforcement learning"))) == [3, 4]
    assert list(relevance.muted(phrase("learning to rank"))) == []  # a sentence ends between
    assert list(relevance.muted(phrase("graph networks"))) == []
    assert list(relevance.muted(phrase("network of lighthouse"))) == [1]
    assert list(relevance.muted(category("cs.LG"))) == [0, 2]
    assert list(relevance.muted(author("Anna LeCunova"))) == [1]


def test_words_are_those_of_the_paper(relevance: Relevance) -> None:
    assert relevance.words(phrase("neural graph"), 0) == ("neural", "graph")
    assert relevance.words(phrase("robust policy"), 3) == ("robust policies",)


def test_words_that_follow_each_other_are_told_as_they_stand() -> None:
    text = "Boats generate waves. Retrieval-augmented generation of maps; efficient is LLM inference."
    relevance = Relevance([paper("1", "Maps at sea", text)])
    assert relevance.words(phrase("retrieval augmented generation"), 0) == ("retrieval-augmented generation",)
    assert relevance.words(phrase("LLM inference efficiency"), 0) == ("LLM inference", "efficient")


def test_likeness(relevance: Relevance) -> None:
    likeness = relevance.likeness()
    assert np.allclose(np.diag(likeness), 1, atol=1e-5)
    assert likeness[3, 4] > likeness[1, 4]
    assert np.array_equal(likeness, likeness.T)


def test_nothing_to_index() -> None:
    empty = Relevance([])
    assert empty.scores([phrase("tides"), category("cs.*")]).shape == (2, 0)
    assert Relevance([paper("9", "…", "")]).scores([phrase("tides")]).tolist() == [[0.0]]


WORDS = st.sampled_from(
    ["tide", "tides", "graph", "neural", "network", "the", "of", "LLM", "(LLM)", ".", "$x_i$", "multi-agent"]
)
TEXT = st.lists(WORDS, max_size=25).map(" ".join)


@given(
    st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6), st.lists(st.one_of(TEXT, st.text(max_size=30)), min_size=1)
)
def test_scores_lie_between_0_and_1(texts: list[tuple[str, str]], phrases: list[str]) -> None:
    relevance = Relevance([paper(str(at), title, abstract) for at, (title, abstract) in enumerate(texts)])
    result = relevance.scores([phrase(one) for one in phrases])
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert ((result >= 0) & (result <= 1)).all()


def test_likeness_takes_little_more_memory_than_it_has() -> None:
    """A week of papers is a table of 25 million cells."""
    papers = 2_000
    table = Table([{"we": 1.0, "show": 1.0, number: 1.0} for number in range(papers)])
    tracemalloc.start()
    try:
        likeness = table.likeness()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert likeness.shape == (papers, papers)
    assert most < 2 * likeness.nbytes
