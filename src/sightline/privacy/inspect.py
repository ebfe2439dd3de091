"""Look into a finished package, as it lies on the disk, for anything that should not be in it. The last thing done before it may leave.

It trusts neither `minimise` nor whoever wrote the package. It knows what came in, the rules, and what it reads back: every column must be
there or absent as its rule says; every kept value must be the very value that came in, in the same row; every other must have the form of
its rule. What is left, texts, is searched for the values that were to stay behind: numbers, full dates of birth, whole postcodes, full
names, sentences, and each person's own names in the rows about them.

Findings say where and what kind, never the value.

How-to: docs/how-to/prepare-before-sharing.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sightline.errors import InputRefused
from sightline.model.codes import NOT_RECORDED
from sightline.model.tokens import is_field_tokens, is_token
from sightline.privacy.entities import STORED
from sightline.privacy.rules import LINEAGE_KEPT, LOCAL_ID, WORDS_OF_LISTS, Decisions, Rule
from sightline.privacy.search import OwnNames, Searched

_SECTOR = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9]")
_SAYS_NOTHING = frozenset({NOT_RECORDED, "other", ""})
_COARSE = ("year", "month", None)


class StillInside(InputRefused):
    """The finished package holds something that was to stay behind; it is destroyed and nothing leaves."""

    code = "SL-PRE-006"
    hint = "Nothing was written. If a file's or column's name holds a person's name or number, rename it; otherwise report this as a fault."

    def __init__(self, found: tuple[Inside, ...]) -> None:
        self.found = found
        listing = "".join(f"\n  {one.where}: {one.what}" for one in found[:10])
        more = f"\n  and {len(found) - 10} more" if len(found) > 10 else ""
        super().__init__(f"The package was made and then destroyed, because it holds what was to stay behind:{listing}{more}\n")


@dataclass(frozen=True, slots=True)
class Inside:
    """Something that should not be there: the place and the kind of thing, never the thing."""

    where: str
    what: str


def inspect_tables(
    after: Mapping[str, pa.Table], *, before: Mapping[str, pa.Table], decisions: Decisions, searched: Searched
) -> tuple[Inside, ...]:
    """Everything in the tables of a package that its rules do not allow.

    Args:
        after: Tables as read back from the finished package.
        before: The same as intake gave them.
        decisions: The rule of each field.
        searched: What must not be found.
    """
    if set(after) != set(before):
        return (Inside("the package", "its tables are not those that were prepared"),)
    names = OwnNames.of(before, decisions)
    found: list[Inside] = []
    for entity, table in after.items():
        found += _Inspection(entity, table, before[entity], decisions, searched, names).everything()
    return tuple(found)


@dataclass(frozen=True)
class _Inspection:
    entity: str
    after: pa.Table
    before: pa.Table
    decisions: Decisions
    searched: Searched
    names: OwnNames

    def everything(self) -> list[Inside]:
        expected = {name for name in self.before.column_names if self._rule(name) is not Rule.DROP} | self._precisions()
        if set(self.after.column_names) != expected or self.after.num_rows != self.before.num_rows:
            return [Inside(self.entity, "columns or rows that no rule lets leave, or that are missing")]
        found = []
        for name in self.after.column_names:
            what = self._wrong(name) or self._inside(name)
            if what:
                found.append(Inside(f"{self.entity}.{name}", what))
        return found

    def _rule(self, field: str) -> Rule | None:
        decision = self.decisions.get((self.entity, field))
        return decision.rule if decision else (Rule.KEEP if field in LINEAGE_KEPT else None)

    def _precisions(self) -> set[str]:
        return {f"{name}_precision" for name in self.before.column_names if self._rule(name) in {Rule.MONTH, Rule.YEAR}}

    def _wrong(self, field: str) -> str | None:
        """What is wrong with the form of a column, if anything."""
        after = self.after[field]
        if field in self._precisions():
            return None if set(after.unique().to_pylist()) <= set(_COARSE) else "a date said to be exact"
        rule = self._rule(field)
        check = (
            {
                Rule.KEEP: self._is_unchanged,
                Rule.KNOWN: self._is_known,
                Rule.MONTH: self._is_month,
                Rule.YEAR: self._is_month,
                Rule.SECTOR: self._is_sector,
                Rule.KILOMETRE: self._is_coarse_place,
                Rule.KEY: self._is_keyed,
                Rule.TOKENS: self._is_field_tokens,
            }.get(rule)
            if rule
            else None
        )
        if check is None:
            return "a column that no rule lets leave"
        return None if check(field, after) else f"values that do not have the form of the rule \u201c{rule}\u201d"

    def _is_unchanged(self, field: str, after: pa.ChunkedArray) -> bool:
        before = self.before[field]
        return before.type == after.type and bool(pc.all(_same(before, after)).as_py() is not False)

    def _is_known(self, field: str, after: pa.ChunkedArray) -> bool:
        common = field.removesuffix("_local")
        said = self.before[common].to_pylist() if common in self.before.column_names else [None] * len(after)
        rows = zip(after.to_pylist(), self.before[field].to_pylist(), said, strict=True)
        return all(now is None or is_token(now) or (now == was and _was_known(code)) for now, was, code in rows)

    def _is_month(self, field: str, after: pa.ChunkedArray) -> bool:
        before = self.before[field]
        first = pc.floor_temporal(before, unit="month").cast(after.type)
        year = pc.floor_temporal(before, unit="year").cast(after.type)
        return bool(pc.all(pc.or_kleene(_same(first, after), _same(year, after))).as_py() is not False)

    def _is_sector(self, field: str, after: pa.ChunkedArray) -> bool:
        rows = zip(after.to_pylist(), self.before[field].to_pylist(), strict=True)
        return all(
            now is None
            or (
                was is not None
                and _SECTOR.fullmatch(now) is not None
                and _compact(was).startswith(_compact(now))
                and _compact(was) != _compact(now)
            )
            for now, was in rows
        )

    def _is_coarse_place(self, _: str, after: pa.ChunkedArray) -> bool:
        if pa.types.is_integer(after.type):
            return all(value is None or value % 1000 == 0 for value in after.unique().to_pylist())
        return all(value is None or round(value, 2) == value for value in after.unique().to_pylist())

    def _is_keyed(self, field: str, after: pa.ChunkedArray) -> bool:
        given = self.before[field].is_valid()
        only_given = bool(pc.all(pc.or_(given, after.is_null())).as_py() is not False)
        return only_given and all(all(is_token(part) for part in text.split(";")) for text in after.drop_null().unique().to_pylist())

    def _is_field_tokens(self, field: str, after: pa.ChunkedArray) -> bool:
        return self._is_unchanged(field, after) and all(map(is_field_tokens, after.drop_null().unique().to_pylist()))

    def _inside(self, field: str) -> str | None:
        """What a text column of the right form still holds that was to stay behind."""
        after = self.after[field]
        if after.type != pa.string() or self._rule(field) is not Rule.KEEP:
            return None
        texts = after.drop_null().unique().to_pylist()
        for text in texts:
            what = self.searched.within(text, whole_is_fine=field not in LINEAGE_KEPT)
            if what:
                return what
        if LOCAL_ID in self.before.column_names and not self._is_coded(field):
            return self.names.within(self.before[LOCAL_ID].to_pylist(), after.to_pylist(), self.searched.vocabulary)
        return None

    def _is_coded(self, field: str) -> bool:
        names = {column.name for column in STORED[self.entity].columns}
        return field in WORDS_OF_LISTS or f"{field}_local" in names or field.endswith(("_precision", "_local"))


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where two columns agree, row by row, absent values included."""
    both_absent = pc.and_(one.is_null(), other.is_null())
    return pc.or_kleene(both_absent, pc.fill_null(pc.equal(one, other), fill_value=False))


def _was_known(common: str | None) -> bool:
    return common is not None and not any(part.strip() in _SAYS_NOTHING for part in common.split(";"))


def _compact(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
