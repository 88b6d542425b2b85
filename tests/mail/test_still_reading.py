"""The question that a digest asks of somebody who has not been heard of for long."""

import re
from dataclasses import replace
from datetime import date

import pytest

from digest.mail.lines import columns
from digest.mail.lint import lint_html
from digest.mail.render import LARGEST
from tests.mail.digests import ASKING, KEEP, LINKS, READER, SILENT, SITE, UNSUBSCRIBE, digest_of, picks, renderer
from tests.mail.page import Page, flat

RENDERER = renderer()
ASKED = RENDERER.render(digest_of(picks(7), subscriber=SILENT), ASKING)


def test_both_parts_ask_and_say_what_happens_when() -> None:
    for part in (Page(ASKED.html).text, ASKED.text):
        assert "Still reading?" in part
        assert "Nothing in this mail tells us whether you read it, so we ask." in flat(part)
        assert "If we hear nothing by Friday, 26 June 2026, the digest pauses." in flat(part)
        assert "Yes, keep The Morning Papers coming" in flat(part)


def test_the_question_stands_above_the_papers_and_below_the_way_out() -> None:
    for part, title in ((ASKED.html, "<h2"), (ASKED.text, "1. ")):
        places = [part.index(mark) for mark in (UNSUBSCRIBE, "Still reading?", KEEP, title)]
        assert places == sorted(places)


def test_its_link_is_there_once_in_each_part_and_its_words_are_no_others() -> None:
    page = Page(ASKED.html)
    assert [flat(words) for words, url in page.links if url == KEEP] == ["Yes, keep The Morning Papers coming"]
    assert ASKED.text.splitlines().count(KEEP) == 1
    texts = [flat(words) for words, _ in page.links]
    assert len(texts) == len(set(texts))


def test_nobody_else_is_asked_and_everything_else_stays_as_it_is() -> None:
    quiet = RENDERER.render(digest_of(picks(7), subscriber=READER), LINKS)
    assert "Still reading" not in quiet.html + quiet.text
    assert ASKED.subject == quiet.subject
    assert Page(ASKED.html).preheader == Page(quiet.html).preheader
    without = re.sub(r'<tr><td [^>]*class="keep".*?</table>\s*</td></tr>\s*', "", ASKED.html, flags=re.DOTALL)
    assert re.sub(r"\s*\n\s*", "\n", without) == re.sub(r"\s*\n\s*", "\n", quiet.html)
    assert re.sub(rf"\nStill reading.*?{KEEP}\n", "", ASKED.text, flags=re.DOTALL) == quiet.text


@pytest.mark.parametrize("accent", ["#7a1f3d", "#ffff00", "#fff", "#000000", "#777"])
def test_it_can_be_read_whatever_the_accent_is(accent: str) -> None:
    site = replace(SITE, accent=accent)
    html = renderer(site).render(digest_of((), subscriber=SILENT), ASKING).html
    assert "Still reading?" in html
    assert [str(each) for each in lint_html(html) if each.rule.startswith("contrast.")] == []


def test_long_names_break_neither_the_lines_nor_the_size() -> None:
    site = replace(SITE, name="The Extraordinarily Long Name of a Perfectly Ordinary Reading Circle of Sampletown")
    silent = replace(SILENT, keep_by=date(2026, 9, 30))
    chosen = picks(40, abstract="A sentence about a long & winding road to <nowhere>. " * 90)
    mail = renderer(site).render(digest_of(chosen, subscriber=silent), ASKING)
    assert all(columns(line) <= 72 or "://" in line for line in mail.text.splitlines())
    assert len(mail.html.encode()) < LARGEST
