from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from digest.cli.absence import why_no_row
from digest.model import Subscriber

NOW = datetime(2026, 5, 28, 12, 0, tzinfo=UTC)  # a Thursday; in Apia it is Friday already
ADDED = datetime(2026, 2, 2, 23, 30, tzinfo=UTC)
ADA = Subscriber(
    address="ada@example.org",
    zone="Europe/Berlin",
    at=time(7, 30),
    cadence="weekdays",
    created_at=ADDED,
    next_due_at=datetime(2026, 5, 29, 5, 30, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("day", "changes", "said"),
    [
        (date(2026, 2, 2), {}, "nothing on 2026-02-02, before they were added on 2026-02-03"),  # of Berlin's dates
        (date(2026, 2, 3), {}, "nothing is known of 2026-02-03 any more; rows are kept 90 days"),
        (date(2026, 2, 26), {}, "nothing is known of 2026-02-26 any more; rows are kept 90 days"),
        (date(2026, 2, 27), {}, "nothing is recorded for 2026-02-27; nothing ran that day, or they had other days"),
        (date(2026, 5, 23), {}, "nothing is due on a Saturday (weekdays)"),
        (date(2026, 5, 30), {}, "nothing is due on a Saturday (weekdays)"),
        (
            date(2026, 5, 28),
            {"next_due_at": None},
            "nothing is recorded for 2026-05-28; nothing has run since its hour",
        ),
        (date(2026, 5, 28), {"next_due_at": NOW}, "nothing is recorded for 2026-05-28; nothing has run since its hour"),
        (date(2026, 5, 28), {"at": time(14, 1)}, "nothing is recorded for 2026-05-28; it is yet to come"),
        (date(2026, 5, 28), {"at": time(14, 0)}, "nothing is recorded for 2026-05-28; nothing ran that day"),
        (date(2026, 5, 29), {}, "nothing is recorded for 2026-05-29; it is yet to come"),
        (
            date(2011, 12, 30),
            {"zone": "Pacific/Apia", "created_at": datetime(2011, 1, 1, tzinfo=UTC)},
            "there was no 2011-12-30 in Pacific/Apia",
        ),
        (date(2026, 5, 28), {"zone": "Mars/Base"}, "this machine does not know the zone Mars/Base"),
        (date(2026, 5, 27), {"created_at": None}, "nothing ran that day"),
    ],
)
def test_a_date_without_a_row_has_its_reason(day: date, changes: dict[str, object], said: str) -> None:
    one = replace(ADA, **changes)  # type: ignore[arg-type]

    assert said in why_no_row(one, day, NOW, 90, "")


def test_who_gets_no_mail_at_all_is_told_so_where_the_date_says_nothing() -> None:
    assert why_no_row(ADA, date(2026, 5, 27), NOW, 90, "unsubscribed") == (
        "nothing is recorded for 2026-05-27; ada@example.org unsubscribed"
    )
    assert why_no_row(ADA, date(2026, 5, 30), NOW, 90, "unsubscribed") == "nothing is due on a Saturday (weekdays)"
