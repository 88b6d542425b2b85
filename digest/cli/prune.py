"""`digest prune`: forgets what is old, as the daemon does by itself.

In:    the configuration's [retention].
Out:   how many rows went, or would go.
Never: what is not in [retention]: papers and editions stay.
"""

from typing import Annotated

import typer

from digest.cli.opening import opened
from digest.cli.options import AsJson, ConfigPath
from digest.cli.output import progress, say, say_json


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: AsJson = False,
    config: ConfigPath = None,
) -> None:
    """Forget what is kept long enough, as retention in the configuration says; digest serve does so by itself"""
    from dataclasses import asdict

    from digest.jobs.prune import prunable
    from digest.jobs.prune import prune as forget

    with opened(config) as app:
        if dry_run:
            found = prunable(app.store, app.clock, app.retention)
        else:
            with progress("forgetting") as move:
                found = forget(app.store, app.clock, app.retention, progress=move)
    if as_json:
        say_json({**asdict(found), "dry_run": dry_run})
        return
    counts = [
        f"{count:,} {'unconfirmed subscribers' if n == 'unconfirmed' else n}" for n, count in asdict(found).items()
    ]
    say(f"{'would go' if dry_run else 'gone'}: {', '.join(counts)}" if found.total else "nothing is old enough to go")
