"""`digest edition show` tells which phrases rise."""

from datetime import UTC, date, datetime

from digest.model import Edition, Rising
from digest.store.engine import open_store
from tests.cli.conftest import Cli

DAY = date(2026, 5, 27)
RISING = (
    Rising(phrase="tidal mirrors", papers=6, times=12.34, fields=("cs.CV", "cs.LG")),
    Rising(phrase="Möbius bands", papers=1, times=2.0),
)


def test_rising_phrases_come_before_the_papers(cli: Cli) -> None:
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        store.editions.save(Edition(date=DAY, cutoff_at=datetime(2026, 5, 27, 4, tzinfo=UTC), rising=RISING))
    assert cli("edition", "show", "2026-05-27").out.splitlines() == [
        "edition 2026-05-27, 0 papers",
        "rising: tidal mirrors, 6 papers, 12× the usual (cs.CV, cs.LG)",
        "rising: Möbius bands, 1 paper, 2× the usual (in no category)",
    ]
    assert cli("edition", "show", "--json").json["rising"] == [
        {"phrase": "tidal mirrors", "papers": 6, "times": 12.34, "fields": ["cs.CV", "cs.LG"]},
        {"phrase": "Möbius bands", "papers": 1, "times": 2.0, "fields": []},
    ]
