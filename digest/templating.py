"""Fills in templates.

In:    a directory of templates, a language, and values that are already worded.
Out:   text. In `.txt` nothing is escaped; elsewhere every value is but what has an `__html__` of its own.
Never: logic about papers, a missing value passed over in silence.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from digest.language import ENGLISH, Language, language


class Templates:
    """The templates below one directory, compiled once for each language.

    What stands in `{% trans %}` is translated, and `language` is there to write numbers and dates with.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._environments: dict[Language, Environment] = {}

    def render(self, name: str, speaking: Language | None = None, /, **values: object) -> str:
        """The template `name`, a path such as `email/digest/body.html`, filled in; in English if nothing is said.

        Raises jinja2's `TemplateNotFound`, and `UndefinedError` for a value that was not given.
        """
        speaking = speaking or language(ENGLISH)
        if speaking not in self._environments:
            self._environments[speaking] = _environment(self._directory, speaking)
        return self._environments[speaking].get_template(name).render(language=speaking, **values)


def _environment(directory: Path, speaking: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(directory),
        autoescape=select_autoescape(("html",), disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    install = environment.install_gettext_callables  # type: ignore[attr-defined] # the extension's
    install(speaking.raw, speaking.raw_plural, newstyle=True)
    return environment
