"""`/editions`: the frozen list of a day.

In:    a date, or none for the newest.
Out:   what was in it, and why.
Never: compiles one.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from digest import records
from digest.model import Edition
from digest.records import EditionRecord, SummaryRecord
from digest.web.api.fields import MOST, Day, Limit
from digest.web.api.problems import ROOT, missing, told
from digest.web.context import Web

Papers = Annotated[int, Query(ge=1, le=MOST, description="How many papers, from the first.")]


class Editions(TypedDict):
    """The newest first."""

    editions: list[SummaryRecord]


def editions(web: Web) -> APIRouter:
    router = APIRouter(tags=["editions"], redirect_slashes=False)

    @router.get("/editions")
    def list_editions(limit: Limit = 30) -> Editions:
        """Show the editions there are, newest first."""
        return {"editions": [records.summary(each) for each in web.store.editions.list(limit)]}

    @router.get("/editions/newest", responses=told(404))
    def show_newest_edition(papers: Papers = 30) -> EditionRecord:
        """Show the newest edition: its papers in their order, and why each trends."""
        return _shown(web.store.editions.newest(web.now), "no edition yet", papers)

    @router.get("/editions/{date}", responses=told(404))
    def show_edition(date: Day, papers: Papers = 30) -> EditionRecord:
        """Show the edition of a date."""
        return _shown(web.store.editions.get(date), f"no edition of {date}", papers)

    return router


def _shown(found: Edition | None, otherwise: str, papers: int) -> EditionRecord:
    if found is None:
        raise missing(f"there is {otherwise}", f"{ROOT}/editions shows those there are")
    return records.edition(found, papers)
