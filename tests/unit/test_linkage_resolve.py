"""Groups in which everybody may be everybody else."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sightline.linkage.resolve import Edges, components, in_order, pairs_inside, resolve
from sightline.linkage.score import SCORED


def pair(left, right, weight, rule, forbidden):
    probability = 2**weight / (1 + 2**weight)
    return dict(zip(SCORED.names, (left, right, weight, probability, rule, forbidden, ""), strict=True))


def likely(left, right, weight=9.0):
    return pair(left, right, weight, "likeness", None)


def by_number(left, right):
    return pair(left, right, 20.0, "NHS number and date of birth", None)


def unlikely(left, right, weight=-4.0):
    return pair(left, right, weight, None, None)


def forbidden(left, right, why="different numbers", weight=9.0):
    return pair(left, right, weight, "likeness", why)


def edges(*pairs):
    return Edges.of(pa.Table.from_pylist(list(pairs), schema=SCORED))


def groups_of(labels):
    found = {}
    for member, label in enumerate(labels.tolist(), start=1):
        found.setdefault(label, []).append(member)
    return list(found.values())


def resolved(identities, *pairs, largest=50):
    found = edges(*pairs)
    return resolve(components(identities, found, largest=largest), found)


def people(identities, *pairs):
    return groups_of(resolved(identities, *pairs).labels)


def test_only_pairs_that_are_joined_and_not_forbidden_connect():
    found = components(7, edges(likely(1, 2), forbidden(2, 3), unlikely(4, 5), by_number(5, 6)), largest=50)

    assert groups_of(found.labels) == [[1, 2], [3], [4], [5, 6], [7]]


def test_nobody_connected_is_everybody_alone():
    assert components(0, edges(), largest=50).count == 0
    assert resolved(0).count == 0
    assert people(3, unlikely(1, 2)) == [[1], [2], [3]]


def test_groups_are_numbered_in_the_order_of_their_first_members():
    assert in_order(np.array([7, 2, 7, 0, 2])).tolist() == [0, 1, 0, 2, 1]


def test_a_group_that_agrees_stays_whole():
    done = resolved(3, likely(1, 2), likely(2, 3), unlikely(1, 3, weight=1.0))

    assert groups_of(done.labels) == [[1, 2, 3]]
    assert done.parted == 0


def test_a_forbidden_pair_is_never_in_one_group_and_the_weaker_tie_gives_way():
    done = resolved(3, likely(1, 2, 12.0), likely(2, 3, 5.0), forbidden(1, 3))

    assert groups_of(done.labels) == [[1, 2], [3]]
    assert done.parted == 1


def test_a_chain_of_two_families_is_cut_at_its_weakest():
    pairs = [by_number(1, 2), by_number(3, 4), likely(2, 3, 4.0), unlikely(1, 3), unlikely(1, 4), unlikely(2, 4)]

    assert people(4, *pairs) == [[1, 2], [3, 4]]


def test_a_mistyped_name_does_not_part_what_a_shared_number_joins():
    """Jakub has Kuba's number and Jakb's home; Kuba and Jakb alone would look like twins."""
    assert people(3, by_number(1, 2), by_number(1, 3), forbidden(2, 3, "twin or sibling")) == [[1, 2, 3]]


def test_a_record_without_a_name_cannot_bridge_two_twins():
    assert len(people(3, likely(1, 2, 8.0), likely(2, 3, 8.0), forbidden(1, 3, "twin or sibling"))) == 2


def test_a_pair_nobody_scored_counts_as_unlikely():
    assert people(3, likely(1, 2, 8.0), likely(2, 3, 1.5)) == [[1, 2], [3]]


def test_many_contradictory_groups_of_one_size_are_each_judged_by_their_own_pairs():
    chains = [(3 * number + 1, 3 * number + 2, 3 * number + 3) for number in range(40)]
    pairs = []
    for number, (one, two, three) in enumerate(chains):
        strong, weak = (12.0, 5.0) if number % 2 else (5.0, 12.0)
        pairs += [likely(one, two, strong), likely(two, three, weak), forbidden(one, three)]

    expected = []
    for number, (one, two, three) in enumerate(chains):
        expected += [[one, two], [three]] if number % 2 else [[one], [two, three]]
    assert people(120, *pairs) == expected


def test_the_order_of_the_pairs_changes_nothing():
    pairs = [by_number(1, 2), likely(2, 3, 6.0), likely(3, 4, 6.0), forbidden(1, 4), unlikely(1, 3), unlikely(2, 4)]

    assert people(4, *reversed(pairs)) == people(4, *pairs)


def test_pairs_inside_are_those_of_three_and_more_that_nobody_scored_yet():
    found = edges(likely(1, 3), likely(3, 6), likely(2, 4), by_number(6, 7))

    left, right = pairs_inside(components(7, found, largest=50).labels, found)

    assert list(zip((left + 1).tolist(), (right + 1).tolist(), strict=True)) == [(1, 6), (1, 7), (3, 7)]


def test_too_large_a_group_is_cut_by_stronger_evidence_and_said_so():
    """Two families of three who are certainly one each, bridged by one doubtful pair."""
    first, second = [by_number(1, 2), by_number(1, 3), by_number(2, 3)], [by_number(4, 5), by_number(4, 6), by_number(5, 6)]

    done = resolved(7, *first, *second, likely(3, 4, 4.0), largest=4)

    assert groups_of(done.labels) == [[1, 2, 3], [4, 5, 6], [7]]
    assert (done.too_large, done.left_alone) == (1, 0)


def test_a_group_that_no_evidence_cuts_is_linked_to_nobody_and_said_so():
    pairs = [by_number(left, right) for left in range(1, 7) for right in range(left + 1, 7)]

    done = resolved(8, *pairs, likely(7, 8), largest=4)

    assert groups_of(done.labels) == [[1], [2], [3], [4], [5], [6], [7, 8]]
    assert (done.too_large, done.left_alone) == (1, 6)
