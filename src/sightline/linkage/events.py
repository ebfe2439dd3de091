"""What became of people from one linkage to the next, each change with its reason.

Creations are as many as people and are told by the column; changes are few and are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.model.entities import EVENT_SCHEMA
from sightline.model.overrides import EventKind, EventReason, OverrideKind

_NOBODY = -1


@dataclass(frozen=True)
class Before:
    """Who bore what id before, people by number. The first group of fields has one value for each identity of this linkage (-1: nobody).

    ``held`` says who bore which id over ``identities``, the first ``last`` of them in the last linkage and the others in earlier ones.
    """

    holder: np.ndarray
    """The person each identity belonged to."""
    claim: np.ndarray
    """The person whose id it speaks for: the same, unless a steward gave it back to an earlier one."""
    is_recent: np.ndarray
    is_given_back: np.ndarray

    people: pa.Array
    was_in_last: np.ndarray

    identities: pa.Array
    held: np.ndarray
    is_here: np.ndarray
    """Which of ``identities`` are in this linkage."""
    last: int


@dataclass(frozen=True, slots=True)
class _Decision:
    """One override; ``left`` and ``right`` are positions among this linkage's identities, -1 for one that is not here."""

    number: int
    kind: OverrideKind
    left: int
    right: int
    in_force: bool
    left_held: int
    """Who bore what before, by number, wherever the identity now is; -1 for nobody."""
    right_held: int


@dataclass(frozen=True)
class Decisions:
    """The overrides as far as they concern identities known now or before."""

    every: tuple[_Decision, ...]

    @classmethod
    def of(cls, overrides: pa.Table | None, identity_ids: pa.Array, before: Before) -> Decisions:
        """Find the two ends of every override."""
        if overrides is None or not len(overrides):
            return cls(())
        table = overrides
        found = []
        ends = {side: _found(table[side], identity_ids) for side in ("left", "right")}
        held = {side: _found(table[side], before.identities) for side in ("left", "right")}
        for row, override in enumerate(table.to_pylist()):
            left_held, right_held = (int(before.held[at[row]]) if at[row] != _NOBODY else _NOBODY for at in held.values())
            found.append(
                _Decision(
                    override["number"],
                    OverrideKind(override["kind"]),
                    int(ends["left"][row]),
                    int(ends["right"][row]),
                    override["in_force"],
                    left_held,
                    right_held,
                )
            )
        return cls(tuple(found))

    def barred(self, before: Before) -> np.ndarray:
        """Which earlier people nobody may be again: two who must not be linked bore one id."""
        barred = np.zeros(len(before.people), dtype=bool)
        for each in self.every:
            if each.in_force and each.kind is OverrideKind.DO_NOT_LINK and each.left_held == each.right_held != _NOBODY:
                barred[each.left_held] = True
        return barred


def tell_events(
    identity_ids: pa.Array,
    before: Before,
    after: np.ndarray,
    people: pa.Array,
    decisions: Decisions,
    *,
    same_model: bool,
) -> tuple[pa.Table, int]:
    """Tell what became of people.

    Args:
        identity_ids: The identities in order.
        before: Who bore what.
        after: The number of each identity's person now.
        people: The person ids by number: the earlier ones, then those just drawn.
        decisions: What stewards decided.
        same_model: Whether the last linkage was made with the same model.

    Returns:
        EVENT_SCHEMA, changes first and creations last; and how many identities moved because a steward asked.
    """
    story = _Story(identity_ids, before, after, people, decisions, same_model)
    changes = list(story.changes())
    table = pa.concat_tables([_rows(changes), story.retirements(), story.creations()])
    numbered = table.set_column(0, "number", pa.array(np.arange(1, len(table) + 1)))
    return numbered.cast(EVENT_SCHEMA), story.asked


