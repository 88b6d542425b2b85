"""Opens what a command works on.

In:    the path of the configuration, a moment to stand still at.
Out:   a Config, an App that is closed again, a subscriber.
Never: at import time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import InputError

if TYPE_CHECKING:
    from digest.app import App
    from digest.config import Config
    from digest.model import Subscriber
    from digest.store.engine import Store


def read_config(path: Path | None) -> "Config":
    """Raises ConfigError with every problem."""
    from digest.config import load

    return load(path or Path("config.toml"))


@contextmanager
def opened(path: Path | None, as_of: datetime | None = None) -> Iterator["App"]:
    """The App, at `as_of` if that is given. Raises ConfigError, InputError, StoreError."""
    from digest.app import open_app
    from digest.clock import FixedClock, SystemClock
    from digest.logs import configure

    configure(level="warning")
    if as_of:
        refuse_future(as_of)
    with open_app(read_config(path), FixedClock(as_of) if as_of else SystemClock()) as app:
        yield app


def refuse_future(moment: datetime) -> None:
    """Raises InputError: rows for a day to come would keep its mail from leaving."""
    from digest.clock import SystemClock

    if moment > SystemClock().now():
        raise InputError(f"{moment:%Y-%m-%d %H:%M} UTC is yet to come", "--as-of replays the past")


def known(store: "Store", address: str) -> "Subscriber":
    """The subscriber of that address. Raises InputError."""
    subscriber = store.subscribers.get(address)
    if subscriber is None:
        raise InputError(f"there is no subscriber {address}", "digest subscriber list shows who there is")
    return subscriber
