"""What leads from a paper to elsewhere.

In:    a paper, what it is called, the reader's own addresses for a verdict.
Out:   links, no two of one paper or one page with the same words.
Never: an address that is not absolute http(s).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from digest.language import Language
from digest.mail.words import Reader
from digest.model import Paper
from digest.text import clean, cut
from digest.wording import quoted

LONGEST, LONGEST_ID = 600, 400  # characters of an address; of a paper's id in one
_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?")
_KINDS = ("abstract", "pdf", "html", "code", "page")


@dataclass(frozen=True, slots=True)
class Link:
    """`label` says what it is (`PDF`), `text` what of (`PDF of 2411.03359`)."""

    label: str
    text: str
    url: str


def paper_names(papers: Sequence[Paper], reader: Reader) -> list[str]:
    """A short name for each, no two equal: the arXiv id, the DOI, or the first words of the title."""
    names: list[str] = []
    for number, paper in enumerate(papers, 1):
        name = _name(paper, number, reader)
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _name(paper: Paper, number: int, reader: Reader) -> str:
    scheme, _, rest = clean(paper.id).partition(":")
    if scheme in ("arxiv", "doi") and rest:
        return rest[:60]
    title = reader.plain(cut(paper.title, 60))
    return quoted(title, reader.speaking) if title else reader.speaking.gettext("paper %(number)s", number=number)


def is_address(url: str) -> bool:
    """Whether `url` may stand in an attribute: absolute http(s), plain ASCII, no quotes, no user name."""
    return len(url) <= LONGEST and _ADDRESS.fullmatch(url) is not None


def links_of(links: Mapping[str, str], name: str, speaking: Language) -> tuple[Link, ...]:
    return tuple(_link(kind, links[kind], name, speaking) for kind in _KINDS if is_address(links.get(kind, "")))


def _link(kind: str, url: str, name: str, speaking: Language) -> Link:
    match kind:
        case "abstract":
            return Link(speaking.gettext("Abstract"), speaking.gettext("Abstract of %(paper)s", paper=name), url)
        case "pdf":
            return Link(speaking.gettext("PDF"), speaking.gettext("PDF of %(paper)s", paper=name), url)
        case "html":
            return Link(speaking.gettext("HTML"), speaking.gettext("HTML of %(paper)s", paper=name), url)
        case "code":
            return Link(speaking.gettext("Code"), speaking.gettext("Code of %(paper)s", paper=name), url)
    if f".{urlsplit(url).hostname or ''}".endswith(".huggingface.co"):
        return Link(
            speaking.gettext("Hugging Face page"), speaking.gettext("Hugging Face page of %(paper)s", paper=name), url
        )
    return Link(speaking.gettext("Page"), speaking.gettext("Page of %(paper)s", paper=name), url)


def verdicts_on(paper: Paper, number: str, more: str, less: str, speaking: Language) -> tuple[Link, ...]:
    """The reader's “more” and “less”, named by the paper's number in the mail."""
    last = quote(paper.id, safe=":/", errors="replace")
    both = (
        (more, speaking.gettext("More like this"), speaking.gettext("More like %(number)s", number=number)),
        (less, speaking.gettext("Less like this"), speaking.gettext("Less like %(number)s", number=number)),
    )
    return tuple(Link(label, text, start + last) for start, label, text in both if start and len(last) <= LONGEST_ID)
