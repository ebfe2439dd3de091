"""What holds of person ids, whatever becomes of people."""

from __future__ import annotations

from collections import Counter
from itertools import count

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sightline.linkage.identify import identify
from sightline.model.entities import HOLDER_SCHEMA

NAMES = [f"i{at:02d}" for at in range(14)]
partitions = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 5), max_size=14)
earlier_holders = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["p", "q", "r", "s"]), max_size=14)


def holders(of, order=None):
    rows = [(identity, of[identity]) for identity in (order or sorted(of))]
    return pa.table({"identity_id": [a for a, _ in rows], "person_id": [b for _, b in rows]}, schema=HOLDER_SCHEMA)


def run(labels, before, *, gone=None, restored=None, prefix="n", order=None):
    identities = sorted(labels)
    numbers = count()
    done = identify(
        pa.array(identities, pa.string()),
        np.array([labels[identity] for identity in identities], dtype=np.int64),
        holders(before, order),
        gone=gone,
        restored=None if restored is None else holders(restored),
        new_person_id=lambda: f"{prefix}{next(numbers)}",
    )
    return dict(zip(identities, done.person_ids.to_pylist(), strict=True)), done


def people(ids):
    found = {}
    for identity, person in ids.items():
        found.setdefault(person, set()).add(identity)
    return found


@given(labels=partitions, before=earlier_holders)
def test_people_are_those_given_and_ids_never_go_to_strangers(labels, before):
    ids, done = run(labels, before)

    assert {frozenset(group) for group in people(ids).values()} == {
        frozenset(identity for identity in labels if labels[identity] == label) for label in labels.values()
    }
    for person, group in people(ids).items():
        if person in before.values():
            assert Counter(before[identity] for identity in group if identity in before)[person] > 0
    assert done.changes.kept + done.changes.new == len(people(ids))


@given(labels=partitions, before=earlier_holders)
def test_every_id_that_changes_is_told_of_and_no_other(labels, before):
    ids, done = run(labels, before)

    moved = {identity for identity in ids if identity in before and ids[identity] != before[identity]}
    events = done.events.to_pylist()
    assert {identity for event in events if event["kind"] in {"absorbed", "split"} for identity in event["identities"]} == moved
    assert done.changes.moved == len(moved)
    assert {event["person_id"] for event in events if event["kind"] == "created"} == set(ids.values()) - set(before.values())
    ended = {event["person_id"] for event in events if event["kind"] in {"absorbed", "retired"}}
    assert ended == set(before.values()) - set(ids.values())
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["reason"] for event in events)


@given(labels=partitions, before=earlier_holders, shift=st.integers(1, 9), rows=st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_numbering_of_people_matters(labels, before, shift, rows):
    order = sorted(before)
    rows.shuffle(order)
    renumbered = {identity: (label * 7 + shift) % 11 for identity, label in labels.items()}

    one, other = run(labels, before), run(renumbered, before, order=order)

    assert one[0] == other[0]
    assert one[1].events.equals(other[1].events)
    assert one[1].gone.equals(other[1].gone)


@given(labels=partitions, before=earlier_holders)
def test_running_again_keeps_every_id_and_tells_nothing(labels, before):
    first, done = run(labels, before)

    again, twice = run(labels, first, gone=done.gone, prefix="never")

    assert again == first
    assert len(twice.events) == 0
    assert twice.gone.equals(done.gone)


@given(labels=partitions, later=partitions)
def test_undoing_whatever_happened_gives_back_every_former_id(labels, later):
    later = {identity: later.get(identity, 0) for identity in labels}
    first, _ = run(labels, {})
    changed, done = run(later, first, prefix="m")

    back, _ = run(labels, changed, gone=done.gone, restored=first, prefix="never")

    assert back == first


@given(quarters=st.lists(partitions, min_size=2, max_size=4))
def test_an_id_belongs_to_one_person_only_over_all_quarters(quarters):
    ids, gone = {}, None
    borne = {}
    for number, labels in enumerate(quarters):
        ids, done = run(labels, ids, gone=gone, prefix=f"q{number}-")
        for person, group in people(ids).items():
            if person in borne:
                assert borne[person] & group, "an id passed to people who share nobody with its earlier bearers"
            borne[person] = borne.get(person, set()) | group
        gone = done.gone
