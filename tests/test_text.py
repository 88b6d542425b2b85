# ruff: noqa: E501 - a case is a line
"""Words from outside: safe, readable, cut where a reader would."""

import html.parser
import json
import lzma
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.text import clean, cut, from_html, markup, normalised, plain

TEXISH = st.text(st.sampled_from("\\\\\\{{}}$$^_~[]()%&-`'.,= abcxyzLO019éαÀ\t\n\x00\x1f\u202e<>\"/:"), max_size=80)
MACROS = (
    r"\emph{ \textbf \frac{ \sqrt[ \href{http://x}{ \unicode{x202e} \unicode{d800} \left( \'e \c c \ours \mathbb R \bf \log"
    r" $x_i$ $ { } ^ _ ~ $5 \$ \\ \( \) \begin{x} \not\in \ding{182} \SI{3}{\percent} 100% & word <b> \text{a $b$ c}"
)
PIECES = st.lists(st.sampled_from(re.split(" ", MACROS)), max_size=14).map(" ".join)


class Tags(html.parser.HTMLParser):
    """Collects start and end tags, and what is shown."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, bool]] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.shown = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, True))
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((tag, False))

    def handle_data(self, data: str) -> None:
        self.shown += data


def assert_balanced(source: str) -> None:
    parsed = Tags(source)
    stack: list[str] = []
    for tag, opens in parsed.tags:
        assert tag in {"sub", "sup", "em", "strong", "code"}
        if opens:
            stack.append(tag)
        else:
            assert stack.pop() == tag
    assert not stack
    assert not parsed.attributes


def is_safe(text: str) -> bool:
    return all(unicodedata.category(c) not in {"Cc", "Cs", "Co"} and c not in "\u202a\u202e\u2066\u2069" for c in text)


# --- clean, from_html, normalised ---------------------------------------------------------------------------------


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
    assert from_html("x<sub>i</sub> and naïve") == "xi and naïve"
    assert from_html("3 < 4 and 5 > 2") == "3 < 4 and 5 > 2"


def test_normalised_is_equal_for_two_spellings() -> None:
    assert normalised("Sparse Routers: that  Learn—to $\\mathbf{Forget}$!") == "sparse routers that learn to forget"
    assert (
        normalised("Erdős–Rényi graphs in $O(n^2)$")
        == normalised("Erdos-Renyi Graphs in O(n2)")
        == "erdos renyi graphs in o n2"
    )
    assert normalised("The Learner's cost") == normalised("the learners cost")


# --- TeX ----------------------------------------------------------------------------------------------------------

READ = [  # source, text, HTML
    ("in $O(n\\log n)$ time", "in O(n log n) time", "in O(n log n) time"),
    ("$x_i$ and $x^2$", "x_i and x²", "x<sub>i</sub> and x<sup>2</sup>"),
    ("$x_{max}^{t+1}$", "x_max^(t+1)", "x<sub>max</sub><sup>t+1</sup>"),
    ("a $10^{-3}$ rate at $30^\\circ$", "a 10⁻³ rate at 30°", "a 10<sup>-3</sup> rate at 30<sup>∘</sup>"),
    ("H$_2$O under 5\\% load", "H₂O under 5% load", "H<sub>2</sub>O under 5% load"),
    ("a 4$\\times$ gain, $\\sim 3$ s", "a 4× gain, ∼3 s", "a 4× gain, ∼3 s"),
    ("\\emph{very} \\textbf{bold} \\texttt{code}", "very bold code", "<em>very</em> <strong>bold</strong> <code>code</code>"),
    ("{\\it old} and {\\bf older}", "old and older", "<em>old</em> and <strong>older</strong>"),
    ("B\\'ezier, Erd\\H{o}s, S\\o ren, na\\\"{\\i}ve", "Bézier, Erdős, Søren, naïve", "Bézier, Erdős, Søren, naïve"),
    ("\\eg this, \\ie that, Ada \\etal.", "e.g. this, i.e. that, Ada et al.", "e.g. this, i.e. that, Ada et al."),
    ("known~\\cite{a,b}. Week~3.", "known . Week 3.", "known . Week 3."),
    ("see \\url{https://example.org/a_b}", "see https://example.org/a_b", "see https://example.org/a_b"),
    ("\\href{https://example.org}{our \\emph{page}}", "our page", "our <em>page</em>"),
    ("$\\mathcal{L}$ on $\\mathbb{R}^n$, $\\ell_2$, $n \\le 5$", "L on ℝⁿ, ℓ₂, n ≤ 5", "L on ℝ<sup>n</sup>, ℓ<sub>2</sub>, n ≤ 5"),
    ("$\\frac{1}{K}$, $\\frac{a+b}{2}$, $\\sqrt{n}$, $\\sqrt{n+1}$", "1/K, (a+b)/2, √n, √(n+1)", "1/K, (a+b)/2, √n, √(n+1)"),
    ("$5 and $10", "$5 and $10", "$5 and $10"),
    ("from $3M to $300M, or 2$ each", "from $3M to $300M, or 2$ each", "from $3M to $300M, or 2$ each"),
    ("a ($+$7.5\\%) gain", "a (+7.5%) gain", "a (+7.5%) gain"),
    ("costs $5-$10 a day", "costs $5-$10 a day", "costs $5-$10 a day"),
    ("\\$7 for $k$ papers", "$7 for k papers", "$7 for k papers"),
    ("We call it \\ours, by \\method{} and \\say{us}", "We call it ours, by method and us", "We call it ours, by method and us"),
    ("``quoted'' -- a range 3--4, but --help", "“quoted” – a range 3–4, but --help", "“quoted” – a range 3–4, but --help"),
    ("https://example.org/a--b and c--d", "https://example.org/a--b and c–d", "https://example.org/a--b and c–d"),
    ("50% of cats & dogs $\\to$ 100%", "50% of cats & dogs → 100%", "50% of cats &amp; dogs → 100%"),
    ("a_b and snake_case, x^y as is $y$", "a_b and snake_case, x^y as is y", "a_b and snake_case, x^y as is y"),
    ("D^2-Monitor: JECA^2 in 10^-3 s, Bi^2MAC", "D²-Monitor: JECA² in 10⁻³ s, Bi²MAC", "D<sup>2</sup>-Monitor: JECA<sup>2</sup> in 10<sup>-3</sup> s, Bi<sup>2</sup>MAC"),
    ("^2 x^2y x^1.5 _^2", "^2 x^2y x^1.5 _^2", "^2 x^2y x^1.5 _^2"),
    ("ROS~2 and Fig.~3 of J.~Doe, 5~km", "ROS 2 and Fig. 3 of J. Doe, 5 km", "ROS 2 and Fig. 3 of J. Doe, 5 km"),
    ("about ~95, 10~20%, 5%~9%, X~N(0,1), (~3)", "about ~95, 10~20%, 5%~9%, X~N(0,1), (~3)", "about ~95, 10~20%, 5%~9%, X~N(0,1), (~3)"),
    ("https://example.org/~ada, https://example.org/a~b", "https://example.org/~ada, https://example.org/a~b", "https://example.org/~ada, https://example.org/a~b"),
    ("call \\verb|foo_bar| or \\verb+\\x{$1}+ now", "call foo_bar or x{$1} now", "call <code>foo_bar</code> or <code>x{$1}</code> now"),
    ("\\verb{a_b} \\verb|open", "a_b |open", "<code>a_b</code> <code>|</code>open"),
    ("\\multicolumn{2}{c}{both} \\multirow{2}{*}{rows}", "both rows", "both rows"),
    ("$\\norm{x}$, $\\abs{y}$, $\\bra{\\psi}$, $\\ket{0}$", "‖x‖, |y|, ⟨ψ|, |0⟩", "‖x‖, |y|, ⟨ψ|, |0⟩"),
    ("$\\braket{a|b}$, $\\ceil{x}$, $\\floor{x}$", "⟨a|b⟩, ⌈x⌉, ⌊x⌋", "⟨a|b⟩, ⌈x⌉, ⌊x⌋"),
    ("our \\norm is \\ket{}", "our norm is ket", "our norm is ket"),
    ("Newton$\\unicode{x2013}$Raphson", "Newton–Raphson", "Newton–Raphson"),
    ("$\\tilde{O}(\\sqrt T)$, $\\bar x$", "Õ(√T), x̄", "Õ(√T), x̄"),
    ("\\textcolor{red}{hot} {\\color{blue} cold}", "hot cold", "hot cold"),
    ("$p(y \\mid x)$ if $x \\not\\in S$", "p(y | x) if x ∉ S", "p(y | x) if x ∉ S"),
    ("$g_\\mathrm{eff}$, $\\log_2 n$, $f''$", "g_eff, log₂ n, f′′", "g<sub>eff</sub>, log<sub>2</sub> n, f′′"),
    ("broken \\textbf{never closed", "broken never closed", "broken <strong>never closed</strong>"),
    ("broken $x_{i and on", "broken $x_i and on", "broken $x<sub>i and on</sub>"),
    ("\\cite{never closed, $x_i$ stays", "never closed, x_i stays", "never closed, x<sub>i</sub> stays"),
    ("stray } brace and \\", "stray brace and", "stray brace and"),
    ("\\k{appa} and \\b{eta}", "κ and β", "κ and β"),
    ("$\\SI{25.9}{\\percent}$ less", "25.9 % less", "25.9 % less"),
    ("the 2\\textsuperscript{nd}", "the 2nd", "the 2nd"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "marked"), READ)
def test_tex_reads_as_text_and_as_html(source: str, text: str, marked: str) -> None:
    assert plain(source) == text or plain(source) == text.replace("x_i and on", "x_(i and on)")
    assert markup(source) == marked


@given(TEXISH | PIECES | st.text())
@example("{" * 4000 + "x" + "}" * 4000)
@example("$" * 999)
@example("\\frac" * 500)
@example("_" * 500 + "$_$" * 300)
def test_no_text_breaks_the_reader(source: str) -> None:
    text, marked = plain(source), markup(source)
    assert is_safe(text)
    assert is_safe(marked)
    assert not re.search(r"\\[A-Za-z]", text.replace("\\\\", ""))
    assert_balanced(marked)


@given(st.text(st.characters(exclude_characters="\\$`-{_^~", exclude_categories=("Cs",))))
def test_text_without_tex_is_only_cleaned(source: str) -> None:
    assert plain(source) == clean(source)
    assert plain(plain(source)) == plain(source)
    assert Tags(markup(source)).shown == clean(source)


@pytest.mark.parametrize(
    "piece", ["{", "}", "$", "$$", "\\cite{", "\\emph{", "<p", "< ", "--x", "``", "x", "\\[", "^{", "'e "]
)
def test_long_rubbish_costs_little(piece: str) -> None:
    rubbish = piece * 20_000 + " --"
    start = time.process_time()
    plain(rubbish), markup(rubbish), from_html(rubbish), cut(rubbish, 400), normalised(rubbish)
    assert time.process_time() - start < 5


def test_html_in_a_title_is_shown_not_obeyed() -> None:
    assert markup("<script>alert(1)</script> $x_i$") == "&lt;script&gt;alert(1)&lt;/script&gt; x<sub>i</sub>"
    assert plain("<b>bold</b> $x_i$") == "<b>bold</b> x_i"


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


# --- real titles and abstracts ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(captures: Path) -> list[str]:
    meta = captures / "arxiv" / "meta"
    with lzma.open(next(meta.glob("papers_*.jsonl.xz")), "rt") as lines:
        papers = [json.loads(line) for line in lines]
    papers += [json.loads(line) for line in (meta / "edge_cases.jsonl").read_text().splitlines()]
    return [text for paper in papers for text in (paper["title"], paper["summary"])]


@pytest.mark.captures
@pytest.mark.slow
def test_real_titles_and_abstracts_keep_no_tex_and_lose_no_word(real: list[str]) -> None:
    readings = [(text, plain(text)) for text in real]
    macros = [text for text, reading in readings if re.search(r"\\[A-Za-z]", reading)]
    formulas = [text for text, reading in readings if re.search(r"\$[^$\d\s]*[\\_^{][^$]*\$", reading)]
    ordinary = [(text, reading) for text, reading in readings if "\\" not in text and "$" not in text]
    lost = [text for text, reading in ordinary if letters(text) != letters(reading)]
    assert (macros, formulas, lost) == ([], [], [])


@pytest.mark.captures
def test_text_without_tex_costs_next_to_nothing(captures: Path) -> None:
    lines = (captures / "arxiv" / "meta" / "edge_cases.jsonl").read_text().splitlines()
    ordinary = [text for line in lines if not re.search(r"[\\$]", text := json.loads(line)["summary"])]
    start = time.process_time()
    for text in ordinary:
        plain(text)
    assert (time.process_time() - start) / len(ordinary) < 300e-6  # 30 µs on a quiet machine


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", clean(text)) if c.isalpha())
