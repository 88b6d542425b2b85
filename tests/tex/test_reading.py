# ruff: noqa: E501 - a case is a line
"""TeX of titles and abstracts, as text and as HTML."""

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.text import clean, cut, from_html, markup, normalised, plain
from tests.tex.texts import ORDINARY, PIECES, TEXISH, Tags, assert_balanced, is_safe

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
    ("known~\\cite{a,b}. Week~3.", "known. Week 3.", "known. Week 3."),
    ("see \\url{https://example.org/a_b}", "see https://example.org/a_b", "see https://example.org/a_b"),
    ("\\href{https://example.org}{our \\emph{page}}", "our page", "our <em>page</em>"),
    ("$\\mathcal{L}$ on $\\mathbb{R}^n$, $\\ell_2$, $n \\le 5$", "L on ℝⁿ, ℓ₂, n ≤ 5", "L on ℝ<sup>n</sup>, ℓ<sub>2</sub>, n ≤ 5"),
    ("$\\frac{1}{K}$, $\\frac{a+b}{2}$, $\\sqrt{n}$, $\\sqrt{n+1}$", "1/K, (a+b)/2, √n, √(n+1)", "1/K, (a+b)/2, √n, √(n+1)"),
    ("$5 and $10", "$5 and $10", "$5 and $10"),
    ("$5 \\emph{more} $x_i$", "$5 more x_i", "$5 <em>more</em> x<sub>i</sub>"),
    ("a $5 \\times $ gain", "a 5 × gain", "a 5 × gain"),
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
    ("the 2\\textsuperscript{nd} and $n^{th}$, A$^\\circledR$", "the 2nd and nth, A®", "the 2nd and n<sup>th</sup>, A<sup>®</sup>"),
    ("as in \\citet{a}, (\\cite{b}; \\citep[p. 3]{c}) and \\onlinecite{d}.", "as in, and.", "as in, and."),
    ("$L_\\infty$, $M_{\\odot}$, $\\ell_{2,0}$", "L_∞, M_⊙, ℓ_(2,0)", "L<sub>∞</sub>, M<sub>⊙</sub>, ℓ<sub>2,0</sub>"),
    ("$\\mathbb{C}^{2^n}$, $x_{S_0}$", "ℂ^(2ⁿ), x_(S₀)", "ℂ<sup>2<sup>n</sup></sup>, x<sub>S<sub>0</sub></sub>"),
    ("''Both'' and \"half'' of $f''(x)$", "“Both” and “half” of f′′(x)", "“Both” and “half” of f′′(x)"),
    ("46\\%--56\\%, a--{\\bf b}, $45\\text{--}63$", "46%–56%, a–b, 45–63", "46%–56%, a–<strong>b</strong>, 45–63"),
    ("$\\calX$, $\\mH$, $\\vx$ and \\calX", "X, H, x and calX", "X, H, x and calX"),
    ("$A \\xrightarrow{f} B$, $\\neg p$, $\\left. x \\right|$", "A →^f B, ¬p, x |", "A →<sup>f</sup> B, ¬p, x |"),
    ("\\foo[a]{kept} \\includegraphics[width=1cm]{x.png}here", "kept here", "kept here"),
    ("\\begin{equation*}x_i\\end{equation*} of \\begin{tabular}{lc}a\\end{tabular}", "x_i of a", "x<sub>i</sub> of a"),
    ("\\qty{3}{\\percent}, \\SIrange{1}{2}{\\metre}, \\ang{30}", "3 %, 1–2 m, 30°", "3 %, 1–2 m, 30°"),
    ("\\texorpdfstring{$\\alpha$}{alpha}-S\\&P~500", "α-S&P 500", "α-S&amp;P 500"),
    ("$\\set{1,2}$, \\ddag, $\\tbinom{n}{k}$, $\\mathds{R}$", "{1,2}, ‡, (n choose k), ℝ", "{1,2}, ‡, (n choose k), ℝ"),
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


@given(TEXISH | PIECES | st.text())
def test_html_shows_the_letters_of_the_text(source: str) -> None:
    assert letters(Tags(markup(source)).shown) == letters(plain(source))


@given(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=12).map(" ".join))
def test_what_was_read_reads_the_same_again(source: str) -> None:
    assert plain(plain(source)) == plain(source)


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if c.isalnum())
