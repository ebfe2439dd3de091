"""Person ids stay with people as quarters arrive, and what happens to them is told with its reason."""

from __future__ import annotations

from itertools import count

import numpy as np
import pyarrow as pa

from sightline.linkage.identify import Changes, identify
from sightline.model.entities import EVENT_SCHEMA, HOLDER_SCHEMA, OVERRIDE_SCHEMA


def drawing(first=1):
    numbers = count(first)
    return lambda: f"new{next(numbers)}"


def holders(of):
    return pa.table({"identity_id": sorted(of), "person_id": [of[identity] for identity in sorted(of)]}, schema=HOLDER_SCHEMA)


def overrides(*rows):
    keys = ("number", "kind", "left", "right", "in_force")
    return pa.Table.from_pylist([{**dict(zip(keys, row, strict=True)), "reason": "why"} for row in rows], schema=OVERRIDE_SCHEMA)


def run(people, before=None, *, draw=None, **more):
    """Identify groups of identities written as strings of letters; the ids by group."""
    identities = sorted(identity for person in people for identity in person)
    label = {identity: number for number, person in enumerate(people) for identity in person}
    tables = {name: holders(value) if isinstance(value, dict) else value for name, value in more.items()}
    done = identify(
        pa.array(identities, pa.string()),
        np.array([label[identity] for identity in identities], dtype=np.int64),
        None if before is None else holders(before),
        new_person_id=draw or drawing(),
        **tables,
    )
    ids = dict(zip(identities, done.person_ids.to_pylist(), strict=True))
    return [ids[person[0]] for person in people], done


def told(done, *, protected=False):
    """Events as (kind, person, others, identities that moved, reason), without creations of wholly new people."""
    assert done.events.schema.equals(EVENT_SCHEMA)
    return [
        (event["kind"], event["person_id"], event["others"], "".join(event["identities"]), event["reason"])
        for event in done.events.to_pylist()
        if event["reason"] != "new" and (protected or not event["protected"])
    ]


def test_a_new_person_gets_a_drawn_id_and_a_known_one_keeps_theirs():
    ids, done = run(["ab", "c"], {"a": "old"})

    assert ids == ["old", "new1"]
    assert done.changes == Changes(kept=1, new=1, merged=0, split=0)
    assert [(event["kind"], event["person_id"], event["reason"]) for event in done.events.to_pylist()] == [("created", "new1", "new")]


def test_when_two_people_turn_out_to_be_one_the_larger_part_gives_the_id_and_it_is_said_why():
    ids, done = run(["abc"], {"a": "one", "b": "two", "c": "two"})

    assert ids == ["two"]
    assert done.changes == Changes(kept=1, new=0, merged=1, split=0, moved=1)
    assert told(done) == [
        ("absorbed", "one", ["two"], "a", "changed_records"),
        ("merged", "two", ["one"], "a", "changed_records"),
    ]
    assert [event["beside"] for event in done.events.to_pylist()] == [["b", "c"], ["b", "c"]]


def test_when_one_person_turns_out_to_be_two_the_larger_part_keeps_the_id_and_it_is_said_why():
    ids, done = run(["a", "bc"], {"a": "one", "b": "one", "c": "one"})

    assert ids == ["new1", "one"]
    assert done.changes == Changes(kept=1, new=1, merged=0, split=1, moved=1)
    assert told(done) == [("split", "one", ["new1"], "a", "changed_records"), ("created", "new1", [], "", "parted")]


def test_an_identity_that_changes_sides_is_split_off_one_person_and_joins_another():
    ids, done = run(["ab", "cde"], {"a": "one", "b": "one", "c": "one", "d": "two", "e": "two"})

    assert ids == ["one", "two"]
    assert told(done) == [("split", "one", ["two"], "c", "changed_records")]


def test_reasons_are_what_the_records_show():
    assert told(run(["abx"], {"a": "one", "b": "two"})[1])[0][-1] == "new_record"
    assert told(run(["a", "b"], {"a": "one", "b": "one", "gone": "one"})[1])[0][-1] == "gone_record"
    assert told(run(["ab"], {"a": "one", "b": "two"}, same_model=False)[1])[0][-1] == "another_model"
    assert told(run(["a"], {"a": "one", "b": "two"})[1]) == [("retired", "two", [], "", "no_record")]


