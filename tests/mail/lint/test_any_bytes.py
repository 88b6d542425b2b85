"""Whatever it is given, the checker answers with findings: no exception, and in good time."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.mail.lint import Finding, lint, lint_html
from tests.mail.lint.mails import HTML, mail

CLEAN = mail()
TAGS = (
    "<div>",
    "</p>",
    "<![",
    "<!",
    "<?x",
    "&#x110000;",
    "<a href=",
    "{{",
    "{%",
    "<style>@media{",
    "}",
    "\x00",
    "\u202e",
    "é",
)
pieces = st.lists(st.sampled_from(TAGS) | st.characters(), max_size=30).map("".join)


@settings(max_examples=40)
@given(st.integers(0, len(CLEAN)), st.integers(0, 40), st.binary(max_size=60))
@example(0, len(CLEAN), b"")
@example(0, len(CLEAN), b"Content-Type: multipart/alternative\r\n\r\n\xff")
@example(CLEAN.index(b"utf-8"), 5, b"latin-\xe9")
def test_a_mail_with_a_hole_in_it(at: int, length: int, filling: bytes) -> None:
    for finding in lint(CLEAN[:at] + filling + CLEAN[at + length :]):
        assert "\n" not in str(finding)


@settings(max_examples=40)
@given(st.integers(0, len(HTML)), pieces)
@example(0, "<![<")
def test_a_page_with_a_splinter_in_it(at: int, splinter: str) -> None:
    for finding in lint_html(HTML[:at] + splinter + HTML[at:]):
        assert str(finding).isprintable()


def test_a_page_without_an_end() -> None:
    assert Finding("markup.sound", "<b> is in more than 100 others", "html, line 1") in lint_html("<b>" * 5000)
    assert lint_html("")
