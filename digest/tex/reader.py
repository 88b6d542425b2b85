"""One pass over TeX, left to right.

In:    text whose `$` stand around formulas only, and the macros that need code of their own.
Out:   nodes: plain strings and styled ones.
Never: an exception; a group that never closes, closes twice or nests too deep is read as best it can be.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.tex.symbols import DROPPED, FUNCTIONS, LETTERS, MARKS, SILENT, SPLIT_GREEK, STYLES, SWITCHES, SYMBOLS

SOFT = "\x1f"  # a space that counts only between two words, as on both sides of `log`
GONE = "\x1e"  # where a reference was: no space before the comma that follows it
DEEPEST = 24  # what is nested deeper is read flat
LONGEST = 400  # pieces of an argument that is taken as it is written


@dataclass(frozen=True, slots=True)
class Styled:
    """Text in a style: `tag` is `sub`, `sup`, `em`, `strong` or `code`."""

    tag: str
    inner: "tuple[Node, ...]"


Node = str | Styled
Nodes = tuple[Node, ...]

_POWER = re.compile(r"-?[0-9]{1,2}(?![0-9a-z_^]|\.[0-9])")  # after a `^` in prose: D^2, 10^-3
_NO_TIE = re.compile(  # a `~` that is no space: about, a range, a distribution, an address
    r"[\s(\[<>/=~]~|~[\s/~=.,:;!?)]|[0-9]%?~[0-9]|(?<![^\W_]|&)[^\W\d_]~[A-Z0-9]|://\S*~"
)
_PIECE = re.compile(r"\\[A-Za-z]+\*?|\\.|[{}$^_~\[\]]|[^\\{}$^_~\[\]]+|\\")
_LETTER = re.compile(r"(?:bb|bf|cal|frak|scr|[bcgmst])([A-Z])|v([a-z])")  # an author's own \calX, \mH, \vx
_COMMANDS = SWITCHES.keys() | SILENT | DROPPED.keys()


class Reader:
    """One pass over the pieces, left to right."""

    def __init__(self, text: str, special: "Mapping[str, Macro]") -> None:
        self.special = special
        self.pieces: list[str] = _PIECE.findall(text)
        self.at = 0
        self.depth = 0  # of groups
        self.nesting = 0  # of groups, indices and macros
        self.math = False

    def sequence(self) -> Nodes:
        """Reads to the end of the group, not beyond its `}`; at the top, to the end of the text."""
        out: list[Node] = []
        while self.at < len(self.pieces):
            if self.pieces[self.at] == "}":
                if self.depth:
                    break
                self.at += 1
                continue
            out.extend(self.one(out))
        return tuple(out)

    def one(self, before: list[Node]) -> Nodes:
        """Reads one piece and what belongs to it. `before` loses its trailing space where an index follows."""
        piece = self.pieces[self.at]
        self.at += 1
        if piece == "$":
            self.math = not self.math
            return ()
        if piece == "~":
            return (" " if self._ties() else "~",)
        if piece[0] in "{^_\\":
            return self.nested(piece, before)
        return (piece.replace("'", "′"),) if self.math else (piece,)

    def nested(self, piece: str, before: list[Node]) -> Nodes:
        """A group, an index or a macro; too deep inside others, only its contents in their turn."""
        if self.nesting >= DEEPEST:
            return ()
        self.nesting += 1
        if piece == "{":
            found = self.group()
        elif piece in "^_":
            found = self.index(piece, before)
        else:
            found = self.macro(piece[1:].rstrip("*"))
        self.nesting -= 1
        return found

    def group(self) -> Nodes:
        """Reads on after a `{`, through its `}`."""
        self.depth += 1
        inner = self.sequence()
        self.depth -= 1
        self.at += 1
        return inner

    def index(self, sign: str, before: list[Node]) -> Nodes:
        if not self.math and self.peek() != "{":
            return self.power(before) if sign == "^" else (sign,)
        if before and isinstance(before[-1], str):
            before[-1] = before[-1].rstrip()
        inner = self.argument()
        return (Styled("sup" if sign == "^" else "sub", inner),) if inner else ()

    def power(self, before: list[Node]) -> Nodes:
        """A number after a `^` in prose; else the sign itself."""
        found = _POWER.match(self.peek())
        base = before[-1][-1:] if before and isinstance(before[-1], str) else ""
        if found is None or not (base.isalnum() or base == ")"):
            return ("^",)
        self.advance(self.peek()[found.end() :])
        return (Styled("sup", (found[0],)),)

    def peek(self) -> str:
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def skip_space(self) -> None:
        if (piece := self.peek())[:1].isspace():
            self.advance(piece.lstrip())

    def advance(self, rest: str) -> None:
        """Leaves `rest` of the present piece to be read."""
        if rest:
            self.pieces[self.at] = rest
        else:
            self.at += 1

    def argument(self) -> Nodes:
        """One group, macro or character."""
        self.skip_space()
        piece = self.peek()
        if piece in ("", "}", "$"):
            return ()
        if piece[0] == "\\" or piece == "{":
            return self.one([])
        self.advance(piece[1:])
        return (piece[0].replace("'", "′"),)

    def source(self) -> str:
        """One group as it is written: an address, a colour, a key. A group that does not close is prose, not one."""
        self.skip_space()
        depth = 0
        for end in range(self.at, min(self.at + LONGEST, len(self.pieces))):
            depth += {"{": 1, "}": -1}.get(self.pieces[end], 0)
            if depth <= 0:
                break
        else:
            return ""
        source, self.at = self.pieces[self.at + 1 : end], end + 1 if end > self.at else self.at
        return "".join(source).replace("\\", "")

    def quoted(self) -> str:
        """What stands between two of one sign, as it is written: `|a_b|`; empty, and nothing read, where it is not."""
        rest = "".join(self.pieces[self.at : self.at + LONGEST])[:LONGEST]
        inside, closed, _ = rest[1:].partition(rest[:1] or " ")
        if not closed or rest[0].isalnum() or rest[0] in " {":
            return ""
        left = len(inside) + 2
        while left > 0:
            piece = self.peek()
            self.advance(piece[left:])
            left -= len(piece)
        return inside.replace("\\", "")

    def option(self) -> str:
        """The `[…]` after a macro, without its brackets."""
        if self.peek() != "[" or "]" not in self.pieces[self.at : self.at + 12]:
            return ""
        end = self.pieces.index("]", self.at)
        inside = "".join(self.pieces[self.at + 1 : end])
        self.at = end + 1
        return inside

    def _ties(self) -> bool:
        """Whether the `~` just read is a space (`week~3`), not an "about" (`(~95`)."""
        before = "".join(self.pieces[max(self.at - 3, 0) : self.at - 1]) or " "
        return self.peek() != "" and not _NO_TIE.search(f"{before[-100:]}~{self.peek()[:1]}")

    def macro(self, name: str) -> Nodes:
        if special := self.special.get(name):
            return special(self)
        if name in STYLES:
            return self.styled(STYLES[name], self.argument())
        if name in MARKS and (self.math or len(name) == 1):
            return self.accented(name)
        if name in FUNCTIONS:
            return (SOFT, name, SOFT)
        return self.command(name) if name in _COMMANDS else self.symbol(name)

    def command(self, name: str) -> Nodes:
        """What changes how the rest looks, or shows nothing."""
        if name in DROPPED:
            return self.dropped(DROPPED[name])
        self.skip_space()
        if name in ("left", "right") and self.peek().startswith("."):
            self.advance(self.peek()[1:])
        return self.styled(SWITCHES[name], self.sequence()) if name in SWITCHES else ()

    def styled(self, tag: str, inner: Nodes) -> Nodes:
        return (Styled(tag, inner),) if inner and not self.math else inner

    def dropped(self, count: int) -> Nodes:
        self.option()
        for _ in range(count):
            self.option()
            self.source()
        return (GONE,)

    def accented(self, name: str) -> Nodes:
        inner = self.argument()
        letter = inner[0] if len(inner) == 1 and isinstance(inner[0], str) else ""
        if greek := SPLIT_GREEK.get(name, {}).get(letter):
            return (greek,)
        letter = {"ı": "i", "ȷ": "j"}.get(letter, letter)
        if len(letter) != 1 or not letter.isalpha():
            return inner
        return (unicodedata.normalize("NFC", letter + MARKS[name]),)

    def symbol(self, name: str) -> Nodes:
        """A known sign, and the space after it where TeX takes it."""
        spaced = self.at > 1 and self.pieces[self.at - 2][-1:].isspace()
        sign = SYMBOLS.get(name)
        if sign is None:
            return self.unknown(name)
        if sign.endswith(".") and self.peek().startswith("."):
            self.advance(self.peek()[1:])
        elif name in LETTERS if not self.math else not spaced and unicodedata.category(sign[-1:] or " ") == "Sm":
            self.skip_space()
        return (sign,)

    def unknown(self, name: str) -> Nodes:
        """An author's own macro: what stands in it; else its letter, `\\calX`; else its name."""
        start = self.at
        self.option()
        if self.peek() == "{" and self.pieces[self.at + 1 : self.at + 2] != ["}"]:
            return self.argument()
        self.at = start
        letter = _LETTER.fullmatch(name) if self.math else None
        return (letter[1] or letter[2],) if letter else (name,)


Macro = Callable[[Reader], Nodes]
