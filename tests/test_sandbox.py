"""An operator's own templates: they stand before ours, reach nothing but the values, and are tried at the start."""

from dataclasses import replace
from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError

from digest.cli.root import run
from digest.errors import ConfigError
from digest.mail.render import Renderer
from digest.mail.trial import doubts, try_templates
from digest.resources import templates_dir
from digest.templating import Templates
from tests.cli.conftest import CONFIG
from tests.mail.digests import LINKS, READER, SITE, digest_of, picks

ESCAPES = [
    "{{ links.__class__ }}",
    "{{ links.__class__.__mro__ }}",
    "{{ wrapped.__wrapped__.__globals__ }}",
    "{{ wrapped.__init__ }}",
    "{{ language._catalogue }}",
    "{{ language.gettext.__func__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ '{0.__class__}'.format(links) }}",
    "{{ site.name.__class__.mro() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ [].append(1) }}",
    "{{ {}.update({}) }}",
    "{% for _ in range(10 ** 9) %}{% endfor %}",
]
WRONG = {
    "email/digest/body.html": "<p>{{ sumary }}</p>",
    "email/digest/paper.html": "<p>\n{{ paper.colour }}</p>",
    "email/digest/body.txt": "{% if summary %}never closed",
    "email/digest/inline.css": "td{color:{{ light.purple }}}",
    "email/digest/masthead.html": '{% include "absent.html" %}{% endif %}',
    "email/confirm/body.html": "{{ 1 / 0 }}",
    "email/move/subject.txt": "",
    "email/masthead.html": '<p class="{{ site.name }}">',
    "web/layout.html": "{% block %}",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    directory = tmp_path / "own"
    directory.mkdir()
    return directory


def put(own: Path, name: str, source: str) -> None:
    (own / name).parent.mkdir(parents=True, exist_ok=True)
    (own / name).write_text(source)


# --- what an operator can do --------------------------------------------------------------------------------------


def test_their_files_stand_before_ours_in_both_parts_and_ours_stand_where_they_have_none(own: Path) -> None:
    put(own, "email/digest/subject.txt", "Good morning, {{ address }}")
    put(own, "email/sender.html", '<p class="line">Room 101</p>')
    put(own, "email/sender.txt", "Room 101")
    rendered = Renderer(SITE, Templates(templates_dir(), own)).render(digest_of(picks(3)), LINKS)
    assert rendered.subject == f"Good morning, {READER.address}"
    assert '<p class="line" style="margin:0 0 10px">Room 101</p>' in rendered.html
    assert "\nRoom 101" in rendered.text
    assert "Sparse Routers" in rendered.html
    assert "Sparse Routers" in rendered.text
    try_templates(SITE, templates_dir(), own)


def test_an_empty_directory_changes_nothing(own: Path) -> None:
    usual, theirs = (Renderer(SITE, Templates(templates_dir(), each)) for each in (None, own))
    assert theirs.render(digest_of(picks(7)), LINKS) == usual.render(digest_of(picks(7)), LINKS)


# --- what they cannot ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ESCAPES)
def test_a_template_reaches_nothing_but_the_values(own: Path, source: str) -> None:
    put(own, "email/digest/body.html", source)
    with pytest.raises((SecurityError, OverflowError)):
        Renderer(SITE, Templates(templates_dir(), own)).render(digest_of(picks(1)), LINKS)
    with pytest.raises(ConfigError) as refusal:
        try_templates(SITE, templates_dir(), own)
    assert "body.html, line 1: " in str(refusal.value)


@pytest.mark.parametrize("outside", ["../secret.txt", "/etc/hostname", "email/../../secret.txt"])
def test_a_template_reads_no_file_beside_the_directory(own: Path, outside: str) -> None:
    put(own, "../secret.txt", "secret")
    put(own, "email/digest/body.txt", f'{{% include "{outside}" %}}')
    with pytest.raises(ConfigError, match="TemplateNotFound"):
        try_templates(SITE, templates_dir(), own)


# --- what the start says ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_that_names_the_file(
    own: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    put(own, name, WRONG[name])
    configuration = own.parent / "config.toml"
    text = CONFIG.format(smtp=2525, feed="http://127.0.0.1:9/feed").replace(
        "[site]\n", '[site]\ntemplates = "own"\n', 1
    )
    configuration.write_text(text)
    for command in (["config", "check"], ["subscriber", "list"]):
        assert run([*command, "--config", str(configuration)]) == 78
        told = capsys.readouterr().err
        assert told.count("\n") == 1, told
        assert str(own) in told
        if name != "email/move/subject.txt":
            assert name in told


def test_a_line_is_named_as_the_operator_wrote_it(own: Path) -> None:
    put(own, "email/digest/paper.html", "<table>\n<tr>\n<td>{{ paper.titel }}</td>\n</tr></table>")
    with pytest.raises(ConfigError) as refusal:
        try_templates(SITE, templates_dir(), own)
    assert f"{own}/email/digest/paper.html, line 3: UndefinedError: " in str(refusal.value)
    assert "titel" in str(refusal.value)


def test_what_helps_nobody_and_what_mail_programs_would_mind_is_told(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doubts(SITE, templates_dir(), own) == [f"{own} holds no template"]
    put(own, "email/sendr.html", "<p>x</p>")
    put(own, "email/mine.html", "<p>y</p>")
    put(own, "email/sender.html", '{% include "email/mine.html" %}<script>1</script>')
    put(own, "logo.png", "\x89PNG")
    told = doubts(SITE, templates_dir(), own)
    assert [line for line in told if "stands before none" in line] == [
        f"{own}/email/sendr.html stands before none of ours; did you mean email/sender.html?"
    ]
    assert any("script" in line for line in told)
    configuration = own.parent / "config.toml"
    configuration.write_text(
        CONFIG.format(smtp=2525, feed="http://127.0.0.1:9/feed").replace("[site]\n", '[site]\ntemplates = "own"\n', 1)
    )
    assert run(["config", "check", "--config", str(configuration)]) == 0
    assert capsys.readouterr().out.count("mind: ") == len(told)


def test_what_an_editor_left_behind_is_no_template(own: Path) -> None:
    put(own, "email/digest/body.html~", "{% if")
    try_templates(SITE, templates_dir(), own)


def test_a_card_of_their_own_is_filled_in_for_each_reader(own: Path) -> None:
    put(
        own,
        "email/digest/paper.txt",
        "{{ paper.title.text }}\n    Why? {{ paper.why.text }}\n{{ paper.verdicts[0].url }}\n",
    )
    put(own, "email/digest/paper.html", '<tr><td class="ink">{{ paper.title }} {{ paper.why }}</td></tr>')
    ours = Renderer(SITE, Templates(templates_dir(), own))
    for token in ("one", "two"):
        links = replace(LINKS, more=f"https://papers.example.org/f/{token}/more/")
        rendered = ours.render(digest_of(picks(1)), links)
        assert "    Why? Your topic “graph neural networks”" in rendered.text
        assert f"https://papers.example.org/f/{token}/more/arxiv:2605.28037" in rendered.text
        assert "Memory Your topic “graph neural networks”</td>" in rendered.html
