"""The measure of how well real texts read, and what it says of the captures."""

import json
import time
from pathlib import Path

import pytest

from bench.read_titles import flaws, lost, texts
from digest.text import plain


def test_the_measure_sees_what_is_lost() -> None:
    source = r"A \emph{sparse} router~\cite{key} for $x_{max}^2$ by \href{https://example.org}{B\'ezier} in 2024"
    assert lost(source, plain(source)) == []
    assert lost(source, "A router for x_max² by Bézier in 2024") == ["sparse"]
    assert lost(source, "A sparse router for x² by Bézier") == ["max", "in", "2024"]
    assert flaws([source]) == {"raw TeX": [], "words lost": [], "HTML and text differ": [], "cut torn": []}


@pytest.mark.captures
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_real_titles_and_abstracts_keep_no_tex_and_lose_no_word(captures: Path) -> None:
    assert {kind: cases[:5] for kind, cases in flaws(texts(captures)).items() if cases} == {}


@pytest.mark.captures
def test_text_without_tex_costs_next_to_nothing(captures: Path) -> None:
    lines = (captures / "arxiv" / "meta" / "edge_cases.jsonl").read_text("utf-8").splitlines()
    ordinary = [text for line in lines if "\\" not in (text := json.loads(line)["summary"]) and "$" not in text]
    start = time.process_time()
    for text in ordinary:
        plain(text)
    assert (time.process_time() - start) / len(ordinary) < 300e-6  # 25 µs on a quiet machine
