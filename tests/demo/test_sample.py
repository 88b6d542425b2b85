"""The sample that ships: complete, plausible in form, and plainly nobody's."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from digest.demo import sample
from digest.demo.sample import DAYS, POLLS, Entry, Sample
from digest.sources.identity import arxiv_id, work_alias
from digest.taxonomy import CATEGORIES


@pytest.fixture(scope="module")
def papers() -> Sample:
    return sample.read()


def words(entry: Entry) -> int:
    return len(entry.abstract.split())


def test_sixty_papers_over_three_days(papers: Sample) -> None:
    assert [sum(entry.day == day for entry in papers.entries) for day in DAYS] == [20, 20, 20]


def test_ids_are_unique_well_formed_and_out_of_arxivs_reach(papers: Sample) -> None:
    ids = [entry.id for entry in papers.entries]
    assert len(set(ids)) == len(ids)
    for entry in papers.entries:
        assert arxiv_id(entry.id) == (entry.id, 1)
        assert re.fullmatch(rf"2603\.9{DAYS.index(entry.day) + 1}\d{{3}}", entry.id)


def test_no_two_papers_are_one_work(papers: Sample) -> None:
    aliases = [work_alias(entry.title, entry.authors) for entry in papers.entries]
    assert "" not in aliases
    assert len(set(aliases)) == len(aliases)


def test_titles_abstracts_and_authors_have_natural_lengths(papers: Sample) -> None:
    for entry in papers.entries:
        assert 80 <= words(entry) <= 160, entry.id
        assert 20 <= len(entry.title) <= 110, entry.id
        assert entry.authors, entry.id
        assert all(name and name == name.strip() and "," not in name for name in entry.authors), entry.id


def test_every_category_is_arxivs(papers: Sample) -> None:
    listed = [category for entry in papers.entries for category in entry.categories]
    listed += [category for again in papers.again for category in again.categories]
    assert set(listed) <= set(CATEGORIES)
    assert len(papers.categories()) >= 15


def test_votes_never_fall_and_fit_the_days_that_are_left(papers: Sample) -> None:
    for entry in papers.entries:
        left = len(POLLS) * (len(DAYS) - DAYS.index(entry.day))
        for levels in (entry.votes, entry.comments, entry.stars):
            assert list(levels) == sorted(levels), entry.id
            assert len(levels) <= left, entry.id
        assert bool(entry.stars) == bool(entry.code), entry.id
    assert sum(not entry.votes for entry in papers.entries) >= 6


def test_repositories_cannot_exist(papers: Sample) -> None:
    """GitHub names neither begin nor end with a hyphen."""
    assert all(entry.code.startswith("https://github.com/-sample-/") for entry in papers.entries if entry.code)


def test_the_awkward_ones_are_there(papers: Sample) -> None:
    titles, names = [e.title for e in papers.entries], [name for e in papers.entries for name in e.authors]
    assert any("$" in title for title in titles)
    assert any("\u0590" <= letter <= "\u06ff" for name in names for letter in name)  # Hebrew or Arabic
    assert any(not name.isascii() for name in names)
    assert max(len(entry.authors) for entry in papers.entries) > 40
    assert {again.announced.value for again in papers.again} == {"cross", "replace"}
    assert [again.version for again in papers.again if again.announced == "replace"] == [2]


def test_a_list_fills_up_poll_by_poll(papers: Sample) -> None:
    day, first = DAYS[0], datetime.combine(DAYS[0], POLLS[0], UTC)
    sheets = next(entry for entry in papers.entries if "Fitted Sheets" in entry.title)

    def votes(moment: datetime) -> list[int]:
        return [listing.votes for listing in papers.listed(day, moment) if listing.entry is sheets]

    assert votes(first - timedelta(seconds=1)) == []
    assert votes(first) == [9]
    assert votes(first + timedelta(hours=6, minutes=30)) == [44]
    assert votes(first + timedelta(hours=24)) == [133]
    assert votes(first + timedelta(days=30)) == [162]
    assert papers.listed(DAYS[1], first) == []


def test_a_paper_is_announced_again_on_its_day_only(papers: Sample) -> None:
    kinds = [[announced.announced.value for announced in papers.announced(day)] for day in DAYS]
    assert [day.count("new") for day in kinds] == [20, 20, 20]
    assert [day[20:] for day in kinds] == [[], ["cross"], ["replace"]]
