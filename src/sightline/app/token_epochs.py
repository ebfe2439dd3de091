"""Read returns that were made with different keys as if all had been made with the one in use, by the rotation files that came.

Two translations, each with the agency's own files only, so that no agency's file can touch another's records:

- **Forward, when people are linked.** What is compared with other agencies (the tokens of fields and of numbers) is read under the key in
  use. A return that no file brings there is left out of linking, by name; the others go on.
- **Back, when a return comes in.** An agency's own numbers for people and records are only stand-ins: they are kept as that agency first
  told them. So keyed ids, and with them every person id, record, decision and review, stay what they were; and a record told of before and
  after the change is one record, which no translation of ids afterwards could bring about, since a record's id is made of several values.

Method page: docs/methods/privacy-modes.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from sightline.app import database  # noqa: F401 - sets Django up before the ledger's models are imported
from sightline.ledger.models import ReturnVersion
from sightline.ledger.token_key_models import TokenRotation
from sightline.ledger.token_keys import KeyState, key_in_use, keys_of, registered_keys, rotations_by, rotations_of
from sightline.model.agreements import LOCAL_TIME
from sightline.model.rotations import Rotation
from sightline.model.tokens import FIELD_TOKENS, KEY, PREFIX, RULES
from sightline.store import ObjectStore

IDENTITY = "identity_record"
OWN_NUMBER = "local_id"
_IDS = frozenset({OWN_NUMBER, "identity_id", "identity_record_id", "return_id"})
_TOKEN = re.compile(r"t:[0-9a-f]{32}")

Pairs = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A return that is not linked with the others, and why."""

    return_id: str
    agency: str
    dataset: str
    period: str
    key_id: str
    is_lost: bool
    """Whether the key was destroyed, so that nobody can make its rotation file any more."""
    rules: str = ""
    """The rules that its tokens were made by, where those are not the rules of this version; then no rotation file would help."""

    def __str__(self) -> str:
        why = f"token rules {self.rules}" if self.rules else f"key {self.key_id}{', destroyed' if self.is_lost else ''}"
        return f"{self.agency} {self.dataset} {self.period} ({why})"


