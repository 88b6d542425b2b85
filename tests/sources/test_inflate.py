"""A body is inflated within its bound, however it is cut into pieces."""

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.sources.inflate import Body


def inflated(encoding: str, wire: bytes, *, limit: int = 1 << 20, step: int = 7) -> bytes:
    body = Body(encoding, limit)
    for start in range(0, len(wire), step):
        body.add(wire[start : start + step])
    return body.whole()


@given(st.binary(max_size=2000), st.integers(1, 500))
def test_every_encoding_gives_the_bytes_back(data: bytes, step: int) -> None:
    raw = zlib.compressobj(wbits=-15)
    assert inflated("identity", data, step=step) == data
    assert inflated("gzip", gzip.compress(data), step=step) == data
    assert inflated("deflate", zlib.compress(data), step=step) == data
    assert inflated("deflate", raw.compress(data) + raw.flush(), step=step) == data
    assert inflated("x-gzip", gzip.compress(data) + gzip.compress(b"more"), step=step) == data + b"more"


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_garbage_is_an_error_or_bytes(data: bytes, encoding: str) -> None:
    with suppress(SourceError):
        assert len(inflated(encoding, data, limit=500)) <= 500


def test_a_bomb_costs_little_memory() -> None:
    bomb = gzip.compress(bytes(64 << 20), 9)
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="larger than 1 MiB"):
            inflated("gzip", bomb, step=65536)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_the_bound_is_exact() -> None:
    assert len(inflated("gzip", gzip.compress(bytes(1000)), limit=1000)) == 1000
    with pytest.raises(SourceError):
        inflated("gzip", gzip.compress(bytes(1001)), limit=1000)


def test_a_stream_without_end_is_an_error() -> None:
    with pytest.raises(SourceError, match="broke off"):
        inflated("gzip", gzip.compress(b"some words")[:-9])