@dataclass
class _Story:
    identity_ids: pa.Array
    before: Before
    after: np.ndarray
    people: pa.Array
    decisions: Decisions
    same_model: bool
    asked: int = 0
    _barred: np.ndarray = field(init=False)
    _borne: np.ndarray = field(init=False)
    """Which people there are now."""
    _members: dict[int, list[int]] = field(init=False)
    _had: dict[int, list[int]] = field(init=False)
    _had_in_last: np.ndarray = field(init=False)
    """How many identities each earlier person had in the last linkage, those that are in no return now among them."""

    def __post_init__(self) -> None:
        self._barred = self.decisions.barred(self.before)
        self._borne = np.zeros(len(self.people), dtype=bool)
        self._borne[self.after] = True
        moved = self._moved()
        concerned = np.union1d(self.after[moved], self.before.holder[moved])
        self._members = _by_number(self.after, concerned)
        self._had = _by_number(self.before.holder, concerned)
        self._had_in_last = np.bincount(self.before.held[: self.before.last], minlength=len(self.before.people))

    def _moved(self) -> np.ndarray:
        return np.flatnonzero((self.before.holder != _NOBODY) & (self.before.holder != self.after))

    def changes(self) -> Iterator[dict[str, Any]]:
        """Every merge, absorption, split and restoration, in the order of the identities that moved first."""
        flows: dict[tuple[int, int], list[int]] = defaultdict(list)
        for at in self._moved().tolist():
            flows[int(self.before.holder[at]), int(self.after[at])].append(at)
        taken_in: dict[int, list[tuple[int, list[int], dict[str, Any]]]] = defaultdict(list)
        for (earlier, now), moved in flows.items():
            if self._barred[earlier]:
                self.asked += len(moved)
                continue
            why = self._why_split(earlier, now, moved) if self._borne[earlier] else self._why_joined(earlier, now, moved)
            self.asked += len(moved) if why["asked"] else 0
            kind = EventKind.SPLIT if self._borne[earlier] else EventKind.ABSORBED
            beside = self._beside(earlier, now, moved, kind)
            yield self._event(kind, earlier, [now], moved, beside, **why)
            if kind is EventKind.ABSORBED and self._was_somebody(now):
                taken_in[now].append((earlier, moved, why))
        for now, parts in taken_in.items():
            moved = [at for _, part, _ in parts for at in part]
            beside = [at for at in self._members[now] if at not in set(moved)]
            yield self._event(EventKind.MERGED, now, [earlier for earlier, _, _ in parts], moved, beside, **parts[0][2])
        yield from self._restorations()

    def _was_somebody(self, person: int) -> bool:
        return person < len(self.before.people)

    def _beside(self, earlier: int, now: int, moved: list[int], kind: EventKind) -> list[int]:
        """Whom they joined, when a person ended; whom they left, when it goes on."""
        others = self._had[earlier] if kind is EventKind.SPLIT else self._members[now]
        gone = set(moved)
        return [at for at in others if at not in gone]

    def _why_joined(self, earlier: int, now: int, moved: list[int]) -> dict[str, Any]:
        """Why one person's identities are now with another's."""
        if self.before.is_given_back[moved].any():
            return _why(EventReason.UNDONE, asked=True)
        group = set(self._members[now])
        for each in self.decisions.every:
            if each.left in group and each.right in group and self.before.holder[each.left] != self.before.holder[each.right]:
                if each.in_force and each.kind is OverrideKind.MUST_LINK:
                    return _why(EventReason.MUST_LINK, each.number, asked=True)
                if not each.in_force and each.kind is not OverrideKind.MUST_LINK:
                    return _why(EventReason.LIFTED, each.number, asked=True)
        return self._why_unasked(group)

    def _why_split(self, earlier: int, now: int, moved: list[int]) -> dict[str, Any]:
        """Why some of one person's identities are now another's."""
        if self.before.is_given_back[moved].any():
            return _why(EventReason.UNDONE, asked=True)
        for each in self.decisions.every:
            was_one = each.left_held == each.right_held == earlier
            are_two = _NOBODY in (each.left, each.right) or self.after[each.left] != self.after[each.right]
            if was_one and are_two:
                if each.in_force and each.kind is not OverrideKind.MUST_LINK:
                    return _why(EventReason.CANNOT_LINK, each.number, asked=True)
                if not each.in_force and each.kind is OverrideKind.MUST_LINK:
                    return _why(EventReason.LIFTED, each.number, asked=True)
        if self._was_somebody(now):
            joined = self._why_joined(earlier, now, moved)
            if joined["asked"]:
                return joined
        if self._had_in_last[earlier] > len(self._had[earlier]):
            return _why(EventReason.GONE_RECORD)
        return self._why_unasked({*self._had[earlier], *self._members[now], *self._members[earlier]})

    def _why_unasked(self, group: set[int]) -> dict[str, Any]:
        if (self.before.holder[sorted(group)] == _NOBODY).any():
            return _why(EventReason.NEW_RECORD)
        return _why(EventReason.CHANGED_RECORDS if self.same_model else EventReason.ANOTHER_MODEL)

    def _restorations(self) -> Iterator[dict[str, Any]]:
        """People who were not in the last linkage and are again."""
        back = np.flatnonzero(self._borne[: len(self.before.people)] & ~self.before.was_in_last)
        members = _by_number(self.after, back)
        for person in sorted(members, key=lambda person: members[person]):
            undone = bool(self.before.is_given_back[members[person]].any())
            why = _why(EventReason.UNDONE if undone else EventReason.BACK, asked=undone)
            yield self._event(EventKind.RESTORED, person, [], members[person], [], **why)

    def retirements(self) -> pa.Table:
        """People of the last linkage of whom no identity is left, and those whose id was given up."""
        left = np.zeros(len(self.before.people), dtype=bool)
        left[self.before.holder[self.before.holder != _NOBODY]] = True
        ended = np.flatnonzero(self.before.was_in_last & ~left & ~self._barred)
        given_up = np.flatnonzero(self._barred & self.before.was_in_last)
        return pa.concat_tables(
            [
                _columns(EventKind.RETIRED, _sorted(self.people.take(pa.array(ended))), EventReason.NO_RECORD),
                _columns(EventKind.RETIRED, _sorted(self.people.take(pa.array(given_up))), EventReason.NOT_LINKED, protected=True),
            ]
        )

    def creations(self) -> pa.Table:
        """People with a newly drawn id: of records never seen, parted from somebody, or given anew so that two are not shown as one."""
        first = len(self.before.people)
        count = len(self.people) - first
        is_new = self.after >= first
        who, was = self.after[is_new] - first, self.before.holder[is_new]
        parted = np.zeros(count, dtype=bool)
        parted[who[was != _NOBODY]] = True
        hidden = np.zeros(count, dtype=bool)
        if len(self._barred):
            hidden[who[(was != _NOBODY) & self._barred[was]]] = True
        ids = self.people[first:]
        return pa.concat_tables(
            [
                _columns(EventKind.CREATED, ids.filter(pa.array(hidden)), EventReason.NOT_LINKED, protected=True),
                _columns(EventKind.CREATED, ids.filter(pa.array(parted & ~hidden)), EventReason.PARTED),
                _columns(EventKind.CREATED, ids.filter(pa.array(~parted & ~hidden)), EventReason.NEW),
            ]
        )

    def _event(
        self, kind: EventKind, person: int, others: Sequence[int], moved: Sequence[int], beside: Sequence[int], **why: Any
    ) -> dict[str, Any]:
        return {
            "number": 0,
            "kind": kind.value,
            "person_id": self.people[person].as_py(),
            "others": [self.people[other].as_py() for other in others],
            "identities": [self.identity_ids[at].as_py() for at in moved],
            "beside": [self.identity_ids[at].as_py() for at in beside],
            "reversible": kind is not EventKind.RESTORED,
            "protected": False,
            **why,
        }


