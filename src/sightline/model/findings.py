"""Findings: one cause, with the rows it concerns, said so that the submitter can act."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sightline.errors import Place


class Severity(StrEnum):
    """What a finding asks for."""

    BLOCK = "block"
    """The return is refused until it is mended."""
    ERROR = "error"
    """Certainly wrong: the cell or the row is not used; the rest of the return is accepted."""
    QUERY = "query"
    """It may be right; somebody should look."""
    NOTE = "note"
    """For information: something was understood in a particular way."""


class Blocks(StrEnum):
    """What a finding keeps from happening."""

    RETURN = "return"
    """The return is not accepted."""
    ROWS = "rows"
    """The rows concerned are not kept in the common model (the file itself always is)."""
    CELLS = "cells"
    """The cells concerned count as not given."""
    RELEASE = "release"
    """No release is made while a return with this finding holds."""


BLOCK_WORDS = {
    Blocks.RETURN: "the return",
    Blocks.ROWS: "these rows",
    Blocks.CELLS: "these cells",
    Blocks.RELEASE: "any release",
}


@dataclass(frozen=True, slots=True)
class Fix:
    """A suggestion how to mend it. ``confidence`` is a probability from 0 to 1; None where nothing stands behind one."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause.

    ``code`` is the stable id (``SL-INT-…``, or the id of a declared check) and ``rule`` the id the publisher of the format gives the same
    rule, where there is one. ``text`` is one plain sentence, ``hint`` how to act. ``place`` names file, sheet, column letter and header;
    ``also`` further places of the same cause. ``rows`` is how many rows it concerns (0: the file itself), ``examples`` the first five row
    numbers as a person sees them. ``values`` says what stands there: a code as received, anything else as its shape (``99/99/9999``);
    a raw cell of a personal column is never held. ``expected`` says what should stand there.
    """

    code: str
    severity: Severity
    text: str
    hint: str
    place: Place
    rows: int = 0
    examples: tuple[int, ...] = ()
    rule: str = ""
    values: tuple[str, ...] = ()
    expected: str = ""
    fix: Fix | None = None
    blocks: tuple[Blocks, ...] = ()
    also: tuple[Place, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """As a person's program reads it: with the place in words beside its parts."""
        return to_json(self) | {"where": str(self.place)}


def to_json(finding: Finding) -> dict[str, Any]:
    """A finding as plain JSON; ``from_json`` gives it back."""
    return asdict(finding)


def from_json(data: dict[str, Any]) -> Finding:
    """A finding from its JSON.

    Raises:
        ValueError, KeyError, TypeError: If it is not one: what comes from a child process or a file is not trusted.
    """
    rows = data.get("rows", 0)
    examples = tuple(data.get("examples", ()))
    if not isinstance(rows, int) or not all(isinstance(number, int) for number in examples):
        raise TypeError("rows and examples are whole numbers")
    return Finding(
        code=str(data["code"]),
        severity=Severity(data["severity"]),
        text=str(data["text"]),
        hint=str(data["hint"]),
        place=Place(**data["place"]),
        rows=rows,
        examples=examples,
        rule=str(data.get("rule", "")),
        values=tuple(str(value) for value in data.get("values", ())),
        expected=str(data.get("expected", "")),
        fix=Fix(**data["fix"]) if data.get("fix") else None,
        blocks=tuple(Blocks(word) for word in data.get("blocks", ())),
        also=tuple(Place(**place) for place in data.get("also", ())),
    )


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
