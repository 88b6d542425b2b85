"""Links: where they lead, what they are called, and that the way out is at hand.

In:    a mail.
Out:   findings on addresses and texts of links, on images, on the places of “unsubscribe”.
Never: a request to see whether somebody answers.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element, Page

_TOP, _END = 40, 25  # lines of the text part
_VAGUE = frozenset(
    {
        *("here", "click here", "this", "link", "more", "read more", "details", "view", "open"),
        *("pdf", "html", "code", "abstract", "page", "website"),
        *("hier", "hier klicken", "mehr", "mehr lesen", "weiterlesen", "这里", "点击这里", "更多"),
    }
)
_TRACKED = re.compile(r"[?&](?:utm_\w+|mc_[ce]id|fbclid|gclid)=|[?&]\w+=https?(?::|%3a)", re.IGNORECASE)
_SOUND = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?(?:[/?][!$-;=?-~]*)?", re.IGNORECASE)


def findings(mail: Mail) -> Iterator[Finding]:
    if mail.page is not None:
        for link in mail.page.all("a"):
            yield from _link(link, mail.address("To"))
        yield from _unique(mail.page)
        for image in mail.page.all("img"):
            yield from _image(image)
        yield from _way_out(mail, mail.page)
    yield from _way_out_in_text(mail)


def _link(link: Element, recipient: str) -> Iterator[Finding]:
    url = link.attributes.get("href", "")
    if not _SOUND.fullmatch(url) and not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", url):
        yield Finding("links.absolute", f"{brief(url)} is no absolute https address", link.where)
    if _TRACKED.search(url):
        yield Finding("links.tracking", f"{brief(url)} follows the reader, or leads through elsewhere", link.where)
    if recipient and url.startswith("http") and recipient in unquote(url).lower():
        yield Finding("links.address", f"{brief(url)} names the recipient", link.where)
    name = _name(link)
    if not name:
        yield Finding("links.text", f"{brief(url)} has no text", link.where)
    if name.casefold() in _VAGUE:
        yield Finding("links.text", f"{brief(name)} says not what of", link.where)


def _name(link: Element) -> str:
    """What is read out: its text, or that of its image."""
    alts = [each.attributes.get("alt", "") for each in link.walk() if each.tag == "img"]
    return " ".join([link.text, *alts]).strip()


def _unique(page: Page) -> Iterator[Finding]:
    """A title is what it is: two papers may have the same."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for link in page.all("a"):
        if link.inside("h1", "h2", "h3"):
            continue
        leads = places[_name(link).casefold()]
        leads.add(link.attributes.get("href", ""))
        if len(leads) > 1:
            yield Finding("links.unique", f"{brief(_name(link))} leads to two places", link.where)


def _image(image: Element) -> Iterator[Finding]:
    url = image.attributes.get("src", "")
    if not _SOUND.fullmatch(url) or urlsplit(url).query:
        yield Finding("links.image", f"{brief(url)} is no plain https address", image.where)
    for side in ("width", "height"):
        size = image.attributes.get(side, "")
        if (side == "width" and not size) or size in ("0", "1", "2"):
            yield Finding(
                "links.pixel", f"{side} {brief(size)}: a pixel that reports, or an image without size", image.where
            )


def _way_out(mail: Mail, page: Page) -> Iterator[Finding]:
    """Unsubscribe, and another own link, above the first title and below the last."""
    if not mail.unsubscribe_url:
        return
    host = urlsplit(mail.unsubscribe_url).netloc
    order = page.all("h2", "a")
    titles = [at for at, element in enumerate(order) if element.tag == "h2"] or [len(order) // 2]
    for name, part in (("top", order[: titles[0]]), ("footer", order[titles[-1] + 1 :])):
        urls = {element.attributes.get("href", "") for element in part}
        if mail.unsubscribe_url not in urls:
            yield Finding("links.unsubscribe", f"no link to unsubscribe in the {name}", "html")
        if not any(urlsplit(url).netloc == host for url in urls - {mail.unsubscribe_url}):
            yield Finding("links.preferences", f"no link to preferences in the {name}", "html")


def _way_out_in_text(mail: Mail) -> Iterator[Finding]:
    lines = mail.text.splitlines()
    for name, part in (("top", lines[:_TOP]), ("end", lines[-_END:])):
        if mail.unsubscribe_url and not any(line.endswith(mail.unsubscribe_url) for line in part):
            yield Finding("links.unsubscribe", f"no address to unsubscribe at the {name}", "text")
