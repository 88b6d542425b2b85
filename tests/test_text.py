"""Words from outside: safe, one line, equal where they mean the same, cut where a reader would."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text import clean, cut, from_html, markup, normalised, plain
from tests.tex.texts import PIECES, SHORTENED, TEXISH, WHOLE, assert_balanced, is_safe


def test_clean_makes_one_safe_line() -> None:
    assert (
        clean("  A\tsparse\r\n\u2028router\u00a0learns\x00 to\u202e forget\ufeff ")
        == "A sparse router learns to forget"
    )
    assert clean("nai\u0308ve ﬁne-tuning") == "naïve fine-tuning"
    assert clean("SchrÃ¶dingerâ€™s cat") == "Schrödinger’s cat"
    assert clean("\u200fمی\u200cخواهم") == "می\u200cخواهم"


@given(st.text())
def test_clean_is_idempotent_and_safe(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert is_safe(once)
    assert once == once.strip()
    once.encode()


def test_from_html_shows_what_a_reader_would_see() -> None:
    assert from_html("<p>Cats &amp; dogs</p><p>1 &lt; 2</p><script>alert(1)</script>") == "Cats & dogs 1 < 2"
    assert from_html("A<br/>B &amp;amp; C") == "A B &amp; C"
    assert from_html("x<sub>i</sub>, 10<SUP class=a>6</SUP> and naïve") == "x_{i}, 10^{6} and naïve"
    assert from_html("3 < 4 and 5 > 2") == "3 < 4 and 5 > 2"


def test_normalised_is_equal_for_two_spellings() -> None:
    assert normalised("Sparse Routers: that  Learn—to $\\mathbf{Forget}$!") == "sparse routers that learn to forget"
    assert (
        normalised("Erdős–Rényi graphs in $O(n^2)$")
        == normalised("Erdos-Renyi Graphs in O(n2)")
        == "erdos renyi graphs in o n2"
    )
    assert normalised("The Learner's cost") == normalised("the learners cost")


# --- cut ----------------------------------------------------------------------------------------------------------


def test_cut_ends_at_a_sentence() -> None:
    text = (
        "Routers forget, e.g. Fig. 2 of A. Lovelace et al. Proves it. We ask why $p. Q < 3$. Then we answer at length."
    )
    assert cut(text, 200) == text
    assert cut(text, 90) == text[: text.index(" Then")]
    assert cut(text, 75) == text[: text.index(" We ask")]
    assert cut("We ask why it is. Then $xy. Bc$ follows and more words come.", 28) == "We ask why it is."
    assert cut("One two three four five six seven eight.", 20) == "One two three four…"
    assert cut("We bound $f(x) + g(x) + h(x)$ tightly and well.", 24) == "We bound…"
    assert cut("第一句話。第二句話很長很長很長。", 9) == "第一句話。"
    assert cut("x" * 50, 10) == "xxxxxxxxx…"


@given(TEXISH | PIECES | st.text(), st.integers(5, 120))
def test_cut_never_exceeds_nor_invents(source: str, limit: int) -> None:
    short = cut(source, limit)
    assert len(short) <= limit
    if not re.search(r"[\\$`{~^]|--", source):
        assert clean(source).startswith(short.removesuffix("…"))
    assert_balanced(markup(short))


@given(
    st.lists(st.sampled_from((*WHOLE, *SHORTENED, "plain", "words", "end.", "Then")), min_size=1, max_size=30),
    st.integers(60, 400),
)
def test_cut_never_splits_what_belongs_together(pieces: list[str], limit: int) -> None:
    short = cut(" ".join(pieces), limit)
    if short.endswith("…"):
        pieces = [part for piece in pieces for part in (piece.split() if piece in SHORTENED else [piece])]
    ends = [" ".join(pieces[:count]) for count in range(1, len(pieces) + 1)]
    assert short.rstrip("…. ") in [end.rstrip(". ") for end in ends]


@pytest.mark.parametrize(
    "text", ["\\emph{\u0338x} y", "\\emph{\\not\\cite{a}}", "$x^{\\not\\hspace{1em}}$ \u0338", "a\\textbf{b}\u0338"]
)
def test_a_mark_that_composes_with_a_bracket_tears_no_tag(text: str) -> None:
    assert not re.search("[<>]", re.sub("</?(sub|sup|em|strong|code)>", "", markup(text)))
    assert markup(text).count("</") * 2 == markup(text).count("<")


def test_a_negation_of_nothing_is_nothing() -> None:
    assert plain("a $\\not\\hspace{1em}$ b") == "a b"
    assert plain("$a \\not= b \\not\\in C$") == "a ≠ b ∉ C"
