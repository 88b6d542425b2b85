"""arXiv's RSS, Atom and API documents become papers."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.model import Announced, Paper, SourceState
from digest.sources.arxiv_api import ArxivApi
from digest.sources.arxiv_rss import ArxivRss
from digest.sources.http import Answer
from digest.sources.source import Page
from tests.sources.conftest import ONE_LINE

NOW = datetime(2026, 5, 28, 12, tzinfo=UTC)
RSS = ArxivRss("arxiv", "https://rss.arxiv.org", ("cs.LG", "math.*"), timedelta(hours=1))
API = ArxivApi("arxiv", "https://export.arxiv.org", ("cs.LG", "cs.CL"), timedelta(hours=6))
SPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def item(number: int = 1, version: int = 1, kind: str = "new", **fields: str) -> str:
    name = f"2605.{number:05}"
    given = {
        "title": f"On the Weaving of Carpets, Part {number}",
        "link": f"https://arxiv.org/abs/{name}",
        "description": f"arXiv:{name}v{version} Announce Type: {kind} \nAbstract: We weave $x_{{{number}}}$ &amp; sing",
        "guid": f"oai:arXiv.org:{name}v{version}",
        "pubDate": "Thu, 28 May 2026 00:00:00 -0400",
        "arxiv:announce_type": kind,
        "dc:creator": "Ada Lovelace, Grace Hopper",
    } | fields
    tags = "".join(f"<{name}>{text}</{name}>" for name, text in given.items() if text)
    return f"<item>{tags}<category>cs.LG</category><category>math.CO</category></item>"


def rss(*items: str) -> bytes:
    head = f'<?xml version="1.0"?><rss {SPACES} version="2.0"><channel><title>cs.LG</title>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


def read(body: bytes) -> Page:
    return RSS.parse(Answer("https://rss.arxiv.org/rss/cs.LG", 200, body, "application/rss+xml"), NOW)


def only(body: bytes) -> Paper:
    page = read(body)
    assert page.problems == ()
    (paper,) = page.papers
    return paper


def test_an_announcement_is_one_request_for_all_categories() -> None:
    request = RSS.first(SourceState(name="arxiv", etag='"e"', last_modified="monday"), NOW)
    assert request.url == "https://rss.arxiv.org/rss/cs.LG+math"
    assert (request.etag, request.last_modified, request.min_gap) == ('"e"', "monday", 3.0)


def test_a_server_on_this_machine_needs_no_pause() -> None:
    assert (
        ArxivRss("a", "http://127.0.0.1:8800", ("cs.LG",), timedelta(hours=1)).first(SourceState(name="a"), NOW).min_gap
        == 0
    )


def test_an_item_becomes_a_paper() -> None:
    paper = only(rss(item(7)))
    assert (paper.id, paper.version, paper.announced) == ("arxiv:2605.00007", 1, Announced.NEW)
    assert paper.title == "On the Weaving of Carpets, Part 7"
    assert paper.abstract == "We weave $x_{7}$ & sing"
    assert paper.authors == ("Ada Lovelace", "Grace Hopper")
    assert paper.categories == ("cs.LG", "math.CO")
    assert paper.published_at == datetime(2026, 5, 28, 4, tzinfo=UTC)
    assert paper.links == {"abstract": "https://arxiv.org/abs/2605.00007", "pdf": "https://arxiv.org/pdf/2605.00007"}
    assert paper.aliases[0].startswith("work:")


@pytest.mark.parametrize(
    ("kind", "announced"),
    [("new", "new"), ("cross", "cross"), ("replace", "replace"), ("replace-cross", "replace"), ("unheard-of", "new")],
)
def test_how_it_was_announced_is_known_from_either_place(kind: str, announced: str) -> None:
    assert only(rss(item(kind=kind))).announced == announced
    assert only(rss(item(kind=kind, **{"arxiv:announce_type": ""}))).announced == announced


def test_a_replacement_has_its_version_and_no_date_of_publication() -> None:
    paper = only(rss(item(version=3, kind="replace")))
    assert (paper.version, paper.published_at) == (3, None)
    assert paper.updated_at == datetime(2026, 5, 28, 4, tzinfo=UTC)


def test_a_paper_cross_listed_today_was_not_published_today() -> None:
    """Its first announcement may have been weeks ago, in the same month."""
    assert only(rss(item(kind="cross"))).published_at is None
    assert only(rss(item(kind="cross"))).updated_at == datetime(2026, 5, 28, 4, tzinfo=UTC)


def test_an_old_paper_announced_as_new_was_not_published_today() -> None:
    old = item(guid="oai:arXiv.org:hep-th/9901001v1", link="", description="Abstract")
    assert only(rss(old)).published_at is None


@pytest.mark.parametrize(
    "line",
    [
        "&lt;a href='http://x.example/a'&gt;Ada Lovelace&lt;/a&gt;, &lt;a href='/g'&gt;Grace Hopper&lt;/a&gt;",
        "Ada Lovelace (1), Grace Hopper (2) ((1) Somerset, (2) Navy, US)",
        "Ada Lovelace and Grace Hopper",
    ],
)
def test_author_lines_of_all_kinds(line: str) -> None:
    assert only(rss(item(**{"dc:creator": line}))).authors == ("Ada Lovelace", "Grace Hopper")


def test_a_doi_and_a_repository_are_noticed() -> None:
    code = "Code: https://github.com/lab/carpets."
    paper = only(rss(item(**{"arxiv:DOI": "10.1000/ABC", "description": code})))
    assert "doi:10.1000/abc" in paper.aliases
    assert paper.links["code"] == "https://github.com/lab/carpets"


def test_the_same_paper_twice_is_one() -> None:
    assert [paper.id for paper in read(rss(item(1), item(2), item(1))).papers] == [
        "arxiv:2605.00001",
        "arxiv:2605.00002",
    ]


def test_a_weekend_is_no_problem() -> None:
    assert read(rss()) == Page()


def test_one_broken_entry_does_not_stop_the_others() -> None:
    page = read(
        rss(
            item(1),
            item(2, title=""),
            item(3, title="a < b </tit"),
            item(4, guid="?", link="?", description="?"),
            item(5),
        )
    )
    assert [paper.id for paper in page.papers] == ["arxiv:2605.00001", "arxiv:2605.00005"]
    assert page.problems[0].startswith("entry 3: not well-formed")
    assert page.problems[1:] == ("entry 2: no title", "entry 4: no arXiv id")


def test_control_characters_and_bad_bytes_do_not_break_a_document() -> None:
    body = rss(item(1, title="Weaving\x0c of \x00Carpets é")).replace("é".encode(), b"\xe9 \xc3\xa9")
    page = read(body)
    assert page.papers[0].title.startswith("Weaving of Carpets")


def test_bytes_of_another_encoding_are_reported() -> None:
    page = read(rss(item(1, title="Wébér ünd Wébér é ü"), item(2)).replace(b"Part 2", b"Part \xff"))
    assert page.problems == ("wrong encoding: 1 characters were lost",)
    assert page.papers[0].title == "Wébér ünd Wébér é ü"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (rss(item(1), item(2))[:-400], "breaks off after 2 entries"),
        (b"<!doctype html><title>Just a moment...</title>", "a web page (“Just a moment...”)"),
        (b"<opml/>", "neither RSS nor Atom"),
        (b"Rate exceeded.", "no XML"),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>', "declares XML entities"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss/>'.encode("utf-16"), "declares XML entities"),
    ],
)
def test_what_cannot_be_read_at_all_is_an_error(body: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=ONE_LINE) as caught:
        read(body)
    assert says in str(caught.value)


@settings(max_examples=150)
@given(st.data())
def test_mangled_bytes_are_an_error_or_a_page(data: st.DataObject) -> None:
    body = bytearray(rss(item(1), item(2)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    for source in (RSS, API):
        try:
            page = source.parse(
                Answer("https://export.arxiv.org/api/query?start=0#since=2026-05-20T00:00:00", 200, bytes(body)), NOW
            )
        except SourceError:
            continue
        assert all(paper.title for paper in page.papers)


def entry(number: int, day: int, version: int = 1) -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/2605.{number:05}v{version}</id><title>On Carpets {number}</title>"
        "<summary>We weave.</summary>"
        f"<published>2026-05-{day:02}T10:00:00Z</published><updated>2026-05-28T10:00:00Z</updated>"
        "<author><name>Ada Lovelace</name></author>"
        "<author><name>Grace Hopper</name></author>"
        '<category term="math.CO"/><category term="cs.LG"/><category term="68T05, 62H30"/>'
        '<arxiv:primary_category term="cs.LG"/><arxiv:doi>10.1000/X</arxiv:doi></entry>'
    )


def atom(total: int, *found: str) -> bytes:
    space = 'xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
    results = f"<opensearch:totalResults>{total}</opensearch:totalResults>"
    return f"<feed {space} {SPACES}>{results}{''.join(found)}</feed>".encode()


def asked(last: datetime | None = None) -> str:
    return API.first(SourceState(name="arxiv", succeeded_at=last), NOW).url


def test_a_search_asks_for_the_newest_of_all_categories() -> None:
    request = API.first(SourceState(name="arxiv", etag='"e"'), NOW)
    query = parse_qs(urlsplit(request.url).query)
    assert query["search_query"] == ["cat:cs.LG OR cat:cs.CL"]
    assert (query["sortBy"], query["start"], query["max_results"]) == (["submittedDate"], ["0"], ["1000"])
    assert (request.etag, request.min_gap) == ("", 3.0)
    assert "since=2026-05-21T12" in urlsplit(request.url).fragment


def test_a_search_goes_back_beyond_the_last_reading() -> None:
    """What was submitted on a Thursday before a long weekend appears on the Tuesday after."""
    assert "since=2026-05-23T11" in asked(NOW - timedelta(hours=1))
    assert "since=2026-05-23T12" in asked(NOW + timedelta(days=400))


def test_an_api_entry_becomes_a_paper() -> None:
    page = API.parse(Answer(asked(), 200, atom(1, entry(1, 27, version=2))), NOW)
    (paper,) = page.papers
    assert (paper.id, paper.version, paper.authors) == ("arxiv:2605.00001", 2, ("Ada Lovelace", "Grace Hopper"))
    assert paper.categories == ("cs.LG", "math.CO")
    assert paper.published_at == datetime(2026, 5, 27, 10, tzinfo=UTC)
    assert paper.aliases[0] == "doi:10.1000/x"
    assert page.next is None


def test_pages_follow_until_the_horizon() -> None:
    first = API.parse(Answer(asked(), 200, atom(5000, entry(1, 28), entry(2, 27))), NOW)
    assert first.next is not None
    assert "start=1000&" in first.next.url
    assert urlsplit(first.next.url).fragment == urlsplit(asked()).fragment
    second = API.parse(Answer(first.next.url, 200, atom(5000, entry(3, 27), entry(4, 20))), NOW)
    assert len(second.papers) == 2
    assert second.next is None


def test_an_empty_page_is_asked_for_once_more() -> None:
    page = API.parse(Answer(asked(), 200, atom(1000)), NOW)
    assert page.papers == ()
    assert page.next is not None
    assert page.next.url.partition("#")[0] == asked().partition("#")[0]
    with pytest.raises(SourceError, match="empty page at 0, of 1000 results"):
        API.parse(Answer(page.next.url, 200, atom(1000)), NOW)
    assert API.parse(Answer(page.next.url, 200, atom(5000, entry(1, 28))), NOW).next is not None


def test_no_result_at_all_is_said() -> None:
    assert API.parse(Answer(asked(), 200, atom(0)), NOW).problems == ("arXiv knows no paper in cs.LG, cs.CL",)


def test_an_error_entry_is_an_error() -> None:
    error = "<entry><id>https://arxiv.org/api/errors#bad</id><title>Error</title><summary>bad start</summary></entry>"
    with pytest.raises(SourceError, match="arXiv answered: bad start"):
        API.parse(Answer(asked(), 200, atom(1, error)), NOW)


def test_the_feed_may_be_atom_too() -> None:
    page = RSS.parse(Answer("https://rss.arxiv.org/atom/cs.LG", 200, atom(2, entry(1, 28), entry(2, 28))), NOW)
    assert [paper.authors[0] for paper in page.papers] == ["Ada Lovelace", "Ada Lovelace"]
