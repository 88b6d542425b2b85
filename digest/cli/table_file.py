"""Subscribers as a CSV file.

In:    a file with the columns below in any order (RFC 4180, UTF-8, with or without a byte order mark).
Out:   subscribers and a problem for each bad line; the same columns again.
Never: a good line lost for the sake of a bad one.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TextIO

from digest.errors import InputError
from digest.model import Subscriber
from digest.wishes import Usual, Wishes, lists

COLUMNS = ("email", *(field.name for field in fields(Wishes)))
LISTS = ("topics", "categories", "authors", "mutes")
MOST_PAPERS = 50


def read_rows(path: Path, usual: Usual) -> tuple[list[Subscriber], list[str]]:
    """The subscribers of the good lines, each address once, and what is wrong with the others. Raises InputError."""
    try:
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True)
        header = _header(path, next(rows, []))
        good, bad = dict[str, Subscriber](), list[str]()
        for row in rows:
            if any(cell.strip() for cell in row):
                _read(row, header, rows.line_num, usual, good, bad)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "name a CSV file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8", "save it as CSV UTF-8") from None
    except csv.Error as error:
        raise InputError(f"{path}, line {rows.line_num}: {error}", "nothing was imported; mend the quotes") from None
    return list(good.values()), bad


def _header(path: Path, found: Sequence[str]) -> list[str]:
    header = [name.strip().lower() for name in found]
    unknown = sorted(set(header) - set(COLUMNS))
    if len(header) == 1 and ";" in header[0]:
        raise InputError(f"the columns of {path} are parted by semicolons", "save it with commas")
    if unknown:
        raise InputError(f"{path} has a column “{unknown[0]}”", f"there are {', '.join(COLUMNS)}")
    if "email" not in header or len(set(header)) < len(header):
        raise InputError(f"{path} must have each column once, and email", f"there are {', '.join(COLUMNS)}")
    return header


def _read(
    row: Sequence[str],
    header: Sequence[str],
    number: int,
    usual: Usual,
    good: dict[str, Subscriber],
    bad: list[str],
) -> None:
    try:
        made = _subscriber(row, header, usual)
        if made.address.casefold() in good:
            raise InputError(f"{made.address} is in the file twice", "the first line counts")
        good[made.address.casefold()] = made
    except InputError as error:
        bad.append(f"line {number}: {error}")


def _subscriber(row: Sequence[str], header: Sequence[str], usual: Usual) -> Subscriber:
    """Raises InputError for the first cell that is wrong."""
    if len(row) != len(header):
        raise InputError(f"{len(row)} cells, not {len(header)}", "quote a cell that has a comma")
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True) if cell.strip()}
    wishes = Wishes(
        name=cells.get("name"),
        **{name: items(cells[name]) for name in LISTS if name in cells},
        tz=cells.get("tz"),
        at=cells.get("at"),
        cadence=cells.get("cadence"),
        papers=_papers(cells["papers"]) if "papers" in cells else None,
        language=cells.get("language"),
        abstracts=cells.get("abstracts"),
        text_only=_yes(cells["text_only"]) if "text_only" in cells else None,
    )
    return wishes.applied_to(usual.subscriber(cells.get("email", "")))


def _papers(cell: str) -> int:
    if not cell.isdecimal() or not 0 < int(cell) <= MOST_PAPERS:
        raise InputError(f"“{cell}” is no number of papers", f"write 1 to {MOST_PAPERS}, or nothing")
    return int(cell)


def _yes(cell: str) -> bool:
    if cell.lower() not in ("yes", "no"):
        raise InputError(f"“{cell}” is neither yes nor no", "write yes, no or nothing")
    return cell.lower() == "yes"


def items(cell: str) -> list[str]:
    """A cell's list: `a;b`; an item that has a semicolon or a quote itself is quoted, as a CSV cell is."""
    return [item.strip() for item in next(csv.reader([" ".join(cell.split())], delimiter=";"), [])]


def joined(values: Iterable[str]) -> str:
    """The cell of which `items` makes the same list."""
    cell = io.StringIO()
    csv.writer(cell, delimiter=";", lineterminator="").writerow(values)
    return cell.getvalue()


def write_rows(file: TextIO, subscribers: Iterable[Subscriber]) -> None:
    """The header and one line for each."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in subscribers:
        topics = lists(each.topics)
        writer.writerow(
            (
                each.address,
                each.name,
                *(joined(topics[name]) for name in LISTS),
                each.zone,
                f"{each.at:%H:%M}",
                each.cadence,
                each.papers or "",
                each.language,
                each.abstracts.value,
                "yes" if each.text_only else "",
            )
        )
