"""S2 and S3: nobody learns from the front page whose addresses a site knows, nor has it mail a victim over and over."""

import time as machine
from datetime import datetime, time, timedelta

import pytest

from digest.model import LetterKind, Subscriber, SubscriberState
from digest.store.engine import Store, open_store
from digest.web import door
from tests.web.visits import ADDRESS, PROXY, Visitors, requests, statements

STATES = [None, *SubscriberState]
ROUNDS = 180


def known_as(store: Store, state: SubscriberState | None, now: datetime) -> None:
    """The address as one of that state; None: as nobody's."""
    if state:
        somebody = Subscriber(address=ADDRESS, zone="UTC", at=time(7, 30), state=state)
        store.subscribers.add(somebody, now)
    if state is SubscriberState.SUPPRESSED:
        store.suppressions.add(ADDRESS, "bounced", "550 5.1.1", now)


@pytest.mark.parametrize("path", ["/", "/link"])
def test_the_answer_is_the_same_whoever_has_the_address(
    path: str, now: datetime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answers = set()
    for state in STATES:
        with open_store(f"sqlite:///{tmp_path_factory.mktemp('db') / 'digest.db'}") as fresh:
            known_as(fresh, state, now)
            visitors = Visitors(fresh, now)
            for _ in range(2):  # the second time too
                answer = visitors.send(path, topics="moss")
                answers.add((answer.status_code, answer.text, tuple(sorted(answer.headers.items()))))
            assert visitors.knocks == 2
            assert requests(fresh) == 1
    assert len(answers) == 1


def test_the_statements_are_the_same_whoever_has_the_address(
    now: datetime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Equal work is what makes equal times; a stopwatch alone would not see a query that is fast today."""
    seen = set()
    for state in STATES:
        with open_store(f"sqlite:///{tmp_path_factory.mktemp('db') / 'digest.db'}") as fresh:
            known_as(fresh, state, now)
            visitors = Visitors(fresh, now)
            stamp = visitors.stamp()
            said = statements(fresh)
            visitors.send(stamp=stamp, topics="moss")
            seen.add(tuple(said))
    assert len(seen) == 1
    assert not [statement for statement in seen.pop() if "subscriber " in statement.lower()]


@pytest.mark.slow
def test_it_takes_the_same_time_whoever_has_the_address(store: Store, now: datetime) -> None:
    visitors, addresses = Visitors(store, now, signups_per_hour=100_000), {}
    for number, state in enumerate(STATES):
        addresses[state] = f"reader{number}@example.org"
        if state:
            store.subscribers.add(Subscriber(address=addresses[state], zone="UTC", at=time(7, 30), state=state), now)
    stamp, took = visitors.stamp(), {state: list[float]() for state in STATES}
    for number in range(ROUNDS):
        at = number % len(STATES)
        for state in STATES[at:] + STATES[:at]:  # side by side: a busy machine is busy for all of them
            began = machine.perf_counter()
            answer = visitors.send(stamp=stamp, address=addresses[state], network=f"198.51.100.{number}")
            took[state].append(machine.perf_counter() - began)
            assert answer.status_code == 200
    quickest = [min(times) for times in took.values()]  # the others measure the machine
    assert max(quickest) < 1.25 * min(quickest)


def test_one_victim_is_asked_about_once_however_often_somebody_types_its_address(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now)
    stamp = visitors.stamp()
    spellings = [ADDRESS, ADDRESS.upper(), ADDRESS.title()]
    for number in range(60):
        network = f"198.51.100.{number}"
        visitors.send(stamp=stamp, address=spellings[number % 3], topics=f"win money at {number}", network=network)
    assert store.requests.waiting(10) == [(LetterKind.CONFIRM, ADDRESS)]


def test_one_network_asks_thirty_times_an_hour(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now)
    stamp = visitors.stamp()
    codes = [visitors.send(stamp=stamp, address=f"a{number}@example.org").status_code for number in range(40)]
    assert codes.count(200) == requests(store) == 30
    refused = visitors.send("/link", stamp=stamp)  # one door for both forms
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 120
    assert visitors.send(stamp=stamp, network="2001:db8:1:2::1").status_code == 200
    visitors.clock.pass_by(timedelta(seconds=int(refused.headers["retry-after"])))
    assert visitors.send(stamp=stamp).status_code == 200


def test_a_network_of_ipv6_is_one_whatever_address_in_it_asks(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now)
    stamp = visitors.stamp()
    codes = [
        visitors.send(
            stamp=stamp, address=f"a{number}@example.org", network=f"2001:db8:1:2::{number + 1:x}"
        ).status_code
        for number in range(40)
    ]
    assert codes.count(429) == 10


def test_all_networks_together_have_their_limit(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now, signups_per_hour=5)
    stamp = visitors.stamp()
    for number in range(80):
        visitors.send(stamp=stamp, address=f"a{number}@example.org", network=f"198.51.100.{number}")
    assert requests(store) == 50


def test_a_network_is_what_the_proxy_says_and_nobody_else(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now)
    stamp = visitors.stamp()
    codes = [
        visitors.send(stamp=stamp, address=f"a{number}@example.org", network=f"10.0.0.{number}, 192.0.2.7").status_code
        for number in range(40)
    ]
    assert PROXY == "127.0.0.1"
    assert codes.count(429) == 10  # what a visitor claims before it counts for nothing


def test_who_sends_forms_without_end_gets_short_answers(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "FORMS", 10)
    visitors = Visitors(store, now)
    answers = [visitors.send(path, stamp="x") for path in ("/preview", "/", "/link") * 5]
    assert [answer.status_code for answer in answers].count(429) == 5
    assert all(len(answer.text) < 3_000 and "retry-after" in answer.headers for answer in answers[10:])
