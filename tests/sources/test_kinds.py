"""A `[[sources]]` table becomes a source, or one line that says what is missing."""

from datetime import timedelta

import pytest

from digest.errors import ConfigError
from digest.model import SourceState
from digest.sources.kinds import EVERY, KINDS, make_source
from tests.sources.conftest import ONE_LINE
from tests.sources.test_huggingface import NOW


def test_every_kind_can_be_made_and_has_its_pace() -> None:
    for kind in KINDS:
        source = make_source(kind, name="one", url="http://127.0.0.1:8800/", categories=["cs.LG"])
        assert (source.name, source.kind, source.every) == ("one", kind, EVERY[kind])
        assert source.first(SourceState(name="one"), NOW).url.startswith("http://127.0.0.1:8800/")
    assert make_source("feed", name="f", url="https://lab.example/", every=timedelta(minutes=5)).every == timedelta(
        minutes=5
    )


def test_sources_of_one_service_are_known_to_be() -> None:
    arxiv = [make_source(kind, name=kind, categories=["cs.LG"]) for kind in ("arxiv-rss", "arxiv-api")]
    feeds = ("https://www.lab.example/a.rss", "https://lab.example:8443/b.rss", "https://rss.arxiv.org/rss/cs.LG")
    services = [make_source("feed", name=url, url=url).service for url in feeds]
    assert {source.service for source in arxiv} == {"arxiv"}
    assert services == ["lab.example", "lab.example", "arxiv"]
    assert make_source("huggingface", name="hf").service == "huggingface"


@pytest.mark.parametrize(
    ("kind", "url", "categories", "says"),
    [
        ("arxiv-rs", None, ["cs.LG"], "there is no kind “arxiv-rs”; known: arxiv-rss"),
        ("rss", None, [], "there is no kind “rss”"),
        ("feed", None, [], "has no url"),
        ("feed", "ftp://x", [], "is no http(s) URL"),
        ("feed", "http://ada:hunter2@lab.example:99999/x", [], "“http://lab.example:99999/x” is no http(s) URL"),
        ("huggingface", "huggingface.co", [], "is no http(s) URL"),
        ("arxiv-rss", None, [], "has no categories"),
        ("arxiv-api", None, ["cs.LG", "CS LG"], "“CS LG” is no arXiv category"),
        ("arxiv-rss", None, ["cs.LG/../x"], "is no arXiv category"),
    ],
)
def test_what_is_missing_is_said(kind: str, url: str | None, categories: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=ONE_LINE) as caught:
        make_source(kind, name="one", url=url, categories=categories)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "category",
    ["cs.LG", "cs.*", "hep-th", "astro-ph.GA", "cond-mat.mes-hall", "physics.comp-ph", "q-bio.NC", "quant-ph"],
)
def test_categories_of_all_shapes_are_known(category: str) -> None:
    make_source("arxiv-api", name="one", categories=[category])
