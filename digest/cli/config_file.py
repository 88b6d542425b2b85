"""`digest config`: what is configured.

In:    the configuration.
Out:   every key with its value, defaults included; or every problem.
Never: a secret.
"""

from typing import Any

import typer

from digest.cli.opening import read_config
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import say, say_json

group = typer.Typer(name="config", help="The configuration.", no_args_is_help=True)


@group.command()
def show(as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Show every key and its value, defaults included, secrets hidden."""
    values = _without_password(read_config(config).model_dump(mode="json"))
    if as_json:
        say_json(values)
        return
    for section, table in values.items():
        for each in table if isinstance(table, list) else [table]:
            say(f"[[{section}]]" if isinstance(table, list) else f"[{section}]")
            for key, value in each.items():
                say(f"{'# ' if value is None else ''}{key}{'' if value is None else f' = {_toml(value)}'}")
            print()


def _without_password(values: dict[str, Any]) -> dict[str, Any]:
    """The password in a database's address is hidden too: pydantic does not know that it is secret."""
    from digest.store.database import parse_url
    from digest.store.troubles import shown

    values["database"]["url"] = shown(parse_url(values["database"]["url"]))
    return values


def _toml(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


@group.command()
def check(config: ConfigPath = None) -> None:
    """Find every problem at once; exit code 78 if there is one."""
    from digest.config.dkim import estranged

    found = read_config(config)
    minded = []
    if found.site.templates:
        from digest.app import make_site
        from digest.mail.trial import doubts
        from digest.resources import templates_dir

        minded = doubts(make_site(found.site), templates_dir(), found.site.templates)
    names = ", ".join(source.name for source in found.sources if source.enabled) or "none enabled"
    say(f"the configuration is good; sources: {names}; mail through {found.smtp.host}:{found.smtp.port}")
    if strange := estranged(found.site, found.smtp.bounce_domain):
        minded.append(strange)
    for doubt in minded:
        say(f"mind: {doubt}")
