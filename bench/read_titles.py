"""How well do real titles and abstracts read?

In:    the titles and abstracts in the captures, DIGEST_CAPTURES or the folder beside the checkout.
Out:   macros left raw, words lost, formulas torn, the time of one text, on stdout; exit 1 on any flaw.
Never: the reader's own idea of what a macro is: what must show is found by plain patterns.
"""

import html
import json
import lzma
import os
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from digest.text import clean, cut, markup, plain

CAPTURES = Path(os.environ.get("DIGEST_CAPTURES", Path(__file__).parents[2] / "shared" / "captures"))
CUTS = (120, 300, 600)
AHEAD = 80  # letters that may come in between: an argument that is printed in another order

RAW = re.compile(r"\\[A-Za-z]|[_^]\{|\$[^$\d\s]*[\\_^{][^$]*\$|[\x00-\x1f]")
# What names a thing and says nothing to a reader, by kind.
ARGUMENT = r"\*?(?:\[[^\]]*\])*\{[^{}]*\}"
SILENT = {
    "a citation or a reference": re.compile(r"\\(?:[A-Za-z]*(?:[cC]ite|ref)[a-z]*|label)" + ARGUMENT),
    "an environment": re.compile(r"\\(?:begin|end)\{[^{}]*\}"),
    "a colour, a length, a file": re.compile(r"\\(?:(?:text)?color|[vh]space|includegraphics)" + ARGUMENT),
    "the address under a link's words": re.compile(r"\\href\s*\{[^{}]*\}(?=\{)"),
    "a character by its number": re.compile(r"\\(?:unicode|ding)\{[^{}]*\}"),
    "a Greek letter torn by a form": re.compile(r"\\(?:k\{appa|b\{eta|r\{ho)\}"),
}
MACRO = re.compile(r"\\[A-Za-z]+\*?")
WORD = re.compile(r"[^\W\d_]+|\d+")


def texts(captures: Path) -> list[str]:
    """Every title and abstract once."""
    meta = captures / "arxiv" / "meta"
    with lzma.open(next(meta.glob("papers_*.jsonl.xz")), "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    papers += [json.loads(line) for line in (meta / "edge_cases.jsonl").read_text("utf-8").splitlines()]
    for day in sorted((captures / "hf_daily").glob("*.json")):
        papers += [entry["paper"] for entry in json.loads(day.read_text("utf-8"))]
    return list(dict.fromkeys(text for paper in papers for text in (paper["title"], paper["summary"])))


def folded(text: str) -> str:
    """Letters and digits only, without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def words(source: str) -> Iterator[str]:
    """What a reader must find: words and numbers outside of macros' names and of what is silent."""
    text = clean(source)
    for silent in SILENT.values():
        text = silent.sub(" ", text)
    return filter(None, (folded(found[0]) for found in WORD.finditer(MACRO.sub(" ", text))))


def lost(source: str, reading: str) -> list[str]:
    """The words of `source` that `reading` has not, in their order."""
    shown, at, missing = folded(reading), 0, []
    for word in words(source):
        found = shown.find(word, at, at + AHEAD + len(word))
        at = at if found < 0 else found + len(word)
        missing += [word] if found < 0 else []
    return missing


def torn(source: str, reading: str, limit: int) -> bool:
    """Whether `cut` breaks a formula, or shows something that the whole text does not."""
    short = plain(cut(source, limit))
    return bool(RAW.search(short)) or not folded(reading).startswith(folded(short))


def seen(source: str) -> str:
    """What a reader of the HTML sees."""
    return html.unescape(re.sub(r"</?[a-z]+>", "", markup(source)))


def flaws(sources: list[str]) -> dict[str, list[tuple[str, str]]]:
    """By kind: the source and what is wrong."""
    kinds = "raw TeX", "words lost", "HTML and text differ", "cut torn"
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
    for source in sources:
        reading = plain(source)
        found["raw TeX"] += [(source, raw[0])] if (raw := RAW.search(reading)) else []
        found["words lost"] += [(source, word) for word in lost(source, reading)]
        found["HTML and text differ"] += [(source, reading)] if folded(seen(source)) != folded(reading) else []
        found["cut torn"] += [(source, cut(source, limit)) for limit in CUTS if torn(source, reading, limit)]
    return found


def cost(sources: list[str]) -> float:
    """Microseconds of one core a text, best of three rounds over a part of them."""
    rounds, part = [], sources[::10]
    for _ in range(3):
        start = time.process_time()
        for source in part:
            plain(source)
        rounds.append(time.process_time() - start)
    return min(rounds) / max(len(part), 1) * 1e6


def report(sources: list[str]) -> int:
    found = flaws(sources)
    total = sum(1 for source in sources for _ in words(source))
    print(f"{len(sources)} titles and abstracts, {total} words and numbers")
    for kind, cases in found.items():
        print(f"{kind:<24}{len(cases):>8}")
        for source, what in cases[:10]:
            print(f"    {what[:70]!r} in {source[:60]!r}")
    silent = Counter({kind: sum(len(p.findall(source)) for source in sources) for kind, p in SILENT.items()})
    print("not counted as words:")
    for kind, count in silent.most_common():
        print(f"    {kind:<36}{count:>6}")
    tex = [source for source in sources if re.search(r"[\\$]", source)]
    print(f"µs a text: {cost(sources):.0f}; with TeX {cost(tex):.0f}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(report(texts(CAPTURES)))
