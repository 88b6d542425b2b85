"""What was liked raises what is like it, what was disliked lowers it, and each part can be named."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from digest.editorial.relevance import Relevance
from digest.editorial.selection import Rules, Selector, Wanted
from digest.editorial.taste import AGAINST, HALF_LIFE, MOST, Taste, profile, strengths
from digest.model import Digest, Feedback, Match, NoDigest, Paper, Topic, Verdict
from tests.editorial.newsroom import DAY, NOW, category, edition_of, paper, phrase, reader

MORE, LESS = Verdict.MORE, Verdict.LESS
SUBJECTS = {
    "tides": "tidal mirrors reflect moonlight over estuaries, salt marshes and brackish pools",
    "ropes": "harbour ropes hold moored barges by hemp knots, splices and iron bollards",
    "lamps": "paper lanterns glow with beeswax candles, silk shades and bamboo frames",
    "fiddle": "glass violins ring with crystal strings, rosin bows and varnished bridges",
}


def about(subject: str, number: int, **more: object) -> Paper:
    """Its subject in common with the others, and some words of its own."""
    own = " ".join(f"{subject}{number}{letter}" for letter in "abc")
    text = f"Here {SUBJECTS[subject]}. {own}."
    return paper(f"{subject}{number}", f"Of {subject}", text, **{"categories": ("cs.LG",), **more})


TODAY = [about(subject, number) for subject in SUBJECTS for number in range(4)]
AT = {one.id: at for at, one in enumerate(TODAY)}


def said(verdict: Verdict, subject: str, number: int = 9, days: float = 0.0) -> Feedback:
    return Feedback(about(subject, number), verdict, NOW - timedelta(days=days))


def cut(*feedback: Feedback, topics: tuple[Topic, ...] = (), rules: Rules | None = None) -> Digest | NoDigest:
    selector = Selector(edition_of(TODAY, [0.5 - 0.02 * at for at in range(len(TODAY))]), rules or Rules(papers=4))
    return selector.select([Wanted(reader(*topics), DAY, frozenset(), feedback)])[0]


def chosen(*feedback: Feedback, **more: object) -> list[str]:
    result = cut(*feedback, **more)  # type: ignore[arg-type]
    return [pick.ranked.paper.id for pick in result.picks] if isinstance(result, Digest) else []


def taste() -> Taste:
    return Taste(Relevance(TODAY), len(TODAY))


def subjects(ids: list[str]) -> list[str]:
    return [one.removeprefix("arxiv:").rstrip("0123456789") for one in ids]


def test_without_a_topic_a_like_leads() -> None:
    assert subjects(chosen())[:2] == ["tides", "tides"]
    assert subjects(chosen(said(MORE, "fiddle"))) == ["fiddle"] * 4


def test_within_a_topic_a_like_raises_and_a_dislike_lowers() -> None:
    everything = (category("cs.LG"),)
    assert subjects(chosen(topics=everything))[0] == "tides"
    assert subjects(chosen(said(MORE, "lamps"), topics=everything)) == ["lamps"] * 4
    assert "tides" not in subjects(chosen(said(LESS, "tides"), topics=everything))


def test_what_is_very_like_a_liked_paper_comes_without_a_topic_and_says_why() -> None:
    result = cut(said(MORE, "lamps"), topics=(phrase("harbour ropes"),))
    assert isinstance(result, Digest)
    (by_topic, *_), (match, *_) = (
        [pick.match for pick in result.picks if subject in pick.ranked.paper.id] for subject in ("ropes", "lamps")
    )
    assert (by_topic.topic, by_topic.liked) == (phrase("harbour ropes"), "")
    assert (match.topic, match.liked, match.also) == (None, about("lamps", 9).title, ())
    assert len(match.words) == 3
    assert all(word in f"lamps {SUBJECTS['lamps']}" for word in match.words)
    assert result.matched == 4  # by a topic


def test_a_topic_that_matches_is_named_and_so_is_the_liked_paper() -> None:
    result = cut(said(MORE, "ropes"), topics=(phrase("harbour ropes"),))
    assert isinstance(result, Digest)
    assert {pick.match.topic for pick in result.picks} == {phrase("harbour ropes")}
    assert {pick.match.liked for pick in result.picks} == {about("ropes", 9).title}


def test_a_dislike_alone_lets_nothing_in() -> None:
    assert all("ropes" in one for one in chosen(said(LESS, "lamps"), topics=(phrase("harbour ropes"),)))
    assert isinstance(cut(said(LESS, "lamps"), topics=(phrase("windmills"),)), NoDigest)


def test_a_mute_is_stronger_than_a_like() -> None:
    topics = phrase("harbour ropes"), phrase("paper lanterns", muted=True)
    assert all("ropes" in one for one in chosen(said(MORE, "lamps"), topics=topics))


def test_the_threshold_of_the_operator_holds_for_likes() -> None:
    strict, lax = Rules(papers=4, min_score=1.0), Rules(papers=16, min_score=0.0)
    topics = (phrase("windmills"),)
    assert chosen(said(MORE, "lamps", days=200), topics=topics, rules=strict) == []
    result = cut(said(MORE, "lamps"), topics=topics, rules=lax)
    assert isinstance(result, Digest)
    assert [bool(pick.match.liked) for pick in result.picks] == ["lamps" in p.ranked.paper.id for p in result.picks]


def test_no_feedback_changes_nothing() -> None:
    everything = (category("cs.LG"), phrase("harbour ropes"))
    selector = Selector(edition_of(TODAY), Rules())
    first, rated, second = selector.select(
        [Wanted(reader(*everything), DAY, frozenset(), each) for each in ((), (said(MORE, "lamps"),), ())]
    )
    assert first == second != rated
    assert isinstance(first, Digest)
    assert not any(pick.match.liked for pick in first.picks)


def test_the_edition_s_top_stays_the_reason_of_what_no_like_explains() -> None:
    result = cut(said(MORE, "lamps"), rules=Rules(papers=8))
    assert isinstance(result, Digest)
    others = [pick.match for pick in result.picks if "lamps" not in pick.ranked.paper.id]
    assert others == [Match(topic=None)] * 4


def test_it_is_a_sum_over_ratings() -> None:
    mine = taste()
    fb = [said(MORE, "tides"), said(MORE, "lamps", days=90), said(LESS, "ropes", days=180)]
    parts = [mine.liking([one], NOW).adds for one in fb]
    likes = (parts[0] + parts[1]) / np.sqrt(1.5)
    np.testing.assert_allclose(mine.liking(fb, NOW).adds, likes + parts[2], rtol=1e-5)


def test_a_rating_fades_by_halves_and_the_future_counts_as_now() -> None:
    fb = [said(MORE, "tides", days=days) for days in (-5, 0, HALF_LIFE.days, 2 * HALF_LIFE.days)]
    assert strengths(fb, NOW) == [1, 1, 0.5, 0.25]
    mine = taste()
    new, old = (mine.liking([said(MORE, "tides", days=days)], NOW).adds for days in (0, HALF_LIFE.days))
    np.testing.assert_allclose(old, new / 2)
    against = mine.liking([said(LESS, "tides")], NOW).adds
    np.testing.assert_allclose(against, -AGAINST * new, rtol=1e-6)


def test_old_likes_let_in_less() -> None:
    topics = (phrase("harbour ropes"),)
    assert any("lamps" in one for one in chosen(said(MORE, "lamps"), topics=topics))
    assert not any("lamps" in one for one in chosen(said(MORE, "lamps", days=720), topics=topics))


def test_the_liked_paper_named_is_the_one_most_alike() -> None:
    mine = taste()
    liking = mine.liking([said(MORE, "tides"), said(LESS, "lamps"), said(MORE, "lamps", 7)], NOW)
    named = [liking.liked(at) for at in range(len(TODAY))]
    assert named == [about("tides", 9)] * 4 + [None] * 4 + [about("lamps", 7)] * 4 + [None] * 4


def test_what_is_somewhat_alike_is_raised_but_not_called_like_it() -> None:
    mixed = Feedback(paper("mixed", "Of moss", "Moss on slate, tin whistles, rye bread and one rosin bow."), MORE, NOW)
    liking = taste().liking([mixed], NOW)
    violins = slice(AT["arxiv:fiddle0"], AT["arxiv:fiddle3"] + 1)
    assert (liking.adds[violins] > 0).all()
    assert not liking.fits.any()


def test_papers_without_words_are_no_trouble() -> None:
    empty = Feedback(replace(paper("none"), title="", abstract=""), MORE, NOW)
    alien = Feedback(paper("alien", "Zzyzx qwerty"), MORE, NOW)
    liking = taste().liking([empty, alien], NOW)
    assert not liking.adds.any()
    assert liking.liked(0) is None
    assert profile([empty], TODAY).terms == ()


def test_what_is_kept_makes_room_for_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.editorial.taste.ROOM", 0)
    mine = taste()
    first = [said(MORE, "tides", number) for number in range(MOST + 50)]
    before = mine.liking(first, NOW).adds
    second = [said(LESS, "ropes", number) for number in range(MOST - 10)]
    assert not (mine.liking(second, NOW).adds > 0).any()
    np.testing.assert_array_equal(mine.liking(first, NOW).adds, before)


def test_a_profile_says_which_words_and_which_ratings() -> None:
    fb = [said(MORE, "lamps", days=1), said(MORE, "lamps", 8, days=2), said(LESS, "ropes", days=3)]
    terms = profile(fb, TODAY).terms
    by_words = {term.words: term for term in terms}
    assert by_words["beeswax"].of == (fb[0], fb[1])
    assert by_words["beeswax"].weight > 0.4
    assert by_words["bollards"].of == (fb[2],)
    assert by_words["bollards"].weight < 0
    assert max(abs(term.weight) for term in terms) == 1
    assert [abs(term.weight) for term in terms] == sorted((abs(term.weight) for term in terms), reverse=True)
    assert len(terms) <= 20
    assert not any("9a" in term.words for term in terms)  # only one paper has it


def test_nothing_said_is_an_empty_profile() -> None:
    assert profile([], TODAY).terms == ()
    assert profile([said(MORE, "lamps")], []).terms
