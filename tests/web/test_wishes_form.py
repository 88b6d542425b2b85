"""What is typed into the fields of a subscription, and what it comes to."""

from dataclasses import replace
from datetime import time

import pytest
from starlette.datastructures import FormData

from digest.language import language
from digest.model import Subscriber, TopicKind
from digest.web.choices import choices
from digest.web.forms import Fields
from digest.web.wishes_form import MOST, Form, read, shown, typed
from digest.wishes import Wishes
from tests.web.browser import TEMPLATES, Elements

ENGLISH = language("en")
SAMPLE = """{% import "web/wishes.html" as wishes with context %}
{{ wishes.topics(form, problems) }}{{ wishes.categories(form, problems, choices) }}{{ wishes.authors(form, problems) }}
{{ wishes.mutes(form, problems) }}{{ wishes.when(form, problems, choices) }}
{{ wishes.looks(form, problems, choices) }}"""
NOBODY = Subscriber(address="ada@example.org", zone="UTC", at=time(7, 30))
ADA = replace(
    Wishes(
        topics=["graphs, wide", "protein folding"],
        categories=["cs.LG", "math.*"],
        authors=["Ada Lovelace"],
        mutes=["category:cs.CR", "blockchain"],
        tz="Europe/Zurich",
        at="18:05",
        cadence="mon,wed",
        papers=7,
        language="de",
        abstracts="full",
        text_only=True,
    ).applied_to(NOBODY)
)


def fields(*pairs: tuple[str, str]) -> Fields:
    return Fields(FormData(pairs))


def filled(form: Form) -> Fields:
    """The form as a browser sends it back."""
    pairs = [("topics", "\r\n".join(form.topics)), ("authors", "\r\n".join(form.authors))]
    pairs += [("mutes", "\r\n".join(form.mutes)), ("categories", ""), ("days", "")]
    pairs += [("categories", each) for each in form.categories] + [("days", each) for each in form.days]
    pairs += [("tz", form.tz), ("at", form.at), ("papers", form.papers), ("language", form.language)]
    pairs += [("abstracts", form.abstracts), ("text_only", ""), *[("text_only", "yes")] * form.text_only]
    return fields(*pairs)


@pytest.mark.parametrize("subscriber", [ADA, NOBODY], ids=["ada", "nobody"])
def test_a_form_that_is_sent_as_it_was_shown_changes_nothing(subscriber: Subscriber) -> None:
    wishes, problems = read(filled(shown(subscriber)), ENGLISH)
    after = wishes.applied_to(subscriber)
    assert not problems
    assert replace(after, topics=()) == replace(subscriber, topics=())
    assert set(after.topics) == set(subscriber.topics)


def test_what_is_not_in_the_form_is_left_as_it_is() -> None:
    wishes, problems = read(fields(("address", "ada@example.org")), ENGLISH)
    assert (wishes, problems) == (Wishes(), {})
    assert typed(fields(), shown(ADA)) == shown(ADA)


def test_boxes_that_are_all_empty_empty_the_list() -> None:
    wishes, problems = read(fields(("categories", ""), ("topics", "")), ENGLISH)
    assert wishes.applied_to(ADA).topics == tuple(t for t in ADA.topics if t.muted or t.kind is TopicKind.AUTHOR)
    assert not problems


def test_lines_commas_and_semicolons_part_topics_and_quotes_keep_them_together() -> None:
    wishes, _ = read(fields(("topics", 'graphs, proteins;ice\r\n"cats, dogs"\n\n  ')), ENGLISH)
    assert wishes.topics == ["graphs", "proteins", "ice", "cats, dogs"]


def test_a_name_with_its_family_first_is_one_name() -> None:
    wishes, _ = read(fields(("authors", "Lovelace, Ada\nAlan Turing")), ENGLISH)
    assert wishes.authors == ["Lovelace, Ada", "Alan Turing"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("topics", "the"),
        ("topics", "x" * 101),
        ("topics", "\n".join(f"subject {number}" for number in range(MOST + 1))),
        ("categories", "cs.XX"),
        ("authors", "7"),
        ("mutes", "category:nowhere"),
        ("tz", "Europe/Nowhere"),
        ("tz", ""),
        ("at", "25:00"),
        ("at", "noon"),
        ("days", ""),
        ("days", "someday"),
        ("papers", "51"),
        ("papers", "-1"),
        ("papers", "²"),
        ("papers", str(2**63)),
        ("language", "xx"),
        ("abstracts", "none"),
    ],
)
def test_what_cannot_be_used_is_said_by_its_field_in_the_readers_language(field: str, value: str) -> None:
    wishes, problems = read(fields((field, value)), ENGLISH)
    assert list(problems) == [field]
    assert problems[field].endswith((".", "?"))
    wishes.applied_to(NOBODY)  # what is left can be used


def test_what_is_good_stays_beside_what_is_not() -> None:
    wishes, problems = read(fields(("topics", "graphs\nthe\nice")), ENGLISH)
    assert wishes.topics == ["graphs", "ice"]
    assert "“the”" in problems["topics"]


@pytest.mark.parametrize(
    ("days", "cadence"),
    [
        (("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "daily"),
        (("mon", "tue", "wed", "thu", "fri"), "weekdays"),
        (("mon",), "weekly"),
        (("wed", "mon"), "mon,wed"),
    ],
)
def test_days_have_the_name_they_have_together(days: tuple[str, ...], cadence: str) -> None:
    assert read(fields(*(("days", day) for day in days)), ENGLISH)[0].cadence == cadence


def test_an_hour_with_seconds_is_the_hour() -> None:
    assert read(fields(("at", "07:45:00")), ENGLISH)[0].at == "07:45"


@pytest.mark.parametrize("code", ["en", "de", "zh"])
def test_every_field_has_a_label_and_shows_what_is_stored(code: str) -> None:
    text = _page(ADA, code)
    elements = Elements(text)
    labelled = {label.get("for") for label in elements.named("label")}
    shown_fields = [*elements.named("textarea"), *elements.named("select")]
    assert {field["name"] for field in shown_fields} <= labelled
    checked = {box["value"] for box in elements.named("input") if "checked" in box}
    assert checked == {"cs.LG", "math.*", "mon", "wed", "yes"}
    assert {o.get("value") for o in elements.named("option") if "selected" in o} >= {"Europe/Zurich", "full", "de"}
    assert "“&lt;b&gt;”" in text


def test_a_zone_by_a_former_name_stays_chosen() -> None:
    text = _page(replace(ADA, zone="Asia/Calcutta"), "en")
    assert "<option selected>Asia/Calcutta</option>" in text


def test_cities_are_listed_once_by_the_name_of_today() -> None:
    places = dict(choices(ENGLISH).zones)
    asia = dict(places["Asia"])
    assert asia["Asia/Kolkata"] == "Kolkata"
    assert "Asia/Calcutta" not in asia
    assert len(set(asia.values())) == len(asia)
    assert asia.keys() & {"Asia/Tokyo", "Asia/Shanghai"} == {"Asia/Tokyo", "Asia/Shanghai"}


def _page(subscriber: Subscriber, code: str) -> str:
    speaking = language(code)
    environment = TEMPLATES._environment(speaking)
    values = {"form": shown(subscriber), "problems": {"topics": "“<b>” is none"}, "choices": choices(speaking)}
    return environment.from_string(SAMPLE).render(language=speaking, **values)
