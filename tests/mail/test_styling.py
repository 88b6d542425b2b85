"""Styles written into a template before it is filled in: as if each mail had been inlined, and nothing lost."""

import re

import css_inline
import pytest

from digest.errors import ConfigError
from digest.mail.styling import stylist

RULES = (
    "td{font:13px Arial,'Segoe UI'}.ink{color:#111}.lead{color:#222;margin:0}h2 a{text-decoration:none}.box .ink{top:0}"
)


def styled(source: str, rules: str = RULES) -> str:
    return stylist(rules)("a.html", source)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('<p class="ink">x</p>', '<p class="ink" style="color:#111">x</p>'),
        ("<p>x</p>", "<p>x</p>"),
        ("just {{ words }}\n", "just {{ words }}\n"),
        ("<tr><td>x</td></tr>", "<tr><td style=\"font:13px Arial,'Segoe UI'\">x</td></tr>"),
        ("<td>x</td>", "<td style=\"font:13px Arial,'Segoe UI'\">x</td>"),
        ('<img class="ink" />', '<img class="ink" style="color:#111"/>'),
        ('<P CLASS="ink">x</P>', '<P CLASS="ink" style="color:#111">x</P>'),
        ('<p class="ink lead">x</p>', '<p class="ink lead" style="color:#222;margin:0">x</p>'),
        ('<h2><a href="{{ u }}">x</a></h2>', '<h2><a href="{{ u }}" style="text-decoration:none">x</a></h2>'),
        (
            '<div class="box">{% if a %}<p class="ink">x</p>{% endif %}</div>',
            '<div class="box">{% if a %}<p class="ink" style="color:#111;top:0">x</p>{% endif %}</div>',
        ),
        (
            '<p class="ink"{% if a > b %} lang="{{ c|replace("a", "b") }}"{% endif %}>x</p>',
            '<p class="ink"{% if a > b %} lang="{{ c|replace("a", "b") }}"{% endif %} style="color:#111">x</p>',
        ),
        ('<p style="width:{{ w }}px" class="ink">', '<p class="ink" style="color:#111;width:{{ w }}px">'),
        ('{{ "<p class=ink>"|safe }}<!-- <p class="ink"> -->', '{{ "<p class=ink>"|safe }}<!-- <p class="ink"> -->'),
        ('{# <p class="ink"> #}<style>.ink{top:1px}</style>', '{# <p class="ink"> #}<style>.ink{top:1px}</style>'),
        ("<p>&ensp;&#847;\u00a0 &amp;<br>\n\n</p>", "<p>&ensp;&#847;\u00a0 &amp;<br>\n\n</p>"),
    ],
)
def test_a_style_is_added_to_the_tags_and_nothing_else_changes(source: str, wanted: str) -> None:
    assert styled(source) == wanted


def test_it_says_of_each_tag_what_an_inliner_says_of_the_whole_mail() -> None:
    source = (
        '<!DOCTYPE html><html><body class="ink"><div class="box"><h2 class="lead"><a href="x">a</a></h2><table><tr>'
        '<td class="ink"><b class="ink lead">b</b></td><td>c</td></tr></table></div><p class="ink">d</p></body></html>'
    )
    inliner = css_inline.CSSInliner(extra_css=RULES, minify_css=True, load_remote_stylesheets=False)
    pattern = re.compile(r'<([a-z0-9]+)[^<>]*?(?: style="([^"]*)")?>')
    by_hand = [found for found in pattern.findall(inliner.inline(source)) if found[0] != "tbody"]
    assert [found for found in pattern.findall(styled(source)) if found[0] not in ("head", "tbody")] == [
        found for found in by_hand if found[0] != "head"
    ]


@pytest.mark.parametrize("source", ['<p class="{{ look }}">', '<p\nclass="ink{% if a %} lead{% endif %}">'])
def test_a_class_that_is_filled_in_is_refused(source: str) -> None:
    with pytest.raises(ConfigError, match=r"a\.html: a class is filled in"):
        styled(source)
