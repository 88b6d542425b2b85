"""Whether all can be read: in light, in light where `<style>` is dropped, in the dark.

In:    a mail.
Out:   findings on every visible text whose colour and ground are too near (WCAG 2.2 SC 1.4.3), or not both set.
Never: a guess what a mail program takes for a colour that is not there.
"""

from collections.abc import Iterator

from digest.mail.lint.finding import Finding, brief
from digest.mail.lint.looks import Looks, Mode
from digest.mail.lint.mail import Mail
from digest.mail.lint.page import Element, Page

ENOUGH = 4.5


def findings(mail: Mail) -> Iterator[Finding]:
    if mail.page is None:
        return
    looks = mail.page.looks
    yield from _dark(mail.page, looks)
    for mode in Mode:
        seen: set[tuple[str, str]] = set()
        for text, element in mail.page.texts:
            if not looks.is_hidden(element):
                yield from _piece(text, element, looks, mode, seen)


def _piece(text: str, element: Element, looks: Looks, mode: Mode, seen: set[tuple[str, str]]) -> Iterator[Finding]:
    """One finding for a pair of colours, however often it is seen."""
    ink, ground = looks.inherited(element, "color", mode), _ground(element, looks, mode)
    if (ink, ground) in seen:
        return
    seen.add((ink, ground))
    if not ink or not ground:
        missing = "a colour" if ground else "a ground below the body"
        yield Finding("contrast.unset", f"{brief(text)} has not {missing} of its own, {mode}", element.where)
    elif ratio(ink, ground) < ENOUGH:
        what = f"{brief(text)} {ink} on {ground} is {ratio(ink, ground):.1f}:1, {mode}"
        yield Finding("contrast.low", what, element.where)


def _ground(element: Element, looks: Looks, mode: Mode) -> str:
    """Some programs drop the body with its colours: what stands on it is not enough."""
    for each in element.lineage():
        if each.tag == "body":
            return ""
        if value := looks.own(each, mode).get("background-color", ""):
            return value
    return ""


def ratio(one: str, other: str) -> float:
    """Of two `#rrggbb` or `#rgb`: 1 to 21; 1 for what is no colour."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(2 * each for each in digits) if len(digits) == 3 else digits
    try:
        parts = [octet / 255 for octet in bytes.fromhex(digits)]
    except ValueError:
        return 0
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _dark(page: Page, looks: Looks) -> Iterator[Finding]:
    """That the mail says it can be dark, to all who ask in their own way."""
    metas = {element.attributes.get("name"): element.attributes.get("content", "") for element in page.all("meta")}
    for name in ("color-scheme", "supported-color-schemes"):
        if metas.get(name) != "light dark":
            yield Finding("contrast.dark", f"no meta {name} “light dark”", "html, <head>")
    said = {
        ":root{color-scheme}": any(rule.selector == ":root" for rule in looks.rules),
        "@media (prefers-color-scheme:dark)": any("prefers-color-scheme" in rule.media for rule in looks.rules),
        "[data-ogsc]": any("[data-ogsc]" in rule.selector for rule in looks.rules),
        "[data-ogsb]": any("[data-ogsb]" in rule.selector for rule in looks.rules),
    }
    for name, found in said.items():
        if not found:
            yield Finding("contrast.dark", f"no {name}", "html, <style>")
