"""`sightline demo`: the whole main job on an invented partnership."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.cli.key_measures import show_key_measures
from sightline.cli.options import EncryptOption, JsonOption, QuietOption
from sightline.cli.output import Output


def demo(
    children: Annotated[int, typer.Option(min=1_000, max=12_000_000, help="Resident children of the invented area.")] = 50_000,
    folder: Annotated[Path, typer.Option(help="Folder to work in; an earlier demo there is replaced.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Seed of the invented partnership.")] = 2026,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve the pages when done.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8000,
    encrypt: EncryptOption = True,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Invent a partnership, submit every return, publish, link, count, release, write the board report, and serve the pages."""
    from sightline.app.demo import run_demo  # start-up speed: see the package docstring
    from sightline.app.serve import check_port, serve_pages

    if serve:
        check_port(port)  # before the work, not after it
    output = Output(as_json, quiet)
    with output.progress() as progress:
        done = run_demo(folder, children=children, seed=seed, progress=progress, encrypt=encrypt)
    output.table(("Stage", "Seconds"), [(stage.name, f"{stage.seconds:.1f}") for stage in done.stages])
    show_key_measures(output, done.release)
    for path in done.reports:
        output.say(f"Wrote {path}")
    output.result(done.as_dict())
    output.say("Sign-ins for the pages (invented people; the passwords are for this demo only):")
    output.table(
        ("Name", "Password", "Role", "Key of authenticator app"),
        [(each.name, each.password, each.role, each.app_key) for each in done.users],
    )
    output.say(
        "Roles that see more than counts need a code when they sign in. Give the key to an authenticator app, or have the code shown:"
    )
    output.say(f"  sightline users code analyst --workspace {done.workspace}")
    output.say("For a first look sign in as leader: the password is enough.")
    if serve:
        serve_pages(port=port, say=output.say)
    else:
        output.say(f"To serve the pages: sightline serve --workspace {done.workspace}")
