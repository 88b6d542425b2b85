"""Topics come out spelled one way, and what no paper could match is refused with a mend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.editorial.topics import parse_topic
from digest.errors import InputError
from digest.model import Topic, TopicKind
from digest.taxonomy import ARCHIVES, CATEGORIES

PHRASE, CATEGORY, AUTHOR = TopicKind.PHRASE, TopicKind.CATEGORY, TopicKind.AUTHOR


def test_the_taxonomy_is_whole() -> None:
    assert len(CATEGORIES) == 155
    assert CATEGORIES["cs.LG"] == "Machine Learning"
    assert CATEGORIES["cond-mat.mes-hall"] == "Mesoscale and Nanoscale Physics"
    assert CATEGORIES["hep-ex"] == "High Energy Physics - Experiment"
    assert CATEGORIES["cs.CE"] == "Computational Engineering, Finance, and Science"
    assert {"cs", "math", "astro-ph"} <= ARCHIVES
    assert "hep-th" not in ARCHIVES
    assert all(name == name.strip() and title == title.strip() and title for name, title in CATEGORIES.items())


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (CATEGORY, "CS.lg", "cs.LG"),
        (CATEGORY, " math.* ", "math.*"),
        (CATEGORY, "astro-ph", "astro-ph.*"),
        (CATEGORY, "HEP-TH", "hep-th"),
        (CATEGORY, "cond-mat.MTRL-SCI", "cond-mat.mtrl-sci"),
        (PHRASE, '  "graph\tneural \n networks" ', "graph neural networks"),
        (PHRASE, "“Few-shot learning”", "Few-shot learning"),
        (AUTHOR, "Lovelace, Ada", "Ada Lovelace"),
        (AUTHOR, "Ada  Lovelace", "Ada Lovelace"),
        (AUTHOR, "LeCun, Y.", "Y. LeCun"),
    ],
)
def test_one_spelling(kind: TopicKind, typed: str, value: str) -> None:
    assert parse_topic(kind, typed, muted=True) == Topic(kind, value, muted=True)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("cs.LF", "cs.LG"),
        ("Machine Learning", "stat.ML (Machine Learning)"),
        ("robotics", "cs.RO"),
        ("hep-th.*", "hep-th"),
    ],
)
def test_an_unknown_category_names_the_nearest(typed: str, near: str) -> None:
    with pytest.raises(InputError, match="not an arXiv category") as caught:
        parse_topic(CATEGORY, typed)
    assert near in caught.value.mend


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (PHRASE, "x"),
        (PHRASE, "y" * 101),
        (PHRASE, "of the"),
        (PHRASE, """  "" """),
        (AUTHOR, "42"),
        (AUTHOR, ","),
        (CATEGORY, ""),
    ],
)
def test_what_no_paper_could_match_is_refused(kind: TopicKind, typed: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_topic(kind, typed)
    assert caught.value.mend


@given(st.sampled_from([PHRASE, AUTHOR, CATEGORY]), st.text(max_size=120))
def test_parsing_twice_changes_nothing(kind: TopicKind, typed: str) -> None:
    try:
        topic = parse_topic(kind, typed)
    except InputError:
        return
    assert parse_topic(kind, topic.value) == topic


def test_a_category_without_its_archive_is_recognised() -> None:
    with pytest.raises(InputError, match=r"did you mean cs\.LG"):
        parse_topic(TopicKind.CATEGORY, "LG")
