"""Macros that need more than a table: fractions, roots, links, formulas in prose and prose in formulas.

In:    the reader, just after the macro's name.
Out:   the nodes the macro stands for; the reader moved past its arguments.
Never: an argument dropped that a reader would miss.
"""

import re
import unicodedata
from collections.abc import Mapping

from digest.tex.reader import SOFT, Macro, Nodes, Reader, Styled
from digest.tex.symbols import ALPHABETS, BLACKBOARD, ENCLOSED, EQUATIONS, ROOTS, SYMBOLS, TABLES


def _flat(nodes: Nodes) -> str:
    return "".join(n if isinstance(n, str) else _flat(n.inner) for n in nodes)


def _tight(nodes: Nodes) -> Nodes:
    """In brackets when it is more than one sign, for a fraction or a root on one line."""
    flat = _flat(nodes)
    return nodes if len(flat) <= 1 or flat.isalnum() else ("(", *nodes, ")")


def _fraction(reader: Reader) -> Nodes:
    above, below = reader.argument(), reader.argument()
    return (*_tight(above), "/", *_tight(below))


def _root(reader: Reader) -> Nodes:
    return (ROOTS.get(reader.option(), "√"), *_tight(reader.argument()))


def _words(reader: Reader) -> Nodes:
    """Prose inside a formula, `\\text{…}`."""
    math, reader.math = reader.math, False
    inner = reader.argument()
    reader.math = math
    return inner


def _link(reader: Reader) -> Nodes:
    address = reader.source()
    return reader.argument() or (address,)


def _verbatim(reader: Reader) -> Nodes:
    """`\\verb|a_b|`, between two of any sign."""
    inside = reader.quoted()
    return reader.styled("code", (inside,) if inside else reader.argument())


def _between(name: str, start: str, end: str) -> Macro:
    """What an author's own `\\norm{x}` stands for; without an argument it is a name like any other."""

    def enclose(reader: Reader) -> Nodes:
        inner = reader.argument() if reader.peek() == "{" else ()
        return (start, *inner, end) if inner else (name,)

    return enclose


def _blackboard(reader: Reader) -> Nodes:
    return tuple(BLACKBOARD.get(n, n) if isinstance(n, str) else n for n in reader.argument())


def _code_point(reader: Reader) -> Nodes:
    source = reader.source().lstrip('x"')
    point = int(source, 16) if re.fullmatch(r"[0-9A-Fa-f]{2,5}", source) else 0
    return (chr(point),) if chr(point).isprintable() else ()


def _dingbat(reader: Reader) -> Nodes:
    source = reader.source()
    number = int(source) if re.fullmatch(r"[0-9]{3}", source) else 0
    return (chr(0x2460 + (number - 172) % 10) if 172 <= number <= 211 else "•",)


def _formula(opens: bool) -> Macro:
    def switch(reader: Reader) -> Nodes:
        reader.math = opens
        return ()

    return switch


def _stacked(tag: str) -> Macro:
    """`\\overset{a}{b}`: b with a small a."""

    def stack(reader: Reader) -> Nodes:
        small = reader.argument()
        return (*reader.argument(), Styled(tag, small))

    return stack


def _small(tag: str) -> Macro:
    """`2\\textsuperscript{nd}` reads best as `2nd`, `R\\textsuperscript{2}` as R²."""

    def shift(reader: Reader) -> Nodes:
        inner = reader.argument()
        return inner if _flat(inner).isalpha() else (Styled(tag, inner),)

    return shift


def _arrow(sign: str) -> Macro:
    """`\\xrightarrow{a}`: an arrow with a small a."""

    def label(reader: Reader) -> Nodes:
        above = reader.argument()
        return (sign, Styled("sup", above)) if _flat(above).strip() else (sign,)

    return label


def _environment(opens: bool) -> Macro:
    """`\\begin{align}` and its end; of others only the contents count."""

    def edge(reader: Reader) -> Nodes:
        name = reader.source().rstrip("*")
        if name in EQUATIONS:
            reader.math = opens
        elif opens and name in TABLES:
            reader.source()
        return (" ",)

    return edge


def _footnote(reader: Reader) -> Nodes:
    return (" (", *_words(reader), ")")


def _range(reader: Reader) -> Nodes:
    return (*reader.argument(), "–", *reader.argument())


def _choose(reader: Reader) -> Nodes:
    return ("(", *reader.argument(), " choose ", *reader.argument(), ")")


def _quantity(reader: Reader) -> Nodes:
    return (*reader.argument(), " ", *reader.argument())


def _first(reader: Reader) -> Nodes:
    """`\\texorpdfstring{$x$}{x}`: the same twice."""
    found = reader.argument()
    reader.source()
    return found


def _negated(reader: Reader) -> Nodes:
    known = SYMBOLS.get(reader.peek()[1:], "")
    reader.at += 1 if known else 0
    sign = known or _flat(reader.argument())
    return (unicodedata.normalize("NFC", sign + "\u0338"),) if len(sign) == 1 and sign.isprintable() else (sign,)


SPECIAL: Mapping[str, Macro] = {
    **dict.fromkeys(("frac", "tfrac", "dfrac", "nicefrac", "sfrac", "cfrac"), _fraction),
    **dict.fromkeys(("text", "textrm", "mbox", "textnormal", "textup", "intertext"), _words),
    **dict.fromkeys(ALPHABETS, Reader.argument),
    "sqrt": _root,
    "href": _link,
    "url": lambda reader: (reader.source(),),
    "verb": _verbatim,
    **{name: _between(name, *signs) for name, signs in ENCLOSED.items()},
    "begin": _environment(opens=True),
    "end": _environment(opens=False),
    "unicode": _code_point,
    "ding": _dingbat,
    "(": _formula(opens=True),
    "[": _formula(opens=True),
    ")": _formula(opens=False),
    "]": _formula(opens=False),
    "overset": _stacked("sup"),
    "stackrel": _stacked("sup"),
    "underset": _stacked("sub"),
    "textsuperscript": _small("sup"),
    "textsubscript": _small("sub"),
    "not": _negated,
    **dict.fromkeys(("mathbb", "mathds", "mathbbm"), _blackboard),
    "operatorname": lambda reader: (SOFT, *_words(reader), SOFT),
    **dict.fromkeys(("xrightarrow", "xlongrightarrow"), _arrow("→")),
    "xleftarrow": _arrow("←"),
    "xmapsto": _arrow("↦"),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _choose),
    "pmod": lambda reader: (" (mod ", *reader.argument(), ")"),
    **dict.fromkeys(("footnote", "blfootnote", "footnotetext"), _footnote),
    **dict.fromkeys(("SI", "qty"), _quantity),
    "ang": lambda reader: (*reader.argument(), "°"),
    "numrange": _range,
    "SIrange": lambda reader: (*_range(reader), " ", *reader.argument()),
    "texorpdfstring": _first,
}
