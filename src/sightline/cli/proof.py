"""Let somebody prove at the command line who they are: typed unseen, or a line of standard input, and never an argument.

An argument stands in the list of processes and in the history of the shell, where whoever runs the command could take it again.
"""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from sightline.cli.options import actor
from sightline.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Collection

    from sightline.app.roles import Role


def typed(what: str) -> str:
    """What somebody types unseen; a line of standard input where that is no terminal."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True)).strip()
    return sys.stdin.readline().rstrip("\n")


def proven(by: str | None, *, roles: Collection[Role], about: str) -> str:
    """The person who does this, once they have proved it; the workspace has to be open.

    Args:
        by: Their sign-in name, as the option ``--by`` gives it.
        roles: Whose task it is.
        about: What they do, for the audit.

    Raises:
        InputRefused: If nobody is named.
        NotFound, Refused, NotProved, TooManyTries: As `sightline.app.proofs.prove` does.
    """
    from sightline.app.proofs import asked_for, prove  # start-up speed: see the package docstring

    if by is None:
        raise InputRefused("This needs to know who you are.", hint="Name your sign-in with --by; you are then asked to prove it.")
    secret = typed(f"{by}: {asked_for(by)}")
    return prove(by, secret, roles=roles, about=about, login=getpass.getuser(), at=datetime.now(UTC))


def proven_if_a_person(by: str | None, *, roles: Collection[Role], about: str) -> str:
    """The same where a login of the machine may do it too: only who names somebody that signs in has to prove it."""
    from sightline.app.proofs import is_a_person  # start-up speed: see the package docstring

    return proven(by, roles=roles, about=about) if by is not None and is_a_person(by) else actor(by)
