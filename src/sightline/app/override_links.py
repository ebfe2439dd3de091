"""What stewards decide about links: add a decision, take it back, list them. `sightline link` follows them at its next run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sightline.app.link_protection import protection
from sightline.app.publish_generation import current_generation
from sightline.app.steward_words import checked_reason
from sightline.app.tables import identities_told_of
from sightline.app.token_epochs import first_told
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound, Refused
from sightline.ledger import audit, overrides
from sightline.ledger.models import LinkOverride
from sightline.linkage import check_overrides
from sightline.model.overrides import OverrideKind
from sightline.model.tokens import is_token
from sightline.privacy.pseudonyms import identity_id


@dataclass(frozen=True, slots=True)
class Override:
    """One decision. Who it is about is said in keyed identity ids."""

    number: int
    kind: OverrideKind
    left: str
    right: str
    reason: str
    by: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class OverrideList:
    """Decisions that may be shown, and how many are not."""

    overrides: tuple[Override, ...]
    not_shown: int


def identity_of(workspace: Workspace, *, agency: str, local_id: str) -> str:
    """The identity id of an agency's own number for somebody. The number itself is neither kept nor repeated.

    Raises:
        NotFound: If there is no such agency.
        InputRefused: If the number is empty.
    """
    number = local_id.strip()
    if not number:
        raise InputRefused("The agency's number of a person is empty.", hint="Give the number as the agency's returns have it.")
    known = workspace.partnership.agency(agency).id
    if is_token(number):
        # an agency that sends tokens and has changed its key: ids are made of the token it first told
        number = first_told(workspace.objects, known).get(number, number)
    return identity_id(number, key=workspace.identity_key, agency=known)


def override_links(
    workspace: Workspace,
    kind: OverrideKind,
    one: tuple[str, str],
    other: tuple[str, str],
    *,
    reason: str,
    by: str,
    at: datetime,
) -> Override:
    """Decide about two people as agencies know them.

    Args:
        workspace: Where.
        kind: What is decided.
        one: An agency's id and its own number of a person.
        other: The same, of the other.
        reason: Why, without personal details.
        by: Who decides.
        at: When.

    Raises:
        InputRefused: If both are the same, or the reason may not be kept.
        NotFound: If an agency does not exist, or no return of the current generation tells of the person.
        Refused: If the agency took the person back, or the same is in force already.
        OverridesContradict: If other decisions stand against it.
    """
    checked = checked_reason(reason, without=(one[1].strip(), other[1].strip()))
    left, right = (identity_of(workspace, agency=agency, local_id=number) for agency, number in (one, other))
    return override_identities(workspace, kind, left, right, reason=checked, by=by, at=at)


def override_identities(workspace: Workspace, kind: OverrideKind, left: str, right: str, *, reason: str, by: str, at: datetime) -> Override:
    """Decide about two identities by their ids, as a review has them; otherwise as `override_links`."""
    checked = checked_reason(reason)
    if left == right:
        raise InputRefused("Both are the same record of the same agency.", hint="An override is about two.")
    _refuse_strangers(workspace, left, right)
    with audit.writing():
        made = overrides.add_override(kind, left, right, reason=checked, by=by, at=at)
        check_overrides(overrides.override_table(None))
    return _override(made)


def withdraw_override(workspace: Workspace, number: int, *, reason: str, by: str, at: datetime) -> Override:
    """Take a decision back; the next linkage goes by the evidence again.

    Raises:
        NotFound: If there is no such decision.
        Refused: If it was withdrawn before.
        InputRefused: If the reason may not be kept.
    """
    overrides.withdraw_override(number, reason=checked_reason(reason), by=by, at=at)
    return next(_override(each) for each in overrides.every_override() if each.pk == number)


def list_overrides(workspace: Workspace, *, withdrawn: bool = False) -> OverrideList:
    """Decisions in force (or all), without those that would show somebody's former identity beside the present one."""
    hidden = protection(workspace)
    every = [_override(each) for each in overrides.every_override()]
    every = [each for each in every if withdrawn or each.withdrawn_at is None]
    shown = tuple(each for each in every if each.kind is not OverrideKind.DO_NOT_LINK and not hidden.hides((each.left, each.right)))
    return OverrideList(shown, len(every) - len(shown))


def protected_overrides(workspace: Workspace, *, by: str, at: datetime) -> OverrideList:
    """All decisions, for whoever keeps those that nobody else may know of; that they were looked at is written down."""
    found = tuple(_override(each) for each in overrides.every_override())
    with audit.writing():
        audit.record("protected_link_overrides_seen", "link overrides", by=by, at=at, detail={"overrides": len(found)})
    return OverrideList(found, 0)


def _refuse_strangers(workspace: Workspace, *identities: str) -> None:
    with DuckDBEngine() as engine:
        told = identities_told_of(workspace, current_generation(workspace), engine, identities)
    for place, identity in zip(("first", "second"), identities, strict=True):
        if identity not in told:
            raise NotFound(
                f"No return of the current generation tells of the {place} person.",
                hint="Check the agency and its number; a return that was just submitted counts once it is published.",
            )
        if not told[identity]:
            raise Refused(
                f"The agency has taken its record of the {place} person back.", hint="There is nothing left to link; nothing was added."
            )


def _override(row: LinkOverride) -> Override:
    withdrawal = getattr(row, "withdrawal", None)
    return Override(
        number=row.pk,
        kind=OverrideKind(row.kind),
        left=row.left,
        right=row.right,
        reason=row.reason,
        by=row.by,
        at=row.at,
        withdrawn_at=withdrawal.at if withdrawal else None,
        withdrawn_by=withdrawal.by if withdrawal else None,
        withdrawn_reason=withdrawal.reason if withdrawal else None,
    )
