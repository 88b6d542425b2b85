"""The machine that makes up stories, and what it must find.

In:    how many stories, and the seed they are made up from.
Out:   how much happened in them, and the first one in which a promise was broken.
Never: a story with a fault in the program itself, but for the controls.
"""

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Connection, text

from digest.model import Delivery
from digest.store import ledger
from digest.store.addresses import Marks
from digest.store.database import hit
from digest.store.engine import open_store
from digest.store.ledger import Recovered
from tests.crash import broken
from tests.crash.days import START, ToldClock, ingest, quiet, reader, tick
from tests.crash.promise import Control, Outcome, Promise
from tests.crash.story import Harm, Story
from tests.smtp import SmtpServer

FIGURES = ("stories", "runs", "kills", "messages", "unknown endings", "copies")
FOUND_WITHIN = 100  # stories; the first one that breaks a promise is the last
_SETTINGS = settings(
    stateful_step_count=20,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


def campaign(folder: Path, size: int, number: int, *, harm: Harm = lambda: None) -> Outcome:
    """So many stories; `number` is the seed that Hypothesis makes them up from."""
    quiet()
    _warm_up(folder / "first.db")
    figures: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))

    @seed(number)
    def begin() -> Story:
        return Story(folder, harm, figures)

    try:
        run_state_machine_as_test(begin, settings=settings(_SETTINGS, max_examples=size))
    except AssertionError as error:
        return Outcome({**figures}, [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    return Outcome({**figures}, [])


def _warm_up(path: Path) -> None:
    """What a process makes once is made here, and not by every sender anew."""
    with open_store(f"sqlite:///{path}") as store, SmtpServer() as server:
        store.subscribers.add(reader("first@example.org"), START)
        ingest(store, ToldClock(START), 1)
        tick(store, ToldClock(START), server.port)
        assert server.mails


def _sent_before_data() -> None:
    """The permit is the real one, but writes `sent`."""
    permit, sent = ledger.permit, text("UPDATE delivery SET state = 'sent' WHERE id = :id")

    def too_early(conn: Connection, delivery: Delivery, marks: Marks) -> bool:
        return permit(conn, delivery, marks) and hit(conn.execute(sent, {"id": delivery.id}))

    ledger.permit = too_early


def _takes_nothing_back() -> None:
    ledger.recover = lambda *_, **__: Recovered(0, 0)


def _control(what: str, sign: str, harm: Harm) -> Control:
    return Control(what, sign, lambda folder, number: campaign(folder, FOUND_WITHIN, number, harm=harm))


MACHINE = Promise(
    "Machine",
    "Whatever subscribers, the mail server, the clock and the power do, in any order: no copy without an unknown "
    "answer, the same octets each time, none to who left or never confirmed, `sent` is true, every delivery ends.",
    campaign,
    short=20,
    long=200,
    controls=(
        _control(
            "the permit always says yes and writes nothing",
            r"although the sender knew|began after they had left|is not `sent`",
            broken.no_permit,
        ),
        _control("`sent` is committed before DATA", r"is `sent`, and the server has nothing", _sent_before_data),
        _control("a second try is not the same octets", r"in different words", broken.resend_changes),
        _control("what a dead sender held is not taken back", r"deliveries never end", _takes_nothing_back),
    ),
)
