"""Templates as an operator may have written them, which three kinds of readers make do harm.

In:    an empty folder.
Out:   the usual templates, where an address that starts with `raise`, `loop` or `eat` does what it says.
Never: a difference for anybody else.
"""

from pathlib import Path
from shutil import copytree

from digest.resources import templates_dir

HARM = """
{%- if address.startswith("raise") %}{{ of_nobody }}{% endif %}
{%- if address.startswith("loop") %}
{%- for _ in range(99999) %}{% for _ in range(99999) %}{% for _ in range(99999) %}{% endfor %}{% endfor %}{% endfor %}
{%- endif %}
{%- if address.startswith("eat") %}
{%- set eaten = namespace(text=address) %}
{%- for _ in range(60) %}{% set eaten.text = eaten.text ~ eaten.text %}{% endfor %}
{%- endif -%}
"""


def poisonous(folder: Path) -> Path:
    """The directory that holds them."""
    copied = copytree(templates_dir(), folder / "templates")
    body = copied / "email" / "digest" / "body.txt"
    body.write_text(HARM + body.read_text())
    return copied
