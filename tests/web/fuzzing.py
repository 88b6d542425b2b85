"""Requests that schemathesis makes of a description of the pages, or of the API, and what is wrong with the answers.

In:    an application, its OpenAPI document, how many requests each operation is worth, what to check.
Out:   a line for each kind of problem, with the request that shows it.
Never: a request that leaves this process.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.web.browser import SITE

Document = dict[str, Any]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
LAST = ("delete", "erase")  # so that the others have something to work on


def problems(
    app: FastAPI,
    document: Document,
    checks: Sequence[CheckFunction],
    examples: int,
    *,
    root: str = "",
    headers: Mapping[str, str] | None = None,
    modes: Sequence[GenerationMode] = MODES,
) -> list[str]:
    """With the same requests each time, unless they are more than a hundred of each kind."""
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app
    found: dict[tuple[str, str], str] = {}

    def ask(case: Case) -> None:
        answer = case.call(base_url=f"{SITE.base_url}{root}", headers=dict(headers or {}))
        try:
            case.validate_response(answer, checks=_fitting(checks, case), headers=dict(headers or {}))
        except FailureGroup as group:
            for problem in group.exceptions:
                found.setdefault((case.operation.label, type(problem).__name__), str(problem))

    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in sorted(operations, key=lambda one: any(word in one.label.lower() for word in LAST)):
        for mode in modes:
            _asked(operation, mode, examples, ask)
    return [f"{label}: {problem}" for (label, _), problem in found.items()]


def _fitting(checks: Sequence[CheckFunction], case: Case) -> list[CheckFunction]:
    """What is wrong with a list in a query never arrives: an empty one is not sent, and any other is its last item."""
    lost = any(not isinstance(value, str | int | float) for value in (case.query or {}).values())
    return [check for check in checks if not (lost and check is negative_data_rejection)]


def _asked(operation: APIOperation, mode: GenerationMode, examples: int, ask: Any) -> None:
    limits = settings(
        max_examples=examples,
        database=None,
        derandomize=examples <= 100,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        limits(given(case=operation.as_strategy(generation_mode=mode))(ask))()
    except Unsatisfiable:  # there is nothing that could be wrong with a request that has no parts
        assert mode is GenerationMode.NEGATIVE
