"""Make rows less exact before they leave the agency: each field by the rule decided for it, and nothing that no rule was decided for.

Pure: tables in, tables out. What cannot be done raises, so that whoever calls writes nothing; nothing is passed through because it was not
understood. `sightline.privacy.inspect` checks the outcome without trusting this module.

How-to: docs/how-to/prepare-before-sharing.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sightline.errors import InputRefused
from sightline.model.codes import NOT_RECORDED
from sightline.privacy.entities import STORED
from sightline.privacy.keyed import KeyUnusable, TokenKey
from sightline.privacy.rules import HOW, LINEAGE_KEPT, LOCAL_ID, NUMBERS, Decision, Decisions, Rule

_SECTOR = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9])[A-Z]{2}")
_UNKNOWN_CODES = frozenset({NOT_RECORDED, "other", ""})
_SEPARATOR = ";"
_COARSE = {"year": 0, "month": 1}

Normalise = Callable[[str], str | None]


class MinimisingFailed(InputRefused):
    """Something went wrong while rows were made less exact; nothing is released."""

    code = "SL-PRE-005"
    hint = "Nothing was written and nothing may be sent. Mend what is named and prepare again."


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """What became of one field: how many rows gave it before and after."""

    entity: str
    field: str
    rule: Rule
    why: str
    given_before: int
    given_after: int

    @property
    def how(self) -> str:
        return HOW[self.rule]


@dataclass(frozen=True)
class Minimised:
    """Tables as they may leave, and what became of each field."""

    tables: dict[str, pa.Table]
    outcomes: tuple[FieldOutcome, ...]


def minimise(
    tables: Mapping[str, pa.Table],
    decisions: Decisions,
    *,
    agency: str,
    key: TokenKey | None = None,
    normalise: Mapping[str, Normalise] | None = None,
) -> Minimised:
    """Apply the rule of each field.

    Args:
        tables: Entity → rows as intake read them.
        decisions: The rule of every field in them.
        agency: Whose they are: an agency's own numbers are keyed apart from every other agency's.
        key: The partnership's key, where a rule needs one.
        normalise: For numbers that several agencies hold, the one way to write them, or None for a number that cannot be right. Equal
            numbers must give equal tokens, and a number nobody has must not join people.

    Raises:
        MinimisingFailed: If a table has a field that no rule was decided for.
        KeyUnusable: If a rule needs a key and there is none.
    """
    made: dict[str, pa.Table] = {}
    outcomes: list[FieldOutcome] = []
    for name, table in sorted(tables.items()):
        work = _Work(name, table, agency, key, normalise or {})
        columns: dict[str, pa.ChunkedArray] = {}
        for column in table.column_names:
            if column in LINEAGE_KEPT:
                columns[column] = table[column]
                continue
            decision = decisions.get((name, column))
            if decision is None:
                raise MinimisingFailed(f"{name}.{column} is a field that no rule was decided for.")
            after = work.apply(decision)
            outcomes.append(_outcome(decision, table[column], after))
            if after is not None:
                columns[column] = after
        made[name] = pa.table(columns | work.precisions)
    return Minimised(made, tuple(outcomes))


def _outcome(decision: Decision, before: pa.ChunkedArray, after: pa.ChunkedArray | None) -> FieldOutcome:
    given_after = 0 if after is None else len(after) - after.null_count
    return FieldOutcome(decision.entity, decision.field, decision.rule, decision.why, len(before) - before.null_count, given_after)


class _Work:
    """One table on its way; ``precisions`` are columns that say how exact a date still is, to go over those the table had."""

    def __init__(self, entity: str, table: pa.Table, agency: str, key: TokenKey | None, normalise: Mapping[str, Normalise]) -> None:
        self.entity, self.table, self.agency, self.key, self.normalise = entity, table, agency, key, normalise
        self.precisions: dict[str, pa.ChunkedArray] = {}

    def apply(self, decision: Decision) -> pa.ChunkedArray | None:
        """The field as it may leave; None where it does not."""
        if decision.rule is Rule.DROP:
            return None
        return self._changed(decision.field, decision.rule, self.table[decision.field])

    def _changed(self, field: str, rule: Rule, values: pa.ChunkedArray) -> pa.ChunkedArray:
        match rule:
            case Rule.KEEP | Rule.TOKENS:
                return values
            case Rule.MONTH | Rule.YEAR:
                return self._coarser(field, values, str(rule))
            case Rule.SECTOR:
                return _each(values, sector)
            case Rule.KILOMETRE:
                return kilometre(values)
            case Rule.KNOWN:
                return self._known(field, values)
            case _:
                return _each(values, self._token(field))

    def _coarser(self, field: str, values: pa.ChunkedArray, to: str) -> pa.ChunkedArray:
        """The first day of its month or year, and the precision that says so; one that was coarser before stays as it was."""
        name = f"{field}_precision"
        there = self.table[name].to_pylist() if name in self.table.column_names else [None] * len(values)
        given = values.is_valid().to_pylist()
        kept = [_coarsest(was, to) if has else None for was, has in zip(there, given, strict=True)]
        by_year = pa.array([precision == "year" for precision in kept], pa.bool_())
        self.precisions[name] = pa.chunked_array([pa.array(kept, pa.string())])
        cut = pc.if_else(by_year, pc.floor_temporal(values, unit="year"), pc.floor_temporal(values, unit="month"))
        return pa.chunked_array([cut.cast(values.type)] if isinstance(cut, pa.Array) else cut.cast(values.type).chunks, values.type)

    def _known(self, field: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
        """The code as received where the common code beside it says something; a token where it tells records apart; else nothing."""
        common = field.removesuffix("_local")
        said = self.table[common].to_pylist() if common in self.table.column_names else [None] * len(values)
        instead: Callable[[str], str | None] | None = self._token(field) if field in STORED[self.entity].key else None
        made = [
            local if local is None or is_known(code) else (instead(local) if instead else None)
            for local, code in zip(values.to_pylist(), said, strict=True)
        ]
        return pa.chunked_array([pa.array(made, pa.string())])

    def _token(self, field: str) -> Callable[[str], str | None]:
        if self.key is None:
            raise KeyUnusable(f"{self.entity}.{field} is to be replaced by keyed tokens, and no key was given.")
        if field in NUMBERS:
            return _normalised(self.key.tokens(field), self.normalise.get(field, _compact))
        if field == LOCAL_ID or field.endswith("identity_id") or field.startswith("linked_"):
            return _of_parts(self.key.tokens(self.agency, "person"))
        return _of_parts(self.key.tokens(self.agency, "reference"))


def is_known(common: str | None) -> bool:
    """Whether a common code shows that the mapping knew the text it came from, each part of a cell with several."""
    return common is not None and not _UNKNOWN_CODES & {part.strip() for part in common.split(_SEPARATOR)}


def sector(postcode: str) -> str | None:
    """The sector of a postcode; None where it is no whole postcode, for part of another text may be anything.

    >>> sector("qs4 2ab"), sector("near the pier")
    ('QS4 2', None)
    """
    match = _SECTOR.fullmatch(re.sub(r"[^A-Z0-9]", "", postcode.upper()))
    return f"{match[1]} {match[2]}" if match else None


def kilometre(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Metres down to the kilometre; degrees, which are no metres, to two decimals (about a kilometre in Britain)."""
    if pa.types.is_integer(values.type):
        return pc.multiply(pc.floor(pc.divide(pc.cast(values, pa.float64()), 1000.0)), 1000.0).cast(values.type)
    return pc.round(values, ndigits=2)


def _coarsest(was: str | None, to: str) -> str:
    return was if was is not None and _COARSE.get(was, 2) < _COARSE[to] else to


def _compact(number: str) -> str | None:
    return re.sub(r"[\s-]", "", number).upper() or None


def _normalised(token: Callable[[str], str], normalise: Normalise) -> Callable[[str], str | None]:
    def made(value: str) -> str | None:
        one_way = normalise(value)
        return None if one_way is None else token(one_way)

    return made


def _of_parts(token: Callable[[str], str]) -> Callable[[str], str]:
    """Cells that hold several numbers keep their parts apart, so that each still joins."""
    return lambda value: _SEPARATOR.join(token(part.strip()) for part in value.split(_SEPARATOR))


def _each(values: pa.ChunkedArray, change: Callable[[str], str | None]) -> pa.ChunkedArray:
    """Change each distinct text once: a person has many rows."""
    encoded = values.cast(pa.string()).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    changed = pa.array([None if text is None else change(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([changed.take(encoded.indices)])
