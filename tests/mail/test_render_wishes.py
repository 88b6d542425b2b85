"""What a reader chose of the mail, and what the mail lets them choose. Both parts, wherever there are two."""

import re
from dataclasses import replace

import pytest

from digest.mail.lines import columns
from digest.mail.render import LARGEST, Rendered
from digest.model import Abstracts, Match, Pick, Subscriber
from tests.mail.digests import (
    FEEDBACK,
    LINKS,
    PREFERENCES,
    READER,
    SILENT,
    UNSUBSCRIBE,
    VIEW,
    digest_of,
    pick,
    picks,
    renderer,
)
from tests.mail.page import Page, flat

RENDERER = renderer()
LONG = "".join(f"Sentence number {number} of a long abstract. " for number in range(1, 101))


def mail(chosen: tuple[Pick, ...], reader: Subscriber = READER, **changes: object) -> Rendered:
    return RENDERER.render(digest_of(chosen, subscriber=reader, **changes), LINKS)


def parts(rendered: Rendered) -> tuple[str, str]:
    return flat(Page(rendered.html).text), flat(rendered.text)


# --- how much of an abstract --------------------------------------------------------------------------------------


def test_a_short_abstract_ends_with_a_sentence() -> None:
    for part in parts(mail(picks(2, abstract=LONG))):
        assert "Sentence number 15 of a long abstract." in part
        assert "Sentence number 17 " not in part


def test_a_full_abstract_is_there_to_its_last_word() -> None:
    for part in parts(mail(picks(3, abstract=LONG), replace(READER, abstracts=Abstracts.FULL))):
        assert part.count("Sentence number 100 of a long abstract.") == 3


def test_titles_only_are_titles_and_reasons_and_links() -> None:
    rendered = mail(picks(3, abstract=LONG), replace(READER, abstracts=Abstracts.NONE))
    for part in parts(rendered):
        assert "Sentence number" not in part
        assert part.count("Your topic “graph neural networks”") == 2
        assert "cs.LG · Your topic “graph neural networks” · +48 upvotes in 9 h, 6× the usual for cs.LG" in part
        assert "In brief" not in part
        assert part.count("“graph neural networks”") == 4  # heading, twice why, and the footer
    titles = [url for words, url in Page(rendered.html).links if "/abs/" in url]
    assert [f"   Abstract: {url}\n" in rendered.text for url in titles] == [True] * 3


@pytest.mark.parametrize("count", [15, 40])
def test_full_abstracts_never_make_a_mail_too_large(count: int) -> None:
    whole = replace(READER, abstracts=Abstracts.FULL)
    rendered = mail(picks(count, abstract=LONG * 3), whole)
    assert len(rendered.html.encode()) < LARGEST
    assert Page(rendered.html).count("h2") == count
    assert "1. Sparse" in rendered.text


def test_what_is_cut_down_keeps_its_title_its_reasons_and_one_link() -> None:
    rendered = mail(picks(40, abstract=LONG * 3), replace(READER, abstracts=Abstracts.FULL), matched=60)
    last = rendered.text[rendered.text.index("\n40. ") :].partition("Not every")[0]
    assert "stat.ML · One of the papers that trend most · +9 comments in 20 h" in flat(last)
    assert re.findall(r"^ +(\w[\w ]*): http", last, re.MULTILINE) == ["Abstract", "More like this", "Less like this"]
    assert set(re.findall(r"https?://\S+", rendered.text)) == {url for _, url in Page(rendered.html).links}


# --- text only ----------------------------------------------------------------------------------------------------


def test_who_wants_text_gets_no_html_and_the_same_text() -> None:
    both, alone = mail(picks(7)), mail(picks(7), replace(READER, text_only=True))
    assert both.html
    assert alone == replace(both, html="")


def test_text_alone_has_its_bounds_too() -> None:
    reader = replace(READER, text_only=True, abstracts=Abstracts.FULL)
    text = mail(picks(40, abstract=LONG * 3), reader).text
    assert len(text.encode()) < LARGEST
    assert len(re.findall(r"^\d+\. ", text, re.MULTILINE)) == 40
    assert all(columns(line) <= 72 or "://" in line for line in text.splitlines())


# --- ways -----------------------------------------------------------------------------------------------------------


