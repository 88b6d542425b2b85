"""`digest db`: the database.

In:    the configuration, the file of a backup.
Out:   the schema at the newest revision; what is wrong; backups, there and back; the right to be sent from here.
Never: data removed; a copy or an older state that sends before somebody said which of the two it is.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digest.cli.opening import opened, read_config
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import complain, say, say_json
from digest.errors import InputError

if TYPE_CHECKING:
    from digest.config import Config
    from digest.store.backup import Contents

group = typer.Typer(name="db", help="The database.", no_args_is_help=True)

MAYBE_SENT = "the database was restored: this may have been sent before"
TO_ADOPT = "now run: digest db adopt, with --restored if it is an older state"


@group.command()
def upgrade(config: ConfigPath = None) -> None:
    """Bring the database to the schema of this program."""
    from digest.store.engine import upgrade as bring_up

    url = read_config(config).database.url
    revision = bring_up(url)
    say(f"the database is at revision {revision}" + (f"; {TO_ADOPT}" if _stranger(url) else ""))


@group.command()
def check(as_json: AsJson = False, config: ConfigPath = None) -> None:
    """Look for damage."""
    from digest.store.engine import check as problems_of

    url = read_config(config).database.url
    problems = problems_of(url)
    stranger = "" if problems else _stranger(url)
    adopted = not problems and not stranger
    if as_json:
        say_json({"good": not problems, "problems": problems, "adopted": adopted})
    elif not problems:
        say(f"the database is good; {stranger}" if stranger else "the database is good")
    else:
        for problem in problems:
            complain(problem)
    if problems:
        raise typer.Exit(1)


def _stranger(url: str) -> str:
    """Why nothing is sent from it and what to do, or `""`."""
    from digest.store.engine import open_store
    from digest.store.seat import NotAdopted

    with open_store(url) as store:
        try:
            store.check_adopted()
        except NotAdopted as error:
            return str(error)
    return ""


@group.command()
def adopt(
    restored: Annotated[
        bool, typer.Option("--restored", help="It is an older state: what may have been sent since is not sent again.")
    ] = False,
    config: ConfigPath = None,
) -> None:
    """Let a database that was moved, copied or restored be sent from here."""
    from digest.jobs.enqueue import pass_over

    with opened(config) as app:
        if app.store.is_restored() and not restored:
            mend = "digest db adopt --restored: what may have been sent since is not sent again"
            raise InputError("this database was restored from a backup", mend)
        if app.store.is_adopted() and not restored:
            say("the database is at home here already")
            return
        if not restored:
            app.store.adopt()
        else:
            with app.store.adopting():
                waiting = app.store.deliveries.pass_over(MAYBE_SENT, app.clock.now())
                due = pass_over(app.store, app.clock, MAYBE_SENT)
            if waiting or due:
                say(f"missed, as they may have been sent before: {waiting} that waited, {due} that were due by now")
    say("the database is at home here; see that no other digest sends to the same subscribers")


@group.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to.")],
    force: Annotated[bool, typer.Option("--force", help="Also over a file that is there.")] = False,
    config: ConfigPath = None,
) -> None:
    """Write a SQLite database to a file, also while it is in use."""
    from digest.store.backup import back_up

    settings = read_config(config)
    say(f"wrote {file}: {_told(back_up(settings.database.url, file, overwrite=force))}")
    if secret := _secret(settings):
        say(f"keep {secret} with it: without it no link that was sent works any more")


@group.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What digest db backup wrote.")],
    config: ConfigPath = None,
) -> None:
    """Bring a backup back in place of the database, while nothing is sent; what was there is kept."""
    from digest.store.backup import restore as bring_back

    done = bring_back(read_config(config).database.url, file)
    say(f"restored {file}: {_told(done.contents)}")
    if done.kept:
        say(f"what was there is in {done.kept}")
    if done.replaced:
        say("it was too damaged to be written to: restart what has it open, such as digest serve --only web")
    say("nothing is sent from it before you say: digest db adopt --restored")


def _told(contents: "Contents") -> str:
    size = f"{contents.bytes / 2**20:.1f} MiB"
    return f"{size}, {contents.subscribers} subscribers, {contents.deliveries} deliveries"


def _secret(config: "Config") -> Path | None:
    """The file that the site's secret is in, if it is in one."""
    given = config.site.secret_file or config.home / "secret"
    return given if not config.site.secret and given.exists() else None
