"""Pictures of every page, for people who want to see what they changed: `make screenshots OUT=DIR`.

In:    a directory.
Out:   NAME-LANGUAGE-SCHEME-WIDTH.png for each page.
Never: a judgement; that is for whoever looks.
"""

import re
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser

from digest import logs
from digest.language import languages
from tests.browser.chromium import SCHEMES, WIDTHS, chromium
from tests.browser.lab import running
from tests.browser.places import PAGES, Settled, settle, spoken


def main(out: Path) -> None:
    logs.configure(level="error")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as lab, chromium() as browser:
        here = settle(lab)
        for code in languages():
            take(browser, here, code, out)
    sys.stdout.write(f"{len(list(out.glob('*.png')))} pictures in {out}\n")


def take(browser: Browser, here: Settled, code: str, out: Path) -> None:
    """Of every page in one language."""
    for scheme, width in product(SCHEMES, WIDTHS):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()
        for name, path in PAGES.items():
            page.goto(here.lab.url + spoken(path(here), code))
            file = f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{code}-{scheme}-{width}.png"
            page.screenshot(path=out / file, full_page=True)
        context.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say where to: make screenshots OUT=directory")
    main(Path(sys.argv[1]))
