"""Templates: escaped where it is HTML, and nothing missing in silence."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError

from digest.language import language
from digest.templating import Templates, where


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


def test_html_templates_can_be_changed_before_they_are_filled_in_and_only_they(templates: Templates) -> None:
    changed = templates.changed(lambda name, source: f"<!-- {name} -->{source}")
    assert changed.render("a.html", x=1).startswith("<!-- a.html --><p>1</p>")
    assert changed.render("a.html", language("de"), x=1).startswith("<!-- a.html -->")
    assert changed.render("a.txt", x=1) == "1 & so\n"
    assert templates.render("a.html", x=1).startswith("<p>1</p>")


def test_where_an_error_came_up_is_named(tmp_path: Path) -> None:
    (tmp_path / "outer.txt").write_text("one\n{% include 'inner.txt' %}")
    (tmp_path / "inner.txt").write_text("one\ntwo\n{{ x }}")
    (tmp_path / "broken.txt").write_text("one\n{% if %}")
    templates = Templates(tmp_path)
    with pytest.raises(UndefinedError) as undefined:
        templates.render("outer.txt")
    assert where(undefined.value) == f"{tmp_path}/inner.txt, line 3"
    with pytest.raises(TemplateSyntaxError) as broken:
        templates.render("broken.txt")
    assert where(broken.value) == f"{tmp_path}/broken.txt, line 2"
    assert where(ValueError()) == ""


def test_what_an_operator_wrote_is_compiled_and_what_is_ours_is_not(tmp_path: Path) -> None:
    ours, own = tmp_path / "ours", tmp_path / "own"
    for directory, name in ((ours, "broken.txt"), (own, "fine.txt")):
        directory.mkdir()
        (directory / name).write_text("{% if %}" if name == "broken.txt" else "fine")
    Templates(ours, own).compile_own()
    Templates(ours).compile_own()
    (own / "web.html").write_text("{% if %}")
    with pytest.raises(TemplateSyntaxError):
        Templates(ours, own).compile_own()
