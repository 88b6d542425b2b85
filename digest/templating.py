"""Fills in templates.

In:    a directory of templates, one of the operator's own maybe, a language, and values that are already worded.
Out:   text. In `.txt` nothing is escaped; elsewhere every value is but what has an `__html__` of its own.
Never: logic about papers, a missing value passed over in silence.
"""

import traceback
from collections.abc import Callable
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    FunctionLoader,
    StrictUndefined,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.language import ENGLISH, Language, language

READ = (".html", ".txt", ".css", ".js", ".svg", ".xml")  # a backup of an editor is no template
Change = Callable[[str, str], str]
Source = tuple[str, str | None, Callable[[], bool] | None]


class Templates:
    """The templates below one directory, compiled once for each language; a file below `own` stands before ours.

    With `own` all are filled in a sandbox: a template that somebody was handed reaches nothing but the values.
    What stands in `{% trans %}` is translated, and `language` is there to write numbers and dates with.
    """

    def __init__(self, directory: Path, own: Path | None = None, change: Change | None = None) -> None:
        self._directory, self._own, self._change = directory, own, change
        self._files = FileSystemLoader([own, directory] if own else directory)
        self._environments: dict[Language, Environment] = {}

    def changed(self, change: Change) -> "Templates":
        """The same, but that `change` gets the name and the source of each HTML template before it is compiled."""
        return Templates(self._directory, self._own, change)

    def render(self, name: str, speaking: Language | None = None, /, **values: object) -> str:
        """The template `name`, a path such as `email/digest/body.html`, filled in; in English if nothing is said.

        Raises jinja2's `TemplateNotFound`, and `UndefinedError` for a value that was not given.
        """
        speaking = speaking or language(ENGLISH)
        if speaking not in self._environments:
            self._environments[speaking] = self._environment(speaking)
        return self._environments[speaking].get_template(name).render(language=speaking, **values)

    def compile_own(self) -> None:
        """Raises jinja2's `TemplateSyntaxError` for the first of the operator's templates that has a mistake."""
        environment = self._environment(language(ENGLISH))
        for name in FileSystemLoader(self._own).list_templates() if self._own else []:
            if name.endswith(READ):
                environment.get_template(name)

    def _environment(self, speaking: Language) -> Environment:
        environment = (ImmutableSandboxedEnvironment if self._own else Environment)(
            loader=FunctionLoader(lambda name: self._source(environment, name)),
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

    def _source(self, environment: Environment, name: str) -> Source:
        source, file, is_new = self._files.get_source(environment, name)
        return (self._change(name, source) if self._change and name.endswith(".html") else source), file, is_new


def where(error: Exception) -> str:
    """The file and line of a template that `error` came up in, as `FILE, line 3`; empty if it was in none."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name}, line {error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(READ)]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
