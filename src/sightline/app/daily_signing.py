"""The end of the audit, signed once a day by itself: by the server that shows the pages, or by whatever runs jobs on the machine.

Where it goes stands in the workspace's `settings.yml` (``sign_audit_to``): folders elsewhere, best one of each agency's protection officer.
A day is a day by the clock here. Each signing walks what came since the one before; the whole chain is walked by `sightline audit verify`.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sightline.app.audit_trail import Head, last_signed, sign_into
from sightline.app.workspace import Workspace
from sightline.definitions.sign_in import FILE_NAME, load_settings
from sightline.errors import NotFound, Place, SightlineError
from sightline.ledger import audit
from sightline.model.agreements import LOCAL_TIME

BY = "daily signing"
_log = logging.getLogger("sightline.audit")


def folders_to_sign_into(workspace: Workspace) -> tuple[Path, ...]:
    """The folders that the settings name; one that is no whole path lies beside the workspace's own files.

    Raises:
        CatalogueProblems: If the settings file is not as it should be.
    """
    return tuple(workspace.root / each for each in load_settings(workspace.root).sign_audit_to)


def is_due(at: datetime) -> bool:
    """Whether the end of the chain was not signed yet on this day."""
    last = last_signed()
    return last is None or last.at.astimezone(LOCAL_TIME).date() < at.astimezone(LOCAL_TIME).date()


def sign_today(workspace: Workspace, *, by: str = BY, at: datetime) -> Head | None:
    """Sign the end of the chain if it was not signed yet today; None if it was, or if no folder is named.

    Raises:
        Refused: If the chain has no event yet.
        AuditBroken: If what came since the last signing does not hold together.
        EnvironmentProblem: If none of the folders can be reached.
        CatalogueProblems: If the settings file is not as it should be.
    """
    folders = folders_to_sign_into(workspace)
    if not folders or not is_due(at):
        return None
    last = last_signed()
    audit.verify(after=last.seq if last else 0)
    head, _ = sign_into(workspace, folders, by=by, at=at)
    return head


def keep_signing(workspace: Workspace, *, clock: Callable[[], datetime], pause: Callable[[], bool]) -> None:
    """Sign each day's end as soon as the day is seen, for as long as ``pause`` says to go on.

    What stands in the way is logged by its code and tried again after the next pause: pages go on, and `sightline doctor` says so, too.
    """
    while True:
        try:
            sign_today(workspace, at=clock())
        except SightlineError as problem:
            _log.warning("The end of the audit could not be signed (%s).", problem.code)
        if not pause():
            return


def schedule(workspace: Workspace, program: Path) -> str:
    """What to give to systemd, or to cron, where no server of ours runs all day.

    Raises:
        NotFound: If the settings name no folder to sign into.
        CatalogueProblems: If the settings file is not as it should be.
    """
    if not folders_to_sign_into(workspace):
        raise NotFound(
            "The settings name no folder to sign the end of the audit into.",
            place=Place(file=FILE_NAME),
            hint="Write there, for example: sign_audit_to: [/mnt/police-dpo/audit, /mnt/council-dpo/audit]",
        )
    command = shlex.join([str(program), "audit", "sign", "--daily", "--workspace", str(workspace.root)])
    return f"""\
# /etc/systemd/system/sightline-sign.service
[Unit]
Description=Sign the end of Sightline's audit

[Service]
Type=oneshot
ExecStart={command}

# /etc/systemd/system/sightline-sign.timer
[Unit]
Description=Sign the end of Sightline's audit once a day

[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
Persistent=true

[Install]
WantedBy=timers.target

# or, with cron, one line:
17 2 * * * {command}
"""
