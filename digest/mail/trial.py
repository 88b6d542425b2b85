"""Tries the operator's own templates before a mail depends on them.

In:    the site, our templates, the operator's.
Out:   what is doubtful about them when a mail of each kind can be made; one ConfigError that names the file and the
       line otherwise.
Never: a mail that is sent, a word of a real paper.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from pathlib import Path

from digest.errors import ConfigError, DigestError
from digest.mail.compose import make_composer
from digest.mail.lint import lint
from digest.model import (
    Abstracts,
    Digest,
    Letter,
    LetterKind,
    Match,
    Paper,
    Pick,
    Ranked,
    Rising,
    Site,
    Subscriber,
    Topic,
    TopicKind,
    Trend,
    TrendLabel,
)
from digest.templating import Templates, where

_DAY = date(2026, 5, 28)
_MOMENT = datetime(2026, 5, 28, 4, tzinfo=UTC)
_TOPIC = Topic(TopicKind.PHRASE, "slow robots")
_READER = Subscriber(id=1, address="reader@example.org", zone="UTC", at=time(7, 30), topics=(_TOPIC,))
_LINKS = {kind: f"https://papers.example.org/{kind}" for kind in ("abstract", "pdf", "html", "code", "page")}


def try_templates(site: Site, templates: Path, own: Path) -> list[bytes]:
    """The mails that were made. Raises ConfigError for the first template that cannot be read or filled in."""
    try:
        Templates(templates, own).compile_own()
        composer = make_composer(site, templates, b"a secret that guards nothing at all", own=own)
        return [composer.compose(content)[1] for content in _samples()]
    except DigestError as error:
        raise ConfigError(f"a template in {own} is wrong: {error.what}", error.mend) from error
    except Exception as error:
        what = " ".join(f"{where(error) or own}: {type(error).__name__}: {error}".split())
        raise ConfigError(f"a template is wrong: {what}", "mend it, or take it away; docs/templates.md") from error


def doubts(site: Site, templates: Path, own: Path) -> list[str]:
    """What is doubtful, a clause each: files that stand before none of ours, and what the checker says of the mails.

    Raises as `try_templates` does.
    """
    return [*_found(try_templates(site, templates, own)), *_astray(templates, own)]


def _astray(templates: Path, own: Path) -> Iterator[str]:
    """Files of the operator's that are used by nobody."""
    ours = [path.relative_to(templates).as_posix() for path in templates.rglob("*.*")]
    kinds = {Path(name).suffix for name in ours}
    theirs = {path: path.relative_to(own).as_posix() for path in sorted(own.rglob("*")) if path.suffix in kinds}
    if not theirs:
        yield f"{own} holds no template"
    for path, name in theirs.items():
        if name not in ours and not any(name in other.read_text() for other in theirs if other != path):
            close = get_close_matches(name, ours, 1, 0.5)
            meant = f"; did you mean {close[0]}?" if close else ""
            yield f"{path} stands before none of ours{meant}"


def _found(messages: Iterable[bytes]) -> list[str]:
    """What the checker says, once for each rule."""
    findings = {finding.rule: finding for message in messages for finding in lint(message)}
    return [f"with your templates, {finding}" for finding in findings.values()]


def _samples() -> Iterator[Digest | Letter]:
    """A digest with all that there can be in one, a short one, and each letter."""
    full = Digest(
        subscriber=replace(_READER, keep_by=_DAY),
        local_date=_DAY,
        edition=_DAY,
        edition_at=_MOMENT,
        picks=tuple(_pick(number) for number in range(1, 8)),
        considered=40,
        matched=7,
        rising=(Rising(phrase="slow robots", papers=7, times=3.0, fields=("cs.RO",)),),
    )
    yield full
    yield replace(full, subscriber=replace(_READER, abstracts=Abstracts.NONE), picks=full.picks[:1], rising=())
    for kind in LetterKind:
        yield Letter(subscriber=_READER, kind=kind, local_date=_DAY, at=_MOMENT)


def _pick(number: int) -> Pick:
    paper = Paper(
        id=f"arxiv:2605.{number:05}",
        title=f"Invented Paper Number {number}",
        abstract="It says nothing.",
        authors=("Ada Example", "Ben Sample"),
        categories=("cs.RO",),
        links=_LINKS,
    )
    trend = Trend(score=1.0, label=TrendLabel.RISING, signal="hf_upvotes", value=9, gain=8, hours=9, history=(1, 9))
    match = Match(topic=_TOPIC if number > 1 else None, score=1.0, words=("slow robots",) if number > 1 else ())
    return Pick(ranked=Ranked(paper=paper, trend=trend, rank=number, edition=_DAY), match=match, score=1 / number)
