"""Person ids that say nothing about the person and stay when a new quarter arrives.

Everything is done on arrays: identities by position, people by number. Only what changed is looked at one by one, to say why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.linkage.events import Before, Decisions, tell_events
from sightline.model.entities import HOLDER_SCHEMA

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Changes:
    """How this linkage's people differ from the previous one's."""

    kept: int
    new: int
    merged: int
    """Previous people who became part of another."""
    split: int
    """Previous people whose identities now belong to more than one person."""
    moved: int = 0
    """Identities known before that now bear another person id."""
    asked: int = 0
    """Those of the moved whom a steward's decision moved; the rest moved because the evidence did."""


@dataclass(frozen=True, slots=True)
class Identified:
    """``person_ids``, one per identity; ``events`` (EVENT_SCHEMA); ``gone`` (HOLDER_SCHEMA), who bore which id and is in no return now."""

    person_ids: pa.Array
    changes: Changes
    events: pa.Table
    gone: pa.Table


def identify(
    identity_ids: pa.Array,
    labels: np.ndarray,
    previous: pa.Table | None,
    *,
    new_person_id: Callable[[], str],
    gone: pa.Table | None = None,
    restored: pa.Table | None = None,
    overrides: pa.Table | None = None,
    same_model: bool = True,
) -> Identified:
    """Give each person an id: the previous one with the greatest overlap of identities, else a new one.

    An id is never given to two people, and never given again to somebody who shares no identity with its earlier bearer. When two
    claim one, the larger overlap has it, then the person whose first identity comes first. What was so in the last linkage goes before
    what is only remembered from earlier ones. The same identities and the same previous links always give the same ids.

    Two identities that must not be linked and once were both get a new id: under the old one, each would show the other.

    Args:
        identity_ids: The identities in order, each once.
        labels: A number for each identity: the same number, the same person.
        previous: Columns ``identity_id`` and ``person_id`` of the last linkage.
        new_person_id: Draws an id; drawn again should it ever be taken.
        gone: HOLDER_SCHEMA, identities of earlier linkages that were not in the last, so that they find their person again.
        restored: HOLDER_SCHEMA, identities that a steward gave back to an earlier person.
        overrides: OVERRIDE_SCHEMA, to say which change a steward asked for.
        same_model: Whether the last linkage was made with the same model, to say why something changed.
    """
    before = _before(identity_ids, previous, gone, restored)
    person, firsts = _numbered(np.asarray(labels))
    decisions = Decisions.of(overrides, identity_ids, before)
    barred = decisions.barred(before)
    kept = _claimed(before, person, len(firsts), barred=barred)
    is_new = kept == _NOBODY
    drawn = _draw(int(is_new.sum()), before.people, new_person_id)
    kept[is_new] = len(before.people) + np.arange(len(drawn))
    after = kept[person]
    all_people = pa.concat_arrays([before.people, drawn])
    events, asked = tell_events(identity_ids, before, after, all_people, decisions, same_model=same_model)
    known = np.flatnonzero(before.holder != _NOBODY)
    told = known[~barred[before.holder[known]]]
    changes = Changes(
        kept=int((~is_new).sum()),
        new=int(is_new.sum()),
        merged=_ended(before.holder[told], after, len(all_people)),
        split=_spread(before.holder[told], after[told], len(all_people)),
        moved=int((before.holder[known] != after[known]).sum()),
        asked=asked,
    )
    return Identified(all_people.take(pa.array(after)), changes, events, _gone(before, barred))


def _before(identity_ids: pa.Array, previous: pa.Table | None, gone: pa.Table | None, restored: pa.Table | None) -> Before:
    """Who bore what id; people are numbered in the order of the identities that bore them."""
    last, earlier, back = (_holders(table) for table in (previous, gone, restored))
    if len(last) and len(earlier):
        earlier = earlier.filter(pc.invert(pc.is_in(earlier["identity_id"], value_set=last["identity_id"].combine_chunks())))
    people = pa.chunked_array([*last["person_id"].chunks, *earlier["person_id"].chunks, *back["person_id"].chunks], pa.string())
    encoded = people.combine_chunks().dictionary_encode()
    numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    table = pa.concat_tables([last, earlier])
    at = _positions(identity_ids, table["identity_id"])
    back_at = _positions(identity_ids, back["identity_id"])
    held, held_by = numbers[: len(table)], numbers[len(table) :]
    holder = np.where(at == _NOBODY, _NOBODY, held[at] if len(held) else _NOBODY)
    claim = np.where(back_at == _NOBODY, holder, held_by[back_at] if len(held_by) else _NOBODY)
    return Before(
        holder=holder,
        claim=claim,
        is_recent=(at != _NOBODY) & (at < len(last)),
        is_given_back=back_at != _NOBODY,
        people=encoded.dictionary,
        was_in_last=np.bincount(held[: len(last)], minlength=len(encoded.dictionary)) > 0,
        identities=table["identity_id"].combine_chunks(),
        held=held,
        is_here=_marked(at[at != _NOBODY], len(table)),
        last=len(last),
    )


