"""Text as words that compare: how titles, abstracts and topics become terms.

In:    a title, an abstract, a phrase, an author's name.
Out:   stems and the spelling they came from; folded names.
Never: a score; a term that depends on letter case, an accent, a hyphen or a plural.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from functools import lru_cache

import snowballstemmer

from digest.names import bare
from digest.text import plain

REMEMBERED = 100_000  # stems: several editions have no more words, and what visitors type has no end
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
_WORD = re.compile(r"[^\W_]+")
_APART = r"(?:(?![.;:!?]\s)[\W_])*"  # what may stand between the words of a phrase, or nothing: `pretraining`
_POSSESSIVE = re.compile(r"['’]s\b")


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
        self.of = lru_cache(REMEMBERED)(self._stem)

    def _stem(self, word: str) -> str:
        if len(word) > 3 and word.endswith("s") and not re.search("[aeiouy]", word):
            return word[:-1]  # `llms`: the stemmer knows no plural without a vowel
        return str(self._stemmer.stemWord(word)) if word.isalpha() else word

    def all(self, words: Iterable[str]) -> list[str]:
        return [self.of(word) for word in words]

    def content(self, words: Iterable[str]) -> list[str]:
        """The stems of the words that say something; stop words are skipped, BREAK is kept."""
        return [self.of(word) for word in words if word not in STOP]

    def counted(self, parts: Iterable[tuple[Iterable[str], int]]) -> Counter[Hashable]:
        """How often the stems of `content` occur in spelled texts, each of them with the weight of its occurrences."""
        counts: Counter[Hashable] = Counter()
        for words, weight in parts:
            for stem in self.content(words):
                counts[stem] += weight
        del counts[BREAK]
        return counts


class Written:
    """A text in which phrases are found again as they are written there."""

    def __init__(self, text: str) -> None:
        self._text = plain(text) if _TEX.search(text) else text
        letters = [self._text] if self._text.isascii() else list(self._text)
        self._bare = "".join(map(bare, letters))
        self._places = [at for at, letter in enumerate(letters) for _ in bare(letter)] if len(letters) > 1 else None

    def find(self, phrase: str) -> str:
        """A phrase of `spelled` words with the capitals of its acronyms, not those of a title; the phrase itself where
        no sentence of the text holds it."""
        words = f"(?:['’]?s)?{_APART}".join(map(re.escape, phrase.split())) + "s?"
        found = re.search(rf"(?<![^\W_]){words}(?![^\W_])", self._bare)
        if not found or not phrase:
            return phrase
        start, end = found.span()
        if self._places:
            start, end = self._places[start], self._places[end - 1] + 1
        written = re.sub(r"[^\w\s'’-]+", "", self._text[start:end])
        return _WORD.sub(_as_said, written)


def _as_said(word: re.Match[str]) -> str:
    """Without the capital a title gives it."""
    return word[0] if any(map(str.isupper, word[0][1:])) else word[0].lower()
