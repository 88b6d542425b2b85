"""Whatever order works are listed in, the same ones come out."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from digest.model import Announced, Paper
from digest.store.engine import Store, open_store
from digest.store.works import united
from tests.store.cast import NOON

NAMES = [f"{kind}:{number}" for kind in ("arxiv", "doi", "work") for number in range(4)]


@st.composite
def listings(draw: st.DrawFn) -> Paper:
    name, *aliases = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    version = draw(st.integers(1, 3))
    return Paper(
        id=name,
        title=f"Title {version}",
        version=version,
        abstract="x" * draw(st.integers(0, 2)),
        categories=tuple(draw(st.lists(st.sampled_from(["cs.LG", "math.GT"]), unique=True))),
        published_at=draw(st.sampled_from([None, NOON, NOON - timedelta(days=1)])),
        announced=draw(st.sampled_from(list(Announced))),
        links=draw(st.dictionaries(st.sampled_from(["pdf", "page"]), st.just("https://example.org/"))),
        aliases=tuple(aliases),
    )


def facts(paper: Paper) -> tuple[object, ...]:
    """What must not depend on the order. The id does: it is that of the first listing."""
    return (
        paper.title,
        paper.version,
        paper.abstract,
        frozenset(paper.categories),
        paper.published_at,
        paper.announced,
        frozenset(paper.links),
        frozenset((paper.id, *paper.aliases)),
    )


def works(store: Store) -> set[tuple[object, ...]]:
    return {facts(paper) for paper in store.papers.recent(NOON - timedelta(days=1), NOON)}


def connected(papers: Sequence[Paper]) -> set[frozenset[str]]:
    """The sets of names that belong together, found the slow and plain way."""
    groups: list[set[str]] = []
    for paper in papers:
        names = {paper.id, *paper.aliases}
        names.update(*(group for group in groups if group & names))
        groups = [group for group in groups if not group & names] + [names]
    return {frozenset(group) for group in groups}


def saved(empty_file: Path, *fetches: Sequence[Paper]) -> set[tuple[object, ...]]:
    """What a fresh store makes of the fetches."""
    with TemporaryDirectory() as folder:
        copy(empty_file, folder)
        with open_store(f"sqlite:///{folder}/digest.db") as store:
            for papers in fetches:
                store.papers.save(papers, [], source="s", seen_at=NOON)
            assert aliases_lead_home(store)
            return works(store)


@given(st.lists(listings(), min_size=1, max_size=6), st.data())
@settings(max_examples=25)
def test_the_order_of_saves_does_not_matter(empty_file: Path, papers: list[Paper], data: st.DataObject) -> None:
    shuffled, cut = data.draw(st.permutations(papers)), data.draw(st.integers(0, len(papers)))
    one_by_one = saved(empty_file, *([paper] for paper in papers))
    assert saved(empty_file, *([paper] for paper in shuffled)) == one_by_one
    assert saved(empty_file, papers[:cut], papers[cut:]) == one_by_one
    assert {work[-1] for work in one_by_one} == connected(papers)


def aliases_lead_home(store: Store) -> bool:
    """Every alias leads to a living row, and no living row is without its aliases."""
    named: defaultdict[int, int] = defaultdict(int)
    with store.database.read() as conn:
        living = set(conn.execute(text("SELECT id FROM paper WHERE same_as IS NULL")).scalars())
        roots = set(conn.execute(text("SELECT same_as FROM paper WHERE same_as IS NOT NULL")).scalars())
        for number in conn.execute(text("SELECT paper_id FROM paper_alias")).scalars():
            named[number] += 1
    return set(named) == living and roots <= living


@given(listings(), listings())
def test_uniting_twice_is_uniting_once(one: Paper, other: Paper) -> None:
    both = united(one, other)
    assert united(both, other) == both
    assert facts(united(other, one)) == facts(both)
