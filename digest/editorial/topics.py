"""What a person may ask for, made uniform.

In:    a kind and the text somebody typed.
Out:   a Topic spelled one way only: `cs.LG`, `cs.*`, `graph neural networks`, `Ada Lovelace`.
Never: a topic that no paper could match; a phrase's letter case or accents, which stay as typed.
"""

import difflib

from digest.editorial.words import BREAK, STOP, spelled
from digest.errors import InputError
from digest.model import Topic, TopicKind
from digest.names import bare
from digest.taxonomy import ARCHIVES, CATEGORIES

SHORTEST, LONGEST = 2, 100  # characters of a phrase or a name
_QUOTES = "\"'`“”„‘’«»"
_BY_FOLDED = {name.casefold(): name for name in (*CATEGORIES, *(f"{archive}.*" for archive in ARCHIVES))}


def parse_topic(kind: TopicKind, value: str, muted: bool = False) -> Topic:
    """A topic in its one spelling.

    Raises InputError for an unknown arXiv category (with the nearest ones), for text shorter than 2 or longer than 100
    characters, and for a phrase or name without a telling word.
    """
    folded = " ".join(value.split()).strip(_QUOTES + " ")
    parse = {TopicKind.PHRASE: _phrase, TopicKind.CATEGORY: _category, TopicKind.AUTHOR: _author}[kind]
    return Topic(kind, parse(folded), muted)


def _phrase(text: str) -> str:
    _check_length(text, "phrase")
    if all(word in STOP or word == BREAK for word in spelled(text)):
        raise InputError(f"“{text}” holds no telling word", "name the subject, such as “graph neural networks”")
    return text


def _author(text: str) -> str:
    family, comma, given = text.partition(",")
    name = f"{given} {family}" if comma else text
    name = " ".join(name.replace(",", " ").split())
    _check_length(name, "name")
    if not any(word.isalpha() for word in spelled(name)):
        raise InputError(f"“{text}” is no name", "write it as in “Ada Lovelace”")
    return name


def _category(text: str) -> str:
    key = text.casefold()
    if key in ARCHIVES:
        key += ".*"
    if key not in _BY_FOLDED:
        raise InputError(f"“{text[:LONGEST]}” is not an arXiv category", _nearest(key))
    return _BY_FOLDED[key]


def _nearest(key: str) -> str:
    by_end = [name for folded, name in _BY_FOLDED.items() if folded.partition(".")[2] == key]
    by_name = [name for name, title in CATEGORIES.items() if key and key in bare(title)]
    by_id = difflib.get_close_matches(key, _BY_FOLDED, n=9, cutoff=0.5)
    by_id.sort(key=lambda near: -sum(a == b for a, b in zip(key, near, strict=False)))
    near = list(dict.fromkeys([*by_end, *by_name, *(_BY_FOLDED[near] for near in by_id)]))[:3]
    if not near:
        return "see https://arxiv.org/category_taxonomy, for example cs.LG or math.*"
    return "did you mean " + " or ".join(_titled(name) for name in near) + "?"


def _titled(name: str) -> str:
    return f"{name} ({CATEGORIES[name]})" if name in CATEGORIES else name


def _check_length(text: str, what: str) -> None:
    if not SHORTEST <= len(text) <= LONGEST:
        raise InputError(
            f"a {what} has {SHORTEST} to {LONGEST} characters, this one {len(text)}", "shorten or complete it"
        )
