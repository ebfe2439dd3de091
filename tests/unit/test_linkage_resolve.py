"""Groups in which everybody may be everybody else."""

from __future__ import annotations

from sightline.linkage.resolve import Edge, components, resolve


def likely(left, right, weight=9.0):
    return Edge(left, right, weight, 0.99, "likeness", None)


def by_number(left, right):
    return Edge(left, right, 20.0, 0.9999, "NHS number and date of birth", None)


def unlikely(left, right, weight=-4.0):
    return Edge(left, right, weight, 0.05, None, None)


def forbidden(left, right, why="different numbers", weight=9.0):
    return Edge(left, right, weight, 0.99, "likeness", why)


def test_only_pairs_that_are_joined_and_not_forbidden_connect():
    edges = [likely(1, 2), forbidden(2, 3), unlikely(4, 5), by_number(5, 6)]

    assert components(7, edges) == [[1, 2], [5, 6]]


def test_nobody_connected_is_no_group():
    assert components(0, []) == []
    assert components(3, [unlikely(1, 2)]) == []


def test_a_group_that_agrees_stays_whole():
    assert resolve([1, 2, 3], [likely(1, 2), likely(2, 3), unlikely(1, 3, weight=1.0)]) == [[1, 2, 3]]


def test_a_forbidden_pair_is_never_in_one_group_and_the_weaker_tie_gives_way():
    edges = [likely(1, 2, 12.0), likely(2, 3, 5.0), forbidden(1, 3)]

    assert resolve([1, 2, 3], edges) == [[1, 2], [3]]


def test_a_chain_of_two_families_is_cut_at_its_weakest():
    edges = [by_number(1, 2), by_number(3, 4), likely(2, 3, 4.0), unlikely(1, 3), unlikely(1, 4), unlikely(2, 4)]

    assert resolve([1, 2, 3, 4], edges) == [[1, 2], [3, 4]]


def test_a_mistyped_name_does_not_part_what_a_shared_number_joins():
    """Jakub has Kuba's number and Jakb's home; Kuba and Jakb alone would look like twins."""
    edges = [by_number(1, 2), by_number(1, 3), forbidden(2, 3, "twin or sibling")]

    assert resolve([1, 2, 3], edges) == [[1, 2, 3]]


def test_a_record_without_a_name_cannot_bridge_two_twins():
    edges = [likely(1, 2, 8.0), likely(2, 3, 8.0), forbidden(1, 3, "twin or sibling")]

    assert len(resolve([1, 2, 3], edges)) == 2


def test_a_pair_nobody_scored_counts_as_unlikely():
    assert resolve([1, 2, 3], [likely(1, 2, 8.0), likely(2, 3, 5.0)]) == [[1, 2], [3]]


def test_the_order_of_the_pairs_changes_nothing():
    edges = [by_number(1, 2), likely(2, 3, 6.0), likely(3, 4, 6.0), forbidden(1, 4), unlikely(1, 3), unlikely(2, 4)]

    assert resolve([4, 2, 3, 1], list(reversed(edges))) == resolve([1, 2, 3, 4], edges)
