"""Every mail that is written passes the checker: those we looked at, every letter, and days of every kind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from digest.language import languages
from digest.mail.compose import Composer, make_composer
from digest.mail.dkim import UNSIGNED, Signer
from digest.mail.lint import lint
from digest.mail.notice import notice
from digest.model import Abstracts, Digest, Letter, LetterKind, Site, Topic, TopicKind
from digest.resources import templates_dir
from tests.mail.digests import DAY, READER, RISING, ROBOTS, SILENT, SITE, digest_of, pick, picks
from tests.mail.dkim import DOMAIN, keys

GOLDEN = Path(__file__).parents[1] / "golden"
# The words of this one are made to look like leftovers, and are shown as they are.
ITS_WORDS = {"hostile": {"leftovers.template", "leftovers.markup", "leftovers.escape", "twin.markup", "twin.entity"}}
BRANDED = replace(
    SITE,
    sender_name="The Morning Papers of the Example Institute for Applied Harbour Studies and Related Fields",
    accent="#ffee00",
    reply_to="team@example.org",
    logo="https://papers.example.org/logo.png",
    footer="Lent by the library of the Example Institute. Questions go to room 4, before noon.",
)
QUEUED = datetime(2026, 5, 28, 12, 7, 3, tzinfo=UTC)


@cache
def composer(site: Site) -> Composer:
    """A site with a logo of its own has keys of its own, too."""
    signer = Signer(DOMAIN, keys()) if site.logo else UNSIGNED
    return make_composer(site, templates_dir(), b"thirty-two characters of secret!", signer=signer)


def found(site: Site, content: Digest | Letter) -> list[str]:
    return list(map(str, lint(composer(site).compose(content)[1])))


def followed(words: str) -> dict[str, Any]:
    """A reader and papers of a topic called like that."""
    topic = Topic(TopicKind.PHRASE, words)
    chosen = tuple(replace(one, match=replace(one.match, topic=topic, words=(words,))) for one in picks(3))
    return {"chosen": (*chosen, pick(4)), "subscriber": replace(READER, topics=(topic, ROBOTS))}


def days() -> Iterator[tuple[str, Digest]]:
    for count in (1, 2, 5, 12, 40):
        yield f"{count} papers", digest_of(picks(count), rising=RISING)
    for abstracts, count in product(Abstracts, (1, 12)):
        yield f"{count}, {abstracts}", digest_of(picks(count), subscriber=replace(READER, abstracts=abstracts))
    for cadence in ("weekdays", "weekly", "mon,thu"):
        reader = replace(READER, cadence=cadence, last_edition=date(2026, 5, 21))
        yield cadence, digest_of(picks(4), subscriber=reader, considered=530)
    yield "asked", digest_of(picks(3), subscriber=SILENT)
    yield "no topics", digest_of(picks(3), subscriber=replace(READER, topics=()))
    yield "named", digest_of(picks(2), subscriber=replace(READER, name='Ada "the Reader" of Größe'))
    whole = replace(READER, abstracts=Abstracts.FULL)
    for name, changes in AWKWARD.items():
        yield name, digest_of(picks(3, **changes), subscriber=whole)
    yield (
        "much of all",
        digest_of(
            picks(50, abstract="一段很长的摘要。" * 1000, authors=tuple(map("作者 {}".format, range(3000)))),
            subscriber=whole,
        ),
    )
    for words in ("شبکه عصبی", "למידה עמוקה", "“quoted” & <angled>", "很长的主题" * 12, "w" * 90):
        given = followed(words)
        yield words, digest_of(given["chosen"], subscriber=given["subscriber"])


AWKWARD: dict[str, dict[str, Any]] = {
    "right-to-left title": {"title": "مقاله درباره شبکه‌ها و زمان"},
    "both directions": {"title": "Learning מאמר with $x^2$ networks", "abstract": "It is سریع and (kind of) good."},
    "right-to-left names": {"authors": ("سارا احمدی", "נועה לוי", "Li Na", "Bo", "C")},
    "long title": {"title": "Interminable " * 40},
    "long word": {"title": "W" * 280, "abstract": "x" * 700, "authors": ("Y" * 90,)},
    "Chinese": {
        "title": "形式化数学与图神经网络" * 9,
        "abstract": "我们研究一个虚构的问题。" * 90,
        "authors": ("王小明",),
    },
    "TeX": {
        "title": 'G\\"odel and $\\mathcal{O}(\\log^2 n)$ at \\emph{Night}',
        "abstract": "Let $x_{i}^{2} \\le \\sqrt{n}$, \\ie small; it costs $5 and $10 \\cite{a}.",
    },
    "entities": {"title": "Bread & Butter < Jam > \"Tea\" 'and' Milk", "abstract": "AT&T; R&D, a < b > c && d."},
    "an address": {"abstract": "All is at https://example.org/a?b=c&d=e, and (https://example.org/f). So it is."},
    "nothing but a title": {"abstract": "", "authors": (), "categories": (), "links": {}},
    "no title": {"title": "", "abstract": "A paper without a name."},
    "one title": {"title": "The Same Title"},
}
DAYS = dict(days())
QUICK = ("12 papers", "asked", "right-to-left title", "TeX", "an address", "شبکه عصبی")


@pytest.mark.parametrize("name", sorted(file.stem for file in GOLDEN.glob("*.eml")))
def test_what_we_looked_at_is_clean(name: str) -> None:
    findings = lint((GOLDEN / f"{name}.eml").read_bytes())
    assert [str(finding) for finding in findings if finding.rule not in ITS_WORDS.get(name, set())] == []


@pytest.mark.parametrize(("kind", "code", "text_only"), list(product(LetterKind, languages(), (False, True))))
def test_every_letter_is_clean(kind: LetterKind, code: str, text_only: bool) -> None:
    reader = replace(READER, topics=(), language=code, text_only=text_only)
    letter = Letter(kind=kind, subscriber=reader, local_date=DAY, at=QUEUED)
    for site in (SITE, BRANDED):
        assert found(site, letter) == []


def test_a_notice_to_the_operator_is_clean() -> None:
    _, message = notice(SITE, "admin@example.org", "No mail leaves this machine", ["It is late.", "Look: now."], QUEUED)
    assert [each for each in lint(message) if each.rule != "access.sender"] == []


@pytest.mark.parametrize("name", QUICK)
def test_a_day_is_clean(name: str) -> None:
    assert found(SITE, DAYS[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), list(product(DAYS, languages())))
def test_days_of_every_kind_are_clean_in_every_language(name: str, code: str) -> None:
    day = DAYS[name]
    for site, text_only in ((SITE, False), (BRANDED, False), (BRANDED, True)):
        reader = replace(day.subscriber, language=code, text_only=text_only)
        assert found(site, replace(day, subscriber=reader)) == []
