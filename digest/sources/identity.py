"""Tells which work something is about.

In:    identifiers, links, titles and authors as sources give them.
Out:   arXiv ids (arxiv.org/help/arxiv_identifier), DOIs (ISO 26324) in lower case, and keys made of title or URL.
Never: an id guessed from digits that merely look like one; I/O.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from digest.text import normalised

_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|"
    "econ|eess|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|"
    "plasm-ph|q-alg|q-bio|q-fin|quant-ph|solv-int|stat|supr-con"
)
_ID = (  # since April 2007, since 1991
    r"(?:(?P<new>[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})"
    rf"|(?P<archive>{_ARCHIVES})(?:\.[A-Za-z]{{2}})?/(?P<old>[0-9]{{2}}(?:0[1-9]|1[0-2])[0-9]{{3}}))"
    r"(?:v(?P<version>[1-9][0-9]{0,2}))?"
)
_PREFIX = (
    r"(?:oai:arxiv\.org:|arxiv:\s*|(?:(?:https?:)?//)?(?:[a-z0-9-]+\.)*(?:arxiv\.org/(?:abs|pdf|html|format|ps|e-print|src)/"
    r"|huggingface\.co/papers/|doi\.org/10\.48550/arxiv\.)|(?:doi:\s*)?10\.48550/arxiv\.)"
)
_BARE = re.compile(rf"\s*(?:{_PREFIX})?{_ID}(?:\.pdf)?(?:\s*\[[A-Za-z.-]+\])?\s*", re.IGNORECASE)
_NAMED = re.compile(rf"(?<![a-z0-9]){_PREFIX}{_ID}(?![0-9a-z])", re.IGNORECASE)
_DOI = re.compile(r"(?<![0-9a-z.])10\.[0-9]{4,9}/[^\s\"<>\x00-\x1f]+", re.IGNORECASE)
_AFTER_DOI = re.compile(
    r"/(?:full|abstract|pdf|epdf|meta|html|summary)/?$|\.(?:full|abstract|short)?(?:\.pdf|\.html?)?$"
)
_PREPRINT_VERSION = re.compile(r"^(10\.(?:1101|64898)/.*?)v[0-9]+(?:[./].*)?$")  # bioRxiv and medRxiv URLs
_TRACKING = re.compile(r"utm_.*|fbclid|gclid|rss")
_LONGEST = 2_000  # characters looked at: identifiers stand at the start of what they are in
_SHORTEST_TITLE = 16  # letters; “Editorial” is no work's own title


def arxiv_id(text: str) -> tuple[str, int] | None:
    """The base id and version (1 where none is given): `("2604.21935", 2)`, `("hep-th/9901001", 1)`.

    From a bare id, or an id named as arXiv's: `arXiv:…`, `oai:arXiv.org:…`, a URL, arXiv's DOI. The subject class of an
    old id is dropped (`math.GT/0309136` is `math/0309136`), as arXiv itself does.
    """
    text = text[:_LONGEST]
    found = _BARE.fullmatch(text) or _NAMED.search(text)
    if found is None:
        return None
    base = found["new"] or f"{found['archive'].lower()}/{found['old']}"
    return base, int(found["version"] or 1)


def doi(text: str) -> str | None:
    """The DOI in an identifier, a citation or a URL, in lower case (DOIs compare so); None for arXiv's own."""
    text = text[:_LONGEST].strip()
    is_url = text.lower().startswith(("http://", "https://"))
    found = _in_url(text) if is_url else _DOI.search(text)
    if found is None:
        return None
    name = _bare_doi(found[0].lower(), is_url)
    return None if name.startswith("10.48550/") or name.endswith("/") else name


def _in_url(url: str) -> re.Match[str] | None:
    """In the path, or as the beginning of a value in the query (`…/article?id=10.1371/…`)."""
    path, _, query = url.partition("#")[0].partition("?")
    values = (value for _, value in parse_qsl(query))
    return next(filter(None, [_DOI.search(unquote(path)), *map(_DOI.match, values)]), None)


def _bare_doi(name: str, is_url: bool) -> str:
    """Without what follows a DOI in a sentence or a publisher's URL."""
    if is_url:
        name = _PREPRINT_VERSION.sub(r"\1", _AFTER_DOI.sub("", name))
    while name and (name[-1] in ".,;:'\"!?" or (name[-1] in ")]}" and not _balanced(name))):
        name = name[:-1]
    return name


def _balanced(name: str) -> bool:
    return all(name.count(start) >= name.count(end) for start, end in ("()", "[]", "{}"))


def work_alias(title: str, authors: Sequence[str]) -> str:
    """`work:` and a key of title and first author's family name, which two sources spell alike.

    `""` where that would tie together different works: no author, or a title as short as “Editorial”.
    """
    key = normalised(title)
    family = normalised(_family(authors[0])) if authors else ""
    return f"work:{_short(f'{key}|{family}')}" if family and len(key) >= _SHORTEST_TITLE else ""


def _family(name: str) -> str:
    """`Lovelace` of `Ada Lovelace` and of `Lovelace, Ada`."""
    last, comma, _ = name.partition(",")
    return last if comma else (name.split() or [""])[-1]


def url_id(url: str) -> str:
    """`url:` and a key of the URL without scheme, `www.`, tracking parameters and a last slash."""
    try:
        parts = urlsplit(url.strip())
        query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    except ValueError:
        return f"url:{_short(url.strip())}"
    host = parts.netloc.lower().removeprefix("www.").removesuffix(":80").removesuffix(":443")
    return f"url:{_short(host + parts.path.rstrip('/') + '?' + urlencode(query) + '#' + parts.fragment)}"


def _short(key: str) -> str:
    return sha256(key.encode("utf-8", "replace")).hexdigest()[:16]
