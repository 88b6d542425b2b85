"""What an inbox shows: today's news in a subject and a preheader, whatever the titles are made of."""

import re
import unicodedata
from dataclasses import replace

import pytest

from digest.model import Match, Topic, TopicKind
from tests.mail.digests import LINKS, digest_of, pick, picks, renderer
from tests.mail.page import Page

RENDERER = renderer()


def shown(title: str, other: str = "") -> tuple[str, str]:
    """Subject and preheader."""
    chosen = (pick(1, title=title), pick(2, title=other)) if other else (pick(1, title=title),)
    rendered = RENDERER.render(digest_of(chosen), LINKS)
    return rendered.subject, Page(rendered.html).preheader.rstrip("\u2007\u034f")


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("A $k$-Server with $\\mathcal{O}(\\log^2 n)$ Umbrellas", "A k-Server with O(log² n) Umbrellas"),
        ("G\\\"odel, Erd\\H{o}s and \\emph{Friends}", "Gödel, Erdős and Friends"),
        ("Costs $5 and $10, 30\\% Off", "Costs $5 and $10, 30% Off"),
        ("``Small'' Models -- a Guide", "“Small” Models – a Guide"),
        ("Cafe\u0301 Models", "Café Models"),
        ("关于善良机器人的简短指南", "关于善良机器人的简短指南"),
        ("راهنمای ربات‌ها", "راهنمای ربات‌ها"),
        ("🤖 Robots 🥐", "🤖 Robots 🥐"),
        ("Fish\r\nBcc: all@example.org", "Fish Bcc: all@example.org"),
        ("\u202egnp.exe \u2066open", "gnp.exe open"),
        ("=?utf-8?q?x?= y", "= ?utf-8?q?x? = y"),
        ("<b>Bold</b> & \"quoted\"", "<b>Bold</b> & \"quoted\""),
    ],
)  # fmt: skip
def test_a_title_is_read_as_a_person_reads_it(title: str, read: str) -> None:
    subject, preheader = shown(title)
    assert subject == f"1 paper: {read}"
    assert read not in preheader  # which says why instead
    subject, preheader = shown("Something Else", title)
    assert subject == "2 papers: Something Else"
    assert preheader.lstrip("\u2068").startswith(f"Also: {read.replace('= ?', '=?').replace('? =', '?=')}")


@pytest.mark.parametrize(
    "title",
    [
        "word " * 400,
        "x" * 4000,
        "長" * 900,
        "سلام " * 500,
        "e\u0301\u0316" * 900,
        "$x_{i}^{2}$ " * 300,
    ],
)
def test_a_long_title_leaves_a_subject_that_can_be_read(title: str) -> None:
    subject, preheader = shown(title, title)
    assert subject.startswith("2 papers: ")
    assert 15 <= len(subject) <= 100
    assert 20 <= len(preheader) <= 130
    for line in (subject, preheader.strip("\u2068\u2069")):
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", line)
        assert "\\" not in line
        assert not unicodedata.combining(line[-1])


def test_two_days_are_told_apart_in_the_inbox() -> None:
    days = [RENDERER.render(digest_of(picks(4)[start:]), LINKS) for start in range(3)]
    assert len({day.subject for day in days}) == len({Page(day.html).preheader for day in days}) == 3


def test_a_phrase_from_right_to_left_that_is_cut_stays_closed() -> None:
    one = pick(1)
    topic = Topic(TopicKind.PHRASE, "an unusually long topic about the robots of the harbour and of the bakery")
    trend = replace(one.ranked.trend, signal="burst", value=5, phrase="ناوبری گفتاری " * 6)
    one = replace(one, match=Match(topic=topic), ranked=replace(one.ranked, trend=trend))
    preheader = Page(RENDERER.render(digest_of((one,)), LINKS).html).preheader.rstrip("\u2007\u034f")
    assert re.fullmatch("\u2068[^\u2066-\u2069]+ناوبری[^\u2066-\u2069]+…\u2069", preheader)