def test_an_even_split_is_settled_by_the_first_identity_and_not_by_chance():
    assert run(["b", "a"], {"a": "one", "b": "one"})[0] == ["new1", "one"]


def test_an_id_is_never_given_again_to_somebody_else():
    assert run(["x", "y"], {"gone": "new1"})[0] == ["new2", "new3"]
    assert run(["x", "y"], {}, gone={"gone": "new1"})[0] == ["new2", "new3"]


def test_who_was_away_for_a_quarter_finds_their_id_again():
    first = run(["a"], {"a": "one", "b": "two"})[1]
    assert first.gone.to_pylist() == [{"identity_id": "b", "person_id": "two"}]

    ids, done = run(["a", "b"], {"a": "one"}, gone=first.gone)

    assert ids == ["one", "two"]
    assert told(done) == [("restored", "two", [], "b", "back")]
    assert len(done.gone) == 0


def test_those_who_were_there_last_time_have_the_first_claim():
    ids, _ = run(["a", "bcd"], {"a": "one"}, gone={"b": "one", "c": "one", "d": "one"})

    assert ids == ["one", "new1"]


def test_new_ids_are_drawn_in_an_order_the_callers_order_cannot_change():
    assert run(["a", "b"])[0] == ["new1", "new2"]
    assert run(["b", "a"])[0] == ["new2", "new1"]


def test_nobody_is_nobody():
    ids, done = run([])

    assert (ids, done.changes, len(done.events), len(done.gone)) == ([], Changes(0, 0, 0, 0), 0, 0)


def test_a_change_that_a_steward_asked_for_says_so():
    joined = run(["ab"], {"a": "one", "b": "two"}, overrides=overrides((7, "must_link", "a", "b", True)))[1]
    parted = run(["a", "b"], {"a": "one", "b": "one"}, overrides=overrides((8, "cannot_link", "a", "b", True)))[1]
    lifted = run(["a", "b"], {"a": "one", "b": "one"}, overrides=overrides((9, "must_link", "a", "b", False)))[1]

    for done, number, reason in ((joined, 7, "must_link"), (parted, 8, "cannot_link"), (lifted, 9, "lifted")):
        event = done.events.to_pylist()[0]
        assert (event["override"], event["reason"], event["asked"]) == (number, reason, True)
        assert (done.changes.moved, done.changes.asked) == (1, 1)


def test_identities_that_a_steward_gave_back_bear_their_former_id():
    ids, done = run(["ab", "c"], {"a": "one", "b": "one", "c": "one"}, restored={"c": "two"})

    assert ids == ["one", "two"]
    assert told(done) == [("split", "one", ["two"], "c", "undone"), ("restored", "two", [], "c", "undone")]
    assert done.changes.asked == done.changes.moved == 1


def test_two_who_are_not_to_be_linked_both_lose_the_id_that_showed_them_as_one():
    decided = overrides((5, "do_not_link", "a", "b", True))
    ids, done = run(["ac", "b"], {"a": "one", "b": "one", "c": "one"}, overrides=decided)

    assert ids == ["new1", "new2"]
    assert told(done) == []
    assert {(kind, person) for kind, person, *_ in told(done, protected=True)} == {
        ("retired", "one"),
        ("created", "new1"),
        ("created", "new2"),
    }
    assert all(not (event["others"] or event["identities"] or event["beside"]) for event in done.events.to_pylist())
    assert (done.changes.split, done.changes.merged) == (0, 0)


def test_a_former_identity_that_is_away_leaves_no_trace_for_its_return():
    decided = overrides((5, "do_not_link", "a", "b", True))
    ids, away = run(["b"], {"a": "one", "b": "one"}, overrides=decided)
    assert ids == ["new1"]
    assert away.gone.to_pylist() == []

    back_ids, back = run(["a", "b"], {"b": "new1"}, gone=away.gone, overrides=decided, draw=drawing(2))
    assert back_ids == ["new2", "new1"]
    assert told(back, protected=True) == []
