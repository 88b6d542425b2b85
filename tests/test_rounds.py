"""What is done at each tick, where the order of it or its signs of life matter."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import rounds
from digest.app import App, open_app
from digest.clock import FixedClock
from digest.config import load
from digest.jobs.enqueue import EnqueueReport
from digest.jobs.letters import LettersReport
from digest.jobs.prune import PruneReport
from digest.jobs.publish import PublishReport
from digest.model import SourceState
from digest.rounds import Rounds
from digest.ticks import Tick
from tests.jobs.conftest import MORNING

CONFIG = """
[site]
name = "Morning papers"
base_url = "http://127.0.0.1:8080/"
sender = "papers@example.org"
[database]
url = "sqlite:///{folder}/digest.db"
[[sources]]
name = "hf"
kind = "huggingface"
"""
HOUR = timedelta(hours=1)
READ = SourceState(name="hf", fetched_at=MORNING - HOUR, succeeded_at=MORNING - HOUR, next_fetch_at=MORNING + HOUR)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    (tmp_path / "config.toml").write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    with open_app(load(tmp_path / "config.toml"), FixedClock(MORNING)) as opened:
        opened.store.sources.put(READ)
        yield opened


async def test_what_takes_long_to_compute_is_not_stuck(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    publish, enqueue, prune, stuck = rounds.publish, rounds.enqueue, rounds.prune, list[bool]()
    answer = rounds.answer

    def answering(*arguments: Any, **more: Any) -> LettersReport:
        stuck.append(tick.is_stuck)
        return answer(*arguments, **more)

    def publishing(*arguments: Any) -> PublishReport:
        stuck.append(tick.is_stuck)
        return publish(*arguments)

    def enqueuing(*arguments: Any, progress: Callable[[int, int], None], **more: Any) -> EnqueueReport:
        stuck.append(tick.is_stuck)
        progress(1, 2)  # the next batch may look back further than the first one
        stuck.append(tick.is_stuck)
        return enqueue(*arguments, progress=progress, **more)

    def pruning(*arguments: Any, **more: Any) -> PruneReport:
        stuck.append(tick.is_stuck)
        return prune(*arguments, **more)

    monkeypatch.setattr(rounds, "answer", answering)
    monkeypatch.setattr(rounds, "publish", publishing)
    monkeypatch.setattr(rounds, "enqueue", enqueuing)
    monkeypatch.setattr(rounds, "prune", pruning)
    with app.store.seat() as seat:
        working = Rounds(app, seat, app.press(), stopping=lambda: False, ending=lambda: False)
        tick = Tick("enqueue", seconds=30, work=working.enqueue, patience=1e-9)
        await tick.run(app.clock, app.metrics)
        tick = Tick("upkeep", seconds=3600, work=working.upkeep, patience=1e-9)
        await tick.run(app.clock, app.metrics)
    assert stuck == [False] * 5
    assert app.store.editions.has(MORNING.date())


async def test_an_edition_that_waits_for_a_source_is_compiled_again_only_after_a_reading(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish, compiled = rounds.publish, list[PublishReport]()

    def publishing(*arguments: Any) -> PublishReport:
        compiled.append(publish(*arguments))
        return compiled[-1]

    monkeypatch.setattr(rounds, "publish", publishing)
    app.store.sources.put(replace(READ, failures=1, problem="no answer"))
    with app.store.seat() as seat:
        working = Rounds(app, seat, app.press(), stopping=lambda: False, ending=lambda: False)
        tick = Tick("enqueue", seconds=30, work=working.enqueue, patience=60)
        for _ in range(2):
            await tick.run(app.clock, app.metrics)
        assert [report.edition for report in compiled] == [None]
        app.store.sources.put(replace(READ, fetched_at=MORNING))
        for _ in range(2):
            await tick.run(app.clock, app.metrics)
    assert all(report.edition for report in compiled[1:])
    assert app.store.editions.has(MORNING.date())
