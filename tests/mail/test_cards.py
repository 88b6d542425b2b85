"""Finished papers are kept for all readers, and what is one reader's own is in no other's mail."""

import itertools
from dataclasses import replace

import pytest

from digest.mail.render import Links, Rendered, Renderer
from digest.model import Abstracts, Match, Pick, Subscriber, Topic, TopicKind
from tests.mail.digests import GRAPHS, LINKS, READER, ROBOTS, digest_of, fresh_renderer, pick, picks, renderer
from tests.mail.page import Page

LONG = Topic(TopicKind.PHRASE, "a topic of so many words that what is said of it has to be broken into lines of text")
FOLLOWED = Topic(TopicKind.AUTHOR, "Wei Zhang")


def links_of(number: int) -> Links:
    home = f"https://papers.example.org/%s/Token{number:027}"
    return replace(LINKS, more=f"{home % 'f'}/more/", less=f"{home % 'f'}/less/", unsubscribe=home % "u")


def matched(chosen: Pick, topic: Topic | None, *words: str) -> Pick:
    return replace(chosen, match=Match(topic=topic, score=chosen.score, words=words))


def mail(by: Renderer, chosen: tuple[Pick, ...], number: int = 1, **changes: object) -> Rendered:
    return by.render(digest_of(chosen, subscriber=replace(READER, **changes)), links_of(number))  # type: ignore[arg-type]


def test_a_mail_is_the_same_whoever_got_one_before() -> None:
    warm, everyone = fresh_renderer(), []
    for language, abstracts, topics in itertools.product(
        ("", "de", "zh"), Abstracts, [(GRAPHS,), (ROBOTS, FOLLOWED), (LONG,)]
    ):
        chosen = tuple(matched(each, topics[0], "by", language) for each in picks(7))
        everyone.append((chosen, {"language": language, "abstracts": abstracts, "topics": topics}))
    for number, (chosen, changes) in enumerate(everyone + everyone[::-1]):
        assert mail(warm, chosen, number, **changes) == mail(fresh_renderer(), chosen, number, **changes)


def test_a_paper_is_the_same_wherever_it_stands() -> None:
    warm = fresh_renderer()
    for chosen in (picks(24), picks(24)[::-1], picks(24)[5:]):
        for abstracts in Abstracts:
            assert mail(warm, chosen, abstracts=abstracts) == mail(fresh_renderer(), chosen, abstracts=abstracts)


def test_what_is_one_readers_own_is_in_no_other_mail() -> None:
    ours = fresh_renderer()
    ada = mail(ours, tuple(matched(each, GRAPHS, "only for ada") for each in picks(7)), 1)
    ben = mail(ours, tuple(matched(each, ROBOTS, "only for ben") for each in picks(7)), 2)
    for rendered, own, other in ((ada, "ada", "ben"), (ben, "ben", "ada")):
        number = {"ada": 1, "ben": 2}[own]
        for part in (" ".join(rendered.text.split()), rendered.html):
            assert part.count(f"only for {own}") == 7
            assert f"only for {other}" not in part
            assert part.count(f"/f/Token{number:027}/more/") == part.count(f"/f/Token{number:027}/less/") == 7
            assert f"Token{3 - number:027}" not in part
            assert not set("\x01\x02\x03\x04") & set(part)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "A New Title"},
        {"abstract": "Another abstract."},
        {"authors": ("Somebody New",)},
        {"links": {"abstract": "https://arxiv.org/abs/2605.99999"}},
    ],
)
def test_a_paper_that_changed_is_shown_as_it_is_now(changes: dict[str, object]) -> None:
    ours = fresh_renderer()
    before, after = mail(ours, (pick(1),)), mail(ours, (pick(1, **changes),))
    assert after == mail(fresh_renderer(), (pick(1, **changes),))
    assert before.text != after.text
    assert before.html != after.html


def test_a_trend_that_changed_is_told_as_it_is_now() -> None:
    ours, old = fresh_renderer(), pick(1)
    new = replace(old, ranked=replace(old.ranked, trend=replace(old.ranked.trend, gain=4321)))
    assert "4,321" not in mail(ours, (old,)).text
    rendered = mail(ours, (new,))
    assert "4,321" in rendered.text
    assert "4,321" in rendered.html


def test_a_star_is_for_who_follows_only() -> None:
    ours = fresh_renderer()
    follower: Subscriber = replace(READER, topics=(GRAPHS, FOLLOWED))
    for _ in range(2):
        for topics, stars in ((follower.topics, True), (READER.topics, False)):
            rendered = mail(ours, (pick(1),), topics=topics)
            assert ("★ Wei Zhang (followed)" in rendered.text) == stars
            assert ("★" in rendered.html) == stars


@pytest.mark.parametrize("number", [1, 6, 12])
def test_a_long_reason_is_broken_into_lines_like_any_other_text(number: int) -> None:
    chosen = tuple(matched(each, LONG, *LONG.value.split()[:9]) for each in picks(number))
    rendered = mail(fresh_renderer(), chosen, topics=(LONG,))
    assert all(len(line) <= 72 or "://" in line for line in rendered.text.splitlines())
    assert " ".join(rendered.text.split()).count("so many words that what is said of it") >= number
    assert Page(rendered.html).text.count("so many words that what is said of it") >= number


def test_a_paper_cannot_ask_for_what_is_the_readers_own() -> None:
    marks = "\x01 \x02 \x03 \\x01"
    hostile = pick(
        1,
        title=f"Title {marks}",
        abstract=f"Abstract {marks}. " * 3,
        authors=(f"Eve {marks}", "Wei Zhang"),
        categories=(f"cs.{marks}",),
        links={"abstract": "https://arxiv.org/abs/\x02", "pdf": "https://arxiv.org/pdf/1\x03", "html": "\x01"},
    )
    hostile = replace(hostile, ranked=replace(hostile.ranked, trend=replace(hostile.ranked.trend, field=marks)))
    rendered = mail(renderer(), (matched(hostile, GRAPHS, marks, "once"), pick(2)))
    for part in (rendered.text, rendered.html):
        assert part.count("/more/") == part.count("/less/") == 2
        assert part.count("once") == 1
        assert not set("\x01\x02\x03\x04") & set(part)
