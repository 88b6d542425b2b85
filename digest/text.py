"""Words from outside, made safe and readable.

In:    titles, names and abstracts as sources give them: mojibake, control characters, HTML, TeX.
Out:   one line of clean Unicode; the same as HTML with sub, sup, em, strong and code only; a sentence's cut; a key.
Never: an exception for any text, a control or bidi-override character, an attribute, a raw macro.
"""

import html as entities
import re
import unicodedata

import ftfy
import nh3
from ftfy.badness import is_bad

from digest.tex import GONE, SOFT, Nodes, Span, has_tex, read, whole

# C0, C1, invisible and bidi controls, surrogates, tags, private use, non-characters; ZWJ and ZWNJ stay: they spell.
_UNSAFE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"})
_OPENS = re.compile(r"``|\"(?=[^\"'$]{1,60}''(?!'))|(?<![\w'′)\]}$])''(?=[\w$\\])")
_TYPEWRITER = re.compile(
    rf"https?://\S*|\$[^$' ]+''[^$]{{0,40}}\$|(?P<opens>{_OPENS.pattern})|(?<!')''(?!')"
    r"|(?<=[\w)}$%])---?(?=[\w($\\{])|(?<= )---?(?= )|(?<=\{)---?(?=\})"
)
_TYPESET = {"''": "”", "--": "–", "---": "—"}
_JOIN = re.compile(rf"(?<=[\w)>]){SOFT}+(?=\w)")
_HOLE = re.compile(rf" ?[(\[][{GONE},; ]*{GONE}[,; ]*[)\]]| ?{GONE}(?=[{GONE} ]*[.,;:!?)\]])")
_MARKS = re.compile(f"[{SOFT}{GONE}]")
_BETWEEN_TAGS = re.compile(r"[^<>]+")  # with the end of a tag a mark would compose: `>` and U+0338 are one sign
_BREAKS = re.compile(r"</?(?:br|p|div|li|h[1-6]|tr|td)\b[^<>]*>", re.IGNORECASE)
_SHIFTED = re.compile(r"<(su[bp])\b[^<>]*>([^<>]{1,40})</\1>", re.IGNORECASE)
_SHIFTS = {"sub": "_", "sup": "^"}

_SUPER = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_SUB = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_MOVED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿⁱ₀₁₂₃₄₅₆₇₈₉")
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_RAISED = str.maketrans({"∘": "°", "⋆": "*", "∗": "*"})
_ALREADY_HIGH = frozenset("*†‡′″°⊤⊥®©™")

# --- safe ---------------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """One line of safe Unicode: mojibake mended, NFC, unsafe characters gone, white space folded to single spaces."""
    if text.isascii():
        return _tidied(text)
    for _ in range(4):  # what is taken away can bring more mojibake together
        mended = _tidied(ftfy.fix_encoding(text) if is_bad(text) else text)
        if mended == text:
            break
        text = mended
    return text


def _tidied(text: str) -> str:
    bare = _UNSAFE.sub("", text)
    if not bare.isascii():
        bare = unicodedata.normalize("NFC", bare.translate(_LIGATURES))
    return " ".join(bare.split())


def from_html(html: str) -> str:
    """What a reader of the HTML would see: tags and scripts dropped, entities decoded once, then `clean`.

    Indices stay as TeX, `10^{6}`: dropped, they would make another number.
    """
    spaced = _SHIFTED.sub(lambda found: f"{_SHIFTS[found[1].lower()]}{{{found[2]}}}", _BREAKS.sub(" ", html))
    return clean(entities.unescape(nh3.clean(spaced, tags=set())))


def normalised(text: str) -> str:
    """Case-folded letters and digits with single spaces: equal for two spellings of one title."""
    bare = unicodedata.normalize("NFKD", plain(text)).casefold()
    return " ".join("".join(_key_character(c) for c in bare).split())


def _key_character(character: str) -> str:
    if character.isalnum():
        return character
    return "" if unicodedata.combining(character) or character in "'’" else " "


# --- readable -----------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Readable Unicode without TeX: `x_i`, `x²`, `O(n log n)`. Without TeX: `clean` and typographic quotes only."""
    text = _typeset(clean(text))
    if not has_tex(text):
        return text
    return unicodedata.normalize("NFC", _joined(_as_text(read(text))))


