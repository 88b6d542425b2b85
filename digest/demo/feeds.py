"""A loopback web server that speaks the sample in the formats of the live sources.

In:    the sample and a clock, which the replay moves on.
Out:   `/rss/cs.LG+cs.CL` as arXiv writes RSS 2.0, `/api/daily_papers?date=D` as Hugging Face writes JSON; with ETags.
Never: a page of the future, an address other than 127.0.0.1.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from digest.clock import Clock
from digest.demo.sample import Announcement, Listing, Sample

NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


class Feeds:
    """What the server tells, as its clock stands."""

    def __init__(self, sample: Sample, clock: Clock) -> None:
        self.sample, self.clock = sample, clock

    def answer(self, target: str) -> tuple[str, bytes] | None:
        """The content type and body of a path with its query; None for a page that is not here."""
        url = urlsplit(target)
        if url.path == "/api/daily_papers":
            return "application/json; charset=utf-8", self._daily(parse_qs(url.query))
        if url.path.startswith("/rss/"):
            return "application/rss+xml; charset=utf-8", self._rss(unquote(url.path.removeprefix("/rss/")))
        return None

    def _daily(self, query: dict[str, list[str]]) -> bytes:
        now = self.clock.now()
        day = date.fromisoformat(query["date"][0]) if "date" in query else now.date()
        listed = self.sample.listed(day, now)
        return json.dumps([_listed(listing) for listing in listed], ensure_ascii=False).encode()

    def _rss(self, names: str) -> bytes:
        wanted = set(names.split("+"))
        announced = self.sample.announced(self.clock.now().date())
        items = "".join(_item(each) for each in announced if wanted & set(each.categories))
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<rss {NAMESPACES} version="2.0"><channel>'
            f"<title>{escape(names)} updates on the sample</title><link>http://rss.arxiv.org/rss/{escape(names)}</link>"
            f"<description>Invented papers.</description><language>en-us</language>{items}</channel></rss>\n"
        ).encode()


@contextmanager
def serving(feeds: Feeds) -> Iterator[str]:
    """Serves `feeds` on a free loopback port; gives the address, without a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Handler(feeds, *args))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together; apart, Nagle's algorithm holds the body back for 40 ms
    timeout = 10  # seconds a client may keep a connection open and say nothing

    def __init__(self, feeds: Feeds, *args: object) -> None:
        self.feeds = feeds
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        found = self.feeds.answer(self.path)
        if found is None:
            self._reply(404, "text/plain", b"there is no such page in the sample\n", "")
            return
        kind, body = found
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        fresh = self.headers.get("If-None-Match") == etag
        self._reply(304 if fresh else 200, kind, b"" if fresh else body, etag)

    def _reply(self, status: int, kind: str, body: bytes, etag: str) -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if status != 304:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Says nothing: the replay's own report is what people read."""


def _item(each: Announcement) -> str:
    entry, name = each.entry, f"{each.entry.id}v{each.version}"
    midnight = format_datetime(datetime.combine(each.day, datetime.min.time(), UTC))
    abstract = f"arXiv:{name} Announce Type: {each.announced} \nAbstract: {entry.abstract}"
    return (
        f"<item><title>{escape(entry.title)}</title><link>https://arxiv.org/abs/{entry.id}</link>"
        f'<description>{escape(abstract)}</description><guid isPermaLink="false">oai:arXiv.org:{name}</guid>'
        + "".join(f"<category>{escape(category)}</category>" for category in each.categories)
        + f"<pubDate>{midnight}</pubDate><arxiv:announce_type>{each.announced}</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(entry.authors))}</dc:creator></item>"
    )


def _listed(listing: Listing) -> dict[str, object]:
    entry = listing.entry
    midnight = f"{entry.day.isoformat()}T00:00:00.000Z"
    paper: dict[str, object] = {
        "id": entry.id,
        "authors": [{"name": name, "hidden": False} for name in entry.authors],
        "publishedAt": midnight,
        "submittedOnDailyAt": midnight,
        "title": entry.title,
        "summary": entry.abstract,
        "upvotes": listing.votes,
    }
    if entry.code:
        paper |= {"githubRepo": entry.code, "githubStars": listing.stars}
    return {
        "paper": paper,
        "publishedAt": midnight,
        "title": entry.title,
        "summary": entry.abstract,
        "numComments": listing.comments,
    }
