"""On real weeks what rises reads like news of the field."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.editorial.bursts import Bursts
from digest.editorial.rising import rising
from digest.model import Rising
from tests.editorial.test_real_days import _arxiv

pytestmark = [pytest.mark.captures, pytest.mark.slow]

NEWS = {
    date(2026, 1, 13): {"large reasoning models", "retrieval-augmented generation", "root cause analysis"},
    date(2026, 2, 10): {"policy gradient", "humanoid robots", "in-context learning", "machine translation"},
    date(2026, 5, 15): {"on-policy distillation", "graph foundation models"},
}
NO_NEWS = {"large language", "large reasoning", "augmented generation", "context learning", "retrieval-augmented"}
NO_NEWS |= {
    "audio-language",
    "framework for enhanced",
    "data-dependent",
    "token-level",
    "single image",
    "policy distillation",
}


@pytest.fixture(scope="module", params=NEWS, ids=str)
def week(request: pytest.FixtureRequest, captures: Path) -> tuple[date, tuple[Rising, ...]]:
    """The captures hold a fifth of a day's papers, so five of their days are one."""
    last: date = request.param
    papers = list(_arxiv(captures, last - timedelta(weeks=8), last))
    days = sorted({one.first_seen_at for one in papers if one.first_seen_at})[-25:]
    known, new = [[one for one in papers if one.first_seen_at in some] for some in (days[:-5], days[-5:])]
    return last, rising(Bursts(new, known))


def test_what_rises_is_news(week: tuple[date, tuple[Rising, ...]]) -> None:
    last, found = week
    for one in found:  # read them: pytest -m captures -s
        print(f"{last}  {one.papers:3} {one.times:5} {one.phrase}  {' '.join(one.fields)}")
    phrases = [one.phrase for one in found]
    assert NEWS[last] <= set(phrases)
    assert not NO_NEWS & set(phrases)
    assert len(phrases) == len(set(phrases)) <= 20
    assert all(one.papers >= 4 and one.times >= 2 and one.fields for one in found)
