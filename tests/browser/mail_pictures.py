"""Pictures of mails, for people who want to see what they changed: `make mail-pictures OUT=DIR`.

In:    a directory; every golden message, and those of two real days where the captures are.
Out:   NAME-VIEW.png of each, and index.html, where all views of a mail stand side by side.
Never: a judgement; that is for whoever looks.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Route

from digest import logs
from tests.browser.chromium import SCHEMES, chromium
from tests.conftest import CAPTURES
from tests.journeys.conftest import replayed
from tests.mail.replayed.days import DAYS, composed, live, opened

GOLDEN = Path(__file__).parents[1] / "golden"
WIDTHS = (320, 390, 800)
FEW = 2  # days to replay


@dataclass(frozen=True, slots=True)
class View:
    """A window a mail is seen in."""

    scheme: str
    width: int
    images: bool = True

    def __str__(self) -> str:
        return f"{self.scheme}-{self.width}{'' if self.images else '-no-images'}"


# In place of a logo that lies elsewhere: a grey field.
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><rect width="4" height="1" fill="#999"/></svg>'
VIEWS = (*(View(scheme, width) for width in WIDTHS for scheme in SCHEMES), View("light", 390, images=False))


def main(out: Path) -> None:
    logs.configure(level="error")
    out.mkdir(parents=True, exist_ok=True)
    pages = {name: page for name, message in _messages() if (page := _html(message))}
    with chromium() as browser:
        for view in VIEWS:
            take(browser, pages, view, out)
    (out / "index.html").write_text(index([*pages]), encoding="utf-8")
    sys.stdout.write(f"{len(pages) * len(VIEWS)} pictures of {len(pages)} mails: {out / 'index.html'}\n")


def _messages() -> Iterator[tuple[str, bytes]]:
    for file in sorted(GOLDEN.glob("*.eml")):
        yield file.stem, file.read_bytes()
    if CAPTURES.is_dir():
        with (
            tempfile.TemporaryDirectory() as folder,
            replayed(CAPTURES) as replay,
            opened(Path(folder), replay.url) as app,
        ):
            live(app, replay, DAYS[:FEW])
            yield from ((mail.name, mail.message) for mail in composed(app))


def _html(message: bytes) -> str:
    part = message_from_bytes(message, policy=policy.default).get_body(("html",))
    return str(part.get_content()) if part else ""


def take(browser: Browser, pages: dict[str, str], view: View, out: Path) -> None:
    """Of every mail in one view."""
    context = browser.new_context(color_scheme=view.scheme, viewport={"width": view.width, "height": 900})
    page = context.new_page()
    page.route("**/*", _logo if view.images else _nothing)
    for name, source in pages.items():
        page.set_content(source)
        page.screenshot(path=out / f"{name}-{view}.png", full_page=True)
    context.close()


def _logo(route: Route) -> None:
    route.fulfill(body=LOGO, content_type="image/svg+xml")


def _nothing(route: Route) -> None:
    route.abort()


def index(names: list[str]) -> str:
    """The sheet of all pictures."""
    rows = "".join(
        f"<h2>{escape(name)}</h2><div>{''.join(_cell(name, view) for view in VIEWS)}</div>" for name in names
    )
    style = "body{font:14px sans-serif}div{display:flex;gap:12px;align-items:start}figure{margin:0}img{width:260px}"
    return f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Mails</title><style>{style}</style>{rows}"


def _cell(name: str, view: View) -> str:
    file = escape(f"{name}-{view}.png")
    return f'<figure><figcaption>{view}</figcaption><a href="{file}"><img src="{file}" alt=""></a></figure>'


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say where to: make mail-pictures OUT=directory")
    main(Path(sys.argv[1]))
