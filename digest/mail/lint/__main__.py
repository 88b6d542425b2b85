"""`python -m digest.mail.lint FILE…`: what is wrong with finished mails, or with HTML alone.

In:    files: messages as `digest preview --format eml` writes them; `.html`.
Out:   a line for each finding; exit 1 if there is any, 2 where there is no file to read.
Never: a change to a file.
"""

import sys
from pathlib import Path

from digest.mail.lint import lint, lint_html


def main(names: list[str]) -> int:
    """The exit code."""
    files = [Path(name) for name in names]
    missing = [str(file) for file in files if not file.is_file()]
    if missing or not files:
        print(f"no such file: {', '.join(missing) or 'name one or more'}", file=sys.stderr)
        return 2
    lines = [f"{file}: {finding}" for file in files for finding in _findings(file)]
    print("\n".join(lines) or f"{len(files)} without a finding")
    return 1 if lines else 0


def _findings(file: Path) -> list[str]:
    content = file.read_bytes()
    found = lint_html(content.decode("utf-8", "replace")) if file.suffix == ".html" else lint(content)
    return list(map(str, found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
