"""The mail in other languages: every word of ours is translated, dates and numbers are written as the language does."""

import gettext
import re
from dataclasses import replace
from datetime import date

import pytest
from babel import Locale

from digest.language import Language, language, languages
from digest.mail import render
from digest.mail.lines import columns
from digest.mail.render import LARGEST, Rendered
from digest.model import Abstracts, Digest, Match, Pick, Subscriber
from tests.mail.digests import ASKING, LINKS, READER, SILENT, SITE, digest_of, pick, picks, renderer
from tests.mail.page import Page, flat
from tests.messages import messages

OTHERS = [code for code in languages() if code != "en"]
OPEN, CLOSE = "⟦", "⟧"


class Marking(gettext.NullTranslations):
    """A catalogue in which every message stands in brackets: what is outside them is not translated."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str | tuple[str, str]] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add((msgid1, msgid2))
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{CLOSE}"


def mail(digest: Digest, code: str = "", locale: str = "en") -> Rendered:
    reader = replace(digest.subscriber, language=code)
    return renderer(replace(SITE, locale=locale)).render(replace(digest, subscriber=reader), ASKING)


def outside(text: str) -> str:
    """Without what is in brackets, which may stand in brackets again, and without addresses."""
    while OPEN in text:
        text, before = re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text), text
        assert text != before
    return re.sub(r"https?://\S+", "", text)


def wordless(one: Pick) -> Pick:
    """The pick without a letter that is not ours."""
    paper = replace(one.ranked.paper, title="甲乙", abstract="丙丁", authors=("戊", "己"), categories=())
    topic = replace(one.match.topic, value="庚") if one.match.topic else None
    match = replace(one.match, topic=topic, words=("辛",), also=(), liked="壬" if one.match.liked else "")
    trend = replace(one.ranked.trend, field="", phrase="癸")
    return replace(one, match=match, ranked=replace(one.ranked, paper=paper, trend=trend))


@pytest.mark.parametrize("count", [1, 10])
@pytest.mark.parametrize("topics", [READER.topics, ()])
def test_no_word_of_ours_is_left_untranslated(
    count: int, topics: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Marking()
    marked = Language("zh", Locale.parse("zh_Hans_CN"), catalogue)
    monkeypatch.setattr(render, "language", lambda _: marked)
    liked = replace(pick(1), match=Match(topic=None, liked="x"))
    chosen = tuple(wordless(one) for one in (*picks(count), liked))
    reader = replace(SILENT, topics=topics, cadence="mon")
    site = replace(SITE, name="晨报", sender_name="晨报", postal_address="")
    rendered = renderer(site).render(digest_of(chosen, subscriber=reader), ASKING)
    for part in (Page(rendered.html).text, rendered.text, rendered.subject):
        assert OPEN in part
        assert re.findall(r"[A-Za-z]{2,}", outside(part)) == []
    assert catalogue.asked - {said.id for said in messages()} == set()  # all of them are there for a translator


@pytest.mark.parametrize("code", OTHERS)
def test_a_mail_is_in_the_language_of_its_reader(code: str) -> None:
    digest, speaking = digest_of(picks(7), subscriber=SILENT), language(code)
    rendered = mail(digest, code)
    page = Page(rendered.html)
    assert [a["lang"] for a in page.attributes_of("html")] == [speaking.tag]
    assert [a["lang"] for a in page.attributes_of("div") if a.get("role") == "article"] == [speaking.tag]
    for part in (flat(page.text), flat(rendered.text)):
        assert speaking.day(digest.local_date) in part
        assert speaking.day(date(2026, 6, 26)) in part
        assert flat(speaking.gettext("Unsubscribe")) in part
        assert "Sparse Routers That Learn to Forget" in part
    assert mail(digest, "en", locale=code) == mail(digest)
    assert mail(digest, locale=code) == rendered


@pytest.mark.parametrize("code", OTHERS)
def test_it_keeps_to_all_that_the_english_one_keeps_to(code: str) -> None:
    reader = replace(SILENT, abstracts=Abstracts.FULL)
    for digest in (digest_of(picks(1)), digest_of(picks(40, abstract="Words and words. " * 300), subscriber=reader)):
        rendered = mail(digest, code)
        page = Page(rendered.html)
        texts = [flat(words) for words, url in page.links if "/abs/" not in url]  # the titles are the same again
        assert len(texts) == len(set(texts))
        assert set(re.findall(r"https?://\S+", rendered.text)) == {url for _, url in page.links}
        assert all(columns(line) <= 72 or "://" in line for line in rendered.text.splitlines())
        assert len(rendered.html.encode()) < LARGEST
        assert len(rendered.subject) <= 100
        assert 20 <= len(page.preheader.rstrip("\u2007\u034f")) <= 130


@pytest.mark.parametrize(("code", "marks"), [("en", 0), ("de", 6)])
def test_what_arxiv_writes_in_english_is_read_out_as_english(code: str, marks: int) -> None:
    html = renderer().render(digest_of(picks(3), subscriber=replace(READER, language=code)), LINKS).html
    assert html.count(' lang="en"') == marks + (2 if code == "en" else 0)  # the page itself and its wrapper say theirs


def test_numbers_and_lists_are_those_of_the_language() -> None:
    digest = digest_of(picks(2), considered=1234, matched=9)
    many = replace(picks(2)[0].ranked.paper, authors=("A. B.",) * 1003)
    digest = replace(digest, picks=tuple(replace(one, ranked=replace(one.ranked, paper=many)) for one in digest.picks))
    for part in (Page(mail(digest, "de").html).text, mail(digest, "de").text):
        assert "1.234" in part
        assert "A. B., A. B., A. B. und 1.000" in flat(part)
        assert "2,4" in flat(part)


def test_a_country_writes_its_dates_and_hours() -> None:
    text = flat(mail(digest_of(picks(1)), locale="en-US").text)
    assert "Thursday, May 28, 2026" in text
    assert "7:30 AM" in text


def readers() -> list[Subscriber]:
    return [replace(READER, cadence=cadence) for cadence in ("daily", "weekdays", "weekly", "mon,thu")]


def test_each_cadence_has_its_sentence() -> None:
    lines = [flat(mail(digest_of(picks(1), subscriber=reader)).text) for reader in readers()]
    said = [re.findall(r"It comes ([\w ]+) at 07:30, Europe/Berlin time\.", line) for line in lines]
    assert said == [["daily"], ["on weekdays"], ["weekly"], ["every Mon and Thu"]]
