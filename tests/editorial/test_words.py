"""Spellings of the same word come out as the same term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial.words import BREAK, Stems, Written, spelled
from digest.names import bare


def stems(text: str) -> list[str]:
    return Stems().content(spelled(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("few-shot learning", "Few Shot learning"),
        ("LLMs", "llm"),
        ("llms", "LLM"),
        ("PDEs", "PDE"),
        ("Graph Neural Networks", "graph neural network"),
        ("multi-agent", "multiagent"),
        ("pretraining", "pre-training"),
        ("Erdős graphs", "Erdos graph"),
        ("Bell's inequality", "bell inequalities"),
        (r"$\textbf{Robust}$ policies", "robust policy"),
        ("ﬁne-tuning", "finetuning"),
    ],
)
def test_equal_terms(one: str, other: str) -> None:
    assert stems(one) == stems(other)


@pytest.mark.parametrize(("one", "other"), [("multiple", "multi"), ("gas", "ga"), ("few-shot", "shot"), ("C3", "C4")])
def test_different_terms(one: str, other: str) -> None:
    assert stems(one) != stems(other)


def test_tex_does_not_disturb() -> None:
    assert stems(r"A $\alpha$-divergence bound for \emph{optimal} transport") == stems(
        "α-divergence bound, optimal transport"
    )


def test_a_sentence_ends_with_a_break_and_a_number_does_not() -> None:
    assert spelled("Learning. Ranking at 3.5 points: fast") == [
        "learning",
        BREAK,
        "ranking",
        "at",
        "3",
        "5",
        "points",
        BREAK,
        "fast",
    ]


@pytest.mark.parametrize(
    ("phrase", "text", "written"),
    [
        ("llm agents", "Trusting LLM Agents", "LLM agents"),
        ("llm", "On LLMs", "LLMs"),
        ("llm agents", "Large language model (LLM) agents", "LLM agents"),
        ("world models", "World-Models at Play", "world-models"),
        ("pre training", "Pretraining of Gulls", "pretraining"),
        ("pre training", "Of Pre-Training", "pre-training"),
        ("dp", r"An $\varepsilon$-DP ledger, by $M_{DP}$", "DP"),
        ("bell inequality", "Bell's Inequality", "bell's inequality"),
        ("gnn", "The GNN's storm", "GNN"),
        ("erdos graphs", "On Erdős graphs", "erdős graphs"),
        ("fine tuning", "ﬁne-tuning", "ﬁne-tuning"),
        ("learning ranking", "Learning. Ranking by learning-ranking", "learning-ranking"),
        ("not there", "Elsewhere", "not there"),
    ],
)
def test_a_phrase_as_written(phrase: str, text: str, written: str) -> None:
    assert Written(text).find(phrase) == written


@given(st.text(max_size=80))
def test_baring_twice_changes_nothing(text: str) -> None:
    assert bare(bare(text)) == bare(text)


def test_what_is_remembered_of_words_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visitors try whatever topics they like on one edition all day."""
    monkeypatch.setattr("digest.editorial.words.REMEMBERED", 50)
    stems = Stems()
    assert [stems.of(f"networks{number}s") for number in range(500)] == [f"networks{n}s" for n in range(500)]
    assert stems.of.cache_info().currsize == 50
    assert stems.all(["networks", "networks"]) == ["network", "network"]
