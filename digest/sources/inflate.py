"""Undoes the compression of an HTTP body, within a bound.

In:    pieces of a body as they come from the wire, and its Content-Encoding (RFC 9110 §8.4).
Out:   at most `limit` bytes, however much the pieces would inflate to.
Never: more memory than the bound and one piece, an allocation of a size that the peer chose.
"""

import zlib

from digest.errors import SourceError

ACCEPTED = "gzip, deflate"
_IDENTITY = ("", "identity")
_GZIP = ("gzip", "x-gzip")


class Body:
    """Collects a body piece by piece. Raises SourceError as soon as it is too long or no valid compression."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in (*_IDENTITY, *_GZIP, "deflate"):
            raise SourceError(f"unknown Content-Encoding “{encoding[:40]}”")
        self._limit = limit
        self._raw = 0
        self._pieces = bytearray()
        self._stream = None if self._encoding in _IDENTITY else _Inflater(self._encoding)

    def add(self, piece: bytes) -> None:
        self._raw += len(piece)
        room = self._limit - len(self._pieces) + 1
        self._pieces += piece[:room] if self._stream is None else self._stream.inflate(piece, room)
        if len(self._pieces) > self._limit or self._raw > self._limit:
            raise SourceError(f"the answer is larger than {self._limit / (1 << 20):g} MiB")

    def whole(self) -> bytes:
        """All of it. Raises SourceError where the compressed stream was cut short."""
        if self._stream is not None and self._raw and not self._stream.ended:
            raise SourceError("the answer broke off: its compressed stream has no end")
        return bytes(self._pieces)


class _Inflater:
    def __init__(self, encoding: str) -> None:
        self._bits = 31 if encoding in _GZIP else 15  # gzip; zlib, which HTTP calls deflate
        self._decoder = zlib.decompressobj(self._bits)
        self._fresh = True

    @property
    def ended(self) -> bool:
        return self._decoder.eof

    def inflate(self, piece: bytes, room: int) -> bytes:
        """What `piece` inflates to, cut at `room` bytes."""
        out = bytearray()
        try:
            while piece and len(out) < room:
                self._start(piece)
                out += self._decoder.decompress(piece, room - len(out))
                piece = self._decoder.unused_data or self._decoder.unconsumed_tail
        except zlib.error:
            raise SourceError("the answer is not validly compressed") from None
        return bytes(out)

    def _start(self, piece: bytes) -> None:
        """A new decoder for the next member of a gzip file, and for deflate without its zlib header."""
        if self._decoder.eof:
            self._decoder = zlib.decompressobj(self._bits)
        elif self._fresh and self._bits == 15 and piece[0] & 0x0F != 8:
            self._decoder = zlib.decompressobj(-15)
        self._fresh = False
