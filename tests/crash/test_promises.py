"""Every promise is kept at its short size, and every campaign sees a program that breaks it.

In:    the list of promises; DIGEST_SEED, to replay what a failure printed.
Out:   the figures, and a failure that names each violation.
Never: a campaign that is green whatever the program does.
"""

import os
import secrets
from pathlib import Path

import pytest

from tests.crash.promise import Control, Outcome, Promise
from tests.crash.promises import PROMISES

CONTROLS = [
    pytest.param(control, id=f"{promise.name}: {control.what}") for promise in PROMISES for control in promise.controls
]


@pytest.fixture
def seed() -> int:
    number = int(os.environ.get("DIGEST_SEED") or secrets.randbelow(2**32))
    print(f"replay with DIGEST_SEED={number}")
    return number


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("promise", [pytest.param(promise, id=promise.name) for promise in PROMISES])
def test_it_is_kept(promise: Promise, tmp_path: Path, seed: int) -> None:
    outcome = _shown(promise.campaign(tmp_path, promise.short, seed))
    assert not outcome.broken, "\n".join([promise.claim, *outcome.broken])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("control", CONTROLS)
def test_a_broken_program_is_seen(control: Control, tmp_path: Path, seed: int) -> None:
    outcome = _shown(control.campaign(tmp_path, seed))
    assert control.seen(outcome), "\n".join([f"nobody noticed that {control.what}", *outcome.broken])


def _shown(outcome: Outcome) -> Outcome:
    for what, figure in outcome.figures.items():
        print(f"{what}: {figure}")
    return outcome
