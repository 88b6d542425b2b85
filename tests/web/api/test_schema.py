"""The API is what its OpenAPI document says; thousands of requests that the document allows, or does not, say so."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from digest.store.engine import Store, open_store
from digest.web.api import gate
from tests.store.cast import NOON, owed, publish, reader
from tests.web.api.caller import BEARER, ROOT, Caller
from tests.web.browser import Browser
from tests.web.fuzzing import problems

GUIDE = Path(__file__).parents[3] / "docs" / "api.md"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
)


@pytest.fixture
def store(database_url: str, now: datetime) -> Iterator[Store]:
    """With people, an edition and their deliveries."""
    with open_store(database_url) as opened:
        people = [opened.subscribers.add(reader(f"reader{n}@example.org"), now) for n in range(4)]
        edition = publish(opened)
        opened.deliveries.enqueue([owed(edition, one) for one in people], NOON)
        opened.suppressions.add("gone@example.org", "bounced", "550 5.1.1", now)
        yield opened


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = Browser(app).get(f"{ROOT}/openapi.json").json()
    return found


@pytest.mark.parametrize("examples", [6, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_every_operation_keeps_its_word(
    app: FastAPI, store: Store, document: dict[str, Any], examples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MOST", 1_000_000)
    for operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in ("subscriber_id", "delivery_id"):  # else nearly all of them would not be there
                parameter["schema"]["anyOf"] = [{"enum": [1, 2, 3, 4]}, {}]
    found = problems(app, document, CHECKS, examples, root=ROOT, headers=BEARER)
    assert not found, "\n".join(found)


def test_every_operation_has_its_name_its_summary_and_its_refusals(document: dict[str, Any]) -> None:
    found = list(operations(document))
    names = [each["operationId"] for each in found]
    assert len(names) == len(set(names)) == 22
    for each in found:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", each["operationId"])
        assert each["description"]
        assert each["security"] == [{"HTTPBearer": []}]
        assert each["responses"].keys() >= {"400", "401", "422", "429", "503"}
        for status, answer in each["responses"].items():
            if status >= "400":
                [content] = answer["content"].values()
                assert content["schema"]["$ref"].endswith("/Problem")
    assert document["servers"] == [{"url": "https://papers.example.org/api/v1"}]
    assert document["components"]["schemas"]["Problem"]["required"] == ["error", "mend"]


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def test_an_address_takes_what_the_document_says(call: Caller, document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        place = re.sub(r"{\w+}", "1", path)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            status = call.answer(method, place, json={}).status_code
            assert (status == 405) == (method.lower() not in methods), f"{method} {path} → {status}"


def test_the_guide_lists_every_operation(document: dict[str, Any], pytestconfig: pytest.Config) -> None:
    rows = [
        f"| `{method.upper()} {path}` | {operation['description'].partition('.')[0]} |"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    start, end = "<!-- operations -->\n", "<!-- /operations -->"
    wanted = f"{start}\n" + "\n".join(["| | |", "|---|---|", *rows]) + f"\n\n{end}"
    text = GUIDE.read_text()
    if pytestconfig.getoption("update_golden"):
        GUIDE.write_text(re.sub(f"{start}.*?{end}", lambda _: wanted, text, flags=re.DOTALL))
    assert wanted in GUIDE.read_text()
