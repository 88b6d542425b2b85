"""One work has one identity, whatever it is called by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.identity import arxiv_id, doi, url_id, work_alias

NEW = st.from_regex(r"(0[7-9]|[1-9][0-9])(0[1-9]|1[0-2])\.[0-9]{5}", fullmatch=True)
OLD = st.from_regex(r"(hep-th|math|astro-ph|cs|q-bio)/(9[1-9]|0[0-7])(0[1-9]|1[0-2])[0-9]{3}", fullmatch=True)
WAYS = [
    "{}", "arXiv:{}", "arxiv: {}", "oai:arXiv.org:{}", "https://arxiv.org/abs/{}", "arxiv.org/html/{}",
    "https://export.arxiv.org/pdf/{}.pdf",
    "https://www.arxiv.org/abs/{}?a=b", "arXiv:{} [cs.LG]", "see arXiv:{}, sect. 2",
    "https://huggingface.co/papers/{}", "https://doi.org/10.48550/arXiv.{}", "doi:10.48550/ARXIV.{}",
]  # fmt: skip


@given(NEW | OLD, st.none() | st.integers(1, 99), st.sampled_from(WAYS))
def test_an_arxiv_id_is_known_by_any_of_its_names(base: str, version: int | None, way: str) -> None:
    text = way.format(base + (f"v{version}" if version else ""))
    assert arxiv_id(text) == (base, version or 1)


def test_the_subject_class_of_an_old_id_is_dropped() -> None:
    assert arxiv_id("https://arxiv.org/abs/math.GT/0309136v2") == ("math/0309136", 2)


@pytest.mark.parametrize(
    "text",
    ["", "2605.1", "2613.00001", "2600.00001", "12605.00001", "version 2605.00001",
     "https://example.org/2605.00001", "10.1234/2605.00001",
     "notarxiv.org/abs/2605.00001x", "foo/0309136", "2605.00001.5", "٢٦٠٥.٠٠٠٠١", "https://evilarxiv.org/abs/2605.00001"],
)  # fmt: skip
def test_digits_alone_are_no_arxiv_id(text: str) -> None:
    assert arxiv_id(text) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    arxiv_id(text)
    doi(text)
    assert url_id(text).startswith("url:")
    assert work_alias(text, [text]) == "" or len(work_alias(text, [text])) == 21


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.1000/XYZ.1", "10.1000/xyz.1"),
        ("doi:10.1000/xyz.", "10.1000/xyz"),
        ("(see https://doi.org/10.1000/xyz).", "10.1000/xyz"),
        ("https://doi.org/10.1000%2Fxyz?ref=a#b", "10.1000/xyz"),
        ("https://dx.doi.org/10.1016/S0140-6736(20)30183-5", "10.1016/s0140-6736(20)30183-5"),
        ("https://preprints.example/content/10.1101/2023.12.16.571984v1?rss=1", "10.1101/2023.12.16.571984"),
        ("https://preprints.example/content/10.1101/2023.12.16.571984v2.full.pdf", "10.1101/2023.12.16.571984"),
        ("https://journal.example/doi/10.1021/abc.4c01/full", "10.1021/abc.4c01"),
        ("https://journal.example/doi/pdf/10.1021/abc.4c01", "10.1021/abc.4c01"),
        ("https://journal.example/one/article?id=10.1371/journal.kite.0000001", "10.1371/journal.kite.0000001"),
        ("https://journal.example/article?a=b&id=10.1371%2Fjournal.kite.1&c=d#e", "10.1371/journal.kite.1"),
        ("https://journal.example/doi/10.1021/abc.4c01?cited=10.1021/other.1", "10.1021/abc.4c01"),
        ("https://journal.example/search?q=who+cites+10.1021/abc.4c01", None),
        ("10.48550/arXiv.2605.00001", None),
        ("https://journal.example/article/5", None),
        ("10.10/x", None),
        ("", None),
    ],
)
def test_a_doi_is_found_bare(text: str, expected: str | None) -> None:
    assert doi(text) == expected


def test_a_work_is_known_by_title_and_first_author() -> None:
    key = work_alias("On the Weaving of Carpets", ["Ada Lovelace", "Grace Hopper"])
    assert (
        key
        == work_alias("On the weaving of carpets.", ["Lovelace, Ada"])
        == work_alias("On the  Weaving of Carpets", ["A. Lovelace"])
    )
    assert key != work_alias("On the Weaving of Carpets", ["Grace Hopper"])
    assert key != work_alias("On the Weaving of Carpets II", ["Ada Lovelace"])


@pytest.mark.parametrize(
    ("title", "authors"),
    [("Editorial", ["Ada Lovelace"]), ("On the Weaving of Carpets", []), ("", ["A B"]), ("∑" * 40, ["A B"])],
)
def test_a_key_that_would_tie_different_works_is_none(title: str, authors: list[str]) -> None:
    assert work_alias(title, authors) == ""


def test_a_url_is_the_same_with_and_without_trimmings() -> None:
    key = url_id("https://www.lab.example/post/1/?utm_source=rss&id=2")
    assert key == url_id("http://lab.example:80/post/1?id=2")
    assert (
        len(
            {
                key,
                url_id("https://lab.example/post/2?id=2"),
                url_id("https://lab.example/post/1?id=3"),
                url_id("https://lab.example/post/1?id=2#b"),
            }
        )
        == 4
    )
