"""What the checker allows, held against what was measured of mail programs (caniemail)."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

from digest.mail import lint
from digest.mail.lint.support import ATTRIBUTES, ELEMENTS, EVERYWHERE, HELPFUL, PROPERTIES, SPOKEN

CORE = ("apple-mail", "gmail", "outlook", "yahoo", "aol", "samsung-email", "thunderbird")
GROUPS = {
    **dict.fromkeys(("h1", "h2", "h3"), "h1-h6"),
    **dict.fromkeys(("tr", "td", "th"), "table"),
    **dict.fromkeys(("ul", "ol", "li"), "lists"),
    "b": "strong",
}
# The body is there for its text, `<style>` for the dark: a mail is whole without their looks.
FRAME = {"html-body", "html-style"}


def feature(key: str) -> str:
    return "css-" + re.sub(r"^(border|margin|padding)-(left|top|right|bottom).*$", r"\1", key)


@pytest.mark.captures
def test_every_core_program_knows_what_a_mail_needs(captures: Path) -> None:
    measured = json.loads((captures / "caniemail.json").read_text())["features"]
    attributes = EVERYWHERE.union(*ATTRIBUTES.values()) - SPOKEN
    needed = {f"html-{GROUPS.get(tag, tag)}" for tag in ELEMENTS} | {f"html-{key}" for key in attributes}
    needed |= {feature(key) for key in PROPERTIES}
    known = (needed - FRAME) & set(measured)
    assert {"css-padding", "css-font", "css-max-width", "html-table", "html-h1-h6", "html-width"} <= known
    verdicts = [
        (name, program, seen["v"])
        for name in sorted(known)
        for program, seen in measured[name]["stats"].items()
        if program.split("/")[0] in CORE and seen["v"] != "u"
    ]
    assert len(verdicts) > 600
    assert [(name, program) for name, program, verdict in verdicts if verdict == "n"] == []


@pytest.mark.captures
def test_what_merely_helps_is_not_known_to_all_of_them(captures: Path) -> None:
    """What all know is needed or not: it is no help."""
    measured = json.loads((captures / "caniemail.json").read_text())["features"]
    for key in HELPFUL - {"border-top-color"}:
        if stats := measured.get(f"css-{key}", {}).get("stats"):
            assert "n" in {seen["v"] for program, seen in stats.items() if program.split("/")[0] in CORE}, key


def test_the_checker_knows_nothing_of_the_code_that_writes_mails() -> None:
    for file in Path(lint.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith("digest.mail.lint") or name.split(".")[0] in sys.stdlib_module_names, file.name
