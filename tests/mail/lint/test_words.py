"""Each slip in colours, links, the preheader and the words of both parts is found, and nothing else is."""

import pytest

from digest.mail.lint.contrast import ratio
from tests.mail.lint.mails import FSI, HEAD, HTML, PDI, TEXT, broken, changed, mail, rules

LAMP = "A lamp asks, and waits."
ABSTRACT = "https://papers.example.com/abs/2"
ALSO = "Also: Lamps that ask before they shine, and why both are here"
LOGO = '<img src="https://room.example.org/logo.png" alt="Logo" width="100">'
ARABIC = "سارا مثال"

BROKEN = [
    # colours
    ("contrast.low", "html", "color:#222222", "color:#8a8a8a"),
    ("contrast.low", "html", ".ink{color:#e8e6e3!important}\n.link", ".ink{color:#333333!important}\n.link"),
    ("contrast.low", "html", "[data-ogsc] .ink{color:#e8e6e3!important}", "[data-ogsc] .ink{color:#222222!important}"),
    ("contrast.low", "html", ":root{", ".ink{color:#bbbbbb!important}\n:root{"),
    ("contrast.unset", "html", 'abs/2" style="color:#1a4fa3"', 'abs/2" style="margin:0"'),
    ("contrast.unset", "html", "background-color:#fdfcfa;", ""),
    ("contrast.unset", "html", "color:#222222;", ""),
    ("contrast.dark", "html", '<meta name="color-scheme" content="light dark">\n', ""),
    ("contrast.dark", "html", ":root{color-scheme:light dark}\n", ""),
    ("contrast.dark", "html", "[data-ogsb] .page", "[data-ogsc] .page"),
    ("styles.colour", "html", "color:#222222", "color:black"),
    # links
    ("links.text", "html", ">More like paper 1<", "><"),
    ("links.text", "html", ">More like paper 1<", ">more<"),
    ("links.unique", "html", ">More like paper 1<", ">Preferences<"),
    ("links.image", "html", "Tomas Sample", changed(LOGO, "https:", "http:")),
    ("links.image", "html", "Tomas Sample", changed(LOGO, ".png", ".png?reader=7")),
    ("links.pixel", "html", "Tomas Sample", changed(LOGO, '"100"', '"1"')),
    ("links.unsubscribe", "text", "2 papers for you.", "2 papers for you.\n" * 40),
    # the preheader
    ("preheader.first", "html", '<div style="display:none', "<p>First</p>\n" + '<div style="display:none'),
    ("preheader.hiding", "html", ";mso-hide:all", ""),
    ("preheader.hidden", "html", "Tomas Sample", '<span style="display:none">Tomas Sample</span>'),
    ("preheader.hidden", "html", ":root{", ".page{display:none}\n:root{"),
    ("preheader.hidden", "html", "[data-ogsb] .page{", "[data-ogsc] .page{display:none}\n[data-ogsb] .page{"),
    ("preheader.length", "html", ALSO, "Also: lamps"),
    ("preheader.length", "html", ALSO, ALSO * 3),
    ("preheader.spacer", "html", "&#8199;&#847;", "&#8199;&#847;" * 40),
    ("preheader.subject", "html", ALSO, "2 papers: Kites that fold themselves and one more"),
    # the text part
    ("twin.width", "text", LAMP, LAMP * 4),
    ("twin.link", "text", f"Abstract: {ABSTRACT}", f"Abstract: {ABSTRACT} (free)"),
    ("twin.space", "text", LAMP, changed(LAMP, " ", "\t")),
    ("twin.misread", "text", "You get this", "From here you get this"),
    ("twin.entity", "text", "A lamp asks, and waits", "A lamp asks &copy; waits"),
    ("twin.title", "text", "Lamps that ask before they shine", "Lamps that ask"),
    ("twin.missing", "text", ABSTRACT, "https://papers.example.com/abs/"),
    ("twin.missing", "text", f"   {LAMP}\n", f"   {LAMP}\n\n   PDF: https://papers.example.com/pdf/2\n"),
    # what nobody should see
    *((rule, where, LAMP, f"A lamp {left} waits.") for where in ("text", "html") for rule, left in (
        ("leftovers.tex", "\\alpha"),
        ("leftovers.tex", "\\'e"),
        ("leftovers.tex", "x_{i}"),
        ("leftovers.tex", "$a^2$"),
        ("leftovers.template", "{{ name }}"),
        ("leftovers.template", "%(num)s"),
        ("leftovers.value", "(None)"),
        ("leftovers.mojibake", "GrÃ¶Ã\u009fe"),
        ("leftovers.mojibake", "donâ€™t"),
        ("leftovers.mojibake", "\ufffd"),
    )),
    ("leftovers.escape", "html", LAMP, "A lamp &amp;lt; waits."),
    ("leftovers.markup", "html", LAMP, "A &lt;em&gt;lamp&lt;/em&gt; waits."),
    # directions
    ("bidi.turning", "text", LAMP, "\u202eA lamp asks."),
    ("bidi.turning", "html", LAMP, "\u202eA lamp asks."),
    ("bidi.balanced", "text", LAMP, f"{FSI}A lamp asks."),
    ("bidi.balanced", "html", LAMP, f"A lamp asks.{PDI}"),
    ("bidi.open", "text", f"{FSI}{ARABIC}{PDI}", ARABIC),
    ("bidi.open", "html", f'<span dir="rtl">{ARABIC}</span>', ARABIC),
]  # fmt: skip
# What the same slip does to other rules.
ALSO_BREAKS = {
    "\u009f": {"structure.octets"},
    "<p>First</p>": {"preheader.hidden", "contrast.unset", "access.small"},
}