def test_preferences_and_the_browser_are_one_click_away_above_and_below() -> None:
    rendered = mail(picks(2))
    links = [(flat(words), url) for words, url in Page(rendered.html).links]
    assert links[:3] == [("Unsubscribe", UNSUBSCRIBE), ("Preferences", PREFERENCES), ("View in browser", VIEW)]
    assert links[-3:] == [
        ("Change what you get", PREFERENCES),
        ("Pause for a while", f"{PREFERENCES}/pause"),
        ("Unsubscribe from The Morning Papers", UNSUBSCRIBE),
    ]
    lines = rendered.text.splitlines()
    first = lines.index(f"Unsubscribe: {UNSUBSCRIBE}")
    assert first < 8
    assert lines[first + 1 : first + 3] == [f"Preferences: {PREFERENCES}", f"View in browser: {VIEW}"]
    for line in (f"Change what you get: {PREFERENCES}", f"Pause for a while: {PREFERENCES}/pause"):
        assert line in lines[-10:]


def test_each_paper_takes_two_verdicts_whose_texts_are_no_others() -> None:
    rendered = mail(picks(9))
    links = {flat(words): url for words, url in Page(rendered.html).links}
    assert links["More like 1"] == f"{FEEDBACK}/more/arxiv:2605.28037"
    assert links["Less like 9"] == f"{FEEDBACK}/less/arxiv:2605.28259"
    for verdict in ("more", "less"):
        assert sum(url.startswith(f"{FEEDBACK}/{verdict}/") for url in links.values()) == 9
    assert f"   More like this: {FEEDBACK}/more/arxiv:2605.28037\n" in rendered.text
    assert f"   Less like this: {FEEDBACK}/less/arxiv:2605.28037\n" in rendered.text


@pytest.mark.parametrize(
    ("paper", "path"),
    [
        ("doi:10.1000/a b?c#d", "doi:10.1000/a%20b%3Fc%23d"),
        ("work:ä\"><'", "work:%C3%A4%22%3E%3C%27"),
        ("x:\ud800", "x:%3F"),
    ],
)
def test_a_verdict_names_the_paper_whatever_it_is_called(paper: str, path: str) -> None:
    rendered = mail((pick(1, id=paper),))
    assert f"{FEEDBACK}/more/{path}" in {url for _, url in Page(rendered.html).links}
    assert f"{FEEDBACK}/more/{path}\n" in rendered.text


def test_a_name_too_long_for_an_address_takes_none() -> None:
    rendered = mail((pick(1, id="doi:" + "x" * 700),))
    assert "Less like" not in rendered.text + rendered.html


def test_what_did_not_fit_is_a_click_away() -> None:
    links = dict.fromkeys(("abstract", "pdf"), "https://example.org/?" + "&" * 500)
    rendered = mail(picks(60, title="&" * 4000, authors=("&" * 500,) * 9, links=links))
    page = Page(rendered.html)
    left_out = 60 - page.count("h2")
    assert left_out > 0
    assert ("Read all 60 in the browser", VIEW) in [(flat(words), url) for words, url in page.links]
    assert f"{left_out} more did not fit into this mail.\nRead all 60 in the browser:\n{VIEW}\n" in rendered.text


# --- taste ----------------------------------------------------------------------------------------------------------


def liked(number: int) -> Pick:
    match = Match(topic=None, liked="Grippers with $O(n)$ Fingers", words=("grippers",))
    return replace(pick(number), match=match)


def test_a_paper_like_one_they_liked_says_so_in_a_section_of_its_own() -> None:
    chosen = (*picks(2), liked(3), liked(6), pick(7))
    for part in parts(mail(chosen)):
        assert "Like “Grippers with O(n) Fingers”, which you liked: grippers" in part
        body = part[part.index("graph neural") :]
        order = ["graph neural", "More like what you liked", "More that is trending"]
        assert [body.index(word) for word in order] == sorted(body.index(word) for word in order)
        assert "The best 2 are here, with 1 more that trends. 2 are like papers you liked." in part


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ((pick(1), liked(2)), "84 papers today, 1 matches your topics. 1 is like a paper you liked."),
        ((liked(2), pick(6)), "84 papers today, 1 matches your topics. Here is 1 more that trends. 1 is like a paper"),
        ((liked(2),), "84 papers today, 1 matches your topics. 1 is like a paper you liked."),
    ],
)
def test_what_came_by_taste_is_counted_apart(chosen: tuple[Pick, ...], line: str) -> None:
    for part in parts(mail(chosen, matched=1)):
        assert line in part


def test_taste_without_topics() -> None:
    for part in parts(mail((liked(1), liked(2)), replace(SILENT, topics=()), matched=0)):
        assert "84 papers today. 2 are like papers you liked." in part