def _holders(table: pa.Table | None) -> pa.Table:
    return HOLDER_SCHEMA.empty_table() if table is None else table.select(HOLDER_SCHEMA.names).cast(HOLDER_SCHEMA)


def _positions(wanted: pa.Array, among: pa.ChunkedArray) -> np.ndarray:
    """Where each wanted value stands among others; -1 where it does not."""
    if not len(among):
        return np.full(len(wanted), _NOBODY, dtype=np.int64)
    found = pc.fill_null(pc.index_in(wanted, value_set=among.combine_chunks()), _NOBODY)
    at: np.ndarray = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return at


def _numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number people in the order of their first identities, so that no caller's numbering shows; also each one's first identity."""
    _, firsts, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse.reshape(-1)], firsts[order]


def _claimed(before: Before, person: np.ndarray, people: int, *, barred: np.ndarray) -> np.ndarray:
    """For each person the number of the earlier person whose id they keep, or -1."""
    kept = np.full(people, _NOBODY, dtype=np.int64)
    claim = before.claim
    at = np.flatnonzero(claim != _NOBODY)
    at = at[~barred[claim[at]]]
    if not len(at):
        return kept
    keys, first, inverse = np.unique(person[at] * len(barred) + claim[at], return_index=True, return_inverse=True)
    counts, recent = np.bincount(inverse), np.bincount(inverse, weights=before.is_recent[at])
    who, earlier, first = keys // len(barred), keys % len(barred), at[first]
    alone = (np.bincount(who, minlength=people)[who] == 1) & (np.bincount(earlier, minlength=len(barred))[earlier] == 1)
    kept[who[alone]] = earlier[alone]
    contested = np.flatnonzero(~alone)
    taken: set[int] = set()
    for place in contested[np.lexsort((first[contested], -counts[contested], -recent[contested]))].tolist():
        if kept[who[place]] == _NOBODY and earlier[place] not in taken:
            kept[who[place]] = earlier[place]
            taken.add(int(earlier[place]))
    return kept


def _draw(count: int, taken: pa.Array, new_person_id: Callable[[], str]) -> pa.Array:
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        fresh = pa.array([new_person_id() for _ in range(count - len(drawn))], pa.string())
        # the fewer are looked for among the many; only a clash, which chance hardly ever brings, is looked into
        if len(taken) and pc.any(pc.is_in(taken, value_set=fresh)).as_py():
            fresh = fresh.filter(pc.invert(pc.is_in(fresh, value_set=taken)))
        drawn |= dict.fromkeys(fresh.to_pylist())
    return pa.array(drawn, pa.string())


def _ended(earlier: np.ndarray, now: np.ndarray, people: int) -> int:
    """How many earlier people nobody is now."""
    ended = _marked(earlier, people)
    ended[now] = False
    return int(ended.sum())


def _spread(earlier: np.ndarray, now: np.ndarray, people: int) -> int:
    """How many earlier people are more than one now."""
    moved = earlier != now
    parts = np.bincount(np.unique(np.stack([earlier[moved], now[moved]], axis=1), axis=0)[:, 0], minlength=people)
    return int((parts + _marked(earlier[~moved], people) > 1).sum())


def _marked(numbers: np.ndarray, count: int) -> np.ndarray:
    """Which numbers occur; by a mark for each, many times faster than sorting millions."""
    marked = np.zeros(count, dtype=bool)
    marked[numbers] = True
    return marked


def _gone(before: Before, barred: np.ndarray) -> pa.Table:
    away = pa.array(~before.is_here & ~barred[before.held])
    holders = before.people.take(pa.array(before.held).filter(away))
    return pa.table([before.identities.filter(away), holders], schema=HOLDER_SCHEMA).sort_by("identity_id")
