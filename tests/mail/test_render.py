"""The digest as a reader gets it. Every claim about the HTML has its twin about the text."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.mail.lint import lint_html
from digest.model import Digest, Match, Pick, Topic, TopicKind
from tests.mail.digests import (
    DAY,
    FEEDBACK,
    GRAPHS,
    LINKS,
    PREFERENCES,
    READER,
    ROBOTS,
    SITE,
    UNSUBSCRIBE,
    VIEW,
    digest_of,
    picks,
    renderer,
)
from tests.mail.page import Page, flat

RENDERER = renderer()


def page_of(digest: Digest) -> tuple[Page, str, str]:
    rendered = RENDERER.render(digest, LINKS)
    return Page(rendered.html), rendered.text, rendered.subject


# --- what it says -------------------------------------------------------------------------------------------------


def test_both_parts_say_the_same_of_every_paper() -> None:
    page, text, _ = page_of(digest_of(picks(7)))
    shown, written = flat(page.text), flat(text)
    for words in (
        "Sparse Routers That Learn to Forget: Message Passing with O(n log n) Memory",
        "Mira Okonkwo, Tomas Lindqvist, Wei Zhang and 14 others · cs.LG",
        "Paula Nyström, Kofi Mensah, Li Na and Sven Ohm · cs.RO",
        "Ines Barbosa and Jonas Feld · cs.CL",
        "Rosa Amsel · cs.RO",
        "Your topic “graph neural networks”: graph, neural (also cs.RO)",
        "+48 upvotes in 9 h, 6× the usual for cs.LG",
        "3 → 61",
        "▁▃▅█",
        "“Small” Language Models – A Field Guide for the Impatient",
        "cost (about $5 and $10 a day)",
        "The Morning Papers",
        "Thursday, 28 May 2026",
        "84 papers today, 12 match your topics. The best 5 are here, with 2 more that trend.",
        "“graph neural networks”",
        "More that is trending",
        "You get this because ada@example.org subscribed to The Morning Papers, following “graph neural networks”",
        "cs.RO and Grete Hermann. It comes daily at 07:30, Europe/Berlin time.",
        "Sent by The Morning Papers <papers@example.org>",
        "Example Institute, 1 Harbour Street, 12345 Sampletown",
    ):
        assert words in shown
        assert words in written
    assert "New first listed 28 May in quant-ph" in shown
    assert "New: first listed 28 May in quant-ph" in written
    assert "O(n<sub" not in text
    assert "memory instead of O(n²)" in written
    assert "memory instead of O(n2)" in shown  # the 2 is a <sup>


def test_both_parts_hold_the_same_links_each_with_a_text_of_its_own() -> None:
    page, text, _ = page_of(digest_of(picks(9)))
    texts = [flat(words) for words, _ in page.links]
    assert len(texts) == len(set(texts))
    assert {"PDF 1", "Abstract 2", "Hugging Face page 1", "Code 1", "More like 9", "Less like 9"} <= set(texts)
    assert set(re.findall(r"https?://\S+", text)) == {url for _, url in page.links}
    assert re.search(r"^   PDF: https://arxiv\.org/pdf/2605\.28037$", text, re.MULTILINE)


def test_unsubscribe_stands_near_the_top_and_in_the_footer() -> None:
    page, text, _ = page_of(digest_of(picks(3)))
    places = [i for i, (_, url) in enumerate(page.links) if url == UNSUBSCRIBE]
    assert places == [0, len(page.links) - 1]
    lines = text.splitlines()
    assert next(i for i, line in enumerate(lines) if UNSUBSCRIBE in line) < 8
    assert text.count(UNSUBSCRIBE) == 2


def test_papers_are_grouped_by_the_topic_they_match_best() -> None:
    page, text, _ = page_of(digest_of(picks(7)))
    order = ["“graph neural networks”", "Sparse Routers", "Slow Gripper", "Commuting", "trending", "Benchmarks"]
    for part in (page.text, text):
        body = part[part.index("Unsubscribe") : part.rindex("Unsubscribe")]
        places = [body.index(word) for word in order]
        assert places == sorted(places)
    alone = digest_of(tuple(pick for pick in picks(7) if pick.match.topic is None))
    page, text, _ = page_of(alone)
    assert "More that is trending" not in page.text
    assert "More that is trending" not in text


@pytest.mark.parametrize(
    ("count", "considered", "matched", "line"),
    [
        (1, 84, 1, "84 papers today, 1 matches your topics."),
        (1, 84, 9, "84 papers today, 9 match your topics. The best is here."),
        (2, 84, 2, "84 papers today, 2 match your topics."),
        (1, 1, 1, "1 paper today, 1 matches your topics."),
        (4, 1200, 310, "1,200 papers today, 310 match your topics. The best 4 are here."),
    ],
)
def test_the_line_about_the_day_is_honest(count: int, considered: int, matched: int, line: str) -> None:
    page, text, _ = page_of(digest_of(picks(count), considered=considered, matched=matched))
    assert line in flat(page.text)
    assert line in flat(text)


@pytest.mark.parametrize(
    ("cadence", "last", "local", "line"),
    [
        ("daily", None, DAY, "84 papers today, 12 match"),
        ("daily", DAY - timedelta(days=1), DAY, "84 papers today, 12 match"),
        ("daily", DAY - timedelta(days=1), DAY + timedelta(days=1), "84 papers of 28 May, 12 match"),
        ("thu", DAY - timedelta(days=1), DAY, "84 papers today, 12 match"),
        ("thu", DAY - timedelta(days=3), DAY, "84 papers since your last digest, 12 match"),
        ("thu", None, DAY, "84 papers, 12 match"),
    ],
)
def test_today_is_said_of_an_edition_of_today_only(cadence: str, last: date | None, local: date, line: str) -> None:
    one = replace(READER, cadence=cadence, last_edition=last)
    page, text, _ = page_of(digest_of(picks(2), subscriber=one, local_date=local))
    assert line in flat(page.text)
    assert line in flat(text)


def test_papers_of_several_editions_are_not_of_today() -> None:
    new, old = picks(2)
    old = replace(old, ranked=replace(old.ranked, edition=DAY - timedelta(days=1)))
    one = replace(READER, last_edition=DAY - timedelta(days=1))
    _, text, _ = page_of(digest_of((new, old), subscriber=one))
    assert "84 papers since your last digest, 12 match" in flat(text)


def rated(one: Pick, topic: Topic, score: float, trend: float, signal: str) -> Pick:
    told = replace(one.ranked.trend, score=trend, signal=signal)
    return replace(one, score=score, match=replace(one.match, topic=topic), ranked=replace(one.ranked, trend=told))


@pytest.mark.parametrize(
    ("third", "order"),
    [
        ((ROBOTS, 0.8, 0.9, "hf_upvotes"), [2, 3, 0, 1]),  # trends most: it leads, and its topic follows
        ((ROBOTS, 0.7, 0.9, "hf_upvotes"), [1, 0, 2, 3]),  # but does not fit well
        ((ROBOTS, 0.8, 0.9, "fresh"), [1, 0, 2, 3]),  # but is only new
    ],
)
def test_what_trends_most_of_those_that_fit_leads(third: tuple[Topic, float, float, str], order: list[int]) -> None:
    rows = [(GRAPHS, 0.9, 0.1, "fresh"), (GRAPHS, 0.8, 0.2, "burst"), third, (ROBOTS, 0.7, 0.3, "burst")]
    chosen = tuple(rated(one, *row) for one, row in zip(picks(4), rows, strict=True))
    _, text, subject = page_of(digest_of(chosen))
    titles = [one.ranked.paper.title[:20] for one in chosen]
    places = [text.index(f"{number}. {titles[at]}") for number, at in enumerate(order, 1)]
    assert places == sorted(places)
    assert subject.startswith(f"4 papers: {titles[order[0]]}")


def test_what_no_topic_brought_comes_after_what_one_did() -> None:
    trending, new = picks(6)[5], rated(picks(5)[4], GRAPHS, 0.1, 0.1, "fresh")
    page, text, subject = page_of(digest_of((trending, new)))
    assert subject == "2 papers: On Commuting Operators, Reconsidered"
    for part in (page.text, text):
        body = part[part.index("View in browser") :]
        assert body.index("Reconsidered") < body.index("More that is trending") < body.index("Benchmarks Nobody")


def test_where_nothing_trends_the_best_leads() -> None:
    chosen = tuple(rated(one, GRAPHS, 0.9 - n / 10, n / 10, "fresh") for n, one in enumerate(picks(3)))
    _, _, subject = page_of(digest_of(chosen))
    assert subject.startswith(f"3 papers: {chosen[0].ranked.paper.title[:20]}")


def test_without_topics_nobody_claims_a_match() -> None:
    chosen = tuple(replace(pick, match=Match(topic=None)) for pick in picks(2))
    page, text, _ = page_of(digest_of(chosen, subscriber=replace(READER, topics=()), matched=0))
    for part in (flat(page.text), flat(text)):
        assert "84 papers today; these 2 lead." in part
        assert "your topics" not in part
        assert "following" not in part


def test_a_reader_who_only_mutes_is_not_told_of_matches() -> None:
    muting = replace(READER, topics=(Topic(TopicKind.PHRASE, "tabs and spaces", muted=True),))
    chosen = tuple(replace(one, match=Match(topic=None)) for one in picks(2))
    page, text, _ = page_of(digest_of(chosen, matched=0, subscriber=muting))
    for part in (flat(page.text), flat(text)):
        assert "84 papers today; these 2 lead." in part
        assert "match" not in part


def test_subject_and_preheader_inform_and_differ() -> None:
    subjects = set()
    for count in (1, 2, 7, 10):
        page, _, subject = page_of(digest_of(picks(count)))
        assert subject.startswith("1 paper: Sparse Routers" if count == 1 else f"{count} papers: Sparse Routers")
        assert subject.endswith("Memory")
        assert len(subject) <= 100
        assert "$" not in subject
        assert "\\" not in subject
        preheader = flat(page.preheader)
        assert 35 <= len(preheader) <= 130
        assert preheader not in subject
        assert subject not in preheader
        subjects.add(subject)
    assert len(subjects) == 4
    _, _, other = page_of(digest_of(picks(3)[1:]))
    assert other == "2 papers: What the Attention Head Saw on the Way to the Harbour"


def test_a_long_first_title_is_cut_after_a_word() -> None:
    _, _, subject = page_of(digest_of(picks(2, title="Interminable " * 30)))
    assert re.fullmatch(r"2 papers: (Interminable )*Interminable…", subject)
    assert 85 < len(subject) <= 100


def test_a_title_cannot_pose_as_an_encoded_word() -> None:
    page, text, subject = page_of(digest_of(picks(1, title="=?utf-8?q?A=0D=0ABcc:_x?= and so on")))
    assert subject == "1 paper: = ?utf-8?q?A=0D=0ABcc:_x? = and so on"
    assert "=?utf-8?q?" in page.text
    assert "=?utf-8?q?" in text


def test_a_name_from_right_to_left_turns_nothing_round() -> None:
    page, text, _ = page_of(digest_of(picks(5)))
    assert '<span dir="rtl">سارا احمدی</span>' in page.source
    assert "\u2068سارا احمدی\u2069" in text


def test_a_paper_with_next_to_nothing_is_still_a_paper() -> None:
    page, text, subject = page_of(digest_of(picks(1, title="", abstract="", authors=(), categories=(), links={})))
    assert subject == "1 paper: Untitled"
    verdicts = [f"{FEEDBACK}/{verdict}/arxiv:2605.28037" for verdict in ("more", "less")]
    ways = [UNSUBSCRIBE, PREFERENCES, VIEW], [PREFERENCES, f"{PREFERENCES}/pause", UNSUBSCRIBE]
    assert [url for _, url in page.links] == [*ways[0], *verdicts, *ways[1]]
    assert page.count("h2") == 1
    assert "1. Untitled\n   For you:" in text


def test_the_same_digest_gives_the_same_mail() -> None:
    digest = digest_of(picks(6))
    assert RENDERER.render(digest, LINKS) == renderer().render(digest, LINKS)
    assert RENDERER.render(replace(digest, local_date=date(2026, 5, 29)), LINKS).html != page_of(digest)[0].source


# --- how it is built ----------------------------------------------------------------------------------------------


def test_every_paper_has_a_heading_and_a_number() -> None:
    page, text, _ = page_of(digest_of(picks(5)))
    assert page.count("h2") == len(re.findall(r"^\d+\. ", text, re.MULTILINE)) == 5


@pytest.mark.parametrize("accent", ["#7a1f3d", "#ffff00", "#fff", "#000000", "#0a84ff", "#777", "red;}", ""])
def test_contrast_is_enough_whatever_the_accent_is(accent: str) -> None:
    html = renderer(replace(SITE, accent=accent)).render(digest_of(picks(5)), LINKS).html
    assert len(Page(html).pieces) > 60
    assert [str(each) for each in lint_html(html) if each.rule.startswith("contrast.")] == []
