"""The program with one fault put in on purpose: `python -m tests.crash.broken VARIANT COMMAND …`.

In:    the name of a variant, and the arguments of `digest`.
Out:   the command line as always, with that one fault in it.
Never: a fault that a campaign may overlook: each variant is a control of some promise.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from digest import daemon
from digest.cli.root import INTERRUPTED, run
from digest.jobs import deliver
from digest.mail.transport import SmtpTransport
from digest.model import Delivery
from digest.store.deliveries import Deliveries


def sent_before_data() -> None:
    """The permit writes `sent` instead of `transmitting`."""
    sent = text("UPDATE delivery SET state = 'sent', owner = '', lease_until = NULL WHERE id = :id")

    def permit(self: Deliveries, delivery: Delivery, *_: object) -> bool:
        with self._database.write() as conn:
            conn.execute(sent, {"id": delivery.id})
        return True

    Deliveries.permit = permit  # type: ignore[method-assign]


def no_permit() -> None:
    """The permit says yes and writes nothing."""
    Deliveries.permit = lambda *_: True  # type: ignore[method-assign]


def settle_forgets() -> None:
    """What the server answered is written nowhere."""
    Deliveries.settle = lambda *_, **__: True  # type: ignore[method-assign]


def resend_changes() -> None:
    """A second try is not the same bytes as the first."""
    send = SmtpTransport.send

    async def other(self: SmtpTransport, envelope: Any, message: bytes, *rest: Any) -> Any:
        return await send(self, envelope, b"X-Try: " + os.urandom(8).hex().encode() + b"\r\n" + message, *rest)

    SmtpTransport.send = other  # type: ignore[method-assign]


def leaves_at_once() -> None:
    """A signal ends it with the right code, and with whatever is in flight."""

    def at_once(_: object, number: int, *__: object) -> None:
        signal.signal(number, lambda *_: os._exit(INTERRUPTED))

    asyncio.SelectorEventLoop.add_signal_handler = at_once  # type: ignore[assignment,method-assign]


def waits_on() -> None:
    """Told to stop, it gives messages that are under way as long as the server takes."""
    deliver.STOP_SECONDS = daemon.STOP_SECONDS = 3600


VARIANTS: dict[str, Callable[[], None]] = {
    "sent-before-data": sent_before_data,
    "no-permit": no_permit,
    "settle-forgets": settle_forgets,
    "resend-changes": resend_changes,
    "leaves-at-once": leaves_at_once,
    "waits-on": waits_on,
}


def program(variant: str) -> tuple[str, ...]:
    """What stands before the arguments, for a lab."""
    assert variant in VARIANTS, variant
    return sys.executable, "-m", "tests.crash.broken", variant


if __name__ == "__main__":
    VARIANTS[sys.argv[1]]()
    sys.exit(run(sys.argv[2:]))
