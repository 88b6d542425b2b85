"""How the front page bears its visitors.

    python -m bench.bench_web [--visitors 1000] [--seconds 30] [--papers 2000]

`visitors` have the page open at the same time: each comes at a moment of their own, looks for ten seconds on average,
and comes again, as a browser does: over the connection there is, or another one. Then all of them press reload within
one second. The site runs as the daemon serves it, on one core; the visitors on another. Times count from the moment a
visitor wanted the page, not from when the machine got round to asking for it. Exits 1 where the 99th percentile of the
first is over 200 ms, or somebody got no page.
"""

import argparse
import asyncio
import multiprocessing
import random
import resource
import socket
import sys
import tempfile
import time
from datetime import timedelta
from multiprocessing.synchronize import Event

from bench.bench_enqueue import NOW, paper, vocabulary
from digest.clock import FixedClock, SystemClock
from digest.jobs.publish import publish
from digest.model import Site
from digest.resources import templates_dir
from digest.store.engine import open_store
from digest.templating import Templates
from digest.tokens import Tokens
from digest.web.listener import Listener
from digest.web.server import create_app

LIMIT = 0.2  # seconds, of the 99th percentile
LOOK = 10.0  # seconds that somebody looks at the page, on average
PATIENCE = 30.0
LOST = float("inf")
SITE = Site(name="Papers", base_url="https://papers.example.org", sender_name="Papers", sender_address="p@example.org")
ASK = b"GET / HTTP/1.1\r\nHost: papers.example.org\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n\r\n"


def serve(folder: str, port: int, ready: Event, enough: Event) -> None:
    """The pages until it is enough, in a process of their own."""

    async def run() -> None:
        tokens = Tokens(b"the secret of this site")
        with open_store(f"sqlite:///{folder}/digest.db", tokens.marks) as store, Listener() as listener:
            app = create_app(store, tokens, Templates(templates_dir()), SITE, SystemClock())
            async with listener.serving(app, ("127.0.0.1", port), enough.set):
                ready.set()
                await asyncio.to_thread(enough.wait)

    asyncio.run(run())


class Visitor:
    """One browser."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def come(self, first: float, until: float, look: float, took: list[float]) -> None:
        """At `first`, then again and again, as measured by the loop; seconds go to `took`."""
        loop, wanted = asyncio.get_running_loop(), first
        while wanted < until:
            await asyncio.sleep(wanted - loop.time())
            try:
                async with asyncio.timeout(PATIENCE):
                    good = await self._page()
                took.append(loop.time() - wanted if good else LOST)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self._writer = None
                took.append(LOST)
            wanted = max(wanted, loop.time()) + random.expovariate(1 / look)
        if self._writer:
            self._writer.close()

    async def _page(self) -> bool:
        if self._writer:
            try:
                return await self._asked(self._reader, self._writer)
            except (OSError, asyncio.IncompleteReadError):
                self._writer.close()  # a server lets go of who is silent for some seconds
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._asked(self._reader, self._writer)

    @staticmethod
    async def _asked(reader: asyncio.StreamReader | None, writer: asyncio.StreamWriter) -> bool:
        assert reader
        writer.write(ASK)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        return head.startswith(b"HTTP/1.1 200")


async def crowd(port: int, visitors: int, spread: float, seconds: float, look: float) -> list[float]:
    """Seconds each page took, for visitors who come within `spread` and go on for `seconds`."""
    took: list[float] = []
    start = asyncio.get_running_loop().time() + 0.5
    times = (start + random.uniform(0, spread) for _ in range(visitors))
    await asyncio.gather(*(Visitor(port).come(first, start + seconds, look, took) for first in times))
    return sorted(took)


def said(what: str, took: list[float]) -> float:
    """Prints how long pages took; returns the 99th percentile."""
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    lost = sum(seconds == LOST for seconds in took)
    times = ", ".join(
        f"{name} {seconds * 1000:.0f} ms" for name, seconds in (("p50", p50), ("p99", p99), ("max", took[-1]))
    )
    print(f"{what}: {len(took):,} pages, {times}, lost {lost}")
    return LOST if lost else p99


def edition(folder: str, papers: int) -> None:
    chance = random.Random(1)
    words = vocabulary(chance)
    with open_store(f"sqlite:///{folder}/digest.db") as store:
        made = [paper(number, words, chance) for number in range(papers)]
        store.papers.save(made, (), source="bench", seen_at=NOW - timedelta(hours=10))
        publish(store, FixedClock(NOW), 4, ())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--papers", type=int, default=2000)
    options = parser.parse_args()
    ready, enough = multiprocessing.Event(), multiprocessing.Event()
    with tempfile.TemporaryDirectory() as folder:
        edition(folder, options.papers)
        port = free_port()
        site = multiprocessing.Process(target=serve, args=(folder, port, ready, enough))
        site.start()
        try:
            ready.wait(60)
            began = time.perf_counter()
            asyncio.run(crowd(port, 1, 0, 0.1, LOOK))
            print(f"the first visitor of all waited {time.perf_counter() - began - 0.5:.2f} s")
            calm = said("open at once", asyncio.run(crowd(port, options.visitors, LOOK, options.seconds, LOOK)))
            said("reload within a second", asyncio.run(crowd(port, options.visitors, 1.0, 1.0, 1e9)))
        finally:
            enough.set()
            site.join(30)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"the site took {(used.ru_utime + used.ru_stime):.1f} s of its core in all")
    return int(calm > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
