"""`digest topic`: the topics of one subscriber.

In:    an address, phrases, categories, authors.
Out:   the subscriber's topics with that changed.
Never: a topic that cannot match anything.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.opening import known, opened
from digest.cli.options import Address, AsJson, ConfigPath, UsageError
from digest.cli.output import say, say_json, table
from digest.errors import InputError
from digest.model import Topic, TopicKind

group = typer.Typer(name="topic", help="The topics of one subscriber.", no_args_is_help=True)

Phrases = Annotated[list[str] | None, typer.Option("--phrase", metavar="PHRASE", help="Words in title or abstract.")]
Categories = Annotated[list[str] | None, typer.Option("--category", metavar="CATEGORY", help="cs.LG, or cs.*")]
Authors = Annotated[list[str] | None, typer.Option("--author", metavar="NAME", help="A name as papers give it.")]

Topics = tuple[Topic, ...]


@group.command()
def add(
    address: Address,
    phrase: Phrases = None,
    category: Categories = None,
    author: Authors = None,
    config: ConfigPath = None,
) -> None:
    """Show papers of these topics."""
    wanted = _parsed(phrase, category, author)
    _change(config, address, lambda topics: _with(topics, wanted), "has them already")


@group.command()
def mute(
    address: Address,
    phrase: Phrases = None,
    category: Categories = None,
    author: Authors = None,
    config: ConfigPath = None,
) -> None:
    """Keep away every paper of these topics."""
    muted = _parsed(phrase, category, author, muted=True)
    _change(config, address, lambda topics: _with(topics, muted), "has muted them already")


@group.command()
def remove(
    address: Address,
    phrase: Phrases = None,
    category: Categories = None,
    author: Authors = None,
    config: ConfigPath = None,
) -> None:
    """Forget these topics, muted or not."""
    gone = {_key(topic) for topic in _parsed(phrase, category, author)}
    _change(config, address, lambda topics: tuple(t for t in topics if _key(t) not in gone), "has none of them")


@group.command("list")
def list_(address: Address, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show their topics."""
    with opened(config) as app:
        topics = known(app.store, address).topics
    if as_json:
        say_json([{"kind": topic.kind.value, "value": topic.value, "muted": topic.muted} for topic in topics])
    elif not topics:
        say("no topics: they get the edition's top")
    else:
        table(("kind", "value", ""), [(topic.kind, topic.value, "muted" if topic.muted else "") for topic in topics])


def _parsed(
    phrases: Iterable[str] | None,
    categories: Iterable[str] | None,
    authors: Iterable[str] | None,
    muted: bool = False,
) -> Topics:
    from digest.editorial.topics import parse_topic

    given = ((TopicKind.PHRASE, phrases), (TopicKind.CATEGORY, categories), (TopicKind.AUTHOR, authors))
    topics = tuple(parse_topic(kind, value, muted) for kind, values in given for value in values or ())
    if not topics:
        raise UsageError("which topics?", "say at least one --phrase, --category or --author")
    return topics


def _with(topics: Topics, new: Topics) -> Topics:
    """The new ones win: what was muted becomes wanted, what was wanted muted."""
    named = {_key(topic) for topic in new}
    return tuple(dict.fromkeys((*(topic for topic in topics if topic in new or _key(topic) not in named), *new)))


def _key(topic: Topic) -> tuple[TopicKind, str]:
    return topic.kind, topic.value.casefold()


def _change(config: Path | None, address: str, change: Callable[[Topics], Topics], same: str) -> None:
    with opened(config) as app:
        subscriber = known(app.store, address)
        topics = change(subscriber.topics)
        if topics == subscriber.topics:
            raise InputError(f"{subscriber.address} {same}", "digest topic list ADDRESS shows them")
        app.store.subscribers.update(replace(subscriber, topics=topics))
    say(f"{subscriber.address} has {len(topics)} {'topic' if len(topics) == 1 else 'topics'}")
