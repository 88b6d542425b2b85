"""Where log lines go.

In:    the wish for plain or JSON lines, and how much to say.
Out:   structlog set up for the process, writing to standard error; what libraries log comes out the same way.
Never: an address, a subject or a secret: callers log ids and counts, libraries only what is wrong.
"""

import logging
import sys

import structlog
from structlog.typing import Processor

OURS = "digest"


def configure(*, level: str = "info", json: bool = False) -> None:
    """Sets up logging once, at the start of the process."""
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer() if json else console,
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _collect(shared, last)


def _collect(shared: list[Processor], last: list[Processor]) -> None:
    """Libraries log by the standard library: their warnings and errors take the same form."""
    handler = logging.StreamHandler(sys.stderr)
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name], processors=[strip, *last]
        )
    )
    handler.set_name(OURS)
    root = logging.getLogger()
    for before in [each for each in root.handlers if each.get_name() == OURS]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that still runs is no news