def markup(text: str) -> str:
    """Escaped text and balanced `<sub>`, `<sup>`, `<em>`, `<strong>`, `<code>` without attributes; no other markup."""
    text = _typeset(clean(text))
    if not has_tex(text):
        return entities.escape(text)
    return _BETWEEN_TAGS.sub(lambda found: unicodedata.normalize("NFC", found[0]), _joined(_as_html(read(text))))


def _typeset(text: str) -> str:
    """Typewriter quotes and dashes as the author meant them; addresses stay as they are."""
    quoted = ("``" in text or "''" in text) and _OPENS.search(text)
    if "--" not in text and not quoted:
        return text
    return _TYPEWRITER.sub(lambda found: "“" if found["opens"] else _TYPESET.get(found[0], found[0]), text)


def _joined(text: str) -> str:
    joined = _MARKS.sub("", _JOIN.sub(" ", _HOLE.sub("", text) if GONE in text else text))
    return " ".join(joined.split())


def _as_text(nodes: Nodes) -> str:
    return "".join(node if isinstance(node, str) else _shift(node.tag, _as_text(node.inner)) for node in nodes)


def _shift(tag: str, text: str) -> str:
    """A sub- or superscript on one line, in Unicode where it exists."""
    if tag not in ("sub", "sup"):
        return text
    text = _MARKS.sub("", text).strip().translate(_RAISED if tag == "sup" else {})
    moved = text.translate(_SUPER if tag == "sup" else _SUB)
    if not text or (tag == "sup" and (text in _ORDINAL or set(text) <= _ALREADY_HIGH)):
        return text
    if all(was != now for was, now in zip(text, moved, strict=True)):
        return moved
    one = len(text) == 1 or (text.isalnum() and not _MOVED & set(text)) or re.fullmatch(r"\([^()]*\)", text)
    return ("^" if tag == "sup" else "_") + (text if one else f"({text})")


def _as_html(nodes: Nodes) -> str:
    return "".join(
        entities.escape(node) if isinstance(node, str) else f"<{node.tag}>{_as_html(node.inner)}</{node.tag}>"
        for node in nodes
    )


# --- short --------------------------------------------------------------------------------------------------------

_LONGEST = 400  # characters of a formula that is sure to stay whole
_STOP = re.compile(r"[.!?…][”’\"')\]]*(?= [\w“‘\"'(\[$\\])|[。！？]")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.g|i\.e|al|Fig|Figs|Eq|Eqs|Sec|Secs|Tab|Thm|Ref|Refs|No|vs|cf|resp|approx|Dr|Prof|Mr|Ms|St|viz|ca|w\.r\.t"
    r"|i\.i\.d|a\.k\.a|etc|Vol|Ch|App|pp|p|Univ|Jr|Sr|Inc|Ltd|Def|Lem|Prop|Cor|Alg|Ex)|(?<!\w)\w)\.$"
)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, which may hold TeX, up to the end of a sentence.

    Where that would leave less than half, the sentence is cut after a word and ends in `…`. Formulas, macros with their
    arguments, addresses and abbreviations stay whole.
    """
    text = clean(text)
    if len(text) <= limit:
        return text
    spans = whole(text[: limit + _LONGEST])
    stops = [m.end() for m in _STOP.finditer(text[: limit + 2]) if m.end() <= limit]
    for end in reversed(stops):
        if end * 2 < limit:
            break
        if not _inside(end, spans) and not _ABBREVIATED.search(text[max(end - 16, 0) : end]):
            return text[:end]
    return _cut_word(text, limit - 1, spans)


def _cut_word(text: str, limit: int, spans: list[Span]) -> str:
    at = text.rfind(" ", 0, limit + 1)
    while at > 0 and _inside(at, spans):
        at = text.rfind(" ", 0, at)
    if at <= 0:
        return plain(text)[: max(limit, 0)].rstrip() + "…"
    return text[:at].rstrip(" ,;:–—-.(") + "…"


def _inside(at: int, spans: list[Span]) -> bool:
    return any(start < at < end for start, end in spans)
