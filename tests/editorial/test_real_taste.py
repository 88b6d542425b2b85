"""On real days likes bring more of the kind, dislikes no more, and a profile names the field by its words."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.editorial.selection import Rules, Selector, Wanted
from digest.editorial.taste import profile
from digest.model import Digest, Feedback, Paper, Topic, Verdict
from tests.editorial.newsroom import DAY, NOW, category, edition_of, reader
from tests.editorial.test_real_days import _arxiv

pytestmark = pytest.mark.captures

FIELDS = ("cs.RO", "cs.CR", "cs.SE", "quant-ph")
DAYS = (date(2026, 5, 22), date(2026, 5, 27), date(2026, 5, 28))


@pytest.fixture(scope="module")
def papers(captures: Path) -> list[Paper]:
    return list(_arxiv(captures, DAYS[0] - timedelta(days=10), DAYS[-1]))


def of_day(papers: list[Paper], day: date) -> list[Paper]:
    return [one for one in papers if one.first_seen_at and one.first_seen_at.date() == day]


def rated(papers: list[Paper], field: str, before: date, count: int) -> list[Paper]:
    earlier = [one for one in papers if one.first_seen_at and one.first_seen_at.date() < before]
    return [one for one in earlier if one.categories[0] == field][: -count - 1 : -1]


@pytest.mark.parametrize("topics", [(), (category("cs.*"),)], ids=["no topics", "a whole archive"])
def test_likes_of_a_field_bring_its_papers(papers: list[Paper], topics: tuple[Topic, ...]) -> None:
    found = {(verdict, count): 0 for verdict in Verdict for count in (0, 3, 10)}
    for day in DAYS:
        selector = Selector(edition_of(of_day(papers, day)), Rules(papers=10))
        for field in FIELDS:
            for verdict, count in found:
                feedback = tuple(Feedback(one, verdict, NOW) for one in rated(papers, field, day, count))
                (result,) = selector.select([Wanted(reader(*topics), DAY, frozenset(), feedback)])
                assert isinstance(result, Digest)
                found[verdict, count] += sum(field in pick.ranked.paper.categories for pick in result.picks)
    print({f"{verdict} × {count}": number for (verdict, count), number in found.items()})  # pytest -m captures -s
    assert found[Verdict.MORE, 3] >= 2 * found[Verdict.MORE, 0]
    assert found[Verdict.MORE, 10] >= 3 * found[Verdict.MORE, 0]
    assert found[Verdict.LESS, 10] <= found[Verdict.LESS, 0]


def test_a_profile_names_the_field(papers: list[Paper]) -> None:
    feedback = [Feedback(one, Verdict.MORE, NOW) for one in rated(papers, "cs.RO", DAYS[-1], 10)]
    words = [term.words.lower() for term in profile(feedback, of_day(papers, DAYS[-1])).terms]
    assert any(word.startswith("robot") for word in words[:5])
    assert len(words) == 20
