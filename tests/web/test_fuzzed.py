"""Whatever is typed into a form, or written into the address of a page, is answered: no page breaks."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from digest.clock import FixedClock
from digest.model import LetterKind, Request, Subscriber, Verdict
from digest.resources import templates_dir
from digest.store.engine import Store, open_store
from digest.tokens import Purpose
from digest.web.server import create_app
from digest.web.stamp import stamp
from tests.store.cast import NOON, TODAY, owed, paper, publish, reader
from tests.web.browser import SITE, TEMPLATES, TOKENS
from tests.web.fuzzing import problems

LIST = frozenset({"categories", "days", "mutes", "topics", "authors", "phrase"})
# A value that each field of a form takes; it may be anything else as well.
FIELDS = {
    "abstracts": "full", "address": "reader0@example.org", "all": "yes", "at": "07:30", "authors": "Ada Inventada",
    "back": "1", "cadence": "daily", "categories": "cs.LG", "days": "mon", "do": "preview", "language": "de",
    "mutes": "soup", "name": "Ada", "new": "new@example.org", "note": "", "paper": paper(1).id, "papers": "5",
    "part": "pause", "phrase": "kites", "proof": "1", "q": "folding", "reason": "other", "resume": "yes", "seen": "1",
    "stamp": "", "text_only": "yes", "topic": "phrase:kites", "topics": "kites", "tz": "Europe/Berlin",
    "until": "2026-06-03", "weeks": "2", "yes": "yes",
}  # fmt: skip
PLACES = {
    "paper": paper(1).id, "paper_id": paper(1).id, "verdict": "more", "day": str(TODAY), "kind": "atom",
    "name": "cs.LG",
}  # fmt: skip


@pytest.fixture
def store(database_url: str, now: datetime) -> Iterator[Store]:
    """With people, an edition, their digests, a word on a paper, a sign-up that waits."""
    with open_store(database_url, TOKENS.marks) as opened:
        people = [opened.subscribers.add(reader(f"reader{n}@example.org"), now) for n in range(3)]
        edition = publish(opened)
        opened.deliveries.enqueue([owed(edition, one) for one in people], NOON)
        opened.feedback.put(people[0].id, paper(1).id, Verdict.MORE, now)
        opened.requests.put(Request(kind=LetterKind.CONFIRM, address="new@example.org", asked_at=now, wishes=reader()))
        yield opened


@pytest.fixture
def app(store: Store, now: datetime) -> FastAPI:
    return create_app(store, TOKENS, TEMPLATES, SITE, FixedClock(now))


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")  # HEAD is GET without the words
@pytest.mark.parametrize("examples", [5, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_no_page_breaks(app: FastAPI, store: Store, now: datetime, examples: int) -> None:
    document = app.openapi()
    one = store.subscribers.list()[0]
    for path, methods in document["paths"].items():
        methods.pop("head", None)
        for method, operation in methods.items():
            operation["responses"] = {"default": {"description": "a page"}}
            for parameter in operation.get("parameters", ()):
                known = PLACES.get(parameter["name"]) or token(path, one)
                parameter["schema"] = likely(known)
            if method == "post":
                operation["requestBody"] = form({**FIELDS, "stamp": stamp(TOKENS, now)})
    del document["paths"]["/healthz"]  # which says 503 where no scheduler runs
    found = problems(app, document, [not_a_server_error], examples, modes=[GenerationMode.POSITIVE])
    assert not found, "\n".join(found)


def test_the_forms_are_known() -> None:
    """A field that is new is one to be tried."""
    found: set[str] = set()
    for file in (Path(templates_dir()) / "web").rglob("*.html"):
        found.update(re.findall(r'<(?:input|select|textarea|button)[^>]* name="([a-z_]+)"', file.read_text()))
    assert found <= FIELDS.keys()


def token(path: str, one: Subscriber) -> str:
    """That of the page's purpose; of a letter's page that of the letter."""
    purpose = path.split("/")[1]
    if purpose not in list(Purpose):
        return "1"
    version = NOON.date().toordinal() if purpose in "cm" else one.token_version
    return TOKENS.issue(Purpose(purpose), one.id, version)


def likely(value: str) -> dict[str, Any]:
    return {"anyOf": [{"enum": [value]}, {"type": "string", "maxLength": 50}]}


def form(values: dict[str, str]) -> dict[str, Any]:
    fields = {
        name: {"type": "array", "items": likely(value), "maxItems": 3} if name in LIST else likely(value)
        for name, value in values.items()
    }
    schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
