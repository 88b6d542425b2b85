"""`digest service`: the daemon as a service of systemd.

In:    the root folder of the machine or of an image, a user, a configuration.
Out:   the unit; on that root also its user, its folders, a configuration to fill in; a line that says what comes next.
Never: anything of the operator's own overwritten or removed: configuration, database, secrets, a unit that is not ours.
"""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.options import config_path
from digest.cli.output import say

group = typer.Typer(name="service", help="The daemon as a service of systemd.", no_args_is_help=True)

CONFIG = Path("/etc/digest/config.toml")
BOOTED = Path("/run/systemd/system")
OWN_FILE = 'url = "sqlite:///digest.db"'  # in the example


def _named(ctx: typer.Context, value: Path) -> Path:
    """The one that is asked for; else not the one that lies in the folder of whoever installs the service."""
    sources = [each.get_parameter_source("config") for each in (ctx, ctx.find_root())]
    is_asked = any(source and source.name != "DEFAULT" for source in sources)
    return config_path(ctx, value).absolute() if is_asked else value


User = Annotated[str, typer.Option(metavar="NAME", help="Who it runs as; made where there is none of that name.")]
Root = Annotated[Path, typer.Option(metavar="DIR", help="The root folder of an image, in place of this machine's.")]
Program = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Where digest is installed, if it is not this one.", show_default=False),
]
ConfigFile = Annotated[
    Path,
    typer.Option("--config", envvar="DIGEST_CONFIG", callback=_named, help="The configuration.", metavar="PATH"),
]


@group.command("print")
def show(user: User = "digest", program: Program = None, config: ConfigFile = CONFIG) -> None:
    """Print the unit for this installation."""
    from digest.cli.unit import unit_text

    print(unit_text(user, config, program), end="")


@group.command()
def install(
    user: User = "digest", root: Root = Path("/"), program: Program = None, config: ConfigFile = CONFIG
) -> None:
    """Write the unit, make its user and folders, and a configuration to fill in; again after each upgrade."""
    from digest.cli.unit import STATE, UNIT, unit_text

    text = unit_text(user, config, program)
    _check(root)
    _keep_options(_below(root, UNIT), text)
    owner, its_group = _account(root, user)
    _folder(_below(root, STATE), owner, its_group)
    _folder(_below(root, config.parent), 0, its_group)
    fresh = _configure(_below(root, config), its_group)
    _write(_below(root, UNIT), text)
    _reload(root)
    say(f"wrote {_below(root, UNIT)}" + (f" and {_below(root, config)}" if fresh else ""))
    if fresh:
        say(f"next: fill in {config}, then: systemctl enable --now digest")
    else:
        say("next: systemctl enable digest && systemctl restart digest")


@group.command()
def uninstall(root: Root = Path("/")) -> None:
    """Stop the service and remove its unit; configuration and data stay."""
    from digest.cli.unit import STATE, UNIT

    _check(root)
    unit = _below(root, UNIT)
    if unit.exists():
        _told("systemctl", "disable", "--quiet", "--now" if _is_live(root) else f"--root={root}", UNIT.name)
        unit.unlink()
        _reload(root)
        say(f"removed {unit}")
    else:
        say(f"there is no {unit}")
    kept = [path for path in (CONFIG.parent, STATE, UNIT.with_name(f"{UNIT.name}.d")) if _below(root, path).exists()]
    if kept:
        say(f"kept, as is the user: {', '.join(map(str, kept))}")


def _check(root: Path) -> None:
    """Before anything is done: may it be, and would it touch what is not ours? Raises ServiceError."""
    import os
    import shutil

    from digest.cli.unit import UNIT, ServiceError, template

    if os.geteuid():
        raise ServiceError("only root may do this", "run it with sudo, and name it by its whole path")
    if not (root / "etc").is_dir():
        raise ServiceError(f"{root} is no root folder: it has no etc", "name that of an image, with its system in it")
    if not shutil.which("systemctl") or not shutil.which("systemd-sysusers"):
        raise ServiceError("there is no systemd here", "have another supervisor run digest serve")
    unit, mark = _below(root, UNIT), template().partition("\n")[0]
    if unit.exists() and not unit.read_text(encoding="utf-8", errors="replace").startswith(mark):
        raise ServiceError(f"{unit} was not written by digest", "move it away; changes go in: systemctl edit digest")


def _keep_options(unit: Path, text: str) -> None:
    """An upgrade must not move the service to another user or configuration by a forgotten option."""
    from digest.cli.unit import ServiceError, written_with

    before = written_with(unit.read_text(encoding="utf-8")) if unit.exists() else written_with(text)
    if before != written_with(text):
        raise ServiceError(f"the unit was written with {before}", "say so again, or: digest service uninstall")


def _below(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def _is_live(root: Path) -> bool:
    return root.resolve() == Path("/") and BOOTED.exists()


def _account(root: Path, user: str) -> tuple[int, int]:
    """The numbers of the user and its group, which are made where there are none. Raises ServiceError."""
    from digest.cli.unit import STATE, ServiceError

    accounts = _below(root, Path("/etc/passwd"))
    if found := _listed(accounts, user):
        return found
    _told("systemd-sysusers", f"--root={root.resolve()}", "--inline", f'u {user} - "digest" {STATE} /usr/sbin/nologin')
    if found := _listed(accounts, user):
        return found
    raise ServiceError(f"{accounts} has no {user}", "name a user that it has")


def _listed(accounts: Path, user: str) -> tuple[int, int] | None:
    lines = accounts.read_text(encoding="utf-8", errors="replace").splitlines() if accounts.exists() else []
    found = next((line.split(":") for line in lines if line.startswith(f"{user}:")), None)
    return (int(found[2]), int(found[3])) if found else None


def _folder(folder: Path, owner: int, its_group: int) -> None:
    import os

    if not folder.exists():
        folder.mkdir(parents=True)
        os.chown(folder, owner, its_group)
        folder.chmod(0o750)


def _configure(file: Path, its_group: int) -> bool:
    """The example, with the database in the service's own folder. Whether there was none yet."""
    import os

    from digest.cli.unit import STATE
    from digest.resources import example_config

    if file.exists():
        return False
    example = example_config().read_text(encoding="utf-8")
    _write(file, example.replace(f"#{OWN_FILE}", f'url = "sqlite:///{STATE}/digest.db"'), 0o640)
    os.chown(file, 0, its_group)
    return True


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    """All of it or nothing, under its name; through no link that somebody else put there."""
    import os

    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.new")
    half.unlink(missing_ok=True)
    with half.open("x", encoding="utf-8") as out:
        os.fchmod(out.fileno(), mode)
        out.write(text)
    half.replace(file)


def _reload(root: Path) -> None:
    if _is_live(root):
        _told("systemctl", "daemon-reload")


def _told(*command: str) -> None:
    """Runs a program of systemd's. Raises ServiceError with its own words."""
    import subprocess

    from digest.cli.unit import ServiceError

    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours, no shell
    if done.returncode:
        said = (done.stderr.strip() or "it gave no reason").splitlines()[-1]
        raise ServiceError(f"{command[0]} failed: {said}", "mend that and run this again; it does no harm twice")
