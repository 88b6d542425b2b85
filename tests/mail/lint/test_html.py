"""Each slip in elements, styles, widths, and what a screen reader needs is found, and nothing else is."""

import pytest

from digest.mail.lint import lint_html
from tests.mail.lint.mails import HTML, broken, changed, mail, rules

LAMP = '<p style="margin:0">A lamp asks, and waits.</p>'
SAMPLE = '<p style="margin:0">Tomas Sample</p>'
PLAIN = '<a class="link" href="https://papers.example.com/abs/2" style="color:#1a4fa3;text-decoration:none">'

BROKEN = [
    # what is not for mail
    ("markup.element", SAMPLE, "<video>Tomas Sample</video>"),
    ("markup.element", SAMPLE, "<script>x()</script>" + SAMPLE),
    ("markup.element", SAMPLE, "<form>Tomas Sample</form>"),
    ("markup.attribute", SAMPLE, changed(SAMPLE, "<p", '<p onclick="x()"')),
    ("markup.attribute", SAMPLE, changed(SAMPLE, "<p", '<p id="sample"')),
    ("markup.meta", '<meta name="viewport"', '<meta name="generator" content="x">\n<meta name="viewport"'),
    ("markup.comment", SAMPLE, "<!-- by hand -->" + SAMPLE),
    ("markup.comment", "</td></tr></table><![endif]-->", "</td></tr><![endif]-->"),
    ("markup.comment", "</td></tr></table><![endif]-->", "</td></table><![endif]-->"),
    # what is not sound
    ("markup.sound", LAMP, LAMP.removesuffix("</p>")),
    ("markup.sound", LAMP, LAMP + "</div>"),
    ("markup.sound", LAMP, changed(LAMP, "<p", '<p style="margin:0"')),
    ("markup.document", "<!DOCTYPE html>", ""),
    ("markup.document", '<meta charset="utf-8">', ""),
    ("markup.document", '<meta name="viewport" content="width=device-width,initial-scale=1">', ""),
    ("markup.document", LAMP, LAMP + "<style></style>"),
    ("markup.table", 'role="presentation" class="page"', 'class="page"'),
    ("markup.alt", SAMPLE, f'<img src="https://room.example.org/logo.png" width="100">{SAMPLE}'),
    # styles
    ("styles.sound", "margin:0;font:bold 20px", "margin;font:bold 20px"),
    ("styles.property", "margin:0;font:bold 20px", "position:absolute;font:bold 20px"),
    ("styles.property", ":root{color-scheme:light dark}", ":root{color-scheme:light dark;float:left}"),
    ("styles.value", "margin:0;font:bold 20px", "margin:calc(1px + 2px);font:bold 20px"),
    ("styles.value", "margin:0;font:bold 20px", "display:flex;font:bold 20px"),
    ("styles.value", "margin:0;font:bold 20px", "margin:-4px;font:bold 20px"),
    ("styles.padding", "margin:0;font:bold 20px", "padding:4px;font:bold 20px"),
    ("styles.sheet", ":root{", "@import 'https://fonts.example.com/x.css';\n:root{"),
    ("styles.sheet", ":root{", "@font-face{font-family:x}\n:root{"),
    ("styles.sheet", "}\n[data-ogsb]", "@media print{.x{margin:0}}\n}\n[data-ogsb]"),
    ("styles.sheet", "\n</style>", "\n.x{margin:0\n</style>"),
    ("styles.selector", ":root{", "p > a{color:#1a4fa3}\n:root{"),
    ("styles.size", ":root{", f".x{{font-family:{'x' * 17000}}}\n:root{{"),
    # narrow and wide
    ("reflow.width", 'width="100%" cellpadding', 'width="600" cellpadding'),
    ("reflow.column", "max-width:600px;", ""),
    ("reflow.nowrap", '<p style="margin:0">You get', '<p style="margin:0;white-space:nowrap">You get'),
    # read out, tapped
    ("access.language", 'aria-label="The Reading Room" lang="en"', 'aria-label="The Reading Room"'),
    ("access.language", '<html lang="en" dir="ltr">', '<html lang="en">'),
    ("access.language", '<span dir="rtl">', '<span dir="left">'),
    ("access.article", ' aria-roledescription="email"', ""),
    ("access.title", "The Reading Room, 28 May</title>", "</title>"),
    (
        "access.hidden",
        'href="https://papers.example.com/abs/2"',
        'aria-hidden="true" href="https://papers.example.com/abs/2"',
    ),
    ("access.headings", '<h1 style="margin:0;font:bold 24px/32px Georgia,serif">Thursday 28 May</h1>', ""),
    ("access.headings", LAMP, '<h1 style="margin:0">A lamp asks, and waits.</h1>'),
    ("access.headings", LAMP, LAMP + '<h2 style="margin:0"></h2>'),
    ("access.small", SAMPLE, changed(SAMPLE, "margin:0", "margin:0;font-size:9px")),
    ("access.small", "font:16px/26px Georgia,serif", "line-height:26px"),
    ("access.target", "font:16px/26px Georgia,serif", "font:16px/20px Georgia,serif"),
    ("access.marked", SAMPLE, changed(SAMPLE, "Sample", f"{PLAIN}Sample</a>")),
    ("access.sender", ", room@example.org", ""),
    ("access.why", "because ada@example.net subscribed", "because you subscribed"),
]


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN, ids=[f"{rule} {new[:24]}" for rule, _, new in BROKEN])
def test_one_slip_is_one_finding(rule: str, old: str, new: str) -> None:
    assert rules(broken("html", old, new)) == {rule}


def test_a_long_word_needs_leave_to_break() -> None:
    long = changed(HTML, "Tomas Sample", "T" + "o" * 60 + "mas")
    assert rules(mail(html=long)) == set()
    assert rules(mail(html=changed(long, ";word-break:break-word", ""))) == {"reflow.word"}


def test_a_widest_width_needs_a_table_for_outlook() -> None:
    html = changed(HTML, "<!--[if mso]></td></tr></table><![endif]-->", "")
    opening = '<!--[if mso]><table role="presentation" width="600" align="center"><tr><td><![endif]-->'
    assert rules(mail(html=changed(html, opening, ""))) == {"reflow.ghost"}


def test_html_alone_is_read_without_a_header() -> None:
    assert lint_html(HTML) == []
    assert {finding.rule for finding in lint_html(changed(HTML, "<p ", "<form "))} >= {"markup.element", "markup.sound"}


def test_of_a_template_what_holds_whatever_is_filled_in() -> None:
    template = '{% extends "x" %}\n<p class="{{ look }}" style="margin:0">{{ words }}</p>{# a word #}\n'
    assert lint_html(template) == []
    [finding] = lint_html(template + "<table><tr><td>{% if x %}x{% endif %}</td></tr></table>")
    assert (finding.rule, finding.where) == ("markup.table", "html, line 3, <table>")
