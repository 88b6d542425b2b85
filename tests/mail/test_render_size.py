"""No wish and no day makes a mail too large: what does not fit is on the web page, and the mail says so."""

import itertools
import re
import time
from dataclasses import replace

import pytest

from digest.mail.render import LARGEST
from digest.model import Abstracts, Subscriber
from tests.mail.digests import LINKS, READER, RISING, UNSUBSCRIBE, VIEW, digest_of, picks, renderer
from tests.mail.page import Page, flat

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


def test_forty_long_papers_stay_below_the_size_and_keep_every_title() -> None:
    start = time.perf_counter()
    reader = replace(READER, abstracts=Abstracts.FULL)
    chosen = picks(
        40, abstract="A sentence about a long & winding road to <nowhere>. " * 90, authors=("Name Surname",) * 3000
    )
    rendered = RENDERER.render(digest_of(chosen, matched=60, subscriber=reader), LINKS)
    page, text = Page(rendered.html), rendered.text
    assert time.perf_counter() - start < 5
    assert len(page.source.encode()) < LARGEST
    assert page.count("h2") == 40
    whole = text.count("Name Surname, Name Surname, Name Surname and 2,997 others")
    assert page.text.count("Name Surname, Name Surname, Name Surname and 2,997 others") == whole > 10
    assert flat(page.text).count("winding road") == flat(text).count("winding road") > 3
    assert "winding road" in text[: text.index("\n2. ")]
    assert "winding road" not in text[text.index("\n40. ") :]
    assert page.links[-1][1] == UNSUBSCRIBE


def test_nothing_makes_a_mail_too_large() -> None:
    links = dict.fromkeys(("abstract", "pdf", "html", "code", "page"), "https://example.org/?" + "&" * 500)
    chosen = picks(40, title="&" * 4000, abstract="&" * 9000, authors=("&" * 500,) * 9, links=links)
    rendered = RENDERER.render(digest_of(chosen), LINKS)
    page, text, subject = Page(rendered.html), rendered.text, rendered.subject
    assert len(page.source.encode()) < LARGEST
    left_out = 40 - page.count("h2")
    assert left_out > 0
    for part in (flat(page.text), flat(text)):
        assert f"{left_out} more did not fit into this mail." in part
    assert subject.startswith("40 papers: ")
