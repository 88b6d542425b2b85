"""The front page and its form."""

from datetime import datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from digest.model import Abstracts, LetterKind, Request, Subscriber, SubscriberState
from digest.resources import templates_dir
from digest.store.engine import Store
from digest.web import signup
from tests.web.browser import Elements
from tests.web.library import TODAY, paper, publish
from tests.web.visits import ADDRESS, LATER, Visitors, proof, requests

DAYS = ["mon", "tue", "wed", "thu", "fri"]


@pytest.fixture
def visitors(store: Store, now: datetime) -> Visitors:
    return Visitors(store, now)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_front_page_is_the_form_for_everybody(visitors: Visitors, method: str) -> None:
    answer = visitors.browser.request(method, "/")
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("public")
    assert "Accept-Language" in answer.headers["vary"]
    assert not visitors.knocks
    if method == "GET":
        page = Elements(answer.text)
        fields = {field.get("name") for field in (*page.named("input"), *page.named("textarea"), *page.named("select"))}
        assert {"address", "topics", "at", "tz", "days", "categories", "authors", "mutes"} <= fields
        assert len(page.named("h1")) == 1
        assert {form.get("method") for form in page.named("form")} == {"post"}


def test_a_preview_that_is_loaded_anew_by_its_address_is_the_form(visitors: Visitors) -> None:
    answer = visitors.get("/preview?lang=de#preview")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=de")


