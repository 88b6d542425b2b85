"""The edition of a day: what is new or rising, ranked, the same for everybody.

In:    papers, their signals, the weeks before, the moment of the last edition.
Out:   an Edition, ranked by trend score.
Never: a paper that neither is new nor rises, or one published over a year ago; two orders for the same input.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from digest.editorial.bursts import Bursts
from digest.editorial.rising import combined, rising
from digest.editorial.trend import Moment, is_new, trends
from digest.model import Edition, Paper, Ranked, Signal, Trend, TrendLabel

LARGEST = 2_000  # papers
MAX_AGE = timedelta(days=365)  # since publication


def compile_edition(
    day: date,
    cutoff_at: datetime,
    candidates: Sequence[Paper],
    signals: Mapping[str, Sequence[Signal]],
    background: Sequence[Paper],
    since: datetime | None,
    notes: Iterable[str] = (),
) -> Edition:
    """Ranks the candidates that are new since the last edition (`since`, None: there was none) or rise since then.

    `signals` holds observations up to `cutoff_at` by paper id, in order of time; those of background papers make the
    fields' baselines firmer. `background` may contain the candidates themselves.
    """
    candidates = sorted((paper for paper in candidates if not _too_old(paper, cutoff_at)), key=lambda paper: paper.id)
    moment = Moment(cutoff_at, since)
    bursts = _bursts(candidates, background, moment)
    scored = zip(candidates, trends(candidates, signals, background, moment, bursts.of_papers()), strict=True)
    kept = [(paper, trend) for paper, trend in scored if trend.label is not TrendLabel.STEADY]
    kept.sort(key=lambda one: (-one[1].score, one[0].id))
    return Edition(
        date=day,
        cutoff_at=cutoff_at,
        entries=_ranked(day, kept[:LARGEST]),
        notes=(*notes, *_notes(len(kept))),
        rising=rising(bursts),
    )


def _too_old(paper: Paper, now: datetime) -> bool:
    return paper.published_at is not None and now - paper.published_at > MAX_AGE


def _bursts(candidates: Sequence[Paper], background: Sequence[Paper], moment: Moment) -> Bursts:
    ids = {paper.id for paper in candidates}
    new = [paper for paper in candidates if is_new(paper, moment)]
    return Bursts(new, [paper for paper in background if paper.id not in ids])


def _ranked(day: date, kept: Iterable[tuple[Paper, Trend]]) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(paper=paper, trend=trend, rank=rank, edition=day) for rank, (paper, trend) in enumerate(kept, start=1)
    )


def _notes(found: int) -> tuple[str, ...]:
    if found > LARGEST:
        return (f"{found - LARGEST:,} of {found:,} papers left out, those that trend least",)
    return () if found else ("no paper is new and none is rising",)


def combine(editions: Sequence[Edition], merged: Mapping[str, str] | None = None) -> Edition:
    """Editions a subscriber has not had, as one: of a paper listed twice the newest entry stays; entries keep the rank
    and date they had, rising phrases the numbers of the day they stood out most. `merged` gives the id of the work that
    an id turned out to be. Raises ValueError for none."""
    works = merged or {}
    newest = max(editions, key=lambda edition: edition.date)
    entries: dict[str, Ranked] = {}
    for edition in sorted(editions, key=lambda edition: edition.date):
        entries.update({works.get(ranked.paper.id, ranked.paper.id): ranked for ranked in reversed(edition.entries)})
    ordered = sorted(entries.values(), key=lambda ranked: (-ranked.trend.score, ranked.paper.id))
    notes = tuple(dict.fromkeys(note for edition in editions for note in edition.notes))
    return Edition(
        date=newest.date,
        cutoff_at=newest.cutoff_at,
        entries=tuple(ordered),
        notes=notes,
        rising=combined(edition.rising for edition in editions),
    )
