"""The kinds of source there are, and how one is made.

In:    the values of a `[[sources]]` table of the configuration.
Out:   a source; ConfigError with one clause that says what is missing.
Never: a look at the network.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches

from digest.errors import ConfigError
from digest.sources import arxiv_api, arxiv_rss, huggingface
from digest.sources.arxiv import CATEGORY
from digest.sources.feed import Feed
from digest.sources.links import web_link
from digest.sources.source import Source

KINDS: Mapping[str, str] = {
    "arxiv-rss": "what arXiv announced today in some categories",
    "arxiv-api": "the newest submissions to some arXiv categories, back to the last reading",
    "huggingface": "Hugging Face's daily papers, with upvotes, comments and repository stars",
    "feed": "any RSS, Atom or JSON feed",
}
EVERY: Mapping[str, timedelta] = {
    "arxiv-rss": timedelta(hours=1),
    "arxiv-api": timedelta(hours=6),
    "huggingface": timedelta(minutes=30),
    "feed": timedelta(hours=1),
}


def make_source(
    kind: str, *, name: str, url: str | None = None, categories: Sequence[str] = (), every: timedelta | None = None
) -> Source:
    """The source of that kind. `url` is the service's base (default: the live one); for a feed, the feed itself.

    Raises ConfigError for an unknown kind, an unusable URL, and categories missing or misspelt.
    """
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1) or [", ".join(KINDS)]
        raise ConfigError(f"source “{name}”: there is no kind “{kind}”", f"known: {near[0]}")
    pause = every or EVERY[kind]
    address = _address(name, url)
    match kind:
        case "arxiv-rss":
            return arxiv_rss.ArxivRss(name, address or arxiv_rss.LIVE, _checked(name, categories), pause)
        case "arxiv-api":
            return arxiv_api.ArxivApi(name, address or arxiv_api.LIVE, _checked(name, categories), pause)
        case "huggingface":
            return huggingface.HuggingFace(name, address or huggingface.LIVE, pause)
    if not url:
        raise ConfigError(f"source “{name}” has no url", 'write url = "https://…", the address of the feed')
    return Feed(name, url.strip(), pause)


def _address(name: str, url: str | None) -> str:
    """The base without its last slash, `""` where there is none."""
    public = re.sub(r"//[^/@]*@", "//", url or "")  # without a password
    if public and not web_link(public):
        raise ConfigError(f"source “{name}”: “{public[:80]}” is no http(s) URL", 'write url = "https://…"')
    return url.strip().rstrip("/") if url else ""


def _checked(name: str, categories: Sequence[str]) -> tuple[str, ...]:
    if not categories:
        raise ConfigError(f"source “{name}” has no categories", 'write categories = ["cs.LG", "cs.CL"]')
    for category in categories:
        if not CATEGORY.fullmatch(category):
            raise ConfigError(f"source “{name}”: “{category[:40]}” is no arXiv category", "write it as cs.LG or cs.*")
    return tuple(dict.fromkeys(categories))
