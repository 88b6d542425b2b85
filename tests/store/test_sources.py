"""The state of a source between fetches."""

from digest.model import SourceState
from digest.store.engine import Store
from tests.store.cast import HOUR, NOON


def test_a_state_is_replaced_and_an_unknown_source_has_a_fresh_one(store: Store) -> None:
    assert store.sources.get("arxiv") == SourceState(name="arxiv")
    store.sources.put(SourceState(name="arxiv", failures=2, problem="it did not answer"))
    good = SourceState(
        name="arxiv",
        url="https://rss.arxiv.org/rss/cs.LG",
        etag='"a"',
        fetched_at=NOON,
        succeeded_at=NOON,
        next_fetch_at=NOON + HOUR,
        papers=9,
    )
    store.sources.put(good)
    store.sources.put(SourceState(name="acl"))
    assert store.sources.get("arxiv") == good
    assert store.sources.list() == [SourceState(name="acl"), good]
