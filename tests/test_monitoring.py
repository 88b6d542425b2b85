"""docs/monitoring.md names every figure there is, and no other."""

import re
from pathlib import Path

from digest.clock import FixedClock
from digest.jobs.publish import publish
from digest.metrics import Metrics
from digest.model import Cause, Heartbeat, SourceState
from digest.store.engine import Store
from tests.jobs.conftest import FOLDING, MORNING, list_papers
from tests.test_metrics import text_of

TEXT = (Path(__file__).parents[1] / "docs" / "monitoring.md").read_text()


def test_it_names_the_figures(store: Store) -> None:
    store.heartbeats.put(Heartbeat(at=MORNING, started_at=MORNING))
    store.sources.put(SourceState(name="arxiv", succeeded_at=MORNING))
    list_papers(store, *FOLDING)
    publish(store, FixedClock(MORNING), 4, ())
    figures = text_of(Metrics(store, FixedClock(MORNING), ["arxiv"]))
    there = set(re.findall(r"^# TYPE (digest_\w+)", figures, re.MULTILINE))
    assert set(re.findall(r"^\| `(digest_\w+)`", TEXT, re.MULTILINE)) == there
    assert set(re.findall(r"digest_\w+", TEXT)) <= there


def test_it_names_the_causes() -> None:
    [line] = [line for line in TEXT.splitlines() if line.startswith("| `digest_no_mail_total`")]
    assert line.partition("no mail: ")[2].rstrip(" |").split(", ") == [cause.value for cause in Cause if cause]
