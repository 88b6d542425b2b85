"""Spellings of the same word come out as the same term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial.words import BREAK, Stems, fold, pairs, spelled


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


def test_neighbours_end_with_the_sentence() -> None:
    words = spelled("We study learning. Ranking comes later, at 3.5 points")
    assert BREAK in words
    assert ("learn", "rank") not in pairs(Stems().content(words))
    assert ("3", "5") in pairs(Stems().content(words))


@given(st.text(max_size=80))
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
