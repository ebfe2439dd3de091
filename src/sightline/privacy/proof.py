"""What became of every column of the agency's own files and of every field of the common model, for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from sightline.model.findings import MappedField
from sightline.model.packages import FieldTold, Outcome, SourceColumn
from sightline.privacy.minimise import FieldOutcome
from sightline.privacy.rules import HOW, Decisions, Rule

OUTCOMES: dict[Rule, Outcome] = {
    Rule.KEEP: "kept",
    Rule.KNOWN: "degraded",
    Rule.MONTH: "degraded",
    Rule.YEAR: "degraded",
    Rule.SECTOR: "degraded",
    Rule.KILOMETRE: "degraded",
    Rule.KEY: "keyed",
    Rule.TOKENS: "keyed",
    Rule.DROP: "dropped",
}
_ORDER: tuple[Outcome, ...] = ("kept", "degraded", "keyed", "dropped")

Place = tuple[str, str | None, str]


def fields_told(outcomes: Iterable[FieldOutcome]) -> list[FieldTold]:
    """One line for each field, in order of entity."""
    told = list(outcomes)
    coarse = {(one.entity, f"{one.field}_precision") for one in told if one.rule in {Rule.MONTH, Rule.YEAR}}
    return [
        FieldTold(
            entity=one.entity,
            field=one.field,
            outcome="degraded" if (one.entity, one.field) in coarse else OUTCOMES[one.rule],
            how="says how exact the date still is" if (one.entity, one.field) in coarse else one.how,
            why=one.why,
            given_before=one.given_before,
            given_after=one.given_after,
        )
        for one in told
    ]


def columns_told(seen: pa.Table, mapped: Sequence[MappedField], decisions: Decisions, *, counts_only: bool = False) -> list[SourceColumn]:
    """One line for each column of the files. A column that fills several fields leaves as the most open of them does.

    Args:
        seen: File, sheet and column of everything that was in the files, as `intake` read them for this purpose.
        mapped: Which column fills which field.
        decisions: The rule of each field.
        counts_only: No row leaves, whatever the rules say.
    """
    fills: dict[Place, list[tuple[Rule, str]]] = {}
    for one in mapped:
        decision = decisions.get((one.entity, one.field))
        if decision is not None:
            fills.setdefault((one.file, one.sheet, one.column), []).append((decision.rule, f"{one.entity}.{one.field}"))
    told = []
    for place in dict.fromkeys(places_of(seen)):
        file, sheet, column = place
        outcome, how = _told(fills.get(place, []), counts_only=counts_only)
        told.append(SourceColumn(file=file[:2000], sheet=sheet, column=column[:2000], outcome=outcome, how=how))
    return told


def places_of(seen: pa.Table) -> list[Place]:
    """File, sheet and column of each row of what was seen."""
    return list(zip(seen["file"].to_pylist(), seen["sheet"].to_pylist(), seen["column"].to_pylist(), strict=True))


def _told(fills: list[tuple[Rule, str]], *, counts_only: bool) -> tuple[Outcome, str]:
    if not fills:
        return "dropped", "the mapping makes nothing of this column"
    if counts_only:
        return "dropped", "only counts leave"
    outcome = min((OUTCOMES[rule] for rule, _ in fills), key=_ORDER.index)
    parts = dict.fromkeys(f"{field}: {HOW[rule]}" for rule, field in fills)
    return outcome, "; ".join(parts)[:2000]