@dataclass(frozen=True, slots=True)
class Epochs:
    """How the returns of a generation are read under the key in use: ``pairs`` for those made with another, by return."""

    key_id: str = ""
    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether everything is read as it came."""
        return not self.pairs and not self.left_out

    def without(self, returns: Sequence[LeftOut]) -> Epochs:
        """The same, with these returns left out too."""
        also = {one.return_id for one in returns}
        kept = {id: pairs for id, pairs in self.pairs.items() if id not in also}
        left = [*returns, *(one for one in self.left_out if one.return_id not in also)]
        return Epochs(self.key_id, kept, tuple(sorted(left, key=str)))

    def read(self, records: pa.Table) -> pa.Table:
        """Identity records as they are under the key in use, without those of returns left out.

        Args:
            records: Rows of ``identity_record`` with ``return_id``.
        """
        if self.is_plain:
            return records
        left = pa.array([one.return_id for one in self.left_out], pa.string())
        kept = records.filter(pc.invert(pc.is_in(records["return_id"], left)))
        of_other_keys = pc.is_in(kept["return_id"], pa.array(sorted(self.pairs), pa.string()))
        parts = [kept.filter(pc.invert(of_other_keys))]
        for id in sorted(self.pairs):
            parts.append(under_another_key(kept.filter(pc.equal(kept["return_id"], id)), self.pairs[id], self.key_id))
        return pa.concat_tables(parts)


HOW_TO_ROTATE = (
    "Let each agency make a rotation file of each of these returns (`sightline prepare … --rotate OLD_KEY NEW_KEY`) and take it in with"
    " `sightline keys rotate`. Returns whose key was destroyed have to be prepared again with the key in use."
)
"""What to do about returns that are left out because of their key."""
AS_THEY_CAME = Epochs()
"""Every return as it came."""


def epochs_of(objects: ObjectStore, return_ids: Sequence[str], at: datetime) -> Epochs:
    """How the returns of a generation are read together at an instant. Without a register, as they came."""
    today = local_day(at)
    using = key_in_use(today)
    if using is None:
        return AS_THEY_CAME
    keys = keys_of(return_ids)
    others = {id: key for id, key in keys.items() if key != using.key_id}
    steps, left = _ways(others, using.key_id, today)
    return Epochs(using.key_id, {id: composed(objects, taken) for id, taken in steps.items()}, left)


def left_out_of(return_ids: Sequence[str], at: datetime) -> tuple[LeftOut, ...]:
    """The returns that no rotation file brings to the key in use at an instant; no file is opened."""
    using = key_in_use(local_day(at))
    if using is None:
        return ()
    others = {id: key for id, key in keys_of(return_ids).items() if key != using.key_id}
    return _ways(others, using.key_id, local_day(at))[1]


def _ways(others: Mapping[str, str], to: str, today: date) -> tuple[dict[str, list[TokenRotation]], tuple[LeftOut, ...]]:
    """For returns under other keys the files that lead to the key asked for, and those that none leads there."""
    lost = {key.key_id for key in registered_keys() if key.state(today) is KeyState.DESTROYED}
    files: dict[str, list[TokenRotation]] = {}
    for taken in rotations_of(others):
        files.setdefault(taken.return_version_id, []).append(taken)
    versions = ReturnVersion.objects.in_bulk(list(others))
    ways: dict[str, list[TokenRotation]] = {}
    left: list[LeftOut] = []
    for id, key in sorted(others.items()):
        steps = steps_from(key, files.get(id, ()))
        reached = steps[-1].new_key if steps else key
        if reached == to:
            ways[id] = steps
        else:
            version = versions[id]
            left.append(LeftOut(id, version.agency, version.dataset, version.period, reached, is_lost=reached in lost))
    return ways, tuple(sorted(left, key=str))


def steps_from(key: str, files: Iterable[TokenRotation]) -> list[TokenRotation]:
    """The files of one return in the order in which they lead from its own key onwards."""
    by_old = {taken.old_key: taken for taken in files}
    steps: list[TokenRotation] = []
    while key in by_old and by_old[key] not in steps:
        steps.append(by_old[key])
        key = by_old[key].new_key
    return steps


def composed(objects: ObjectStore, steps: Sequence[TokenRotation]) -> Pairs:
    """What each token of a return is after all these steps."""
    pairs: Pairs = {}
    for place, step in enumerate(steps):
        next_ones = read_rotation(objects, step).pairs
        pairs = next_ones if place == 0 else {old: next_ones[new] for old, new in pairs.items() if new in next_ones}
    return pairs


def read_rotation(objects: ObjectStore, taken: TokenRotation) -> Rotation:
    """A rotation file that was taken in.

    Raises:
        ObjectMissing, ObjectDamaged: If its bytes are not what they were.
    """
    return Rotation.from_bytes(objects.get_bytes(taken.digest))


def first_told(objects: ObjectStore, agency: str, *, until: str | None = None) -> Pairs:
    """Each token of a number or reference in an agency's rotation files, and the one that it first told for the same value.

    Args:
        objects: Where the files are.
        agency: Whose.
        until: Only tokens under this key; None: under any.
    """
    back: dict[str, str] = {}
    wanted: set[str] = set()
    for taken in rotations_by(agency):
        for old, new in read_rotation(objects, taken).pairs.items():
            if old.startswith(PREFIX):
                back.setdefault(new, back.get(old, old))
                if taken.new_key == until:
                    wanted.add(new)
    return back if until is None else {token: back[token] for token in wanted}


def as_first_told(tables: Mapping[str, pa.Table], back: Pairs) -> dict[str, pa.Table]:
    """A return's tables with its agency's stand-ins as they were first told.

    In the identity records that is the agency's own number only: what is compared with other agencies stays under the key it came with.
    """
    if not back:
        return dict(tables)
    made = {}
    for name, table in tables.items():
        columns = {column: table[column] for column in table.column_names}
        for column in [OWN_NUMBER] if name == IDENTITY else list(columns):
            if column in columns and columns[column].type == pa.string():
                columns[column] = _each(columns[column], lambda text: _with(text, back))
        made[name] = pa.table(columns)
    return made


def under_another_key(records: pa.Table, pairs: Pairs, key_id: str) -> pa.Table:
    """Identity records of one return with every token of a field or number as it is under another key."""
    for place, column in enumerate(records.column_names):
        if column in _IDS or records[column].type != pa.string():
            continue
        if column == FIELD_TOKENS:
            changed = _each(records[column], lambda text: _fields_under(text, pairs, key_id))
        else:
            changed = _each(records[column], lambda text: _with(text, pairs))
        records = records.set_column(place, column, changed)
    return records


def local_day(at: datetime) -> date:
    """The day it is here at an instant."""
    return at.astimezone(LOCAL_TIME).date()


def _with(text: str, pairs: Pairs) -> str:
    return _TOKEN.sub(lambda found: pairs.get(found[0], found[0]), text) if "t:" in text else text


def _fields_under(text: str, pairs: Pairs, key_id: str) -> str:
    """An identity's tokens for linking under another key, written as an agency writes them: lists in order."""
    told = json.loads(text)
    for name, value in told.items():
        if isinstance(value, list):
            told[name] = sorted(pairs[each] for each in value)
        elif isinstance(value, str) and name != RULES:
            told[name] = key_id if name == KEY else pairs[value]
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def _each(values: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """Change each distinct text once."""
    encoded = values.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    changed = pa.array([None if text is None else change(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([changed.take(encoded.indices)])
