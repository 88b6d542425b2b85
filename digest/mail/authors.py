"""Who wrote a paper, as one line.

In:    its authors; those the reader follows.
Out:   the first few, everyone they follow with a star, and how many others there are.
Never: three thousand names.
"""

from html import escape

from digest.mail.words import NOTHING, Reader, Words
from digest.names import Name, alike

ALL, FIRST, STARS = 4, 3, 3  # up to four are all named; of more the first three, and three more that they follow
LONGEST = 60  # characters of a name
STAR = "★"


def authors_line(names: tuple[str, ...], reader: Reader) -> tuple[Words, Words]:
    """`A, B, C, ★ D (followed) and 14 others`; and of these only those they follow."""
    starred = _followed(names, reader)
    shown = range(len(names)) if len(names) <= ALL else sorted({*range(FIRST), *starred})
    named = [(at in starred, reader.words(names[at], LONGEST)) for at in shown]
    told = [_starred(words, reader) if star else words for star, words in named if words]
    stars = [_starred(words, reader) for star, words in named if words and star]
    if len(names) > ALL and (rest := len(names) - len(told)):
        more = reader.speaking.ngettext("%(num)s other", "%(num)s others", rest)
        told.append(Words(more, escape(more)))
    return _listed(told, reader), _listed(stars, reader)


def _followed(names: tuple[str, ...], reader: Reader) -> list[int]:
    """Where those stand whom the reader follows: of each the one who is meant most surely."""
    if not reader.follows:
        return []
    written = reader.names(names)
    found = {at for wanted in reader.follows if (at := _surest(wanted, written)) is not None}
    return sorted(found)[:STARS]


def _surest(wanted: Name, written: list[Name]) -> int | None:
    family = wanted[-1:]
    sure = [(alike(wanted, name), -at) for at, name in enumerate(written) if name[-1:] == family and name]
    best, place = max(sure, default=(0.0, 0))
    return -place if best else None


def _starred(words: Words, reader: Reader) -> Words:
    speaking = reader.speaking
    text = speaking.gettext("%(name)s (followed)", name=words.text)
    html = speaking.gettext("%(name)s (followed)", name=f"<strong>{words.html}</strong>")
    return Words(f"{STAR} {text}", f'<span aria-hidden="true">{STAR} </span>{html}')


def _listed(several: list[Words], reader: Reader) -> Words:
    if not several:
        return NOTHING
    listed = reader.speaking.listed
    return Words(listed([words.text for words in several]), listed([words.html for words in several]))
