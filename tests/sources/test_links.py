"""Only links that are safe to show are kept."""

import pytest

from digest.sources.links import code_link, web_link


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://lab.example/a?b=c#d", "https://lab.example/a?b=c#d"),
        (" /post/1 ", "https://lab.example/post/1"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("https://bank.example@evil.example/", ""),
        ('https://lab.example/"onclick="x', ""),
        ("https://lab.example/\u202egpj.exe", ""),
        ("https://[::1", ""),
        ("https://[::1]:8800/a", "https://[::1]:8800/a"),
        ("https://lab.example:abc/", ""),
        ("https://lab.example:99999/", ""),
        ("https://lab.example:0/", ""),
        ("https://lab.example/" + "x" * 2_000, ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_link_is_absolute_and_plain(url: object, link: str) -> None:
    assert web_link(url, "https://lab.example/feed.xml") == link


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Code is at https://github.com/lab/carpets.", "https://github.com/lab/carpets"),
        ("(http://www.GitHub.com/lab/carpets.git)", "https://github.com/lab/carpets"),
        ("https://gitlab.com/lab/loom/-/tree/main", "https://gitlab.com/lab/loom"),
        ("https://github.com/lab", ""),
        ("https://evilgithub.com/lab/loom", ""),
    ],
)
def test_a_repository_is_found_in_text(text: str, link: str) -> None:
    assert code_link(text) == link
