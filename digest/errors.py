"""What can go wrong, as types.

In:    one sentence that says what is wrong, and one that says how to mend it.
Out:   an exception whose text is one line, and the exit code it deserves.
Never: a wrapped traceback as the message, or an address or secret in it that the operator did not type.
"""


class DigestError(Exception):
    """Something the operator can act on. `str()` is one line: what, then how to mend."""

    exit_code = 1

    def __init__(self, what: str, mend: str = "") -> None:
        self.what, self.mend = what, mend
        super().__init__(f"{what}; {mend}" if mend else what)


class ConfigError(DigestError):
    """The configuration cannot be used (EX_CONFIG of sysexits.h)."""

    exit_code = 78


class ListenError(DigestError):
    """An address to listen on is taken, or is not this machine's: later it may be free, so no ConfigError."""


class InputError(DigestError):
    """An address, zone, topic, hour or file that a person gave is not usable."""


class StoreError(DigestError):
    """The database is missing, unreadable, newer than the program, or not ours."""


class StoreUnavailable(StoreError):  # noqa: N818 - a state, as the operator would say it
    """The database cannot be used now: a full or broken disk, a lock, a server that is gone. Nothing was changed."""


class SourceError(DigestError):
    """A source did not answer, or answered with what cannot be read."""


class MessageError(DigestError):
    """A message would not be what was meant, so it is not sent."""
