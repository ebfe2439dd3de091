"""Findings: one cause, with the rows it concerns, said so that the submitter can act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sightline.errors import Place


class Severity(StrEnum):
    """What a finding asks for."""

    ERROR = "error"
    """The return is refused until it is mended."""
    QUERY = "query"
    """The return is accepted; somebody should look."""
    NOTE = "note"
    """For information: something was understood in a particular way."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause.

    ``code`` is the stable id (``SL-INT-…``), ``text`` one plain sentence, ``hint`` how to act, ``rows`` how many rows it concerns (0: the
    file itself), ``examples`` the first few row numbers as a person sees them. Never holds a raw cell of a personal column.
    """

    code: str
    severity: Severity
    text: str
    hint: str
    place: Place
    rows: int = 0
    examples: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "code": self.code,
            "severity": str(self.severity),
            "text": self.text,
            "hint": self.hint,
            "where": str(self.place),
            "rows": self.rows,
            "examples": list(self.examples),
        }


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Something that could not be checked, and why: unchecked must never look like clean."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class MappedField:
    """One column of an extract and the column of the common model it fills."""

    file: str
    sheet: str | None
    column: str
    entity: str
    field: str
