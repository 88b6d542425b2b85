"""A program that uses the API."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.web.browser import Browser

TOKEN = "a token of thirty-two characters!"
ROOT = "/api/v1"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True, slots=True)
class Caller:
    """`call("GET", "/subscribers")` expects the status and returns what the JSON says; None for no content."""

    browser: Browser

    def answer(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {**BEARER, **content.pop("headers", {})}
        return self.browser.request(method, f"{ROOT}{path}", headers=headers, **content)

    def __call__(self, method: str, path: str, json: Any = None, status: int = 200) -> Any:
        content = {} if json is None else {"json": json}
        answer = self.answer(method, path, **content)
        assert answer.status_code == status, f"{method} {path} → {answer.status_code}\n{answer.text}"
        return answer.json() if answer.content else None

    def fails(self, method: str, path: str, status: int, json: Any = None) -> str:
        """What is wrong, and how to mend it, in one line."""
        problem = self(method, path, json, status)
        assert set(problem) == {"error", "mend"}
        return f"{problem['error']}; {problem['mend']}"
