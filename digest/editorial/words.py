"""Text as words that compare: how titles, abstracts and topics become terms.

In:    a title, an abstract, a phrase, an author's name.
Out:   stems and the spelling they came from; folded names.
Never: a score; a term that depends on letter case, an accent, a hyphen or a plural.
"""

import re
import unicodedata
from collections.abc import Iterable

import snowballstemmer

from digest.text import plain

BREAK = "."  # stands between sentences: words on both sides of it are not adjacent

# Words that say nothing of a paper's subject: function words, and what every abstract says.
_STOP = """
a about above across after again against all also although among an and any are as at be because been before being
below between both but by can could did do does doing down during each either et al etc for from further had has have
having he her here hers him his how however i if in into is it its itself just may me might more moreover most much
must my no nor not now of off on once only or other our ours out over own per same she should since so some such than
that the their theirs them then there thereby therefore these they this those though through thus to too toward
towards under until up upon us very via was we were what when where whereas whether which while who whom whose why
will with within without would yet you your paper propose proposed present show shows shown e g
"""
STOP = frozenset(_STOP.split())

_TOKEN = re.compile(r"[^\W_]+|[.;:!?](?=\s|$)")
_TEX = re.compile(r"[\\$]")
_PLURAL_ACRONYM = re.compile(r"\b([A-Z][A-Z0-9]+)s\b")
# The same word is written joined, with a hyphen or apart: multiagent = multi-agent, pretraining = pre-training.
_JOINED = re.compile(r"\b(multi(?!p)|(?:pre|post|fine)(?=train|tun))(?=\w{3})")
_POSSESSIVE = re.compile(r"['’]s\b")
_UNMARKED = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)


def bare(text: str) -> str:
    """Case, accents and compatibility forms gone: `Erdős` → `erdos`."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_UNMARKED)


def spelled(text: str) -> list[str]:
    """The words of a text as written but folded, with BREAK between sentences. TeX is read as what it shows."""
    text = plain(text) if _TEX.search(text) else text
    text = _POSSESSIVE.sub("", _PLURAL_ACRONYM.sub(r"\1", text))
    words = _TOKEN.findall(_JOINED.sub(r"\1 ", bare(text)))
    return [BREAK if word in ".;:!?" else word for word in words]


class Stems:
    """Stems English words (Porter 2, http://snowball.tartarus.org/algorithms/english/stemmer.html), each once."""

    def __init__(self) -> None:
        self._stemmer = snowballstemmer.stemmer("english")
        self._known: dict[str, str] = {}

    def of(self, word: str) -> str:
        known = self._known.get(word)
        if known is None:
            known = self._known[word] = self._stem(word)
        return known

    def _stem(self, word: str) -> str:
        if len(word) > 3 and word.endswith("s") and not re.search("[aeiouy]", word):
            return word[:-1]  # `llms`: the stemmer knows no plural without a vowel
        return str(self._stemmer.stemWord(word)) if word.isalpha() else word

    def all(self, words: Iterable[str]) -> list[str]:
        return [self.of(word) for word in words]

    def content(self, words: Iterable[str]) -> list[str]:
        """The stems of the words that say something; stop words are skipped, BREAK is kept."""
        return [self.of(word) for word in words if word not in STOP]


def as_written(phrase: str, text: str) -> str:
    """A folded phrase as the text has it: with the capitals of its acronyms, not those of a title."""
    pattern = r"\W+".join(re.escape(word) + "s?" for word in phrase.split())
    written = re.search(rf"\b{pattern}\b", text, re.IGNORECASE)
    if not written:
        return phrase
    said = re.sub(r"[^\w\s-]+", "", written[0])
    return re.sub(r"[^\W_]+", lambda word: word[0] if any(c.isupper() for c in word[0][1:]) else word[0].lower(), said)