def _why(reason: EventReason, override: int | None = None, *, asked: bool = False) -> dict[str, Any]:
    return {"reason": reason.value, "override": override, "asked": asked}


def _by_number(numbers: np.ndarray, wanted: np.ndarray) -> dict[int, list[int]]:
    """The positions at which each wanted number stands."""
    found: dict[int, list[int]] = {int(each): [] for each in wanted}
    for at in np.flatnonzero(np.isin(numbers, wanted)).tolist():
        found[int(numbers[at])].append(at)
    return found


def _found(wanted: pa.ChunkedArray, among: pa.Array) -> np.ndarray:
    found = pc.fill_null(pc.index_in(wanted, value_set=among), _NOBODY)
    at: np.ndarray = found.to_numpy().astype(np.int64)
    return at


def _sorted(person_ids: pa.Array) -> pa.Array:
    return person_ids.take(pc.sort_indices(person_ids))


def _rows(events: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(events, schema=EVENT_SCHEMA)


def _columns(kind: EventKind, person_ids: pa.Array, reason: EventReason, *, protected: bool = False) -> pa.Table:
    """One event for each person, alike but for the id."""
    count = len(person_ids)
    nothing = pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, dtype=np.int32)), pa.array([], pa.string()))
    repeated = {
        "kind": kind.value,
        "reason": reason.value,
        "asked": protected,
        "reversible": False,
        "protected": protected,
    }
    columns = {name: pa.repeat(pa.scalar(value, EVENT_SCHEMA.field(name).type), count) for name, value in repeated.items()}
    columns |= {"number": pa.array(np.zeros(count, dtype=np.int64)), "person_id": person_ids.cast(pa.string())}
    columns |= dict.fromkeys(("others", "identities", "beside"), nothing) | {"override": pa.nulls(count, pa.int64())}
    return pa.table([columns[name] for name in EVENT_SCHEMA.names], schema=EVENT_SCHEMA)
