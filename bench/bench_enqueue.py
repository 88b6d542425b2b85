"""How long it takes to decide for everybody: subscribers × papers, on an SQLite file.

    python -m bench.bench_enqueue [--subscribers 20000] [--papers 400] [--limit-seconds 60] [--limit-mb 500]
        [--limit-lag 1]

It runs in a thread beside an event loop, as in the daemon. Prints seconds, peak memory, how late the loop was at worst,
and what a tick costs when nobody is due; exits 1 past a limit.
"""

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path

from digest.clock import FixedClock
from digest.editorial.selection import Rules
from digest.jobs.enqueue import EnqueueReport, Terms, enqueue
from digest.jobs.publish import publish
from digest.model import Paper, Signal, SignalKind, Subscriber, Topic, TopicKind
from digest.store.engine import Store, open_store

NOW = datetime(2026, 5, 28, 9, 0, tzinfo=UTC)
NAP, IDLE = 0.01, 100
FIELDS = ("cs.LG", "cs.CL", "cs.CV", "cs.RO", "stat.ML", "math.PR", "q-bio.NC", "physics.soc-ph")


def vocabulary(chance: random.Random, size: int = 4000) -> list[str]:
    syllables = [c + v for c in "bcdfgklmnprstvz" for v in "aeiou"]
    return ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(size)]


def paper(number: int, words: list[str], chance: random.Random) -> Paper:
    common = chance.choices(words, weights=[1 / (rank + 10) for rank in range(len(words))], k=180)
    return Paper(
        id=f"arxiv:9912.{number:05}",
        title=" ".join(common[:10]).capitalize(),
        abstract=" ".join(common[10:]) + ".",
        authors=tuple(f"{a.title()} {b.title()}" for a, b in zip(common[:4], common[4:8], strict=True)),
        categories=(chance.choice(FIELDS),),
        published_at=NOW - timedelta(hours=chance.randint(2, 30)),
        links={"abstract": f"https://arxiv.org/abs/9912.{number:05}"},
    )


def subscriber(number: int, words: list[str], chance: random.Random) -> Subscriber:
    phrases = {" ".join(chance.choices(words[:600], k=chance.randint(1, 2))) for _ in range(4)}
    topics = [Topic(TopicKind.PHRASE, phrase) for phrase in sorted(phrases)]
    topics.append(Topic(TopicKind.CATEGORY, chance.choice(FIELDS)))
    topics.append(Topic(TopicKind.PHRASE, chance.choice(words), muted=True))
    return Subscriber(
        address=f"reader{number}@example.org", zone="Europe/Berlin", at=wall_time(7, 30), topics=tuple(topics)
    )


def fill(store: Store, subscribers: int, papers: int) -> None:
    chance = random.Random(1)
    words = vocabulary(chance)
    listed = [paper(number, words, chance) for number in range(papers)]
    votes = [Signal(one.id, SignalKind.HF_UPVOTES, chance.randint(0, 60), NOW) for one in listed[::4]]
    store.papers.save(listed, votes, source="bench", seen_at=NOW)
    for start in range(0, subscribers, 1000):
        batch = [subscriber(number, words, chance) for number in range(start, min(start + 1000, subscribers))]
        store.subscribers.add_many(batch, NOW)


def decide(store: Store) -> EnqueueReport:
    return enqueue(store, FixedClock(NOW), Rules(), Terms(4, timedelta(hours=12)), progress=lambda *_: None)


async def beside_a_loop(store: Store) -> tuple[EnqueueReport, float]:
    """The report, and by how many seconds a nap of 10 ms was late at worst."""
    work, worst = asyncio.create_task(asyncio.to_thread(decide, store)), 0.0
    while not work.done():
        before = time.perf_counter()
        await asyncio.sleep(NAP)
        worst = max(worst, time.perf_counter() - before - NAP)
    return await work, worst


def idle_tick(store: Store) -> float:
    """Milliseconds of a mail tick at which there is nothing to do: the edition is there, nobody is due."""
    started = time.perf_counter()
    for _ in range(IDLE):
        publish(store, FixedClock(NOW), 4, ())
        decide(store)
    return (time.perf_counter() - started) * 1000 / IDLE


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--subscribers", type=int, default=20_000)
    options.add_argument("--papers", type=int, default=400)
    options.add_argument("--limit-seconds", type=float, default=60)
    options.add_argument("--limit-mb", type=float, default=500)
    options.add_argument("--limit-lag", type=float, default=1)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{Path(folder) / 'bench.db'}") as store:
        fill(store, asked.subscribers, asked.papers)
        started = time.perf_counter()
        publish(store, FixedClock(NOW), 4, ())
        published = time.perf_counter()
        before = peak()
        report, lag = asyncio.run(beside_a_loop(store))
        seconds = time.perf_counter() - published
        idle = idle_tick(store)
    print(f"publish  {asked.papers} papers: {published - started:.1f} s")
    print(f"enqueue  {report.due} due: {report.queued} queued, {report.skipped.total()} skipped: {seconds:.1f} s")
    print(f"memory   {peak():.0f} MB at its peak, the whole process; {before:.0f} MB before enqueue")
    print(f"lag      {lag:.3f} s, the event loop beside it, at worst")
    print(f"idle     {idle:.1f} ms for a tick with nothing to do")
    late = seconds > asked.limit_seconds or lag > asked.limit_lag
    return int(late or peak() > asked.limit_mb or report.due != asked.subscribers)


if __name__ == "__main__":
    sys.exit(main())
