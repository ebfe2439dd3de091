"""What came of what an agency sent: which releases its returns are in, which figures they fed, which reports were made and who read.

Agencies rarely hear what their data was used for. This is told of releases and of the audit; nothing in it is about a child.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sightline.app.damage import refuse_damaged_rows
from sightline.app.releases import ReleaseListing, every_release, release_by_number
from sightline.app.workspace import Workspace
from sightline.ledger.models import AuditEvent, GenerationReturn
from sightline.model.figures import NotAvailable
from sightline.model.releases import Release

READ = ("page_read", "file_taken")
ACTIONS_NOT_KEPT = "Actions that a partnership decided on are not kept yet, so what figures led to cannot be told."


@dataclass(frozen=True, slots=True)
class ReturnUsed:
    """One return of the agency that a release is made of."""

    dataset: str
    period: str
    version: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """One release that the agency's returns are in, and what came of it."""

    release: int
    period: str
    made_at: datetime
    withdrawn: bool
    returns: tuple[ReturnUsed, ...]
    indicators: tuple[str, ...]
    """Titles of the indicators that its returns fed."""
    figures: int
    reports: int
    times_read: int
    read_by: tuple[tuple[str, int], ...]
    """Role → how often somebody in it read a page or took a file of this release."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def uses_of(agency: str, releases: Sequence[ReleaseListing], read: Callable[[int], Release | None]) -> list[Use]:
    """What came of the agency's returns, the newest release first; releases it is not in are left out.

    Args:
        agency: Its id.
        releases: Every release, newest first.
        read: Gives a release by its number.

    Raises:
        LedgerDamaged: If rows of the ledger changed by themselves.
    """
    refuse_damaged_rows()
    reports = Counter(AuditEvent.objects.filter(action="report_made").values_list("object", flat=True))
    reads: dict[int, Counter[str]] = {}
    for release, role in AuditEvent.objects.filter(action__in=READ).values_list("detail__release", "detail__role"):
        if release is not None:
            reads.setdefault(int(release), Counter())[str(role or "no role")] += 1
    found = []
    for listed in releases:
        sent = _returns_in(listed.generation, agency)
        release = read(listed.number) if sent else None
        if release is None:
            continue
        fed = {(one.indicator, one.period) for one in release.coverage if agency in one.agencies}
        figures = sum((one.indicator, one.period) in fed and not isinstance(one.count, NotAvailable) for one in release.figures)
        titles = tuple(each.title for each in release.indicators if any(each.id == indicator for indicator, _ in fed))
        by_role = reads.get(listed.number, Counter())
        found.append(
            Use(
                listed.number,
                listed.period,
                listed.created_at,
                listed.withdrawn_at is not None,
                sent,
                titles,
                figures,
                reports[f"release {listed.number}"],
                by_role.total(),
                tuple(by_role.most_common()),
            )
        )
    return found


def uses_in(workspace: Workspace, agency: str) -> list[Use]:
    """The same, of the releases of a workspace."""
    return uses_of(agency, every_release(), lambda number: release_by_number(workspace, number))


def uses_in_words(use: Use) -> str:
    """One release and what came of it, as a sentence or two."""
    parts = [
        _many(len(use.returns), "return is", "returns are"),
        f"in release {use.release} ({use.period}{', withdrawn since' if use.withdrawn else ''}) and fed",
        _many(use.figures, "figure", "figures"),
        "of",
        _many(len(use.indicators), "indicator.", "indicators."),
        _many(use.reports, "report was", "reports were"),
        "made of it; its pages and files were read",
        _many(use.times_read, "time", "times"),
    ]
    roles = ", ".join(f"{role} {times:,}" for role, times in use.read_by)
    return " ".join(parts) + (f" ({roles})." if roles else ".")


def _many(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _returns_in(generation: int, agency: str) -> tuple[ReturnUsed, ...]:
    held = GenerationReturn.objects.filter(generation_id=generation, return_version__agency=agency).select_related("return_version")
    ordered = held.order_by("-return_version__period", "return_version__dataset")
    return tuple(ReturnUsed(one.dataset, one.period, one.version, one.received_at) for one in (each.return_version for each in ordered))
