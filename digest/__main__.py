"""`python -m digest`, and what the script `digest` calls.

In:    the command line.
Out:   an exit code.
Never: anything else.
"""

import sys

from digest.cli.root import run


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
