"""Opens the store, or says in one line why it cannot.

In:    a database URL.
Out:   a Store whose rooms share one Database; or a StoreError with the mend.
Never: a password in an error, or a change to a file that is not ours.
"""

from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.errors import StoreError
from digest.model import Consent
from digest.store import damage, identity, seat
from digest.store.addresses import Marks, unkeyed
from digest.store.database import DEADLINE, Database
from digest.store.deliveries import Deliveries
from digest.store.editions import Editions
from digest.store.feedback import Feedbacks
from digest.store.heartbeat import Heartbeats
from digest.store.history import History
from digest.store.migrate import bring_up
from digest.store.papers import Papers
from digest.store.pruning import Pruning
from digest.store.requests import Requests
from digest.store.seat import Seat
from digest.store.sources import SourceStates
from digest.store.statistics import Statistics
from digest.store.subscribers import Subscribers
from digest.store.suppressions import Suppressions
from digest.store.told import Told
from digest.store.troubles import DAMAGED

# Seconds for a statement of PostgreSQL's, in place of DEADLINE: an index over a year's papers takes minutes.
UPGRADING = 3600.0


class Store:
    """All that is remembered. Any thread may use it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sources = SourceStates(database)
        self.papers = Papers(database)
        self.editions = Editions(database)
        self.subscribers = Subscribers(database)
        self.deliveries = Deliveries(database)
        self.feedback = Feedbacks(database)
        self.requests = Requests(database)
        self.suppressions = Suppressions(database)
        self.statistics = Statistics(database)
        self.heartbeats = Heartbeats(database)
        self.pruning = Pruning(database)
        self.told = Told(database)
        self.history = History(database)

    def consents(self, subscriber_id: int) -> list[Consent]:
        """What a subscriber agreed to, oldest first."""
        return self.requests.consents(subscriber_id)

    def seat(self) -> AbstractContextManager[Seat]:
        """The right of this process alone to send. Raises SeatTaken, NotAdopted on entry."""
        return seat.seat(self.database)

    def adopting(self) -> AbstractContextManager[None]:
        """Makes the database at home here, once what is done inside has been done. Raises SeatTaken on entry."""
        return seat.adopting(self.database)

    def adopt(self) -> None:
        """Makes the database at home here as it stands. Raises SeatTaken."""
        with self.adopting():
            pass

    def check_adopted(self) -> None:
        """Raises NotAdopted."""
        if not self.is_adopted():
            raise seat.NotAdopted(restored=self.is_restored())

    def is_restored(self) -> bool:
        """Whether it came from a backup and was not adopted since."""
        with self.database.read() as conn:
            return identity.is_restored(conn)

    def is_adopted(self) -> bool:
        """False for a copy and for a restored database, which nothing is sent from."""
        return identity.is_adopted(self.database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, marks: Marks = unkeyed) -> Store:
    """The store at `url`; an empty database gets its schema first. `marks`: see Database.

    Raises StoreError when it cannot be reached or written, is not ours, or its schema is older or newer than ours.
    """
    database, _revision = _opened(url, upgrade=False, marks=marks)
    return Store(database)


def upgrade(url: str) -> str:
    """Moves the schema to the newest revision and returns that. Raises StoreError as `open_store` does."""
    database, revision = _opened(url, upgrade=True)
    database.close()
    return revision


def check(url: str) -> list[str]:
    """What is wrong with the database, a line each; nothing when it is good."""
    try:
        database, _revision = _opened(url, upgrade=False)
    except StoreError as error:
        return [_checked(error)]
    try:
        return damage.found(database)
    except StoreError as error:
        return [_checked(error)]
    finally:
        database.close()


def _checked(error: StoreError) -> str:
    """Who checks already is not told to."""
    return str(error).replace(DAMAGED, "run: digest db restore")


def _opened(url: str, *, upgrade: bool, marks: Marks = unkeyed) -> tuple[Database, str]:
    takes_long = upgrade and not url.startswith("sqlite")  # which waits so long for a lock, and for nothing else
    database = Database(url, UPGRADING if takes_long else DEADLINE, marks)
    try:
        if database.is_sqlite:
            _file_usable(Path(str(database.url.database)))
        revision = bring_up(database, upgrade=upgrade)
        database.use_wal()
    except StoreError:
        database.close()
        raise
    return database, revision


def _file_usable(path: Path) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a database file", "name a file in database.url")
    if not path.parent.is_dir():
        raise StoreError(f"the folder {path.parent} does not exist", f"create it: mkdir -p {path.parent}")
    if not path.exists():
        with suppress(OSError):  # SQLite says what is wrong; it gives its other files the rights of this one
            path.touch(0o600)
