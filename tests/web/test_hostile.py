"""Words of others on the pages: no element but ours, no attribute of theirs, no address but http(s) (S5)."""

import random
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from digest.language import language
from digest.store.engine import Store
from digest.web.assets import make_assets
from digest.web.cards import WHOLE, found_cards
from digest.web.pages import Pages
from tests.web.browser import SITE, TEMPLATES, Browser, Elements
from tests.web.library import TODAY, paper, publish

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</title></article><iframe src=//evil.example>",
    "<a href='javascript:alert(1)'>x</a>",
    "$\\href{javascript:alert(1)}{x}$ \\url{javascript:alert(2)}",
    "]]><x/><![CDATA[",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7*7 }}{% raw %}",
    "\u202egnp.exe\u202c \x00\x08\x1b[31m \ufffe \ud800",
    "<!-- --><style>*{display:none}</style>",
    "x" * 100_000,
]
LINKS = {
    "abstract": "javascript:alert(1)",
    "pdf": "data:text/html,<script>",
    "html": 'https://evil.example/"onmouseover="alert(1)',
    "code": "//evil.example/x",
    "page": "https://user:pass@evil.example/",
}
OURS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "p", "nav", "ul", "li", "main", "h1",
    "h2", "h3", "time", "ol", "article", "span", "dl", "div", "dt", "dd", "sub", "sup", "em", "strong", "code",
    "footer", "aside", "form", "label", "input", "button", "section",
}  # fmt: skip
DIGEST = SimpleNamespace(local_date=TODAY)
PATHS = ["/archive", "/2026-05-28", "/paper/arxiv:2605.00001", "/search?q=ferns", "/topic/cs.LG", "/topics"]


def check(page: str) -> None:
    elements = Elements(page)
    assert {name for name, _ in elements.found} <= OURS
    for name, attributes in elements.found:
        assert not [each for each in attributes if each.startswith("on") or each == "style"], attributes
        for each in ("href", "src"):
            address = str(attributes.get(each) or "/")
            assert address.startswith(("/", "#", "?", "https://", "http://", "mailto:team@")), address
            assert not address.startswith("//"), address
        assert name != "script" or str(attributes.get("src")).startswith("/script-")
    assert "evil.example/" not in " ".join(str(each.get("href")) for each in elements.named("a"))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_papers_are_only_words(client: Browser, store: Store, attack: str) -> None:
    words = attack.encode("utf-8", "ignore").decode().replace("\x00", "")
    one = paper(
        1, f"Ferns {words}", f"Ferns {words} end.", authors=(words, "Bo"), categories=("cs.LG", words), links=LINKS
    )
    publish(store, TODAY, [one], [words])
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == 200
        check(answer.text)
        assert len(answer.content) < 400_000
    for path in ("/feed.atom", "/topic/cs.LG/feed.atom"):
        for content in ElementTree.fromstring(client.get(path).content).iter("{http://www.w3.org/2005/Atom}content"):
            check(str(content.text))
    assert client.get("/feed.json").json()["items"]


def test_hostile_papers_are_only_words_5000_times() -> None:
    chance = random.Random(5)
    signs = ["<", ">", '"', "'", "&", "&#60;", "$", "\\", "{", "}", "x_2", "\\text{", "\\href{", " ", "\n", "ä", "א"]
    pieces = [*ATTACKS[:-1], *signs]
    pages = Pages(TEMPLATES, SITE, make_assets(TEMPLATES, SITE))

    def mixed() -> str:
        return "".join(chance.choices(pieces, k=chance.randint(1, 12)))

    for _ in range(50):
        papers = [
            paper(n, mixed(), mixed(), id=mixed(), authors=(mixed(),), categories=(mixed(),), links={"pdf": mixed()})
            for n in range(100)
        ]
        shown = found_cards(papers, language("en"), abstract=WHOLE)
        check(pages.text("view.html", language("en"), public=False, digest=DIGEST, cards=shown, path="/v/x"))
