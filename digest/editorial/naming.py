"""How a phrase is written.

In:    a phrase as stems, the papers that use it.
Out:   the way most of them write it, `""` where they do not agree or do not write of it.
Never: a stem; a word that a hyphen was cut from: `in-context learning` is no context learning.
"""

import re
from collections import Counter
from collections.abc import Sequence

from digest.editorial.spelling import Phrase, Spelling
from digest.editorial.words import Stems
from digest.model import Paper

AGREED = 0.5  # of the papers: `adapting algorithm` and `adaptive algorithms` are two matters
TITLED = 0.15  # of the papers that name it in their titles: others only use it, such as `cosine similarity`


def name(phrase: Phrase, papers: Sequence[Paper]) -> str:
    """As titles write it."""
    stems = Stems()
    titles = [Spelling((paper.title,), stems).run(phrase) for paper in papers]
    texts = [Spelling((paper.title, paper.abstract), stems).run(phrase) for paper in papers]
    form = _commonest([_form(text) for text in texts])
    alike = [title for title in titles if title and _form(title) == form]
    agreed = sum(_form(text) == form for text in texts) >= AGREED * len(papers)
    return _led(_commonest(alike), papers) if alike and agreed and len(alike) >= TITLED * len(papers) else ""


def _form(written: str) -> str:
    """Without what may differ: hyphens, letter case, the plural."""
    return re.sub(r"[\W_]", "", written.casefold()).removesuffix("s")


def _led(phrase: str, papers: Sequence[Paper]) -> str:
    """With the stop words that hyphens tie to it."""
    tied = re.compile(rf"\b((?:[a-z]+-)*){re.escape(phrase)}", re.IGNORECASE)
    found = (tied.search(f"{paper.title}. {paper.abstract}") for paper in papers)
    return _commonest([each[1].lower() for each in found if each]) + phrase


def _commonest(words: Sequence[str]) -> str:
    counts = Counter(words)
    return min(counts, key=lambda word: (-counts[word], word), default="")
