"""How long does it take to cut an edition for many subscribers, and how much memory?

In:    how many subscribers and papers (default 20,000 and 400), how many papers of other days each has rated (0);
       made-up papers, topics drawn from their words.
Out:   seconds of the processor and peak resident memory, on stdout.
Never: real papers or a database.

    python bench/bench_selection.py [SUBSCRIBERS [PAPERS [RATINGS]]]
"""

import resource
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from time import process_time

from digest.editorial.selection import Rules, Selector, Wanted
from digest.model import (
    Digest,
    Edition,
    Feedback,
    NoDigest,
    Paper,
    Ranked,
    Subscriber,
    Topic,
    TopicKind,
    Trend,
    TrendLabel,
    Verdict,
)

DAY = date(2026, 5, 28)
NOW = datetime(2026, 5, 28, 4, tzinfo=UTC)
SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
    "bel",
    "cor",
    "dan",
)
RATED = 3_000  # papers of other days that anybody has rated: what a month of digests holds
CATEGORIES = ("cs.LG", "cs.CL", "cs.CV", "cs.RO", "math.OC", "stat.ML", "quant-ph")


def vocabulary(random: Random, size: int) -> list[str]:
    return sorted({"".join(random.choices(SYLLABLES, k=random.randint(2, 4))) for _ in range(size)})


def text(random: Random, words: list[str], length: int) -> str:
    """Words by a distribution with a long tail, as in real text."""
    return " ".join(words[min(int(random.paretovariate(0.7)) - 1, len(words) - 1)] for _ in range(length))


def far(random: Random, words: list[str], length: int) -> str:
    """Half of it by any word: as alike with the papers of the edition as papers of arXiv are with each other."""
    return text(random, words, length // 2) + " " + " ".join(random.choices(words, k=length - length // 2))


def edition(random: Random, words: list[str], size: int) -> Edition:
    entries = []
    for number in range(size):
        paper = Paper(
            id=f"arxiv:2605.{number:05}",
            title=text(random, words, 10),
            abstract=text(random, words, 180),
            categories=(random.choice(CATEGORIES),),
            first_seen_at=NOW - timedelta(hours=6),
        )
        trend = Trend(score=random.random() * 0.9, label=TrendLabel.NEW, signal="fresh")
        entries.append(Ranked(paper=paper, trend=trend, rank=number + 1, edition=DAY))
    return Edition(date=DAY, cutoff_at=NOW, entries=tuple(entries))


def subscriber(random: Random, words: list[str], number: int) -> Subscriber:
    """About four phrases of one to three words, some with a category or a mute."""
    phrases = {
        " ".join(random.sample(words[: len(words) // 4], random.randint(1, 3))) for _ in range(random.randint(2, 6))
    }
    topics = [Topic(TopicKind.PHRASE, phrase) for phrase in sorted(phrases)]
    if random.random() < 0.3:
        topics.append(Topic(TopicKind.CATEGORY, random.choice(CATEGORIES)))
    if random.random() < 0.3:
        topics.append(Topic(TopicKind.PHRASE, random.choice(words), muted=True))
    return Subscriber(id=number, address=f"r{number}@example.org", zone="UTC", at=time(7), topics=tuple(topics))


def rated(random: Random, known: list[Paper], most: int) -> tuple[Feedback, ...]:
    """Some are rated by many. The newest first."""
    verdicts = random.choices((Verdict.MORE, Verdict.LESS), (4, 1), k=most)
    chosen = {int(len(known) * random.random() ** 2): verdict for verdict in verdicts}
    return tuple(
        Feedback(known[at], verdict, NOW - timedelta(days=day)) for day, (at, verdict) in enumerate(chosen.items())
    )


def main(subscribers: int = 20_000, papers: int = 400, ratings: int = 0) -> int:
    random = Random(7)
    words = vocabulary(random, 8_000)
    random.shuffle(words)
    ids = [f"arxiv:2605.{number:05}" for number in range(papers)]
    wanted = [
        Wanted(subscriber(random, words, number), DAY, frozenset(random.sample(ids, min(20, papers))))
        for number in range(subscribers)
    ]
    offered = edition(random, words, papers)
    if ratings:
        known = [
            Paper(id=f"rated:{number}", title=far(random, words, 10), abstract=far(random, words, 180))
            for number in range(RATED)
        ]
        wanted = [replace(one, feedback=rated(random, known, ratings)) for one in wanted]
    started = process_time()
    selector = Selector(offered, Rules())
    made = process_time()
    digests = picks = 0
    for start in range(0, len(wanted), 500):  # as the daemon does: a batch is stored, then forgotten
        answers: list[Digest | NoDigest] = selector.select(wanted[start : start + 500])
        digests += sum(isinstance(answer, Digest) for answer in answers)
        picks += sum(len(answer.picks) for answer in answers if isinstance(answer, Digest))
    done = process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{subscribers:,} subscribers, {papers:,} papers: {digests:,} digests, {picks:,} picks")
    print(f"index {made - started:.1f} s, selection {done - made:.1f} s, peak {peak:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
