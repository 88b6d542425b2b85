"""The documents tell the truth: their tables are generated, the README's commands run. `--update-golden` rewrites."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from digest.cli.root import root
from digest.config import Config
from digest.model import DeliveryState
from digest.store.transitions import MOVES

README = Path(__file__).parents[1] / "README.md"
ARCHITECTURE = README.parent / "docs" / "architecture.md"


def commands() -> Iterator[str]:
    def walk(command: Any, name: str) -> Iterator[tuple[str, str]]:
        if children := getattr(command, "commands", None):
            for child in children.values():
                yield from walk(child, f"{name} {child.name}")
        else:
            yield name, command.get_short_help_str(limit=200)

    rows = list(walk(typer.main.get_command(root), "digest"))
    width = max(len(name) for name, _ in rows)
    yield from (f"    {name:<{width}}   {text.rstrip('.')}" for name, text in rows)


def configuration() -> Iterator[str]:
    yield "| key | default | meaning |"
    yield "|---|---|---|"
    for table, field in Config.model_fields.items():
        section = field.annotation
        if not (isinstance(section, type) and issubclass(section, BaseModel)):
            section = field.annotation.__args__[0]  # type: ignore[union-attr]
        for key, option in section.model_fields.items():
            yield f"| `{table}.{key}` | {shown(option)} | {option.description} |"


def shown(option: FieldInfo) -> str:
    if option.is_required():
        return "required"
    value = option.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", ()):
        return ""
    return f"`{value:%H:%M}`" if isinstance(value, time) else f"`{str(value).lower() if value is True else value}`"


def moves() -> Iterator[str]:
    yield "| move | from | to | fenced | why |"
    yield "|---|---|---|---|---|"
    for move, transition in MOVES.items():
        since, to = (
            ", ".join(state for state in DeliveryState if state in some) for some in (transition.since, transition.to)
        )
        yield f"| {move} | {since} | {to} | {'yes' if transition.fenced else ''} | {transition.why} |"


@pytest.mark.parametrize(
    ("document", "block", "lines"),
    [(README, "commands", commands), (README, "configuration", configuration), (ARCHITECTURE, "moves", moves)],
)
def test_tables_are_those_of_the_program(
    document: Path, block: str, lines: Callable[[], Iterator[str]], pytestconfig: pytest.Config
) -> None:
    text = document.read_text()
    start, end = f"<!-- {block} -->\n", f"<!-- /{block} -->"
    wanted = f"{start}\n" + "\n".join(lines()) + f"\n\n{end}"
    if pytestconfig.getoption("update_golden"):
        document.write_text(re.sub(f"{start}.*?{end}", lambda _: wanted, text, flags=re.DOTALL))
    assert wanted in document.read_text()


def shell_lines() -> list[list[str]]:
    """Every `digest …` line of the README's walk-through, as arguments."""
    guide = README.read_text().split("## From nothing to the first mail")[1].split("\n## ")[0]
    return [shlex.split(line, comments=True)[1:] for line in guide.splitlines() if line.startswith("    digest ")]


def test_the_walk_through_runs(tmp_path: Path) -> None:
    """In its order, on a fresh folder. No source answers there and no mail server runs, so `run` may say so (1)."""
    example = (README.parent / "config.example.toml").read_text()
    (tmp_path / "config.toml").write_text(example.replace("kind = ", 'url = "http://127.0.0.1:9"\nkind = '))
    lines = shell_lines()
    assert ["config", "check"] in lines
    for arguments in lines:
        done = subprocess.run(
            [sys.executable, "-m", "digest", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode in ((0, 1) if arguments[0] in {"run", "preview"} else (0,)), (arguments, done.stderr)
        assert "Traceback" not in done.stderr


def test_every_page_of_the_documents_is_linked() -> None:
    text = README.read_text()
    assert [page.name for page in ARCHITECTURE.parent.glob("*.md") if f"(docs/{page.name})" not in text] == []
