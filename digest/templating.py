"""Fills in templates.

In:    a directory of templates, and values that are already worded.
Out:   text. In `.html` every value is escaped but what has an `__html__` of its own; in `.txt` none is.
Never: wording, logic about papers, a missing value passed over in silence.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


class Templates:
    """The templates below one directory, compiled once."""

    def __init__(self, directory: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(directory),
            autoescape=select_autoescape(("html",), disabled_extensions=("txt",), default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )

    def render(self, name: str, **values: object) -> str:
        """The template `name`, a path such as `email/digest/body.html`, filled in.

        Raises jinja2's `TemplateNotFound`, and `UndefinedError` for a value that was not given.
        """
        return self._environment.get_template(name).render(**values)
