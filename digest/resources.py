"""Finds the files that ship with the program.

In:    a name below `templates/`, `migrations/` or the example configuration.
Out:   a path that exists, in a checkout, an editable install and a wheel alike.
Never: the operator's own files.
"""

from pathlib import Path

PACKAGE = Path(__file__).parent


def _shipped(name: str) -> Path:
    inside = PACKAGE / name  # a wheel carries it in the package
    return inside if inside.exists() else PACKAGE.parent / name


def templates_dir() -> Path:
    return _shipped("templates")


def migrations_dir() -> Path:
    return _shipped("migrations")


def example_config() -> Path:
    return _shipped("config.example.toml")
