"""Where log lines go.

In:    the wish for plain or JSON lines, and how much to say.
Out:   structlog set up for the process, writing to standard error.
Never: an address, a subject or a secret: callers log ids and counts.
"""

import logging
import sys

import structlog


def configure(*, level: str = "info", json: bool = False) -> None:
    """Sets up logging once, at the start of the process."""
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that still runs is no news
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if json else console,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
