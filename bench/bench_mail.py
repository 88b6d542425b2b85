"""What one mail costs a sender: a morning of different readers who share the papers of one edition.

    python -m bench.bench_mail [--readers 240] [--edition 60] [--papers 12] [--rounds 9]

Prints the milliseconds of each part of a mail, the best of the rounds; exits 1 where one is above its limit.
"""

import argparse
import gc
import pickle
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from time import process_time

from digest.mail.compose import make_composer
from digest.mail.dkim import Key, Signer
from digest.mail.dkim_keys import made
from digest.mail.message import build
from digest.mail.render import Links, Rendered
from digest.model import Digest, Match, Pick, Topic, TopicKind
from digest.resources import templates_dir
from tests.mail.digests import READER, SITE, digest_of, pick
from tests.mail.test_message import ADA, META

LIMITS = {"render": 0.4, "message": 0.8, "sign": 0.7}  # milliseconds
TOPICS = tuple(
    Topic(kind, value)
    for kind, value in (
        (TopicKind.PHRASE, "graph neural networks"),
        (TopicKind.PHRASE, "soft grippers"),
        (TopicKind.PHRASE, "loss curves"),
        (TopicKind.CATEGORY, "cs.RO"),
        (TopicKind.CATEGORY, "cs.LG"),
        (TopicKind.CATEGORY, "quant-ph"),
        (TopicKind.AUTHOR, "Grete Hermann"),
    )
)


def edition(count: int) -> list[Pick]:
    """Different papers, with abstracts as long as they are."""
    return [
        replace(plain, ranked=replace(plain.ranked, paper=replace(paper, title=f"{paper.title}, {number}")))
        for number in range(1, count + 1)
        for plain in [pick(number, abstract=f"{number} stories. " + 3 * (pick(number).ranked.paper.abstract + " "))]
        for paper in [plain.ranked.paper]
    ]


def morning(readers: int, shared: list[Pick], papers: int) -> list[Digest]:
    """One digest for each reader, papers and reasons of their own, each read from the store for itself."""
    chance = random.Random(7)
    return [
        _read(
            digest_of(
                tuple(_picked(one, topics, chance) for one in chance.sample(shared, papers)),
                subscriber=replace(READER, id=number, address=f"reader{number}@example.org", topics=topics),
            )
        )
        for number in range(1, readers + 1)
        for topics in [tuple(chance.sample(TOPICS, 3))]
    ]


def _read(digest: Digest) -> Digest:
    """Nothing in it is the same object as in another one: what is kept is found by what it says."""
    copy = pickle.loads(pickle.dumps(digest))
    assert isinstance(copy, Digest)
    return copy


def _picked(shared: Pick, topics: tuple[Topic, ...], chance: random.Random) -> Pick:
    topic = chance.choice((*topics, None))
    words = (topic.value,) if topic else ()
    return replace(shared, match=Match(topic=topic, score=chance.random(), words=words), score=chance.random())


def links_of(digest: Digest) -> Links:
    """As long as they are, and nobody else's."""
    token = f"{digest.subscriber.id:032}"
    home = f"{SITE.base_url}/%s/{token}"
    return Links(
        unsubscribe=home % "u", preferences=home % "p", view=home % "v", more=home % "f/more", less=home % "f/less"
    )


def best(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the best round, after one that fills what is kept."""
    work()
    taken = []
    for _ in range(rounds):
        started = process_time()
        work()
        taken.append(process_time() - started)
    return min(taken)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--readers", type=int, default=240)
    options.add_argument("--edition", type=int, default=60)
    options.add_argument("--papers", type=int, default=12)
    options.add_argument("--rounds", type=int, default=9)
    asked = options.parse_args()
    digests = morning(asked.readers, edition(asked.edition), asked.papers)
    signer = Signer("example.org", (Key("rsa", made("rsa")), Key("ed25519", made("ed25519"))))
    composer = make_composer(SITE, templates_dir(), b"thirty-two characters of secret!", signer=signer)
    renderer = composer._renderer
    mails = [(digest, links_of(digest)) for digest in digests]
    rendered = [renderer.render(*mail) for mail in mails]

    def message(mail: Rendered) -> bytes:
        return build(mail, site=SITE, envelope=ADA, name="Ada", meta=META)

    messages = [message(mail) for mail in rendered]
    gc.freeze()  # what stands here is not what a sender has in memory
    parts: dict[str, Callable[[], object]] = {
        "render": lambda: [renderer.render(*mail) for mail in mails],
        "message": lambda: [message(mail) for mail in rendered],
        "sign": lambda: [signer.sign(each) for each in messages],
        "compose": lambda: [composer.compose(digest) for digest in digests],
    }
    taken = {name: 1000 * best(work, asked.rounds) / asked.readers for name, work in parts.items()}
    for name, spent in taken.items():
        limit = f"  (limit {LIMITS[name]:.2f})" if name in LIMITS else ""
        print(f"{name:<8} {spent:6.3f} ms{limit}")
    size = sorted(len(mail.html.encode()) for mail in rendered)[len(rendered) // 2]
    print(f"{asked.papers} papers of {asked.edition}, {size:,} bytes of HTML")
    return int(any(taken[name] > limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())
