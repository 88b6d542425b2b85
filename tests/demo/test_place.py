"""The demo's directory: its own files come and go, nobody else's."""

from pathlib import Path

import pytest

from digest.config import load
from digest.demo.place import MANIFEST, prepare
from digest.errors import InputError


def test_a_new_directory_gets_a_configuration_that_is_good(tmp_path: Path) -> None:
    place = prepare(tmp_path / "new" / "demo")
    config = load(place.config)
    assert config.site.base_url == "http://127.0.0.1:8080"
    assert config.database.file == (tmp_path / "new" / "demo" / "digest.db").resolve()


def test_an_earlier_demo_is_taken_away(tmp_path: Path) -> None:
    place = prepare(tmp_path)
    place.made("2026-03-03-ada.eml")
    (tmp_path / "2026-03-03-ada.eml").write_text("old", encoding="utf-8")
    for name in ("digest.db", "digest.db.lock", "digest.db.mark.line.3"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    prepare(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MANIFEST, "config.toml", "notes.txt"]


def test_a_directory_with_other_files_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds files that are not a demo's; name a new or empty one with --out DIR"):
        prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used"):
        prepare(tmp_path / "demo")


def test_a_manifest_names_files_right_here_only(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine", encoding="utf-8")
    place = prepare(tmp_path / "demo")
    place.made("../mine.txt", str(mine), "..")
    prepare(tmp_path / "demo")
    assert mine.read_text(encoding="utf-8") == "mine"
