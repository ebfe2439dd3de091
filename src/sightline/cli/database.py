"""`sightline database`: prepare a PostgreSQL server for the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from sightline.cli.options import JsonOption
from sightline.cli.output import Output

database = typer.Typer(name="database", help="A ledger on a PostgreSQL server.", no_args_is_help=True, rich_markup_mode=None)


@database.command()
def prepare(
    show: Annotated[bool, typer.Option("--show", help="Print the statements, and change nothing.")] = False, as_json: JsonOption = False
) -> None:
    """Make the tables, their rules and the roles sightline_app and sightline_auditor, as the owner of the tables. Again after each
    new version of Sightline. SIGHTLINE_DATABASE_URL names the owner for this one command."""
    from sightline.app.database import prepare_server, statements_for_server  # start-up speed: see the package docstring

    output = Output(as_json)
    if show:
        statements = statements_for_server()
        output.say("\n".join(f"{each};" for each in statements))
        output.result({"statements": statements})
        return
    made = prepare_server()
    output.say("The tables are up to date and have their rules. Give sightline_app to the role that Sightline signs in as:")
    output.say("  create role sightline_web login password '…' in role sightline_app;")
    output.result({"statements": made})
