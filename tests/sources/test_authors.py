"""Author lines of all habits become names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.authors import listed, named


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Lovelace, Grace Hopper", ("Ada Lovelace", "Grace Hopper")),
        ("Ada Lovelace and Grace Hopper", ("Ada Lovelace", "Grace Hopper")),
        ("Ada Lovelace, Alan Turing, and Grace Hopper", ("Ada Lovelace", "Alan Turing", "Grace Hopper")),
        (
            "Ada Lovelace (1 and 2), Grace Hopper (2) ((1) Somerset, UK, (2) Navy (US))",
            ("Ada Lovelace", "Grace Hopper"),
        ),
        ("Ada Lovelace (University of Nowhere", ("Ada Lovelace",)),
        ("Martin King, Jr., Ada Lovelace, III", ("Martin King, Jr.", "Ada Lovelace, III")),
        ("Plato", ("Plato",)),
        (" , ,", ()),
    ],
)
def test_commas_separate_names(line: str, names: tuple[str, ...]) -> None:
    assert listed(line) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Lovelace, A., Hopper, G. M.", ("A. Lovelace", "G. M. Hopper")),
        ("Ada Lovelace, Grace Hopper", ("Ada Lovelace", "Grace Hopper")),
        ("Lovelace, Ada", ("Ada Lovelace",)),
        ("van der Weaver, Ada", ("van der Weaver, Ada",)),
        ("Lovelace, Ada; Hopper, Grace", ("Ada Lovelace", "Grace Hopper")),
        ("Ada Lovelace & Grace Hopper", ("Ada Lovelace", "Grace Hopper")),
        ("The Carpet Group", ("The Carpet Group",)),
        ("", ()),
    ],
)
def test_commas_may_belong_to_a_name(line: str, names: tuple[str, ...]) -> None:
    assert named(line) == names


@given(st.text(alphabet="ab ,;()&.and", max_size=300))
def test_no_name_is_empty(line: str) -> None:
    assert all(name.strip() for name in (*listed(line), *named(line)))
