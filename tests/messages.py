"""What the program says to people, and the catalogues that say it in other languages.

In:    the templates, the code, `digest/locales/*.po`.
Out:   every message that can be translated, with where it stands; catalogues that hold exactly those.
Never: a guess: what is new waits for somebody who speaks the language.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import normalize, read_po

ROOT = Path(__file__).parents[1]
CATALOGUES = ROOT / "digest" / "locales"
TEMPLATES = ("web", "email")  # those of systemd speak to the operator
TALKING = {"gettext": None, "ngettext": (1, 2)}
OPTIONS = {
    "trimmed": "true",
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "no",
}
SELVES = ("digest/language.py", "digest/templating.py")  # where they are looked up

Id = str | tuple[str, str]  # with its plural


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the files it stands in."""

    id: Id
    files: tuple[str, ...]


def messages() -> list[Said]:
    """All there are, file by file and each once."""
    found: dict[Id, list[str]] = {}
    for file in _files():
        for message in _messages_of(file):
            files = found.setdefault(message, [])
            if (name := _name(file)) not in files:
                files.append(name)
    return [Said(message, tuple(files)) for message, files in found.items()]


def _messages_of(file: Path) -> Iterator[Id]:
    method = "python" if file.suffix == ".py" else "jinja2.ext:babel_extract"
    options = {} if file.suffix == ".py" else OPTIONS
    try:
        for _, message, _, _ in extract_from_file(method, file, keywords=TALKING, options=options):
            yield message if isinstance(message, str) else (message[0], message[1])
    except Exception as error:
        error.add_note(f"in {_name(file)}")
        raise


def unfixed() -> list[str]:
    """Calls that look up a message which is not written there, so that nobody can find it to translate it."""
    return [
        f"{_name(file)}:{call.lineno}"
        for file in _files()
        if file.suffix == ".py"
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in TALKING
        if not all(isinstance(each, ast.Constant) for each in call.args[: len(TALKING[call.func.attr] or (1,))])
    ]


def translations(file: Path) -> dict[Id, Message]:
    """What a catalogue holds."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.stem, abort_invalid=True)
    return {message.id: message for message in catalogue if message.id}


def update(file: Path) -> tuple[int, int]:
    """Brings a catalogue up to date, its head as it is; how many messages it has, and how many are untranslated."""
    head = file.read_text(encoding="utf-8").partition("\n\n")[0]
    known, wanted = translations(file), messages()
    blocks = [_block(said, forms_of(known.get(said.id))) for said in wanted]
    file.write_text("\n\n".join([head, *blocks]) + "\n", encoding="utf-8")
    return len(wanted), sum(not any(forms_of(known.get(said.id))) for said in wanted)


def forms_of(message: Message | None) -> tuple[str, ...]:
    """The translation in each of the language's numbers; of a message without a number one."""
    if message is None:
        return ()
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _block(said: Said, forms: tuple[str, ...]) -> str:
    places = "".join(f"#: {file}\n" for file in said.files)
    if isinstance(said.id, str):
        return f"{places}msgid {normalize(said.id)}\nmsgstr {normalize(forms[0] if forms else '')}"
    one, many = said.id
    translated = [f"msgstr[{n}] {normalize(form)}" for n, form in enumerate(forms or ("",))]
    return "\n".join([f"{places}msgid {normalize(one)}", f"msgid_plural {normalize(many)}", *translated])


def _files() -> Iterator[Path]:
    for folder in TEMPLATES:
        yield from (
            path for path in sorted((ROOT / "templates" / folder).rglob("*")) if path.suffix in (".html", ".txt")
        )
    yield from (path for path in sorted((ROOT / "digest").rglob("*.py")) if _name(path) not in SELVES)


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def main() -> None:
    for file in sorted(CATALOGUES.glob("*.po")):
        count, left = update(file)
        sys.stdout.write(f"{_name(file)}: {count} messages, {left} to translate\n")


if __name__ == "__main__":
    main()
