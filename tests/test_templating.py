"""Templates: escaped where it is HTML, and nothing missing in silence."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from digest.templating import Templates


class Marked:
    def __html__(self) -> str:
        return "<em>x</em>"


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    (tmp_path / "a.html").write_text("<p>{{ x }}</p>\n{% for i in [1] %}\n  line\n{% endfor %}\n")
    (tmp_path / "a.txt").write_text("{{ x }} & so\n")
    return Templates(tmp_path)


def test_html_is_escaped_and_text_is_not(templates: Templates) -> None:
    assert templates.render("a.html", x="<b> & \"'") == "<p>&lt;b&gt; &amp; &#34;&#39;</p>\n  line\n"
    assert templates.render("a.txt", x="<b>") == "<b> & so\n"


def test_what_knows_its_own_html_is_printed_as_it_is(templates: Templates) -> None:
    assert templates.render("a.html", x=Marked()) == "<p><em>x</em></p>\n  line\n"


def test_what_is_missing_is_an_error(templates: Templates) -> None:
    with pytest.raises(UndefinedError):
        templates.render("a.txt")
    with pytest.raises(TemplateNotFound):
        templates.render("b.txt")
    with pytest.raises(TemplateNotFound):
        templates.render("../secret.txt")
