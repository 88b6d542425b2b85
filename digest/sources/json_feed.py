"""Reads JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1).

In:    the answer of a server.
Out:   the drafts of its items.
Never: a field taken for granted.
"""

from collections.abc import Iterator

from digest.errors import SourceError
from digest.sources.dates import moment
from digest.sources.document import json_value
from digest.sources.drafts import Draft
from digest.sources.http import Answer
from digest.sources.trim import ABSTRACT, TITLE, trim
from digest.text import from_html

VERSION = "jsonfeed.org/version/1"


def is_json(answer: Answer) -> bool:
    return answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def json_drafts(answer: Answer) -> tuple[list[Draft], list[str]]:
    """The items. Raises SourceError for JSON that is no such feed."""
    document = json_value(answer)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or VERSION not in str(document.get("version"))[:100]:
        raise SourceError("the answer is JSON, but no JSON Feed")
    drafts = [_draft(item) for item in items if isinstance(item, dict)]
    strange = len(items) - len(drafts)
    return drafts, [f"{strange} items are no objects"] if strange else []


def _draft(item: dict[str, object]) -> Draft:
    link = _text(item, "url") or _text(item, "external_url") or _text(item, "id")
    plain = _text(item, "summary") or _text(item, "content_text")
    tags = item.get("tags")
    return Draft(
        title=trim(item.get("title"), TITLE),
        link=link,
        identifiers=tuple(filter(None, (_text(item, key) for key in ("id", "url", "external_url", "doi")))),
        abstract=trim(plain, ABSTRACT) or trim(item.get("content_html"), ABSTRACT, from_html),
        authors=tuple(_authors(item)),
        categories=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        published_at=moment(item.get("date_published")),
        updated_at=moment(item.get("date_modified")),
    )


def _authors(item: dict[str, object]) -> Iterator[str]:
    """`authors` of version 1.1, `author` of version 1."""
    listed = item.get("authors")
    for author in [*(listed if isinstance(listed, list) else []), item.get("author")]:
        if isinstance(author, dict):
            yield _text(author, "name")


def _text(item: dict[str, object], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
