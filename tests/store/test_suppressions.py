"""The list of addresses we must not mail."""

from datetime import time

from digest.model import Subscriber, Suppression
from digest.store.engine import Store
from tests.store.cast import HOUR, NOON


def test_an_address_is_on_the_list_however_it_is_spelt(store: Store) -> None:
    store.suppressions.add("Ada@Example.org", "hard bounce", "550 5.1.1 no such user", NOON)
    assert store.suppressions.contains("ada@example.ORG")
    assert not store.suppressions.contains("bo@example.org")
    assert store.suppressions.list() == [
        Suppression(address="Ada@Example.org", reason="hard bounce", evidence="550 5.1.1 no such user", created_at=NOON)
    ]


def test_the_first_reason_stays_until_it_is_removed(store: Store) -> None:
    store.suppressions.add("ada@example.org", "complaint", "", NOON)
    store.suppressions.add("ADA@example.org", "hard bounce", "", NOON + HOUR)
    assert [one.reason for one in store.suppressions.list()] == ["complaint"]
    assert store.suppressions.remove("Ada@example.org")
    assert not store.suppressions.remove("Ada@example.org")
    assert not store.suppressions.contains("ada@example.org")


def test_why_is_found_by_the_address_and_also_by_the_mark_of_one_who_was_erased(store: Store) -> None:
    ada = store.subscribers.add(Subscriber(address="ada@example.org", zone="UTC", at=time(7)), NOON)
    assert store.suppressions.find("ada@example.org") is None
    store.suppressions.add("ada@example.org", "complaint", "ARF", NOON, ada.id)
    found = store.suppressions.find("ADA@example.org")
    assert found == Suppression(address="ada@example.org", reason="complaint", evidence="ARF", created_at=NOON)
    store.subscribers.erase(ada.id)
    assert store.suppressions.find("ada@example.org") == Suppression(address="", reason="complaint", created_at=NOON)
