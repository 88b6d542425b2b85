"""Every way a server can misbehave ends in time, within bounds, with one line that says what happened."""

import asyncio
import socket
import struct
import zlib
from datetime import timedelta

import pytest

from digest.sources.http import FetchError, HttpFetcher, Request, retry_after
from tests.sources.conftest import Site, reply, zipped

AGENT = "digest-test/1 (+https://digest.example)"


async def refused(fetcher: HttpFetcher, url: str, **more: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(Request(url, **more))
    assert "\n" not in str(caught.value)
    return caught.value


async def test_an_answer_carries_what_the_next_request_needs(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = reply(
        body=b"<rss/>", ETag='"one"', Last_Modified="Wed, 27 May 2026 00:00:00 GMT", Content_Type="text/xml"
    )
    answer = await fetcher.fetch(Request(site.url + "/feed"))
    assert (answer.status, answer.body, answer.content_type) == (200, b"<rss/>", "text/xml")
    assert (answer.etag, answer.last_modified) == ('"one"', "Wed, 27 May 2026 00:00:00 GMT")
    assert not answer.not_modified
    headers = site.asked[0][1]
    assert headers["user-agent"] == AGENT
    assert "if-none-match" not in headers
    assert "cookie" not in headers


async def test_what_is_remembered_makes_the_request_conditional(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'
    answer = await fetcher.fetch(
        Request(site.url + "/feed", etag='"one"', last_modified="Wed, 27 May 2026 00:00:00 GMT")
    )
    assert answer.not_modified
    assert site.asked[0][1]["if-none-match"] == '"one"'
    assert site.asked[0][1]["if-modified-since"] == "Wed, 27 May 2026 00:00:00 GMT"


async def test_a_304_nobody_asked_for_is_an_error(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    assert "304" in str(await refused(fetcher, site.url + "/feed"))


async def test_a_pause_in_seconds_is_passed_on(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = reply("429 Too Many Requests", b"Rate exceeded.", Retry_After="120")
    error = await refused(fetcher, site.url + "/feed")
    assert str(error) == "127.0.0.1 answered 429 Too Many Requests: Rate exceeded."
    assert error.retry_after == timedelta(minutes=2)


async def test_no_pause_asked_for_is_none(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = reply("429 Too Many Requests")
    assert (await refused(fetcher, site.url + "/feed")).retry_after is None


@pytest.mark.parametrize(
    ("value", "pause"),
    [
        ("0", timedelta(0)),
        ("999999999999999999", timedelta(hours=24)),
        ("Thu, 28 May 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Thu, 28 May 2026 11:00:00 GMT", timedelta(0)),
        ("Thu, 28 May 2099 12:00:00 GMT", timedelta(hours=24)),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_against_the_answers_own(value: str, pause: timedelta | None) -> None:
    assert retry_after({"retry-after": value, "date": "Thu, 28 May 2026 12:00:00 GMT"}) == pause


def test_retry_after_as_a_date_needs_a_date_to_read_it_against() -> None:
    assert retry_after({"retry-after": "Thu, 28 May 2026 12:05:00 GMT"}) is None


@pytest.mark.parametrize(
    "status", ["500 Internal Server Error", "503 Service Unavailable", "404 Not Found", "204 No Content"]
)
async def test_any_other_status_is_named(site: Site, fetcher: HttpFetcher, status: str) -> None:
    site.pages["/feed"] = reply(status, b"<!doctype html><h1>oh</h1>", Content_Type="text/html")
    assert str(await refused(fetcher, site.url + "/feed")) == f"127.0.0.1 answered {status}"


async def test_an_error_answer_may_say_why(site: Site, fetcher: HttpFetcher) -> None:
    body = b"<feed><entry><title>Error</title><summary>bad id format</summary></entry></feed>"
    site.pages["/feed"] = reply("400 Bad Request", body, Content_Type="application/atom+xml")
    assert str(await refused(fetcher, site.url + "/feed")) == "127.0.0.1 answered 400 Bad Request: Error bad id format"


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
async def test_an_empty_body_is_an_error(site: Site, fetcher: HttpFetcher, body: bytes) -> None:
    site.pages["/feed"] = reply(body=body)
    assert str(await refused(fetcher, site.url + "/feed")) == "127.0.0.1 answered with nothing"


async def test_a_body_shorter_than_its_length_is_an_error(site: Site, fetcher: HttpFetcher) -> None:
    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(reply(body=b"<rss>", length=500))
        await writer.drain()

    site.pages["/feed"] = half
    assert "the connection broke off" in str(await refused(fetcher, site.url + "/feed"))


async def test_a_reset_is_an_error(site: Site, fetcher: HttpFetcher) -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        linger = struct.pack("ii", 1, 0)  # close() sends RST
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    site.pages["/feed"] = reset
    assert "the connection broke off" in str(await refused(fetcher, site.url + "/feed"))


async def test_nobody_listening_is_an_error(fetcher: HttpFetcher) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert "no connection" in str(await refused(fetcher, f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize("body", [b"", b"<"])
async def test_the_deadline_covers_silence_and_dripping(site: Site, body: bytes) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(reply(length=100_000) if body else b"HTTP/1.1 200 OK\r\n")
        while not writer.transport.is_closing():
            writer.write(body)
            await asyncio.sleep(0.02)

    site.pages["/feed"] = drip
    async with HttpFetcher(AGENT, deadline=0.2) as hasty:
        began = asyncio.get_running_loop().time()
        assert str(await refused(hasty, site.url + "/feed")) == "127.0.0.1 did not finish its answer within 0.2 s"
        assert asyncio.get_running_loop().time() - began < 2


async def test_compressed_bodies_are_inflated(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/gzip"] = zipped(b"<rss/>" * 1000)
    site.pages["/zlib"] = reply(body=zlib.compress(b"<rss/>"), Content_Encoding="deflate")
    assert (await fetcher.fetch(Request(site.url + "/gzip"))).body == b"<rss/>" * 1000
    assert (await fetcher.fetch(Request(site.url + "/zlib"))).body == b"<rss/>"


async def test_an_endless_body_is_cut_off(site: Site) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b"x" * 65536)
            await writer.drain()

    site.pages["/feed"] = endless
    async with HttpFetcher(AGENT, deadline=20, max_bytes=1 << 20) as fetcher:
        assert "larger than 1 MiB" in str(await refused(fetcher, site.url + "/feed"))


async def test_an_unknown_compression_is_an_error(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = reply(body=b"x", Content_Encoding="br")
    assert "“br”" in str(await refused(fetcher, site.url + "/feed"))


async def test_redirects_are_followed(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/old"] = reply("301 Moved Permanently", Location="/new?a=1")
    site.pages["/new?a=1"] = reply(body=b"<rss/>")
    answer = await fetcher.fetch(Request(site.url + "/old#since=monday"))
    assert answer.url == site.url + "/new?a=1#since=monday"
    assert site.asked[1][1]["host"] == f"127.0.0.1:{site.port}"


async def test_a_redirect_by_name_reaches_its_host(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/old"] = reply("302 Found", Location=f"http://localhost:{site.port}/new")
    site.pages["/new"] = reply(body=b"<rss/>")
    assert (await fetcher.fetch(Request(site.url + "/old"))).url == f"http://localhost:{site.port}/new"
    assert site.asked[1][1]["host"] == f"localhost:{site.port}"


async def test_a_redirect_loop_ends(site: Site, fetcher: HttpFetcher) -> None:
    site.pages["/feed"] = reply("302 Found", Location="/feed")
    assert str(await refused(fetcher, site.url + "/feed")) == "127.0.0.1 redirected more than 5 times"
    assert len(site.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://h/x", "javascript:alert(1)", "http://[::1"])
async def test_a_redirect_leads_to_http_only(site: Site, fetcher: HttpFetcher, target: str) -> None:
    site.pages["/feed"] = reply("302 Found", Location=target)
    await refused(fetcher, site.url + "/feed")
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
async def test_a_public_feed_may_not_redirect_inside(site: Site, inside: str) -> None:
    async def resolve(host: str) -> list[str]:
        return ["93.184.216.34"] if host == "127.0.0.1" else ["93.184.216.34", inside]

    site.pages["/feed"] = reply("302 Found", Location=f"http://intranet.example:{site.port}/secret")
    async with HttpFetcher(AGENT, deadline=5, resolve=resolve) as fetcher:
        assert "inside our own network" in str(await refused(fetcher, site.url + "/feed"))
    assert [path for path, _ in site.asked] == ["/feed"]


async def test_a_host_without_address_is_an_error(site: Site) -> None:
    async def resolve(host: str) -> list[str]:
        raise socket.gaierror("Name or service not known")

    site.pages["/feed"] = reply("302 Found", Location="http://nowhere.example/")
    async with HttpFetcher(AGENT, deadline=5, resolve=resolve) as fetcher:
        assert "nowhere.example cannot be resolved" in str(await refused(fetcher, site.url + "/feed"))


async def test_the_gap_is_kept_between_starts(site: Site) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    site.pages["/feed"] = reply(body=b"<rss/>")
    async with HttpFetcher(AGENT, deadline=5, sleep=sleep) as fetcher:
        for _ in range(3):
            await fetcher.fetch(Request(site.url + "/feed", min_gap=3.0))
        await fetcher.fetch(Request(site.url + "/feed"))
    assert len(waits) == 2
    assert all(2.5 < wait <= 3.0 for wait in waits)


async def test_a_host_is_asked_one_thing_at_a_time(site: Site, fetcher: HttpFetcher) -> None:
    busy = most = 0

    async def slow(writer: asyncio.StreamWriter) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.02)
        busy -= 1
        writer.write(reply(body=b"<rss/>", Connection="close"))

    site.pages["/feed"] = slow
    await asyncio.gather(*(fetcher.fetch(Request(site.url + "/feed")) for _ in range(5)))
    assert most == 1


async def test_one_slow_host_does_not_delay_another(site: Site) -> None:
    over = asyncio.Event()

    async def silent(writer: asyncio.StreamWriter) -> None:
        await over.wait()

    site.pages["/feed"] = silent
    other = Site(pages={"/feed": reply(body=b"<rss/>")})
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    other.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with HttpFetcher(AGENT, deadline=0.4) as fetcher:
        stuck = asyncio.create_task(refused(fetcher, site.url + "/feed"))
        await asyncio.sleep(0)
        assert (await fetcher.fetch(Request(other.url + "/feed"))).status == 200
        assert not stuck.done()
        await stuck
    over.set()
    server.close()


@pytest.mark.parametrize("url", ["", "feed.xml", "file:///etc/passwd", "http://"])
async def test_only_http_urls_are_fetched(fetcher: HttpFetcher, url: str) -> None:
    assert "URL" in str(await refused(fetcher, url))
