"""What it costs to compose in a process of its own: here and through the Press, in turns.

    python -m bench.bench_press [--messages 200] [--rounds 9] [--papers 10] [--limit-percent 50]

Prints messages a second, the best round of each, and what the Press adds to a message; exits 1 past the limit.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from time import perf_counter

from digest.mail.compose import make_composer
from digest.mail.press import Press
from digest.model import Digest
from digest.resources import templates_dir
from tests.mail.digests import READER, SITE, digest_of, picks

SENDERS = 4  # who ask at once, as many as there are connections


def digests(messages: int, papers: int) -> list[Digest]:
    chosen = picks(papers)
    readers = [replace(READER, id=number, address=f"reader{number}@example.org") for number in range(1, messages + 1)]
    return [digest_of(chosen, subscriber=reader) for reader in readers]


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    started = perf_counter()
    await work()
    return perf_counter() - started


async def measured(wanted: list[Digest], rounds: int) -> dict[str, float]:
    """The seconds of the best round of each way."""
    make = partial(make_composer, SITE, templates_dir(), b"thirty-two characters of secret!")
    composer = make()
    async with Press(make) as press:

        async def here() -> None:
            for digest in wanted:
                composer.compose(digest)

        async def one_by_one() -> None:
            for digest in wanted:
                await press.compose(digest)

        async def in_a_queue() -> None:
            await asyncio.gather(*(sender(wanted[number::SENDERS]) for number in range(SENDERS)))

        async def sender(some: list[Digest]) -> None:
            for digest in some:
                await press.compose(digest)

        ways = {"here": here, "press, one by one": one_by_one, f"press, {SENDERS} at once": in_a_queue}
        print(f"start    {await timed(partial(press.compose, wanted[0])):.2f} s, once")
        await here()
        taken = [{name: await timed(way) for name, way in ways.items()} for _ in range(rounds)]
    return {name: min(each[name] for each in taken) for name in ways}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--messages", type=int, default=200)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--papers", type=int, default=10)
    options.add_argument("--limit-percent", type=float, default=50)
    asked = options.parse_args()
    best = asyncio.run(measured(digests(asked.messages, asked.papers), asked.rounds))
    here, queued = best["here"], best[f"press, {SENDERS} at once"]
    for name, seconds in best.items():
        print(f"{name:<20} {asked.messages / seconds:6.0f} messages/s, {1000 * seconds / asked.messages:.2f} ms each")
    milliseconds, percent = 1000 * (queued - here) / asked.messages, 100 * (queued / here - 1)
    print(f"the press adds {milliseconds:.2f} ms a message, {percent:.0f} %, and leaves this process free meanwhile")
    return int(percent > asked.limit_percent)


if __name__ == "__main__":
    sys.exit(main())
