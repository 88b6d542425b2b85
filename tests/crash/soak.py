"""The long campaigns: `python -m tests.crash.soak [P1 P5 …]`, all promises if none is named.

In:    the list of promises; DIGEST_SEED, to replay a run.
Out:   progress, and docs/soak.md: a section for each promise that was tried; the others keep theirs. Exit 1: one broke.
Never: a result that was not seen here.
"""

import os
import platform
import secrets
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from digest.clock import SystemClock
from tests.crash.promise import Outcome, Promise
from tests.crash.promises import PROMISES

DOCUMENT = Path(__file__).parents[2] / "docs" / "soak.md"
SECTION = "\n## "
HEAD = """# Soak

What the program promises about mail, tried for long against real processes, databases and mail servers; a program
broken on purpose must be seen each time. `make soak` tries all of it, `.venv/bin/python -m tests.crash.soak P1` one
promise; `DIGEST_SEED` replays a run. CI tries each promise at a shorter size.
"""
FSYNCS = 200
SHOWN = 20  # violations that are written out


@dataclass(frozen=True, slots=True)
class Trial:
    """One promise, tried."""

    promise: Promise
    seed: int
    seconds: float
    outcome: Outcome
    overlooked: tuple[str, ...]  # controls that came out whole

    @property
    def good(self) -> bool:
        return not self.outcome.broken and not self.overlooked


def run(names: Sequence[str]) -> int:
    """Tries the promises one after another; the document is up to date after each."""
    known = _by_first_word()
    if unknown := [name for name in names if name not in known]:
        print(f"there is no promise {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    seed = int(os.environ.get("DIGEST_SEED") or secrets.randbelow(2**32))
    good = True
    for promise in [promise for name in names or known for promise in known[name]]:
        trial = _tried(promise, seed)
        _write(promise.name, _section(trial))
        good = good and trial.good
    return 0 if good else 1


def _by_first_word() -> dict[str, list[Promise]]:
    """`P14` is all that is called so."""
    known: dict[str, list[Promise]] = {}
    for promise in PROMISES:
        known.setdefault(promise.name.partition(" ")[0], []).append(promise)
    return known


def _tried(promise: Promise, seed: int) -> Trial:
    print(f"{promise.name}: {promise.claim}\n  size {promise.long}, DIGEST_SEED={seed}", flush=True)
    begin = time.monotonic()
    outcome = _outcome(lambda folder: promise.campaign(folder, promise.long, seed))
    seconds = time.monotonic() - begin
    _say(outcome, seconds)
    overlooked = []
    for control in promise.controls:
        begin = time.monotonic()
        seen = control.seen(_outcome(lambda folder, control=control: control.campaign(folder, seed)))
        print(
            f"  control, {control.what}: {'seen' if seen else 'OVERLOOKED'}, {time.monotonic() - begin:.0f} s",
            flush=True,
        )
        overlooked += [] if seen else [control.what]
    return Trial(promise, seed, seconds, outcome, tuple(overlooked))


def _outcome(campaign: Callable[[Path], Outcome]) -> Outcome:
    """A campaign that falls over has shown nothing, and must not keep the others from being tried."""
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        try:
            return campaign(Path(folder))
        except Exception as error:
            traceback.print_exc()
            return Outcome({}, [f"the campaign itself failed: {type(error).__name__}: {error}".partition("\n")[0]])


def _say(outcome: Outcome, seconds: float) -> None:
    for what, figure in outcome.figures.items():
        print(f"  {what}: {figure}")
    for line in outcome.broken:
        print(f"  BROKEN: {line}")
    print(f"  {'broken' if outcome.broken else 'kept'}, {seconds:.0f} s", flush=True)


def _section(trial: Trial) -> str:
    promise, outcome = trial.promise, trial.outcome
    verdict = "Broken" if outcome.broken else "Kept"
    day = f"{SystemClock().now():%Y-%m-%d}"
    how = f"size {promise.long:,}, seed {trial.seed}, {trial.seconds / 60:.1f} minutes on {_machine()}"
    lines = [
        f"{promise.name}",
        "",
        promise.claim,
        "",
        f"**{verdict}** on {day}: {how}.",
        "",
        "| counted | |",
        "|---|---:|",
        *(f"| {what} | {_figure(figure)} |" for what, figure in outcome.figures.items()),
    ]
    lines += ["", *(f"- Broken: {line}" for line in outcome.broken[:SHOWN])] if outcome.broken else []
    seen = [
        f"- {'**Overlooked**' if each.what in trial.overlooked else 'Seen'}: {each.what}." for each in promise.controls
    ]
    return "\n".join([*lines, *(["", "Broken on purpose:", "", *seen] if seen else []), ""])


def _figure(figure: object) -> str:
    if isinstance(figure, dict):
        return ", ".join(f"{what} {_figure(number)}" for what, number in figure.items())
    return f"{figure:,}" if isinstance(figure, int) else str(figure)


def _write(name: str, section: str) -> None:
    """Replaces the section of that promise; they stand in the order of the list, what else there is after them."""
    text = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else HEAD
    sections = {each.partition("\n")[0]: each.rstrip("\n") + "\n" for each in text.split(SECTION)[1:]}
    sections[name] = section
    order = [promise.name for promise in PROMISES]
    inorder = [
        sections[each] for each in [*order, *(each for each in sections if each not in order)] if each in sections
    ]
    DOCUMENT.write_text(HEAD + "".join(SECTION + each for each in inorder), encoding="utf-8")


def _machine() -> str:
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"{_fsync_milliseconds():.2f} ms for an fsync"
    )


def _fsync_milliseconds() -> float:
    """Of a file that grows by a line each time, where the campaigns have their databases."""
    with tempfile.TemporaryFile() as file:
        begin = time.monotonic()
        for _ in range(FSYNCS):
            file.write(b"x" * 200)
            file.flush()
            os.fsync(file.fileno())
        return (time.monotonic() - begin) / FSYNCS * 1000


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
