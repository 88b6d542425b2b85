"""What the durable ledger costs: the time per message with it and without it, at 4 connections.

    python -m bench.bench_ledger [--messages 3000] [--rounds 3] [--limit 1.3]

Prints milliseconds per message and their ratio, on this disk and with 10 ms added to every fsync (strace delays it).
`without` composes and sends the same messages over the same connections, and writes nothing. Exits 1 past the limit.
"""

import argparse
import asyncio
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from bench.bench_enqueue import NOW, fill
from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.deliver import Policy, deliver
from digest.jobs.enqueue import Terms, enqueue
from digest.jobs.pace import Pace
from digest.jobs.publish import publish
from digest.logs import configure
from digest.mail.compose import make_composer
from digest.mail.press import Press
from digest.mail.transport import SmtpTransport
from digest.model import Delivery, DeliveryState, Site
from digest.resources import templates_dir
from digest.store.engine import Store, open_store

CONNECTIONS = 4
SITE = Site(
    name="Papers", base_url="https://papers.example.org", sender_name="Papers", sender_address="papers@example.org"
)
SLOW = ("strace", "-f", "-qq", "-o", "/dev/null", "--seccomp-bpf", "-e", "trace=fsync,fdatasync")
SLOW += ("-e", "inject=fsync,fdatasync:delay_enter=10000")


class Sink(asyncio.Protocol):
    """An SMTP server that takes everything at once and keeps nothing."""

    def connection_made(self, transport: Any) -> None:
        self.transport, self.buffer, self.in_content = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.in_content or b"\r\n" in self.buffer:
            if self.in_content:
                if not self.buffer.endswith(b"\r\n.\r\n"):
                    return
                self.buffer, self.in_content = b"", False
                self.transport.write(b"250 2.0.0 taken\r\n")
                continue
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            self.in_content = line == b"DATA"
            self.transport.write(b"354 go on\r\n" if self.in_content else b"250 2.0.0 fine\r\n")


def sink(port: Any, ready: Event) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    asyncio.run(serve())


async def with_ledger(store: Store, press: Press, transport: SmtpTransport) -> int:
    with store.seat() as seat:
        policy, pace = Policy(CONNECTIONS), Pace(CONNECTIONS)
        report = await deliver(store, press.compose, transport, FixedClock(NOW), policy, pace, seat)
    return report[DeliveryState.SENT]


async def without_ledger(store: Store, press: Press, transport: SmtpTransport) -> int:
    waiting = store.deliveries.list(limit=10**9)
    total = len(waiting)

    async def yes() -> bool:
        return True

    async def prepared(ready: asyncio.Queue[Any]) -> None:
        while waiting:
            delivery: Delivery = waiting.pop()
            digest = await asyncio.to_thread(store.deliveries.digest, delivery.id)
            await ready.put(await press.compose(digest))
        for _ in range(CONNECTIONS):
            await ready.put(None)

    async def sender(ready: asyncio.Queue[Any]) -> None:
        while message := await ready.get():
            await transport.send(*message, yes, yes)

    ready: asyncio.Queue[Any] = asyncio.Queue(CONNECTIONS)
    await asyncio.gather(prepared(ready), *(sender(ready) for _ in range(CONNECTIONS)))
    return total


async def measured(url: str, port: int, way: Callable[..., Awaitable[int]]) -> float:
    """Milliseconds per message."""
    press = Press(partial(make_composer, SITE, templates_dir(), b"0123456789abcdef0123456789abcdef"))
    with open_store(url) as store:
        async with press, SmtpTransport("127.0.0.1", port, "none", connections=CONNECTIONS) as transport:
            await press.compose(store.deliveries.digest(store.deliveries.list(limit=1)[0].id))  # it has started
            began = time.perf_counter()
            sent = await way(store, press, transport)
            return (time.perf_counter() - began) * 1000 / sent


def filled(folder: Path, messages: int) -> Path:
    """A database that owes them."""
    path = folder / "filled.db"
    with open_store(f"sqlite:///{path}") as store:
        fill(store, messages, 200)
        publish(store, FixedClock(NOW), 4, ())
        enqueue(store, FixedClock(NOW), Rules(min_score=0), Terms(4, NOW - NOW.replace(hour=0)))
    return path


def run(folder: Path, database: Path, port: int, way: str, slow: bool) -> float:
    """One measurement, in a process and a database of its own."""
    place = Path(tempfile.mkdtemp(dir=folder)) / "digest.db"
    shutil.copy(database, place)
    with open_store(f"sqlite:///{place}") as store, store.adopting():
        pass
    command = [sys.executable, "-m", "bench.bench_ledger", "--way", way, "--database", str(place), "--port", str(port)]
    done = subprocess.run([*(SLOW if slow else ()), *command], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=1.3)
    parser.add_argument("--way", choices=("with", "without"))
    parser.add_argument("--database")
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    configure(level="error")
    if given.way:
        way = with_ledger if given.way == "with" else without_ledger
        print(asyncio.run(measured(f"sqlite:///{given.database}", given.port, way)))
        return 0
    if shutil.which("strace") is None:
        sys.exit("strace is not installed: apt-get install strace")
    port, ready = multiprocessing.Value("i"), multiprocessing.Event()
    server = multiprocessing.Process(target=sink, args=(port, ready), daemon=True)
    server.start()
    ready.wait()
    worst = 0.0
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        database = filled(Path(name), given.messages)
        for disk, slow in (("this disk", False), ("10 ms more for each fsync", True)):
            pairs = [
                [run(Path(name), database, port.value, way, slow) for way in ("without", "with")]
                for _ in range(given.rounds)
            ]
            off, on = (statistics.median(column) for column in zip(*pairs, strict=True))
            worst = max(worst, on / off)
            print(f"{disk:26} without {off:5.2f} ms   with {on:5.2f} ms a message   ratio {on / off:.2f}", flush=True)
    server.terminate()
    print(f"limit {given.limit}: {'kept' if worst <= given.limit else 'exceeded'}")
    return int(worst > given.limit)


if __name__ == "__main__":
    sys.exit(main())
