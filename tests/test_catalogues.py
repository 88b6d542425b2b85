"""All that the program says can be read in each language it offers: nothing missing, left over or mangled."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.plurals import get_plural

from digest.language import language
from tests.messages import CATALOGUES, Id, forms_of, messages, translations, unfixed, update

FILES = sorted(CATALOGUES.glob("*.po"))
VALUE = re.compile(r"%\((\w+)\)s")
TAG = re.compile(r"</?\w[^>]*>")
SAID = [said.id for said in messages()]


def pairs(file: Path) -> Iterator[tuple[Id, str, str]]:
    """Each translated form with its message, and the English text it stands for."""
    for message, translation in translations(file).items():
        for number, form in enumerate(forms_of(translation)):
            yield message, message if isinstance(message, str) else message[min(number, 1)], form


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def catalogue(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


def test_there_is_much_to_say() -> None:
    assert len(SAID) > 100
    assert "Unsubscribe" in SAID


def test_every_message_is_written_where_it_is_looked_up() -> None:
    assert unfixed() == []


def test_a_message_is_translated(catalogue: Path) -> None:
    known = translations(catalogue)
    assert [message for message in SAID if not all(forms_of(known.get(message))) or message not in known] == []


def test_a_translation_is_of_something_we_say(catalogue: Path) -> None:
    assert set(translations(catalogue)) - set(SAID) == set()


def test_a_translation_is_sure(catalogue: Path) -> None:
    assert [message.id for message in translations(catalogue).values() if message.fuzzy] == []


def test_a_number_has_all_the_forms_of_the_language(catalogue: Path) -> None:
    needed = get_plural(catalogue.stem)
    assert f"Plural-Forms: nplurals={needed.num_plurals};" in catalogue.read_text(encoding="utf-8")
    for message, translation in translations(catalogue).items():
        assert len(forms_of(translation)) == (1 if isinstance(message, str) else needed.num_plurals), message


def test_a_translation_has_the_values_of_its_message(catalogue: Path) -> None:
    for message, _, form in pairs(catalogue):
        allowed = {frozenset(VALUE.findall(each)) for each in ([message] if isinstance(message, str) else message)}
        assert frozenset(VALUE.findall(form)) in allowed, form
        assert "%" not in VALUE.sub("", form).replace("%%", ""), form


def test_a_translation_has_the_markup_and_the_edges_of_its_message(catalogue: Path) -> None:
    for _, english, form in pairs(catalogue):
        assert sorted(TAG.findall(form)) == sorted(TAG.findall(english)), form
        assert form == form.strip() or english != english.strip(), form
        assert "\n" not in form, form


def test_a_translation_is_in_its_language(catalogue: Path) -> None:
    """A sentence that is the English one was forgotten; a name or a word may be the same."""
    same = [form for _, english, form in pairs(catalogue) if form == english and len(VALUE.sub("", form).split()) > 3]
    assert same == []


def test_every_message_can_be_looked_up(catalogue: Path) -> None:
    speaking = language(catalogue.stem)
    for message, translation in translations(catalogue).items():
        if isinstance(message, str):
            assert speaking.raw(message) == translation.string
        else:
            assert {speaking.raw_plural(*message, count) for count in range(200)} == set(translation.string)


def test_a_catalogue_is_as_make_messages_writes_it(catalogue: Path, tmp_path: Path) -> None:
    copy = tmp_path / catalogue.name
    copy.write_bytes(catalogue.read_bytes())
    update(copy)
    assert copy.read_text(encoding="utf-8") == catalogue.read_text(encoding="utf-8"), "run make messages"
