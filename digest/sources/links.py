"""Tells links worth showing.

In:    URLs and text from outside.
Out:   absolute http(s) URLs.
Never: another scheme, a URL with a password or white space in it, a look-up.
"""

import re
from urllib.parse import urljoin, urlsplit

LIMIT = 2_000  # characters
_CODE = re.compile(r"https?://(?:www\.)?(github\.com|gitlab\.com|codeberg\.org)/([\w.-]+)/([\w.-]+)", re.IGNORECASE)
_NOT_IN_URLS = re.compile(r"[\s\x00-\x1f\x7f<>\"`\\^{}|\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


def web_link(url: object, base: str = "") -> str:
    """`url` as an absolute http(s) URL, relative ones joined to `base`; `""` for what is none."""
    if not isinstance(url, str) or not url.strip():
        return ""
    try:
        found = urljoin(base, url.strip())
        parts = urlsplit(found)
        safe = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        safe = safe and parts.port != 0
    except ValueError:  # of `[::1`, and of a port that is no number or beyond 65535
        return ""
    return found if safe and len(found) <= LIMIT and not _NOT_IN_URLS.search(found) else ""


def code_link(text: str) -> str:
    """The first repository named in `text`, or `""`."""
    found = _CODE.search(text)
    if found is None:
        return ""
    host, owner, name = found.groups()
    name = name.rstrip(".-_").removesuffix(".git")
    return f"https://{host.lower()}/{owner}/{name}" if name else ""
