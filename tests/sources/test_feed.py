"""Any feed becomes papers; no document hurts."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.model import Paper, SourceState
from digest.sources.feed import MAX_ENTRIES, Feed
from digest.sources.http import Answer
from digest.sources.source import Page
from tests.sources.conftest import ONE_LINE

NOW = datetime(2026, 5, 28, 12, tzinfo=UTC)
URL = "https://lab.example/news/feed.xml"
FEED = Feed("lab", URL, timedelta(hours=1))
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://purl.org/rss/1.0/modules/prism/">'
)


def read(body: bytes | str, content_type: str = "") -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return FEED.parse(Answer(URL, 200, raw, content_type), NOW)


def rss(*items: str) -> str:
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://purl.org/rss/1.0/modules/prism/"'
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss {spaces} version="2.0"><channel><title>Lab</title>{inner}</channel></rss>'


def only(body: bytes | str) -> Paper:
    page = read(body)
    assert page.problems == ()
    (paper,) = page.papers
    return paper


def test_the_request_is_conditional() -> None:
    request = FEED.first(SourceState(name="lab", etag='"e"', last_modified="monday"), NOW)
    assert (request.url, request.etag, request.last_modified, request.min_gap) == (URL, '"e"', "monday", 0.0)


def test_an_rss_item() -> None:
    paper = only(
        rss(
            "<title>On &lt;i&gt;Carpets&lt;/i&gt; &amp;amp; Looms</title><link>/post/1</link>"
            "<category>weaving</category>"
            "<dc:creator>Ada Lovelace</dc:creator><dc:creator>Grace Hopper</dc:creator>"
            "<pubDate>Wed, 27 May 2026 10:00:00 +0200</pubDate>"
            "<description>&lt;p&gt;We weave.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>"
            '<enclosure url="https://lab.example/1.pdf" type="application/pdf" length="1"/>'
        )
    )
    assert paper.id.startswith("url:")
    assert paper.title == "On Carpets & Looms"
    assert paper.abstract == "We weave."
    assert paper.authors == ("Ada Lovelace", "Grace Hopper")
    assert paper.categories == ("weaving",)
    assert paper.published_at == datetime(2026, 5, 27, 8, tzinfo=UTC)
    assert paper.links == {"abstract": "https://lab.example/post/1", "pdf": "https://lab.example/1.pdf"}


def test_a_journals_rdf_item_is_known_by_its_doi() -> None:
    paper = only(
        f"{RDF}<channel><title>J</title></channel><item><title><![CDATA[ Growth of <i>Tapetum</i> ]]></title>"
        "<link>https://preprints.example/content/10.1101/2026.05.01.000001v2?rss=1</link>"
        "<dc:creator>Lovelace, A., Hopper, G.</dc:creator>"
        "<dc:date>2026-05-27</dc:date><dc:identifier>doi:10.1101/2026.05.01.000001</dc:identifier>"
        "<description>We grow.</description></item></rdf:RDF>"
    )
    assert paper.id == "doi:10.1101/2026.05.01.000001"
    assert paper.title == "Growth of Tapetum"
    assert paper.authors == ("A. Lovelace", "G. Hopper")
    assert paper.published_at == datetime(2026, 5, 27, tzinfo=UTC)


def test_prism_doi_and_arxiv_ids_are_one_work() -> None:
    paper = only(
        rss(
            "<title>On Carpets</title><link>https://arxiv.org/abs/2605.00001v2</link><prism:doi>10.1000/ABC</prism:doi>"
        )
    )
    assert (paper.id, paper.version, paper.aliases) == ("arxiv:2605.00001", 2, ("doi:10.1000/abc",))


def test_an_atom_entry() -> None:
    paper = only(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://lab.example/a/"><entry>'
        '<title type="html">On &lt;b&gt;Carpets&lt;/b&gt;</title>'
        '<link rel="alternate" href="1"/><id>tag:lab.example,2026:1</id>'
        "<author><name>Ada Lovelace</name></author><updated>2026-05-28T09:00:00Z</updated>"
        "<published>2026-05-27T09:00:00Z</published><content>We weave.</content></entry></feed>"
    )
    assert (paper.title, paper.abstract, paper.links["abstract"]) == (
        "On Carpets",
        "We weave.",
        "https://lab.example/a/1",
    )
    assert paper.published_at == datetime(2026, 5, 27, 9, tzinfo=UTC)
    assert paper.updated_at == datetime(2026, 5, 28, 9, tzinfo=UTC)


def test_a_json_feed_item() -> None:
    item = {
        "id": "https://doi.org/10.1000/XYZ", "url": "/post/1", "title": "On Carpets",
        "content_html": "<p>We <b>weave</b>.</p>",
        "date_published": "2026-05-27T10:00:00+02:00", "authors": [{"name": "Ada Lovelace"}, 5],
        "tags": ["weaving", None],
    }  # fmt: skip
    page = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item, "no", {}]}))
    (paper,) = page.papers
    assert (paper.id, paper.title, paper.abstract, paper.authors) == (
        "doi:10.1000/xyz",
        "On Carpets",
        "We weave.",
        ("Ada Lovelace",),
    )
    assert paper.links["abstract"] == "https://lab.example/post/1"
    assert paper.published_at == datetime(2026, 5, 27, 8, tzinfo=UTC)
    assert page.problems == ("1 items are no objects", "entry 2: no title")


def test_an_entry_that_is_no_paper_is_reported_and_the_others_are_read() -> None:
    page = read(
        rss(
            "<title>One</title><link>https://lab.example/1</link>",
            "<link>https://lab.example/2</link>",
            "<title>Three</title>",
            "<title>Four</title><link>javascript:alert(1)</link>",
            "<title>Five</title><link>https://lab.example/1</link>",
            "<title>Six</title><link>https://lab.example/6</link>",
        )
    )
    assert [paper.title for paper in page.papers] == ["One", "Six"]
    assert page.problems == (
        "entry 2: no title",
        "entry 3: no link",
        "entry 4: no http(s) link",
        "entry 5: same link as another entry",
    )


@pytest.mark.parametrize(
    "date", ["yesterday", "", "Thu, 99 May 2026 10:00:00 GMT", "0000-00-00", "2026-12-01T00:00:00Z", "99999-01-01"]
)
def test_a_date_that_is_none_or_to_come_is_left_out(date: str) -> None:
    paper = only(rss(f"<title>On Carpets</title><link>https://lab.example/1</link><pubDate>{date}</pubDate>"))
    assert paper.published_at is None


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "iso-8859-1", "windows-1252", "shift_jis", "gb18030"]
)
def test_encodings_are_read_as_declared(encoding: str) -> None:
    title = "Käse" if "8859" in encoding or "1252" in encoding else "Kase 紙"
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + rss(
        f"<title>{title}</title><link>https://lab.example/1</link>"
    )
    assert only(text.encode(encoding)).title == title


def test_a_wrong_declaration_does_not_spoil_the_title() -> None:
    text = '<?xml version="1.0" encoding="us-ascii"?>' + rss("<title>Käse 紙</title><link>https://lab.example/1</link>")
    assert only(text.encode()).title == "Käse 紙"


def test_a_codec_that_is_no_encoding_is_not_used() -> None:
    text = '<?xml version="1.0" encoding="utf-7"?>' + rss(
        "<title>+ADwAIQ-ENTITY</title><link>https://lab.example/1</link>"
    )
    assert only(text).title == "+ADwAIQ-ENTITY"


def test_what_is_not_well_formed_is_read_all_the_same() -> None:
    paper = only(rss("<title>Warp & Weft&nbsp;<br></title><link>https://lab.example/?a=1&b=2</link>"))
    assert paper.title == "Warp & Weft"


LAUGHS = (
    '<!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "&{a};&{a};">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
XXE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (LAUGHS + rss("<title>&i;</title><link>https://lab.example/1</link>"), "declares XML entities"),
        (XXE + rss("<title>&a;</title><link>https://lab.example/1</link>"), "declares XML entities"),
        (f"<!-- <a --> {XXE}" + rss("<title>&a;</title>"), "declares XML entities"),
        ("<!doctype html><title>Sign in</title>", "a web page (“Sign in”)"),
        ("  <!-- hi --><HTML><p>x</p>", "a web page"),
        ("just text", "no XML"),
        ("<opml version='2.0'><body/></opml>", "no feed: its root element is <opml>"),
        ('{"items": []}', "JSON, but no JSON Feed"),
        ("[1, 2", "no JSON"),
        (rss("<title>One</title><link>https://lab.example/1</link>", "<title>Two</title>")[:-60], "breaks off after"),
        ("<rss>" + "<a>" * 300_000, "more than 250000 tags"),
        ("<rss><item " + " ".join(f'a{n}="1"' for n in range(300)) + "/></rss>" + " " * 10, "more than 200 attributes"),
        ("<rss><item>" + "x" * (5 << 20) + "</item></rss>", "too long"),
        ("<rss><channel>" + "&" * (2 << 20) + "</channel></rss>", "large and not well-formed"),
    ],
)
def test_what_cannot_be_read_is_an_error(body: str, says: str) -> None:
    with pytest.raises(SourceError, match=ONE_LINE) as caught:
        read(body)
    assert says in str(caught.value)


def test_a_long_document_is_read_up_to_a_bound() -> None:
    page = read(
        rss(*(f"<title>Carpet {n}</title><link>https://lab.example/{n}</link>" for n in range(MAX_ENTRIES + 50)))
    )
    assert len(page.papers) == MAX_ENTRIES
    assert page.problems == ("the document is long: only its first 5000 entries were read",)


def test_a_huge_title_is_cut() -> None:
    paper = only(rss("<title>" + "x" * 1_000_000 + "</title><link>https://lab.example/1</link>"))
    assert len(paper.title) == 600
    assert paper.title.endswith("…")


WHOLE = [
    rss(
        "<title>One &amp; all</title><link>https://lab.example/1</link><pubDate>Wed, 27 May 2026 10:00:00 GMT</pubDate>"
    ).encode(),
    f"{RDF}<item><title>One</title><link>https://lab.example/1</link><dc:date>2026-05-27</dc:date></item></rdf:RDF>".encode(),
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">One</title><link href="/1"/></entry></feed>',
    b'{"version": "https://jsonfeed.org/version/1", "items": [{"url": "/1", "title": "One", "author": {"name": "A"}}]}',
]


@settings(max_examples=150)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 20), st.binary(max_size=6)), min_size=1, max_size=6),
)
def test_mangled_bytes_are_an_error_or_a_page(whole: bytes, cuts: list[tuple[int, int, bytes]]) -> None:
    body = bytearray(whole)
    for at, length, new in cuts:
        body[at : at + length] = new
    try:
        page = read(bytes(body))
    except SourceError:
        return
    assert all(paper.title and paper.links["abstract"].startswith("http") for paper in page.papers)
