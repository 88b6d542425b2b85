"""Lines of the text part: as wide as they are seen, never broken where that would harm."""

import re
from dataclasses import replace

from rich.cells import cell_len

from digest.mail.lines import wrapped
from tests.mail.digests import LINKS, SITE, digest_of, picks, renderer


def test_lines_of_the_text_are_short_but_for_addresses() -> None:
    wide, accented = "長い title " * 40, ("a\u0300\u0316" * 7 + " ") * 40
    for chosen in (picks(12), picks(3, title="長" * 200, abstract=wide, authors=("名" * 90, accented))):
        text = renderer().render(digest_of(chosen), LINKS).text
        assert all(cell_len(line) <= 72 or "://" in line for line in text.splitlines())
        assert all(line == line.rstrip() for line in text.splitlines())
        assert not re.search(r"&(amp|lt|gt|#\d+|nbsp);", text)


def test_lines_are_filled_by_what_is_seen() -> None:
    assert wrapped("長" * 40, 2) == "  " + "長" * 35 + "\n  " + "長" * 5
    assert wrapped("é" * 72 + " " + "e\u0301" * 72) == "é" * 72 + "\n" + "e\u0301" * 72


def test_words_without_spaces_around_an_address_are_broken_and_it_is_not() -> None:
    address = "https://example.org/" + "a" * 70
    lines = wrapped(f"{'長' * 40}{address}，{'長' * 40}", 2).splitlines()
    assert [line.strip() for line in lines] == ["長" * 35, "長" * 5, address, "，" + "長" * 34, "長" * 6]
    assert wrapped(f"see ({address}).") == f"see\n({address})."


def test_a_line_is_never_taken_for_a_quote_or_a_signature() -> None:
    site = replace(SITE, name="From here", postal_address="-- \n> lane")
    text = renderer(site).render(digest_of(picks(1)), LINKS).text
    assert not re.search(r"^(>|From |-- ?$)", text, re.MULTILINE)