def test_it_comes_packed_where_the_browser_can_unpack_it(visitors: Visitors) -> None:
    packed = visitors.get("/", **{"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 16_000
    plain = visitors.get("/", **{"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text


def test_it_speaks_the_visitors_language_and_keeps_to_it(visitors: Visitors) -> None:
    german = visitors.get("/", **{"accept-language": "de-AT,de;q=0.9"}).text
    assert '<html lang="de"' in german
    assert 'action="/?lang=de"' in german
    assert '<option value="de" lang="de" selected>' in german
    assert '<html lang="en"' in visitors.get("/").text
    assert '<html lang="zh"' in visitors.get("/?lang=zh").text


def test_it_shows_what_leads_the_newest_edition(visitors: Visitors, store: Store) -> None:
    publish(store, TODAY, [paper(number) for number in range(1, 9)])
    text = visitors.get("/").text
    assert "On folding a map 1 times" in text
    assert "On folding a map 8 times" not in text


def test_an_hour_later_it_shows_the_next_edition(visitors: Visitors, store: Store) -> None:
    assert "Nothing has been published yet" in visitors.get("/").text
    publish(store, TODAY, [paper(1)])
    visitors.clock.pass_by(timedelta(hours=1))
    assert "On folding a map 1 times" in visitors.get("/").text


def test_what_is_asked_for_waits_for_the_scheduler(visitors: Visitors, store: Store) -> None:
    answer = visitors.send(
        topics="graphs, ice\nmoss", categories=["", "cs.LG"], mutes="author:Bo Unreal", tz="Europe/Zurich", at="06:45",
        days=DAYS, papers="5", language="de", abstracts="full", text_only=["", "yes"],
    )  # fmt: skip
    assert answer.status_code == 200
    assert ADDRESS in answer.text
    assert visitors.knocks == 1
    assert store.subscribers.get(ADDRESS) is None  # that is the scheduler's
    asked = asked_for(store, visitors)
    assert asked.asked_at == visitors.clock.now()
    assert asked.text == f"{signup.CONSENT} en"
    assert len(asked.network) == 24  # keyed: no address
    wishes = asked.wishes
    assert wishes
    assert [topic.value for topic in wishes.topics] == ["graphs", "ice", "moss", "cs.LG", "Bo Unreal"]
    assert [topic.value for topic in wishes.topics if topic.muted] == ["Bo Unreal"]
    assert (wishes.zone, wishes.at, wishes.cadence) == ("Europe/Zurich", time(6, 45), "weekdays")
    assert (wishes.papers, wishes.language, wishes.abstracts, wishes.text_only) == (5, "de", Abstracts.FULL, True)


def asked_for(store: Store, visitors: Visitors, address: str = ADDRESS) -> Request:
    """What waits in the name of an address: read as for a subscriber who has it."""
    somebody = Subscriber(address=address, zone="UTC", at=time(7, 30), state=SubscriberState.PENDING)
    asked = store.requests.find(LetterKind.CONFIRM, store.subscribers.add(somebody, visitors.clock.now()).id)
    assert asked
    return asked


def test_an_address_is_all_it_takes(visitors: Visitors, store: Store) -> None:
    assert visitors.send().status_code == 200
    assert requests(store) == 1


@pytest.mark.parametrize(
    "address", ["", "grace", "grace@", "grace@localhost", "a b@example.org", "x@" + "y" * 300 + ".org"]
)
def test_what_is_no_address_is_said_beside_it(visitors: Visitors, store: Store, address: str) -> None:
    answer = visitors.send(address=address)
    assert answer.status_code == 422
    field = next(field for field in Elements(answer.text).named("input") if field.get("name") == "address")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "address-problem"
    assert not requests(store)


def test_with_a_problem_nothing_typed_is_lost(visitors: Visitors, store: Store) -> None:
    answer = visitors.send(
        topics="the\nmoss", at="06:45", authors="Ada Inventada", categories=["", "math.CO"], days=["wed"]
    )
    assert answer.status_code == 422
    assert not requests(store)
    page = Elements(answer.text)
    assert {box["value"] for box in page.named("input") if "checked" in box} == {"math.CO", "wed"}
    assert ">the\nmoss</textarea>" in answer.text
    assert ">Ada Inventada</textarea>" in answer.text
    assert f'value="{ADDRESS}"' in answer.text
    assert 'id="topics-problem"' in answer.text


def test_what_is_typed_is_text_on_every_page(visitors: Visitors) -> None:
    evil = '"><script>alert(1)</script>'
    for path in ("/", "/preview", "/link"):
        text = visitors.send(path, address=evil, topics=evil, authors=evil, tz=evil, at=evil, papers=evil).text
        assert "<script>alert" not in text
        assert '"><script' not in text


def test_the_hidden_field_catches_machines_and_does_not_tell_them(visitors: Visitors, store: Store) -> None:
    honest, machine = visitors.send(), visitors.send(note="https://spam.example")
    assert machine.text == honest.text
    assert machine.status_code == honest.status_code
    assert requests(store) == 1
    visitors.send(address="bob@example.org", note="x")
    assert requests(store) == 1


@pytest.mark.parametrize(("passed", "stored"), [(0, 0), (2, 0), (4, 1), (23 * 3600, 1), (25 * 3600, 0)])
def test_a_form_is_taken_from_three_seconds_to_a_day(
    visitors: Visitors, store: Store, passed: int, stored: int
) -> None:
    stamp = visitors.stamp()
    visitors.clock.pass_by(timedelta(seconds=passed) - LATER)
    answer = visitors.send(stamp=stamp, topics="moss")
    assert answer.status_code == (200 if stored else 422)
    assert requests(store) == stored
    if not stored:  # pressing the button once more is enough
        again = next(field for field in Elements(answer.text).named("input") if field.get("name") == "stamp")
        visitors.clock.pass_by(LATER)
        assert visitors.send(stamp=str(again["value"]), topics="moss").status_code == 200


def test_without_a_stamp_nothing_is_taken(visitors: Visitors, store: Store) -> None:
    assert visitors.browser.post("/", data={"address": ADDRESS}).status_code == 422
    assert not requests(store)


def test_a_site_may_ask_for_some_work(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now, proof_of_work=12)
    assert 'data-proof="12"' in visitors.get("/").text
    stamp = visitors.stamp()
    assert visitors.send(stamp=stamp).status_code == 422
    done = proof(stamp, ADDRESS, 12)
    assert visitors.send(stamp=stamp, proof=done, address="bob@example.org").status_code == 422
    assert not requests(store)
    assert visitors.send(stamp=stamp, proof=done).status_code == 200
    assert requests(store) == 1


def test_a_site_may_take_nobody(store: Store, now: datetime) -> None:
    visitors = Visitors(store, now, signup=False)
    page = visitors.get("/")
    assert page.status_code == 200
    assert "mailto:team@example.org" in page.text
    assert not Elements(page.text).named("form")
    assert visitors.send(stamp="x").status_code == 403
    assert not requests(store)


def test_a_preview_says_what_the_wishes_bring_today(visitors: Visitors, store: Store) -> None:
    publish(store, TODAY, [paper(1), paper(2, "Moss on northern roofs"), paper(3, "Ice"), *map(paper, range(4, 9))])
    whole = visitors.send("/preview", topics="moss", address="")
    assert whole.status_code == 200
    assert "Moss on northern roofs" in whole.text
    assert ">moss</textarea>" in whole.text
    part = visitors.send("/preview", topics="moss", part="1")
    assert "<form" not in part.text
    assert "<html" not in part.text
    assert "Moss on northern roofs" in part.text
    assert not requests(store)
    assert not visitors.knocks


def test_a_preview_of_what_cannot_be_read_shows_the_rest(visitors: Visitors, store: Store) -> None:
    publish(store, TODAY, [paper(1, "Moss on northern roofs")])
    part = visitors.send("/preview", topics="the\nmoss", tz="Nowhere", part="1")
    assert part.status_code == 200
    assert "Moss on northern roofs" in part.text


def test_the_consent_text_has_the_version_of_its_words() -> None:
    """Other words: another CONSENT in digest/web/signup.py, and the number here."""
    template = (Path(templates_dir()) / "web" / "signup.html").read_text()
    words = template.partition('<p class="consent">')[2].partition("</p>")[0]
    assert (signup.CONSENT, sha256(words.encode()).hexdigest()[:12]) == ("2026-11-22", "ce9024d5b961")
