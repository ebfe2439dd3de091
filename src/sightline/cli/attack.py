"""`sightline attack`: try to work out from a release what it withholds."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from sightline.cli.options import JsonOption
from sightline.cli.output import Output
from sightline.errors import ExitCode


def attack(
    release: Annotated[
        str,
        typer.Argument(
            help="The release: a folder of its files, one file (JSON, CSV, HTML), or http://127.0.0.1:8000 for a running server."
        ),
    ],
    old_releases: Annotated[list[str] | None, typer.Argument(help="Earlier releases, each a folder, a file or an address.")] = None,
    known: Annotated[
        Path | None, typer.Option(help="Totals from other publications: a CSV of indicator, quarter, breakdown, category, value, within.")
    ] = None,
    wards: Annotated[Path | None, typer.Option(help="Which wards make up which areas: the geography's ward file.")] = None,
    method: Annotated[str | None, typer.Option(help="By which method the numbers were made safe, where no file says.")] = None,
    tries: Annotated[int, typer.Option(min=100, max=1_000_000, help="How many unions and complements are drawn.")] = 10_000,
    name: Annotated[str | None, typer.Option(help="Who signs in to a running server.")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="SIGHTLINE_PASSWORD", help="The password; better given in the environment.", hidden=True)
    ] = None,
    code: Annotated[
        str | None, typer.Option(envvar="SIGHTLINE_CODE", help="The code of their authenticator app, where they have one.", hidden=True)
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report to this file too: its name ends in .html or .json.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Attack a release as a reader could, with what is shown and nothing else, and say what was tried and what was found."""
    from sightline.app.attack_files import kind_of_attack_report, write_attack_report  # start-up speed: see the package docstring
    from sightline.app.attack_release import SignIn, attack_targets
    from sightline.publish.attack_report import lines_of, summary_of  # start-up speed too

    if report:
        kind_of_attack_report(report)
    done = attack_targets(
        [release],
        old_releases or (),
        known=known,
        wards=wards,
        method=method,
        tries=tries,
        sign_in=SignIn(name, password, code),
        clock=perf_counter,
    )
    output, told = Output(as_json), done.as_dict()
    lines = lines_of(told)
    output.table(("Attack", "Times tried", "What came of it"), [(line.title, line.tried, line.came_of_it) for line in lines])
    for line in lines:
        for where, what in line.findings:
            output.say(f"{line.title}: {where} {what}.")
    for each in done.unread:
        output.say(f"Not read, and so not attacked: {each}.")
    output.say(summary_of(told))
    if report:
        output.say(f"Wrote {write_attack_report(done, report)}")
    output.result(told)
    if done.found:
        raise typer.Exit(int(ExitCode.REFUSED))
