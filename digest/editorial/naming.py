"""How a phrase is written.

In:    a phrase as stems, the papers that use it.
Out:   the way most of them write it, `""` where they do not agree.
Never: a stem; a word that a hyphen was cut from: `in-context learning` is no context learning.
"""

import re
from collections import Counter
from collections.abc import Sequence

from digest.editorial.spelling import Phrase, Spelling
from digest.editorial.words import Stems
from digest.model import Paper

AGREED = 0.5  # of the papers: `adapting algorithm` and `adaptive algorithms` are two matters


def name(phrase: Phrase, papers: Sequence[Paper]) -> str:
    """As titles write it, where any holds it."""
    stems = Stems()
    texts = [Spelling((paper.title, paper.abstract), stems).run(phrase) for paper in papers]
    [(form, count)] = Counter(map(_form, texts)).most_common(1) or [("", 0)]
    if not form or count < AGREED * len(papers):
        return ""
    titles = [Spelling((paper.title,), stems).run(phrase) for paper in papers]
    alike = [one for one in titles if _form(one) == form] or [one for one in texts if _form(one) == form]
    return _lead(_commonest(alike), papers)


def _form(written: str) -> str:
    """Without what may differ: hyphens, letter case, the plural."""
    return re.sub(r"[\W_]", "", written.casefold()).removesuffix("s")


def _lead(phrase: str, papers: Sequence[Paper]) -> str:
    """With the stop words that hyphens tie to it."""
    tied = re.compile(rf"\b((?:[a-z]+-)*){re.escape(phrase)}", re.IGNORECASE)
    found = (tied.search(f"{paper.title}. {paper.abstract}") for paper in papers)
    lead = _commonest([each[1].lower() for each in found if each])
    return lead + phrase


def _commonest(words: Sequence[str]) -> str:
    counts = Counter(words)
    return min(counts, key=lambda word: (-counts[word], word), default="")
