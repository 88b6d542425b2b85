"""`/stats`: what became of the last days.

In:    a number of days, or a date.
Out:   for each local date what was sent, and why the others got none; who is subscribed; how the sources do.
Never: an address.
"""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from digest import records
from digest.records import Stats
from digest.tally import every_day, tally
from digest.web.api.fields import Day
from digest.web.context import Web

DAY = timedelta(days=1)
LONGEST = 3660


def stats(web: Web) -> APIRouter:
    router = APIRouter(tags=["stats"], redirect_slashes=False)
    store = web.store

    @router.get("/stats")
    def show_stats(
        days: Annotated[int, Query(ge=1, le=LONGEST, description="So many days, today included.")] = 7,
        since: Annotated[Day | None, Query(description="From that date on, instead.")] = None,
    ) -> Stats:
        """Show for each day what was sent, and why the others got no mail."""
        today: date = web.now.date()
        first = since or today - (days - 1) * DAY
        counts = store.statistics.days(first)
        sources = [store.sources.get(name) for name in web.sources]
        return records.stats(first, every_day(counts, today), tally(counts), store.statistics.subscribers(), sources)

    return router
