"""Makes the body of an answer safe to parse.

In:    an answer with XML or JSON in any of the usual encodings.
Out:   text without illegal characters and entity declarations; JSON values of a sane size.
Never: an entity expanded or fetched (billion laughs, XXE), a codec that is not a character encoding.
"""

import codecs
import json
import re
from email.message import Message
from typing import Any

from digest.errors import SourceError
from digest.sources.http import Answer
from digest.sources.trim import trim

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BARE = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"))
_CHARSETS = re.compile(
    r"utf[-_]?(?:8|16|32)(?:[-_]?[bl]e)?|(?:us[-_])?ascii|(?:iso[-_]?)?8859[-_]?\d+|iso-8859-\d+|latin[-_]?\d+|"
    r"(?:windows|cp)[-_]?\d+|koi8[-_][rut]|gb(?:2312|k|18030)|big5(?:hkscs)?|euc[-_](?:jp|kr|cn)|shift[-_]jis|iso-2022-jp|mac\w*"
)
_VAGUE = frozenset({"iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252"})
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 §2.2
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_HTML = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_HTML_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)
MAX_JSON_PARTS = 200_000


def xml_text(answer: Answer) -> str:
    """The document as text, without its XML declaration. Raises SourceError for HTML and for declared entities."""
    text = _ILLEGAL.sub("", _DECLARATION.sub("", decoded(answer), count=1))
    if _HTML.match(text):
        raise SourceError(f"the answer is a web page{_page_title(text)}, not a feed")
    if _DOCTYPE.search(text) and _ENTITY.search(text):
        raise SourceError("the document declares XML entities, which are not read")
    if not text.lstrip().startswith("<"):
        raise SourceError(f"the answer is no XML: it begins with “{trim(text.lstrip()[:40], 40)}”")
    return text


def lost_characters(text: str) -> tuple[str, ...]:
    """A problem line where characters could not be decoded."""
    count = text.count("\ufffd")
    return (f"wrong encoding: {count} characters were lost",) if count else ()


def json_value(answer: Answer) -> Any:
    """The JSON value of the body. Raises SourceError."""
    body = answer.body
    if sum(map(body.count, (b"[", b"{", b","))) > MAX_JSON_PARTS:
        raise SourceError("the JSON has more parts than a list of papers can have")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as wrong:
        text = decoded(answer)
        if _HTML.match(text):
            raise SourceError(f"the answer is a web page{_page_title(text)}, not JSON") from None
        raise SourceError(f"the answer is no JSON: {trim(str(wrong), 120)}") from None


def decoded(answer: Answer) -> str:
    """The body as text: by its byte-order mark, the HTTP charset, the XML declaration, else UTF-8 (RFC 7303 §3)."""
    body = answer.body
    for mark, charset in (*_BOMS, *_BARE):
        if body.startswith(mark):
            return body.decode(charset, "replace").removeprefix("\ufeff")
    declared = _DECLARED.match(body[:400])
    for charset in (_http_charset(answer.content_type), declared[1].decode() if declared else ""):
        if charset and (text := _decode(body, charset)) is not None:
            return text
    text = body.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    few = lost * 2 <= len(text) - len(text.encode("ascii", "ignore"))  # some broken bytes in a document that is UTF-8
    return text if few else body.decode("cp1252", "replace")


def _decode(body: bytes, charset: str) -> str | None:
    """None where the charset is unknown, no plain character encoding, or not what the body is in."""
    charset = charset.lower()
    if not _CHARSETS.fullmatch(charset):
        return None
    # Who writes iso-8859-1 means cp1252 (WHATWG Encoding §4.2), and what reads as UTF-8 by chance is UTF-8.
    for codec in ("utf-8", "cp1252") if charset in _VAGUE else (charset,):
        try:
            return body.decode(codec)
        except (LookupError, UnicodeError):
            continue
    return None


def _http_charset(content_type: str) -> str:
    header = Message()
    header["Content-Type"] = "".join(content_type.split("\n"))[:200]
    return header.get_content_charset("")


def _page_title(text: str) -> str:
    found = _HTML_TITLE.search(text[:20_000])
    return f" (“{trim(found[1], 80)}”)" if found else ""
