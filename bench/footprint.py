"""What processes cost: memory by its kinds, processor time, and which import takes how much of it.

In:    process ids; names of modules.
Out:   megabytes and seconds, as the kernel counts them.
Never: a sum of memory that two processes share: where it matters PSS is told beside RSS.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TICKS = 100  # of a second, in /proc/PID/stat
KIB = 1024
# In the order in which the daemon would come across them: each line is what it adds to those before it.
LIBRARIES = (
    ("asyncio, ssl, http", ("asyncio", "ssl", "http.client", "email.message")),
    ("structlog, rich", ("structlog",)),
    ("typer", ("typer",)),
    ("sqlalchemy, sqlmodel, pydantic", ("sqlalchemy", "sqlalchemy.orm", "sqlite3", "sqlmodel")),
    ("alembic", ("alembic.command",)),
    ("pydantic-settings", ("pydantic_settings",)),
    ("httpx", ("httpx",)),
    ("feedparser, ftfy, nh3, pylatexenc", ("feedparser", "ftfy", "nh3", "pylatexenc.latexwalker")),
    ("jinja2, css-inline", ("jinja2", "jinja2.sandbox", "css_inline")),
    ("aiosmtplib, email-validator", ("aiosmtplib", "email_validator")),
    ("apscheduler", ("apscheduler.schedulers.asyncio",)),
    ("uvicorn, fastapi", ("uvicorn", "fastapi")),
    ("prometheus-client", ("prometheus_client",)),
    ("numpy", ("numpy",)),
    ("scipy.sparse", ("scipy.sparse",)),
    ("snowballstemmer", ("snowballstemmer",)),
    ("digest itself", ("digest.daemon",)),
)
WEIGH = """
import importlib, importlib.util, sys
def weight():
    with open("/proc/self/smaps_rollup") as file:
        kinds = {line.split()[0]: int(line.split()[1]) for line in file if line.endswith("kB\\n")}
    return kinds["Rss:"], sum(kinds[name] for name in ("Private_Clean:", "Private_Dirty:"))
before = weight()
print("python", *before)
for number, names in enumerate(sys.argv[1:]):
    for name in names.split(","):
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)
    now = weight()
    print(number, now[0] - before[0], now[1] - before[1])
    before = now
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes. `rss` holds what is shared with others, `pss` this process's part of that, `private` none of it."""

    rss: float
    pss: float
    private: float
    peak: float

    def __str__(self) -> str:
        return f"RSS {self.rss:4.0f} MB (peak {self.peak:.0f}), PSS {self.pss:4.0f} MB, private {self.private:4.0f} MB"


def memory(process: int) -> Memory:
    rollup = _kilobytes(Path(f"/proc/{process}/smaps_rollup"))
    private = rollup["Private_Clean"] + rollup["Private_Dirty"]
    peak = _kilobytes(Path(f"/proc/{process}/status"))["VmHWM"]
    return Memory(*(each / KIB for each in (rollup["Rss"], rollup["Pss"], private, peak)))


def regions(process: int, shown: int = 8) -> list[tuple[str, float]]:
    """What is resident, by what it is mapped from: the heaviest first, in megabytes."""
    found: dict[str, float] = {}
    name = ""
    for line in Path(f"/proc/{process}/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            name = _kind(words[5] if len(words) > 5 else "")
        elif words[0] == "Rss:":
            found[name] = found.get(name, 0) + int(words[1]) / KIB
    return sorted(found.items(), key=lambda each: -each[1])[:shown]


def _kind(path: str) -> str:
    """A library by its own name, other mappings by what the kernel calls them."""
    if path in ("", "[heap]"):
        return "heap and other memory of its own"
    parts = path.split("/")
    return f"{parts[parts.index('site-packages') + 1]}, its libraries" if "site-packages" in parts else parts[-1]


def processor_seconds(process: int) -> float:
    """Used so far by it and by its children that have ended."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(words[number]) for number in (11, 12, 13, 14)) / TICKS


def children(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def imports() -> list[tuple[str, float, float]]:
    """For each of LIBRARIES the megabytes that it adds: RSS, and of that private."""
    command = [sys.executable, "-c", WEIGH, *(",".join(names) for _, names in LIBRARIES)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split() for line in lines]
    names = ["python itself", *(name for name, _ in LIBRARIES)]
    return [(name, int(row[1]) / KIB, int(row[2]) / KIB) for name, row in zip(names, rows, strict=True)]


def _kilobytes(file: Path) -> dict[str, int]:
    lines = [line.split() for line in file.read_text().splitlines() if line.endswith("kB")]
    return {words[0].rstrip(":"): int(words[1]) for words in lines}
