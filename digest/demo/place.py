"""The demo's directory: what it may write and what it may take away.

In:    a path; the names of the files that an earlier demo made are in its manifest.
Out:   an empty place with a configuration in it, and a manifest that grows with each file.
Never: removes or replaces a file that no demo made.
"""

from dataclasses import dataclass
from pathlib import Path

from digest.errors import InputError

MANIFEST = ".digest-demo"
DATABASE = ("digest.db", "digest.db-wal", "digest.db-shm")
CONFIG = "config.toml"
INDEX = "index.html"

CONFIG_TEXT = """\
# Made by `digest demo`. With it you can look into the demo's database:
#
#     digest edition list --config {directory}/config.toml
#     digest subscriber list --config {directory}/config.toml
#
# The mail server of the demo is gone when the demo ends, and the secret is public: for real use start from
# config.example.toml.

[site]
name = "Demo papers"
base_url = "http://127.0.0.1:8080"
sender = "Demo papers <papers@example.org>"
postal_address = "The demo of digest, on your own machine"
secret = "the-secret-of-the-demo-is-no-secret-at-all"

[database]
url = "sqlite:///digest.db"

[smtp]
host = "127.0.0.1"
port = 1025
security = "none"

[schedule]
edition_hour_utc = 7

[digest]
papers = 6

[[sources]]
name = "arxiv"
kind = "arxiv-rss"
categories = ["cs.LG", "cs.CL", "cs.RO", "stat.ML", "q-bio.NC"]

[[sources]]
name = "huggingface"
kind = "huggingface"
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The directory of one demo."""

    directory: Path

    @property
    def config(self) -> Path:
        return self.directory / CONFIG

    def made(self, *names: str) -> None:
        """Notes the names of files that this demo makes, so that the next one may take them away."""
        with (self.directory / MANIFEST).open("a", encoding="utf-8") as manifest:
            manifest.writelines(f"{name}\n" for name in names)


def prepare(directory: Path) -> Place:
    """Takes an earlier demo away and writes the configuration. Raises InputError for a directory that is not ours."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _clear(directory)
        place = Place(directory)
        place.made(CONFIG, INDEX, *DATABASE)
        place.config.write_text(CONFIG_TEXT.format(directory=directory), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{directory} cannot be used: {error.strerror}", "name another with --out DIR") from None
    return place


def _clear(directory: Path) -> None:
    manifest = directory / MANIFEST
    if not manifest.exists():
        if any(directory.iterdir()):
            raise InputError(f"{directory} holds files that are not a demo's", "name a new or empty one with --out DIR")
        return
    for name in manifest.read_text(encoding="utf-8").splitlines():
        path = directory / name
        if name == path.name and path.is_file():  # right here, whatever somebody wrote into the manifest
            path.unlink()
    for path in directory.glob(f"{DATABASE[0]}*"):  # what lies beside the database, such as its lock
        path.unlink()
    manifest.unlink()
