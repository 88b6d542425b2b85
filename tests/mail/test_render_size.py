"""No wish and no day makes a mail too large: what does not fit is on the web page, and the mail says so."""

import itertools
import re
from dataclasses import replace

import pytest

from digest.mail.render import LARGEST
from digest.model import Abstracts, Subscriber
from tests.mail.digests import LINKS, READER, RISING, VIEW, digest_of, picks, renderer
from tests.mail.page import Page

RENDERER = renderer()
ABSTRACT = ("这是一个关于善良机器人的虚构句子，没有任何真实的结果。" * 320)[:8000]
AUTHORS = tuple(f"王小明 {n}" for n in range(3000))
CROWD = picks(50, title="关于善良机器人的简短指南 " * 8, abstract=ABSTRACT, authors=AUTHORS)
WISHES = list(itertools.product(Abstracts, (False, True), ("zh", "en")))


@pytest.mark.parametrize(("abstracts", "text_only", "language"), WISHES)
def test_fifty_papers_of_three_thousand_authors_in_chinese_fit(
    abstracts: Abstracts, text_only: bool, language: str
) -> None:
    reader = replace(READER, abstracts=abstracts, text_only=text_only, language=language)
    rendered = RENDERER.render(digest_of(CROWD, subscriber=reader, rising=RISING), LINKS)
    assert len(rendered.text.encode()) < LARGEST
    assert len(rendered.html.encode()) < LARGEST
    assert VIEW in rendered.text
    if not text_only:
        page = Page(rendered.html)  # every element is closed
        numbers = re.findall(r"^(\d+)\. ", rendered.text, re.MULTILINE)
        assert page.count("h2") == len(numbers) > 25
        assert {url for _, url in page.links} == set(re.findall(r"https?://\S+", rendered.text))


def whole(**wishes: object) -> Subscriber:
    return replace(READER, abstracts=Abstracts.FULL, **wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize("text_only", [False, True])
def test_as_many_whole_abstracts_as_there_is_room_for(text_only: bool) -> None:
    sentences = "".join(f"Sentence {n} of a long & fictional abstract. " for n in range(170))
    rendered = RENDERER.render(digest_of(picks(30, abstract=sentences), subscriber=whole(text_only=text_only)), LINKS)
    for part in [rendered.text] if text_only else [rendered.text, Page(rendered.html).text]:
        said = " ".join(part.split())
        assert said.count("Sentence 169 of a") >= 3
        assert "Not every abstract fits into this mail whole." in said
        assert "Read all 30 in the browser" in said
    assert len((rendered.html or rendered.text).encode()) > LARGEST * 0.7


def test_who_gets_all_they_asked_for_is_told_of_no_rest() -> None:
    rendered = RENDERER.render(digest_of(picks(10), subscriber=whole()), LINKS)
    for part in (rendered.text, Page(rendered.html).text):
        assert "in the browser" not in part.partition("Abstract")[2]


def test_a_usual_day_is_small() -> None:
    rendered = RENDERER.render(digest_of(picks(15), rising=RISING), LINKS)
    assert len(rendered.html.encode()) < 60_000
