"""All real days of Hugging Face's list, read twice: the second reading adds nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from digest.clock import FixedClock
from digest.jobs.ingest import Status, ingest
from digest.sources.http import Answer, Request
from digest.sources.kinds import make_source
from digest.store.engine import Store

pytestmark = [pytest.mark.captures, pytest.mark.slow]


@dataclass(frozen=True)
class Archive:
    """The far end: the list of each day as it was."""

    folder: Path

    async def fetch(self, request: Request) -> Answer:
        day = parse_qs(urlsplit(request.url).query)["date"][0]
        file = self.folder / f"{day}.json"
        body = file.read_bytes() if file.exists() else b"[]"
        return Answer(
            url=request.url, status=200, body=body, content_type="application/json", etag="", last_modified=""
        )


async def test_reading_every_day_again_adds_nothing(store: Store, captures: Path) -> None:
    source = make_source("huggingface", name="hf", url=None, categories=(), every=timedelta(minutes=30))
    archive = Archive(captures / "hf_daily")
    days = [datetime.fromisoformat(file.stem).replace(hour=8, tzinfo=UTC) for file in archive.folder.glob("*.json")]
    totals = []
    for _ in range(2):
        reports = [
            (await ingest(store, [source], archive, FixedClock(moment), force=True))[0] for moment in sorted(days)
        ]
        assert {report.status for report in reports} == {Status.OK}
        totals.append(tuple(sum(getattr(report, name) for report in reports) for name in ("new", "updated", "signals")))
    assert len(days) == 64
    assert totals[0][0] > 1500
    assert totals[1] == (0, 0, 0)
