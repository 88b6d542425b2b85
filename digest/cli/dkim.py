"""`digest dkim`: the keys that vouch for our mail, and what DNS must say.

In:    a folder; the configuration.
Out:   two private keys nobody else can read; the records for DNS, and what else it needs.
Never: a key overwritten, a private key shown, a query.
"""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.opening import read_config
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import say, say_json

group = typer.Typer(name="dkim", help="The keys that vouch for our mail.", no_args_is_help=True)

STRING = 255  # octets of one string of a TXT record (RFC 1035 section 3.3.14)

Folder = Annotated[Path, typer.Option("--directory", metavar="DIR", help="Where they go.", show_default="here")]


@group.command()
def generate(directory: Folder = Path()) -> None:
    """Make an RSA and an Ed25519 key; none that is there is touched."""
    from digest.errors import InputError
    from digest.mail.dkim_keys import KINDS, made

    files = {kind: directory.absolute() / f"dkim-{kind}.pem" for kind in KINDS}
    if not directory.is_dir():
        raise InputError(f"there is no directory {directory}", "make it first")
    missing = {kind: file for kind, file in files.items() if not file.exists()}
    if not missing:
        raise InputError(f"both keys are in {directory.absolute()} already", "name another --directory, or keep them")
    for kind, file in missing.items():
        _keep(file, made(kind))
    say("[dkim]")
    for kind, file in files.items():
        say(f'{kind}_key_file = "{file}"')
    say("")
    say("These lines belong into the configuration; the files to whoever the daemon runs as. Then: digest dkim show")


def _keep(file: Path, pem: bytes) -> None:
    """Never readable by others, not for a moment."""
    import os

    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)


@group.command()
def show(as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Print the records that DNS needs before the first signed mail leaves."""
    from digest.config.dkim import estranged, sender_domain
    from digest.errors import InputError
    from digest.mail.dkim_keys import opened

    found = read_config(config)
    if not found.dkim.keys:
        mend = "name the files in [dkim] (rsa_key_file, ed25519_key_file); digest dkim generate makes them"
        raise InputError("no key is configured", mend)
    domain = found.dkim.domain or sender_domain(found.site)
    records = {f"{key.selector}._domainkey.{domain}": opened(key.pem).record for key in found.dkim.keys}
    needs = _needs(sender_domain(found.site), found.smtp.bounce_domain)
    if doubt := estranged(found.site, found.smtp.bounce_domain):
        needs.append(doubt)
    if as_json:
        shown = [{"name": name, "type": "TXT", "value": value} for name, value in records.items()]
        say_json({"records": [each | {"strings": _strings(each["value"])} for each in shown], "needs": needs})
        return
    for name, value in records.items():
        say(f"{name}. IN TXT " + " ".join(f'"{string}"' for string in _strings(value)))
    for need in needs:
        say(f"; {need}")


def _strings(value: str) -> list[str]:
    """A long value in pieces, which readers put together without a space."""
    return [value[start : start + STRING] for start in range(0, len(value), STRING)]


def _needs(sender: str, bounces: str) -> list[str]:
    """What else, in words: we do not know which machine our mail leaves from."""
    needs = [
        f"{bounces or sender} needs a TXT record for SPF, v=spf1 ... -all, that names the machine our mail leaves from",
        f'_dmarc.{sender} needs a TXT record for DMARC: "v=DMARC1; p=none", and p=reject once all your mail is signed',
        "the address of that machine needs a PTR record, and the name in it must lead back to the address",
    ]
    if bounces:
        needs.append(f"{bounces} needs an MX record for a server that takes mail to bounce+anything")
    return needs
