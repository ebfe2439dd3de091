"""What a submitter gets back, kept in the ledger beside the return: the same words whenever they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sightline.errors import InputRefused
from sightline.model.findings import Finding, MappedField, NotChecked, Severity, from_json

if TYPE_CHECKING:  # Only named here: importing models needs Django to be set up, and `app.workspace` does that.
    from sightline.ledger.models import ReturnVersion


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a return is kept. ``already_had``: these bytes were kept before, and nothing changed."""

    return_id: str
    agency: str
    dataset: str
    period: str
    version: int
    state: str
    already_had: bool
    received_at: datetime
    rows_read: int
    rows_kept: int
    content_sha256: str
    mapping_version: str
    files: dict[str, str]
    """The files that came, each with its sha256: what an agency compares with its own."""
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    mapped: tuple[MappedField, ...]

    def as_dict(self) -> dict[str, Any]:
        data = {name: getattr(self, name) for name in self.__slots__}
        return {
            **data,
            "received_at": self.received_at.isoformat(),
            "findings": [finding.as_dict() for finding in self.findings],
            "not_checked": as_json(self.not_checked),
            "mapped": as_json(self.mapped),
        }


class ReturnRefused(InputRefused):
    """A return has errors that must be mended first; nothing of it was stored.

    Args:
        agency: The agency's name.
        findings: All findings, the errors among them.
        not_checked: What could not be looked at.
    """

    code = "SL-APP-001"
    hint = "Mend each error and submit again; nothing was stored, and what was accepted before is unchanged."

    def __init__(self, agency: str, findings: Sequence[Finding], not_checked: Sequence[NotChecked] = ()) -> None:
        self.findings, self.not_checked = tuple(findings), tuple(not_checked)
        errors = [finding for finding in findings if finding.severity is Severity.BLOCK]
        listing = "".join(f"\n  {error.code} {error.place}: {error.text} {error.hint}" for error in errors)
        super().__init__(f"The return from {agency} is refused: {len(errors)} error{'s' if len(errors) != 1 else ''}.{listing}\n")


def receipt(version: ReturnVersion, *, already_had: bool) -> Receipt:
    """The receipt of a return in the ledger."""
    return Receipt(
        return_id=version.id,
        agency=version.agency,
        dataset=version.dataset,
        period=version.period,
        version=version.version,
        state=version.state,
        already_had=already_had,
        received_at=version.received_at,
        rows_read=version.rows_read,
        rows_kept=version.rows_kept,
        content_sha256=version.content_sha256,
        mapping_version=version.mapping_version,
        files=dict(version.parts.filter(kind="raw").order_by("file_name", "digest").values_list("file_name", "digest")),
        findings=findings_of(version),
        not_checked=tuple(NotChecked(**item) for item in version.not_checked),
        mapped=tuple(MappedField(**item) for item in version.mapped_fields),
    )


def findings_of(version: ReturnVersion) -> tuple[Finding, ...]:
    """The findings kept with a return."""
    return tuple(from_json(item) for item in version.findings)


def as_json(items: Sequence[Finding] | Sequence[NotChecked] | Sequence[MappedField]) -> list[dict[str, Any]]:
    """Findings and their like as the ledger keeps them."""
    return [asdict(item) for item in items]
