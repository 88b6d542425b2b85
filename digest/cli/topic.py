"""`digest topic`: the topics of one subscriber.

In:    an address, phrases, categories, authors.
Out:   the subscriber's topics with that changed.
Never: a topic that cannot match anything.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from digest.cli.opening import known, opened
from digest.cli.options import Address, AsJson, ConfigPath, UsageError, options_of
from digest.cli.output import say, say_json, table
from digest.errors import InputError
from digest.model import Topic, TopicKind

group = typer.Typer(name="topic", help="The topics of one subscriber.", no_args_is_help=True)

Phrases = Annotated[list[str] | None, typer.Option("--phrase", metavar="PHRASE", help="Words in title or abstract.")]
Categories = Annotated[list[str] | None, typer.Option("--category", metavar="CATEGORY", help="cs.LG, or cs.*")]
Authors = Annotated[list[str] | None, typer.Option("--author", metavar="NAME", help="A name as papers give it.")]

Topics = tuple[Topic, ...]


def _topics(phrase: Phrases = None, category: Categories = None, author: Authors = None) -> Topics:
    from digest.editorial.topics import parse_topic

    given = ((TopicKind.PHRASE, phrase), (TopicKind.CATEGORY, category), (TopicKind.AUTHOR, author))
    topics = tuple(parse_topic(kind, value) for kind, values in given for value in values or ())
    if not topics:
        raise UsageError("which topics?", "say at least one --phrase, --category or --author")
    return topics


@group.command()
@options_of(_topics, "new")
def add(address: Address, new: Topics, config: ConfigPath = None) -> None:
    """Show papers of these topics."""
    _change(config, address, lambda topics: _with(topics, new), "has them already")


@group.command()
@options_of(_topics, "new")
def mute(address: Address, new: Topics, config: ConfigPath = None) -> None:
    """Keep away every paper of these topics."""
    muted = tuple(replace(topic, muted=True) for topic in new)
    _change(config, address, lambda topics: _with(topics, muted), "has muted them already")


@group.command()
@options_of(_topics, "gone")
def remove(address: Address, gone: Topics, config: ConfigPath = None) -> None:
    """Forget these topics, muted or not."""
    keys = {_key(topic) for topic in gone}
    _change(config, address, lambda topics: tuple(t for t in topics if _key(t) not in keys), "has none of them")


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
