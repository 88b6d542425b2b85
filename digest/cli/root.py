"""The program `digest`: its commands in one list, and how it ends.

In:    arguments.
Out:   an exit code: 0 done, 1 failed, 2 usage, 78 bad configuration, 130 interrupted; errors one line on stderr.
Never: a traceback for what the operator can mend.
"""

import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated

import typer

from digest.cli import (
    config_file,
    db,
    delivery,
    demo,
    dkim,
    edition,
    jobs,
    preview,
    prune,
    serve,
    service,
    source,
    stats,
    status,
    subscriber,
    suppression,
    topic,
    why,
)
from digest.cli.options import ConfigPath
from digest.cli.output import complain
from digest.errors import DigestError

INTERRUPTED = 130

root = typer.Typer(
    name="digest",
    help="Mails each subscriber, once a day, the papers that are trending and relevant to them, and says why.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

MAIL, PEOPLE, RECORD, UPKEEP = "The day", "Subscribers", "What happened", "Upkeep"

for command in (serve.serve, jobs.run, jobs.ingest, jobs.publish, jobs.enqueue, jobs.deliver, demo.demo):
    root.command(rich_help_panel=MAIL)(command)
root.add_typer(subscriber.group, rich_help_panel=PEOPLE)
root.add_typer(topic.group, rich_help_panel=PEOPLE)
root.command(rich_help_panel=PEOPLE)(preview.preview)
root.command(rich_help_panel=PEOPLE)(why.why)
root.command(rich_help_panel=RECORD)(status.status)
root.command(rich_help_panel=RECORD)(stats.stats)
for group in (edition.group, delivery.group, suppression.group, source.group):
    root.add_typer(group, rich_help_panel=RECORD)
for group in (service.group, db.group, config_file.group, dkim.group):
    root.add_typer(group, rich_help_panel=UPKEEP)
root.command(rich_help_panel=UPKEEP)(prune.prune)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"digest {version('digest')}")
        raise typer.Exit


@root.callback()
def _options(
    config: ConfigPath = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


@cache
def _command() -> Callable[..., object]:
    return typer.main.get_command(root)


def run(arguments: Sequence[str]) -> int:
    """Runs one command and says how it ended."""
    try:
        code = _command()(arguments, prog_name="digest", standalone_mode=False)
        print(end="", flush=True)
    except DigestError as error:
        complain(str(error))
        return error.exit_code
    except typer.TyperException as error:
        return _misused(error)
    except BrokenPipeError:  # whoever read our output has seen enough
        _give_up_output()
        return 1
    except OSError as error:
        _complain_of(error)
        return 1
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        complain("interrupted; nothing is lost, run it again to go on")
    return code if isinstance(code, int) else 0


def _complain_of(error: OSError) -> None:
    if error.filename is None:  # a full disk below our output, for one
        _give_up_output()
        complain(f"the system refused: {error.strerror or error}")
    else:
        complain(f"{error.filename} cannot be used: {error.strerror}; name another file")


def _give_up_output() -> None:
    """What is still buffered goes nowhere, so that the interpreter's own flush at the end does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _misused(error: typer.TyperException) -> int:
    text = error.format_message().rstrip(".")
    if text:  # else no command was given, and the help is on the screen already
        context = getattr(error, "ctx", None)
        complain(f"{text[0].lower()}{text[1:]}; see {context.command_path if context else 'digest'} --help")
    return error.exit_code
