"""What an element looks like: its own style and what the style elements add, one mode at a time.

In:    a page.
Out:   for an element and a mode, the properties that hold for it; colours with those it inherits.
Never: a default of a browser, but that a link without a colour of its own gets another one.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from digest.mail.lint.css import Declaration, Rule, declarations, is_understood, matches, sheet, weight

if TYPE_CHECKING:
    from digest.mail.lint.page import Element, Page

Style = dict[str, str]


class Mode(StrEnum):
    LIGHT = "light"
    STRIPPED = "light, without <style>"
    DARK = "dark"
    OUTLOOK = "dark in outlook.com"


class Looks:
    """Computed once per page."""

    def __init__(self, page: "Page") -> None:
        self.inline = {element: declarations(element.attributes.get("style", "")) for element in page.elements}
        self.sheets = [sheet("".join(map(str, style.children))) for style in page.all("style")]
        self.rules = [rule for each in self.sheets for rule in each.rules if is_understood(rule.selector)]
        self._seen: dict[tuple[Mode, Element], Style] = {}

    def own(self, element: "Element", mode: Mode = Mode.STRIPPED) -> Style:
        """What is set on the element itself; the stronger later: rules, inline, then what is important of both."""
        found = self._seen.get((mode, element))
        if found is None:
            found = self._seen[mode, element] = self._computed(element, mode)
        return found

    def _computed(self, element: "Element", mode: Mode) -> Style:
        applied = sorted(self._applied(element, mode), key=lambda rule: weight(rule.selector))
        ruled = [each for rule in applied for each in rule.declarations]
        inline = self.inline.get(element, ())
        ordered = [*_ordinary(ruled), *_ordinary(inline), *_important(ruled), *_important(inline)]
        bgcolor = element.attributes.get("bgcolor", "")
        return ({"background-color": bgcolor} if bgcolor else {}) | {each.key: each.value for each in ordered}

    def _applied(self, element: "Element", mode: Mode) -> list[Rule]:
        if mode is Mode.STRIPPED:
            return []
        return [
            rule
            for rule in self.rules
            if (not rule.media or (mode is Mode.DARK and "dark" in rule.media))
            and matches(element, rule.selector, outlook=mode is Mode.OUTLOOK)
        ]

    def inherited(self, element: "Element", key: str, mode: Mode = Mode.STRIPPED) -> str:
        """The property on the nearest element that sets it; empty for none."""
        for each in element.lineage():
            if value := self.own(each, mode).get(key, ""):
                return value
            if key == "color" and each.tag == "a":
                return ""
        return ""

    def is_hidden(self, element: "Element", mode: Mode = Mode.STRIPPED) -> bool:
        return any(self.own(each, mode).get("display") == "none" for each in element.lineage())

    def pixels(self, element: "Element", key: str) -> float:
        """`font-size` or `line-height` in px, from the property or from `font`; 0 where it is not said in px."""
        for each in element.lineage():
            style = self.own(each)
            shorthand = [part for part in style.get("font", "").split() if "px" in part]
            size, _, height = shorthand[0].partition("/") if shorthand else ("", "", "")
            value = style.get(key) or (size if key == "font-size" else height)
            if value:
                return float(value.removesuffix("px")) if value.removesuffix("px").replace(".", "").isdigit() else 0
        return 0


def _ordinary(given: "tuple[Declaration, ...] | list[Declaration]") -> list[Declaration]:
    return [each for each in given if not each.important]


def _important(given: "tuple[Declaration, ...] | list[Declaration]") -> list[Declaration]:
    return [each for each in given if each.important]
