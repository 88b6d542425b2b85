"""Real papers that are hard to read: their titles, names and abstracts in both parts of a mail."""

import json
import re
from pathlib import Path

import pytest

from digest.mail.render import LARGEST
from tests.mail.digests import LINKS, digest_of, pick, renderer
from tests.mail.page import Page


@pytest.mark.captures
def test_awkward_real_papers_render_like_any_other(captures: Path) -> None:
    lines = (captures / "arxiv" / "meta" / "edge_cases.jsonl").read_text().splitlines()
    papers = [json.loads(line) for line in lines]
    ours = renderer()
    for start in range(0, len(papers) - 10, 10):
        chosen = tuple(
            pick(
                number,
                title=paper["title"],
                abstract=paper["summary"],
                authors=tuple(paper["authors"]),
                categories=tuple(paper["categories"]),
            )
            for number, paper in enumerate(papers[start : start + 10], 1)
        )
        rendered = ours.render(digest_of(chosen), LINKS)
        page = Page(rendered.html)
        assert page.count("h2") == 10
        assert len(rendered.html.encode()) < LARGEST * 0.6
        assert all(len(line) <= 72 or "://" in line for line in rendered.text.splitlines())
        assert not re.search(r"\\[A-Za-z]|\$[a-zA-Z\\]", rendered.text + page.text + rendered.subject)
        assert not re.search(r"<(sub|sup|em|strong|code)>", rendered.text)
        assert len(rendered.subject) <= 100
