"""What the HTML asks of mail programs, held against measured support (caniemail)."""

import json
import re
from pathlib import Path

import pytest

from digest.mail.render import LARGEST
from tests.mail.digests import LINKS, digest_of, pick, picks, renderer
from tests.mail.page import Page

CORE = ("apple-mail", "gmail", "outlook", "yahoo", "aol", "samsung-email", "thunderbird")

# Where these are missing the mail looks plainer or speaks less; nothing is lost or hidden.
ENHANCING = {
    "css-white-space",  # a label may wrap
    "css-word-break",  # only for words wider than the screen
    "css-overflow",  # beside display:none, which hides the preheader
    "css-max-height",
    "html-aria-hidden",
    "html-aria-label",
    "html-role",
    "html-doctype",
    "html-style",  # dark mode
}
ELEMENTS = {"h1": "html-h1-h6", "h2": "html-h1-h6"}
PROPERTIES = {"display": "css-display-none"}


@pytest.mark.captures
def test_core_programs_support_what_the_mail_needs(captures: Path) -> None:
    features = json.loads((captures / "caniemail.json").read_text())["features"]
    page = Page(renderer().render(digest_of(picks(10)), LINKS).html)
    needed = {name for name in _used(page) if name in features} - ENHANCING
    assert {"css-padding", "css-font", "css-max-width", "html-table", "html-h1-h6", "html-width"} <= needed
    verdicts = [
        (name, program, seen["v"])
        for name in sorted(needed)
        for program, seen in features[name]["stats"].items()
        if program.split("/")[0] in CORE and seen["v"] != "u"
    ]
    missing = [(name, program) for name, program, verdict in verdicts if verdict == "n"]
    assert len(verdicts) > 500
    assert len(missing) / len(verdicts) < 0.02, missing


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


def _used(page: Page) -> set[str]:
    used = set()
    for tag, attributes in page.elements:
        used |= {ELEMENTS.get(tag, f"html-{tag}")} | {f"html-{key}" for key in attributes}
        for declaration in attributes.get("style", "").split(";"):
            key = declaration.partition(":")[0].strip()
            key = re.sub(r"^(border|margin|padding)-(left|top|right|bottom)$", r"\1", key)
            used.add(PROPERTIES.get(key, f"css-{key}"))
    return used
