"""What is held against what was written before a page shows it, and which errors mean that something else lies there now.

Method page: docs/methods/damage.md.
"""

from __future__ import annotations

from sightline.app import database
from sightline.app.kept_files import FileDamaged
from sightline.errors import SightlineError
from sightline.ledger import sums
from sightline.ledger.audit import AuditBroken
from sightline.ledger.erasure_models import ReleaseErasure
from sightline.ledger.models import ReleaseRecord
from sightline.store.objects import ObjectDamaged, ObjectMissing
from sightline.store.vault import ObjectKeyMissing

_DAMAGE = (ObjectDamaged, ObjectMissing, ObjectKeyMissing, sums.LedgerDamaged, FileDamaged, AuditBroken)


def refuse_damaged_releases() -> None:
    """Hold the rows that say which release there is against their sums: few, and every page of figures rests on them.

    Raises:
        LedgerDamaged: If they changed by themselves.
    """
    sums.check([ReleaseRecord._meta.db_table, ReleaseErasure._meta.db_table])


def refuse_damaged_rows() -> None:
    """Hold all rows of the ledger against their sums: for a server that opened the workspace long ago.

    Raises:
        LedgerDamaged: If some changed by themselves.
    """
    database.check_rows()


def damage_met(exception: Exception) -> SightlineError | None:
    """What an error says is damaged; None for one that says no such thing."""
    if isinstance(exception, _DAMAGE):
        return exception
    problem = database.as_ledger_problem(exception)
    return problem if isinstance(problem, sums.LedgerDamaged) else None
