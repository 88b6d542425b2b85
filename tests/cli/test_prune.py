"""`digest prune` says what would go, and what went."""

from datetime import timedelta

from digest.clock import SystemClock
from digest.model import Edition, SubscriberState
from digest.store.engine import open_store
from tests.cli.conftest import Cli
from tests.store.cast import reader

DAY = timedelta(days=1)


def test_what_is_old_goes_once(cli: Cli) -> None:
    now = SystemClock().now()
    with open_store(f"sqlite:///{cli.folder / 'digest.db'}") as store:
        for number in range(7):
            store.editions.save(Edition(date=(now - number * DAY).date(), cutoff_at=now - number * DAY))
        for number, age in enumerate((1, 8, 9)):
            pending = reader(f"reader{number}@example.org", state=SubscriberState.PENDING)
            store.subscribers.add(pending, now - age * DAY)
    assert cli("prune", "--dry-run").out == (
        "would go: 0 deliveries, 0 signals, 0 events, 0 requests, 2 unconfirmed subscribers\n"
    )
    assert cli("prune", "--json").json == {
        "deliveries": 0, "signals": 0, "events": 0, "requests": 0, "unconfirmed": 2, "dry_run": False,
    }  # fmt: skip
    assert cli("prune").out == "nothing is old enough to go\n"
    assert [each["email"] for each in cli("subscriber", "list", "--json").json] == ["reader0@example.org"]
