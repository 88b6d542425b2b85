"""What the mail programs that most people use can show: elements, attributes, properties.

In:    nothing.
Out:   the lists of what a mail may use; of some it is known that they are a help, not a need.
Never: scripts, forms, frames, fonts or files from elsewhere, places that depend on flex, grid, float or position.
"""

TEXT = frozenset({"p", "h1", "h2", "h3", "span", "a", "br", "sub", "sup", "em", "strong", "b", "i", "code", "small"})
BOXES = frozenset({"table", "thead", "tbody", "tr", "td", "th", "div", "img", "ul", "ol", "li", "hr"})
HEAD = frozenset({"html", "head", "meta", "title", "style", "body"})
ELEMENTS = TEXT | BOXES | HEAD

SPOKEN = frozenset({"role", "aria-hidden", "aria-label", "aria-roledescription"})
EVERYWHERE = frozenset({"class", "style", "lang", "dir"}) | SPOKEN
_CELL = frozenset({"width", "height", "align", "valign", "bgcolor", "colspan"})
ATTRIBUTES = {
    "html": frozenset({"xmlns"}),
    "meta": frozenset({"charset", "name", "content"}),
    "table": frozenset({"width", "align", "cellpadding", "cellspacing", "border", "bgcolor"}),
    "tr": frozenset({"align", "valign", "bgcolor"}),
    "td": _CELL,
    "th": _CELL | {"scope"},
    "a": frozenset({"href", "title"}),
    "img": frozenset({"src", "alt", "width", "height", "border"}),
    "p": frozenset({"align"}),
    "div": frozenset({"align"}),
}

_SIDES = ("top", "right", "bottom", "left")
PROPERTIES = frozenset(
    {
        *("background-color", "color", "direction", "display", "width", "max-width", "vertical-align"),
        *("font", "font-family", "font-size", "font-style", "font-weight", "line-height", "letter-spacing"),
        *("text-align", "text-decoration", "text-transform", "list-style-type"),
        *("border", "border-collapse", "border-color"),
        *(f"border-{side}" for side in _SIDES),
        *(f"{box}-{side}" for box in ("margin", "padding") for side in _SIDES),
        *("margin", "padding"),
    }
)
# Where these are missing the mail looks plainer or says less aloud; nothing is lost or hidden.
HELPFUL = frozenset(
    {
        *("white-space", "word-break", "word-wrap", "overflow-wrap"),  # only for words wider than the screen
        *("max-height", "overflow"),  # beside display:none, which hides the preheader
        "height",  # auto: a picture that is narrowed keeps its shape
        *("border-radius", "border-top-color", "color-scheme", "supported-color-schemes"),
        *("-webkit-text-size-adjust", "-ms-text-size-adjust"),
    }
)
DISPLAYS = frozenset({"none", "block", "inline", "inline-block"})
