"""Writes a style sheet into the tags of a template, once, before any mail is filled in.

In:    rules of CSS; the name and the source of an HTML template.
Out:   the same source with a `style` on each tag that a rule is for, and nothing else changed.
Never: a rule that reaches from one file into another; a class that is not known yet.
"""

import re
from collections.abc import Callable
from itertools import count

import css_inline

from digest.errors import ConfigError

_JINJA = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
_QUOTED = rf'"((?:{_JINJA}|[^"])*)"'
_MARKUP = re.compile(
    rf"{_JINJA}|<!--.*?-->|<style\b.*?</style>"
    rf'|<(?P<name>[a-z][a-z0-9]*)(?P<attributes>(?:{_JINJA}|"(?:{_JINJA}|[^"])*"|[^<>"])*?)(?P<end>/?>)',
    re.DOTALL | re.IGNORECASE,
)
_FILLED = re.compile(_JINJA, re.DOTALL)
_CLASS = re.compile(rf"\sclass={_QUOTED}", re.DOTALL | re.IGNORECASE)
_OWN = re.compile(rf"\sstyle={_QUOTED}", re.DOTALL | re.IGNORECASE)
_STYLED = re.compile(r'<[a-z][^<>]* data-place="(\d+)"[^<>]* style="([^"]*)"')
_AROUND = {"tr": "<table>", "td": "<table><tr>"}  # outside of a table a parser drops them


def stylist(css: str) -> Callable[[str, str], str]:
    """What writes the rules of `css` into a template. It raises ConfigError for a class that a template fills in."""
    inliner = css_inline.CSSInliner(
        extra_css=css,
        inline_style_tags=False,  # the one in the head is for dark mode
        load_remote_stylesheets=False,
        minify_css=True,
    )

    def styled(name: str, source: str) -> str:
        _refuse_filled_classes(name, source)
        styles = dict(_STYLED.findall(inliner.inline(_skeleton(source))))
        places = count()
        return _MARKUP.sub(
            lambda found: _with_style(found, styles.get(str(next(places)), "")) if found["name"] else found[0], source
        )

    return styled


def _refuse_filled_classes(name: str, source: str) -> None:
    for each in _CLASS.findall(source):
        if _FILLED.search(each):
            raise ConfigError(f"{name}: a class is filled in, and gets no style: {each}", "write each class out")


def _skeleton(source: str) -> str:
    """What the inliner gets to see: numbered tags and their static attributes, no Jinja and no comments."""
    places = count()

    def bare(found: re.Match[str]) -> str:
        if not found["name"]:
            return ""
        attributes = _FILLED.sub("", _OWN.sub("", found["attributes"]))
        return f'<{found["name"]} data-place="{next(places)}"{attributes}{found["end"]}'

    first = next((found["name"].lower() for found in _MARKUP.finditer(source) if found["name"]), "")
    return _AROUND.get(first, "") + _MARKUP.sub(bare, source)


def _with_style(found: re.Match[str], style: str) -> str:
    """The tag with `style` in it, before what it has of its own, which so wins."""
    if not style:
        return found[0]
    own = _OWN.search(found["attributes"])
    attributes = _OWN.sub("", found["attributes"]).rstrip()
    return f'<{found["name"]}{attributes} style="{style}{";" + own[1] if own else ""}"{found["end"]}'
