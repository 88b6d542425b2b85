"""`digest db`: the database.

In:    the configuration.
Out:   the schema at the newest revision; what is wrong with the database.
Never: data removed.
"""

import typer

from digest.cli.opening import read_config
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import complain, say, say_json

group = typer.Typer(name="db", help="The database.", no_args_is_help=True)


@group.command()
def upgrade(config: ConfigPath = None) -> None:
    """Bring the database to the schema of this program."""
    from digest.store.engine import upgrade as bring_up

    say(f"the database is at revision {bring_up(read_config(config).database.url)}")


@group.command()
def check(as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Look for damage."""
    from digest.store.engine import check as problems_of

    problems = problems_of(read_config(config).database.url)
    if as_json:
        say_json({"good": not problems, "problems": problems})
    elif not problems:
        say("the database is good")
    else:
        for problem in problems:
            complain(problem)
    if problems:
        raise typer.Exit(1)
