"""`digest preview`: what a subscriber would be sent.

In:    an address, a format.
Out:   the message, or its HTML or text part: the bytes that would be sent.
Never: mail, or a change in the store.
"""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import known, opened
from digest.cli.options import Address, AsOf, ConfigPath
from digest.cli.output import complain, say

if TYPE_CHECKING:
    from digest.model import Digest


class Format(StrEnum):
    HTML = "html"
    TEXT = "text"
    EML = "eml"


def preview(
    address: Address,
    shown: Annotated[
        Format | None, typer.Option("--format", help="Default: text; html with --open, if there is any.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A file instead of standard output.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    lint: Annotated[bool, typer.Option("--lint", help="What is wrong with it instead; exit 1 if anything is.")] = False,
    as_of: AsOf = None,
    config: ConfigPath = None,
) -> None:
    """Show exactly the bytes that would be sent.

    That is the digest queued for today if there is one, else one cut now from the newest edition.
    """
    from digest.errors import InputError
    from digest.jobs.preview import preview as make
    from digest.model import NoDigest

    with opened(config, as_of) as app:
        subscriber = known(app.store, address)
        answer = make(app.store, app.composer, app.rules, app.terms.sunset, app.clock, subscriber)
    if isinstance(answer, NoDigest):
        say(f"nothing for {subscriber.address}: {answer.reason}")
        return
    digest, _, message = answer
    if lint:
        _lint(message)
        return
    text_only = digest.subscriber.text_only
    if shown is Format.HTML and text_only:
        raise InputError(f"{digest.subscriber.address} wants text only: there is no HTML", "say --format text")
    wanted = shown or (Format.HTML if open_ and not text_only else Format.TEXT)
    content = message if wanted is Format.EML else _part(message, wanted)
    if out is None and open_:
        out = _somewhere(digest, wanted)
    _write(content, out)
    if open_ and out:
        _open(out)


def _lint(message: bytes) -> None:
    from digest.mail.lint import lint

    found = lint(message)
    for finding in found:
        say(str(finding))
    if found:
        raise typer.Exit(1)
    say("nothing wrong with it")


def _part(message: bytes, wanted: Format) -> bytes:
    """The decoded HTML or text part, in UTF-8."""
    from email import message_from_bytes, policy

    part = message_from_bytes(message, policy=policy.default).get_body(("html" if wanted is Format.HTML else "plain",))
    return str(part.get_content()).encode() if part else b""


def _somewhere(digest: "Digest", wanted: Format) -> Path:
    from tempfile import mkdtemp

    return Path(mkdtemp(prefix="digest-")) / f"{digest.local_date}.{'txt' if wanted is Format.TEXT else wanted.value}"


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(content)
        say(f"written to {out}")


def _open(path: Path) -> None:
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        complain(f"no browser here; open {path}")
