"""A template of a mail, before anything is filled in.

In:    the source.
Out:   whether it is one; the HTML around its tags, where a value stands as a letter.
Never: a value, a branch taken.
"""

import re

_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def is_template(source: str) -> bool:
    return bool(_TAG.search(source) or _VALUE.search(source))


def bare(source: str) -> str:
    """Lines keep their numbers."""
    return _VALUE.sub(lambda found: "x" + "\n" * found[0].count("\n"), _TAG.sub(_emptied, source))


def _emptied(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")
