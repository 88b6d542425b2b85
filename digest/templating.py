"""Fills in templates.

In:    a directory of templates, one of the operator's own maybe, a language, and values that are already worded.
Out:   text. In `.txt` nothing is escaped; elsewhere every value is but what has an `__html__` of its own.
Never: logic about papers, a missing value passed over in silence.
"""

from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.language import ENGLISH, Language, language


class Templates:
    """The templates below one directory, compiled once for each language; a file below `own` stands before ours.

    With `own` all are filled in a sandbox: a template that somebody was handed reaches nothing but the values.
    What stands in `{% trans %}` is translated, and `language` is there to write numbers and dates with.
    """

    def __init__(self, directory: Path, own: Path | None = None) -> None:
        self._loader = FileSystemLoader([own, directory] if own else directory)
        self._kind = ImmutableSandboxedEnvironment if own else Environment
        self._environments: dict[Language, Environment] = {}

    def render(self, name: str, speaking: Language | None = None, /, **values: object) -> str:
        """The template `name`, a path such as `email/digest/body.html`, filled in; in English if nothing is said.

        Raises jinja2's `TemplateNotFound`, and `UndefinedError` for a value that was not given.
        """
        speaking = speaking or language(ENGLISH)
        if speaking not in self._environments:
            self._environments[speaking] = _environment(self._kind, self._loader, speaking)
        return self._environments[speaking].get_template(name).render(language=speaking, **values)


def _environment(kind: type[Environment], loader: BaseLoader, speaking: Language) -> Environment:
    environment = kind(
        loader=loader,
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
