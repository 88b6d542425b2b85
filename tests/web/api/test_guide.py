"""The guide tells the truth: what it shows can be sent, in its order, and it shows every body there is."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from tests.web.api.caller import ROOT, Caller
from tests.web.browser import SITE, Browser

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
BODY = re.compile(r" {4}(?P<method>[A-Z]+) +(?P<path>/\S+) +(?P<body>{.*})")
OPTIONS = {"-X": "method", "-d": "body", "-H": "header"}


def examples() -> Iterator[tuple[str, str, str]]:
    """Method, path and body of every line that is one."""
    for line in GUIDE.replace("\\\n", "").splitlines():
        if found := BODY.fullmatch(line):
            yield found["method"], found["path"], found["body"]
        elif line.startswith("    curl "):
            yield curl(shlex.split(line)[1:])


def curl(arguments: list[str]) -> tuple[str, str, str]:
    """What curl would send; both headers must be there that it needs."""
    said: dict[str, list[str]] = {"method": [], "body": [], "header": [], "url": []}
    words = iter(arguments)
    for word in words:
        said[OPTIONS.get(word, "url")].append(next(words) if word in OPTIONS else word)
    headers = ["Authorization: Bearer $TOKEN", *(["Content-Type: application/json"] if said["body"] else [])]
    assert said["header"] == headers
    [url] = said["url"]
    assert url.startswith(f"{SITE.base_url}{ROOT}")
    [method] = said["method"] or ["POST" if said["body"] else "GET"]
    return method, url.removeprefix(f"{SITE.base_url}{ROOT}"), "".join(said["body"])


def test_every_example_works(call: Caller) -> None:
    for method, path, body in examples():
        headers = {"Content-Type": "application/json"} if body else {}
        answer = call.answer(method, path, content=body.encode(), headers=headers)
        assert answer.status_code < 300, f"{method} {path} {body} → {answer.text}"


def test_there_is_a_body_for_every_operation_that_takes_one(app: FastAPI) -> None:
    document = Browser(app).get(f"{ROOT}/openapi.json").json()
    shown = {(method, re.sub(r"\d+", "{subscriber_id}", path)) for method, path, body in examples() if body}
    assert shown == {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation
    }


def test_a_shell_takes_every_address_as_it_stands() -> None:
    """zsh looks for files whose names fit, where a `?` stands without quotes; any shell ends a command at `&`."""
    urls = re.findall(r"\S*https?://\S*[?&]\S*", "\n".join(re.findall(r"^    curl .*", GUIDE, re.MULTILINE)))
    assert urls
    assert [url for url in urls if url[0] + url[-1] not in ("''", '""')] == []


@pytest.mark.parametrize("body", re.findall(r'^ +({"error".*})$', GUIDE, re.MULTILINE))
def test_the_problem_it_shows_is_one_of_ours(call: Caller, body: str) -> None:
    answer = call.answer("POST", "/subscribers", json={"email": "ada@example.org", "tz": "Berlin"})
    assert answer.text == body.replace('": "', '":"').replace('", "', '","')
