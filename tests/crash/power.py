"""P4: the power fails while the ledger is written.

In:    the real store at work under strace; points in its life, chosen at random.
Out:   whether what the next boot finds is whole and has every transition that was acknowledged before.
Never: a boot that a disk which obeys a flush could not lead to: `disk.py` has the rules.

The workload does one transaction after the other and says after each what all tables hold. So a boot must find exactly
what one of them left, and none older than the last that was acknowledged: nothing lost, and nothing half there.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from digest.errors import StoreError
from digest.store.engine import check, open_store
from tests.crash import disk, tracing
from tests.crash.disk import Disk
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.tracing import Call
from tests.crash.workload import fingerprint

ROOT = Path(__file__).parents[2]
CUTS = 250  # of one life, before the next is recorded
CONTROL_CUTS = 40
OUTPUT = 1


@dataclass(frozen=True, slots=True)
class Life:
    """What the workload did, and after each acknowledged transition what the database held and what had been done."""

    database: Path
    calls: list[Call]
    fingerprints: list[str]
    deeds: list[str]


@dataclass(slots=True)
class _Cuts:
    """The counts of a campaign."""

    figures: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def campaign(folder: Path, cuts: int, seed: int, synchronous: str = "") -> Outcome:
    """Records as many lives as it takes, and cuts each short again and again."""
    chance, counted = random.Random(seed), _Cuts()
    for number, done in enumerate(range(0, cuts, CUTS)):
        life = record(folder / f"life{number}", synchronous)
        counted.figures["calls recorded"] += len(life.calls)
        counted.figures["transitions acknowledged"] += len(life.deeds)
        for at, acknowledged, files in _cuts(life, min(CUTS, cuts - done), chance):
            counted.figures["power cuts"] += 1
            counted.figures["writes at stake"] += files.waiting
            problem = _problem(life, acknowledged, files.after_cut(chance))
            counted.broken += [f"life {number}, power cut after call {at}: {problem}"] if problem else []
    return Outcome(dict(counted.figures), counted.broken)


def record(folder: Path, synchronous: str) -> Life:
    """One life of the workload, from an empty folder to its end."""
    folder.mkdir(parents=True)
    database = folder / "disk" / "digest.db"
    database.parent.mkdir()
    command = [sys.executable, "-m", "tests.crash.workload", str(database), *([synchronous] if synchronous else [])]
    calls = tracing.record(command, (*disk.NAMES, *disk.UNKNOWN), folder / "strace", cwd=ROOT)
    said = [_said(call).split(" ", 2) for call in calls if _is_said(call)]
    return Life(database, calls, [one[1] for one in said], [one[2] for one in said])


def _cuts(life: Life, count: int, chance: random.Random) -> Iterator[tuple[int, int, Disk]]:
    """Points between two calls, each with how many transitions were acknowledged and the disk at that moment."""
    own = Disk(life.database)
    began = next(at for at, call in enumerate(life.calls) if str(life.database).encode() in call.arguments)
    points = Counter(chance.randrange(began, len(life.calls)) for _ in range(count))
    acknowledged = 0
    for at, call in enumerate(life.calls):
        own.obey(call)
        acknowledged += _is_said(call)
        for _ in range(points[at]):
            yield at, acknowledged, own


def _problem(life: Life, acknowledged: int, files: disk.Files) -> str:
    """What is wrong with the database after the next boot, or nothing."""
    _boot(life.database, files)
    url = f"sqlite:///{life.database}"
    try:
        if damage := check(url):
            return f"the check says: {damage[0]}"
        with open_store(url) as store:
            found = fingerprint(store)
            with store.seat():
                return _difference(life, acknowledged, found)
    except StoreError as error:
        return f"it cannot go on: {error}"


def _boot(database: Path, files: disk.Files) -> None:
    """Puts the files back in their place. The database knows two of them by number: they are emptied, not removed."""
    known = {database.name: b"", f"{database.name}.lock": b""}
    for file in database.parent.iterdir():
        if file.name not in known:
            file.unlink()
    for name, content in (known | files).items():
        database.with_name(name).write_bytes(content)


def _difference(life: Life, acknowledged: int, found: str) -> str:
    """One transaction may be on disk that was not acknowledged yet, because one was on its way."""
    # That the database was made is nobody's to rely on: SQLite syncs the folder with the first transaction in the log.
    if acknowledged < 2 or found in life.fingerprints[acknowledged - 1 : acknowledged + 1]:
        return ""
    if found not in life.fingerprints:
        return f"half a transaction is there, after this was acknowledged: {life.deeds[acknowledged - 1]}"
    last = life.fingerprints.index(found) + 1
    return f"lost though acknowledged: {_list(life.deeds[last:acknowledged])}"


def _list(deeds: Sequence[str]) -> str:
    return "; ".join(deeds[:3]) + (f" and {len(deeds) - 3} more" if len(deeds) > 3 else "")


def _is_said(call: Call) -> bool:
    return call.name == "write" and call.arguments[0] == OUTPUT


def _said(call: Call) -> str:
    text = call.arguments[1]
    assert isinstance(text, bytes)
    return text.decode().rstrip("\n")


def _without(synchronous: str) -> Control:
    broken = partial(_broken, synchronous=synchronous)
    return Control(
        f"`synchronous={synchronous}`",
        r"lost though acknowledged|half a transaction|the check says|cannot go on",
        broken,
    )


def _broken(folder: Path, seed: int, *, synchronous: str) -> Outcome:
    return campaign(folder, CONTROL_CUTS, seed, synchronous)


P4 = Promise(
    "P4",
    "When the power fails, the database is whole afterwards and no acknowledged transition is lost.",
    campaign,
    short=200,
    long=1000,
    controls=(_without("NORMAL"), _without("OFF")),
)
