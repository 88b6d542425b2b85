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
    from digest.wishes import with_topics

    _change(config, address, lambda topics: with_topics(topics, new), "has them already")


@group.command()
@options_of(_topics, "new")
def mute(address: Address, new: Topics, config: ConfigPath = None) -> None:
    """Keep away every paper of these topics."""
    from digest.wishes import with_topics

    muted = tuple(replace(topic, muted=True) for topic in new)
    _change(config, address, lambda topics: with_topics(topics, muted), "has muted them already")


@group.command()
@options_of(_topics, "gone")
def remove(address: Address, gone: Topics, config: ConfigPath = None) -> None:
    """Forget these topics, muted or not."""
    from digest.wishes import without_topics

    _change(config, address, lambda topics: without_topics(topics, gone), "has none of them")


@group.command("list")
def list_(address: Address, as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show their topics."""
    from digest import records

    with opened(config) as app:
        topics = known(app.store, address).topics
    if as_json:
        say_json([records.topic(topic) for topic in topics])
    elif not topics:
        say("no topics: they get the edition's top")
    else:
        table(("kind", "value", ""), [(topic.kind, topic.value, "muted" if topic.muted else "") for topic in topics])


def _change(config: Path | None, address: str, change: Callable[[Topics], Topics], same: str) -> None:
    with opened(config) as app:
        subscriber = known(app.store, address)
        topics = change(subscriber.topics)
        if topics == subscriber.topics:
            raise InputError(f"{subscriber.address} {same}", "digest topic list ADDRESS shows them")
        app.store.subscribers.update(replace(subscriber, topics=topics))
    say(f"{subscriber.address} has {len(topics)} {'topic' if len(topics) == 1 else 'topics'}")
