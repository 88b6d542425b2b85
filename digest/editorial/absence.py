"""Why an edition is empty.

In:    the empty editions that somebody would be given; what a source said when it could not be read.
Out:   the reason, as one clause and as what can be counted.
Never: a weekend or a holiday for a reason while a source is silent: nobody knows what it would have listed.
"""

from collections.abc import Sequence

from digest.model import Cause, Edition, NoDigest

WEEKEND = 5, 6  # UTC dates on which arXiv announces nothing: it does so on the evenings from Sunday to Thursday
UNREAD = " could not be read: "
TOLD = 2  # sources, by what they said


def unread(source: str, problem: str) -> str:
    """What an edition notes of a source that it was compiled without."""
    return f"{source}{UNREAD}{problem}"


def why_empty(editions: Sequence[Edition]) -> NoDigest:
    """Why there is nothing in any of them. Raises ValueError for none."""
    dates = [edition.date for edition in editions]
    days = (max(dates) - min(dates)).days + 1
    nothing = f"no paper is new in {days} days" if days > 1 else "no paper is new"
    if silent := list(dict.fromkeys(note for edition in editions for note in edition.notes if UNREAD in note)):
        more = f", and so {len(silent) - TOLD} more" if len(silent) > TOLD else ""
        return NoDigest(f"{nothing}; {'; '.join(silent[:TOLD])}{more}", Cause.SOURCE_DOWN)
    if all(day.weekday() in WEEKEND for day in dates):
        return NoDigest(f"{nothing}: it is the weekend", Cause.WEEKEND)
    return NoDigest(f"{nothing}, though every source was read", Cause.HOLIDAY)