@pytest.mark.parametrize(("rule", "where", "old", "new"), BROKEN, ids=[f"{row[0]} {row[3][:24]}" for row in BROKEN])
def test_one_slip_is_one_finding(rule: str, where: str, old: str, new: str) -> None:
    also = next((rules for part, rules in ALSO_BREAKS.items() if part in new), set())
    assert rules(broken(where, old, new)) == {rule} | also


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("links.absolute", ABSTRACT, "http://papers.example.com/abs/2"),
        ("links.absolute", ABSTRACT, "https://reader@papers.example.com/abs/2"),
        ("links.tracking", ABSTRACT, ABSTRACT + "?utm_source=mail"),
        ("links.tracking", ABSTRACT, "https://r.example.com/?to=https://papers.example.com/abs/2"),
        ("links.address", ABSTRACT, ABSTRACT + "/ada%40example.net"),
        ("size.part", LAMP, LAMP + "\n   Lamps." * 10_000),
    ],
)
def test_a_slip_in_both_parts_is_found(rule: str, old: str, new: str) -> None:
    assert rules(mail(text=changed(TEXT, old, new), html=changed(HTML, old, new))) == {rule}


@pytest.mark.parametrize(("rule", "kind"), [("links.unsubscribe", "u"), ("links.preferences", "p")])
def test_the_way_out_is_at_the_top_and_at_the_end(rule: str, kind: str) -> None:
    url = f'href="https://room.example.org/{kind}/Zk3vQ8w1xYt5R2n7LpAaBbCc"'
    for before, after in (HTML.split(url, 1), HTML.rsplit(url, 1)):
        assert rules(mail(html=f'{before}href="{ABSTRACT}"{after}')) == {rule, "links.unique"}


def test_tags_in_the_text_are_found() -> None:
    assert rules(broken("text", LAMP, "A <em>lamp</em> waits.")) == {"twin.markup", "leftovers.markup"}
    assert rules(broken("text", LAMP, "A lamp &amp; waits.")) == {"twin.entity", "leftovers.escape"}


def test_the_subject_is_read_like_all_the_rest() -> None:
    assert rules(mail(changed(HEAD, "Kites", "\\alpha"))) == {"leftovers.tex"}


def test_contrast_is_that_of_the_standard() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
    assert ratio("nothing", "#fff") == pytest.approx(21)


def test_an_address_at_the_end_of_what_is_isolated_ends_there() -> None:
    said = f"{ARABIC} https://papers.example.com/x"
    text, html = changed(TEXT, LAMP, f"{FSI}{said}{PDI}"), changed(HTML, LAMP, f'<span dir="rtl">{said}</span>')
    assert rules(mail(text=text, html=html)) == set()
