"""What other linkages are drawn, and what intervals of counts made from them promise."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.support.linkage import (
    answered_by_truth,
    calibrated,
    evidence,
    linked_town,
    may_be_linked,
    people_by,
    ranges_of_three_counts,
    three_counts,
)

from sightline.definitions.linkage import linkage_model
from sightline.linkage.apart import Doubts, OddsByAgencies, ToldApart, contradicted, told_apart
from sightline.linkage.calibrate import UNCHANGED, calibrate
from sightline.linkage.missed import MissRate, draw_shares, miss_rates, pattern_weights
from sightline.linkage.uncertainty import REPLICATE_SCHEMA, Evidence, draw_replicates

MANY = 4000


def drawn(given, *, seed=1, replicates=MANY):
    return draw_replicates(given, rng=np.random.default_rng(seed), replicates=replicates)


def shares(given, *, seed=1, replicates=MANY):
    """How often each way of sharing out is drawn, as sorted words; what nothing changes is under "as linked"."""
    people = defaultdict(lambda: defaultdict(list))
    table = drawn(given, seed=seed, replicates=replicates)
    for row in table.filter(table["after"]).to_pylist():
        people[row["replicate"]][row["person_id"]].append(row["identity_id"])
    found = Counter(" ".join(sorted("".join(sorted(members)) for members in each.values())) for each in people.values())
    found["as linked"] = replicates - found.total()
    return {way: number / replicates for way, number in found.items()}


def test_two_records_are_apart_as_often_as_their_probability_says():
    assert shares(evidence(["ab"], [("a", "b", 0.9)]))["a b"] == pytest.approx(0.1, abs=0.015)
    assert shares(evidence(["a", "b"], [("a", "b", 0.3)]))["ab"] == pytest.approx(0.3, abs=0.02)


def test_pairs_among_more_people_than_their_numbers_product_fits_into_32_bits_are_drawn_too():
    people = [chr(0x4E00 + number) if number < 20_000 else chr(0x20000 + number) for number in range(47_000)]
    last = evidence(people, [(people[-2], people[-1], 0.5), (people[0], people[1], 0.5)])

    table = drawn(last, replicates=60)

    assert {people[0], people[-1]} <= set(table["identity_id"].to_pylist())


def test_three_records_are_shared_out_by_the_product_of_what_each_way_agrees_with():
    found = shares(evidence(["abc"], [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", 0.5)]))

    weights = {
        "as linked": 0.9 * 0.9 * 0.5,
        "ab c": 0.9 * 0.1 * 0.5,
        "a bc": 0.1 * 0.9 * 0.5,
        "ac b": 0.1 * 0.1 * 0.5,
        "a b c": 0.1 * 0.1 * 0.5,
    }
    for way, weight in weights.items():
        assert found[way] == pytest.approx(weight / sum(weights.values()), abs=0.02)


def test_a_forbidden_pair_is_never_drawn_together_however_likely_its_neighbours():
    small = [("a", "b", 0.97), ("b", "c", 0.6), ("a", "c", 0.0)]
    assert not any(
        "a" in word and "c" in word for way in shares(evidence(["ab", "c"], small)) for word in way.split() if way != "as linked"
    )
    large = [(one, other, 0.9) for one, other in zip("abcdefg", "bcdefgh", strict=True)] + [("a", "h", 0.0)]
    ways = shares(evidence(["abcd", "efgh"], large), replicates=300)
    assert len(ways) > 5
    assert not any("a" in word and "h" in word for way in ways for word in way.split() if way != "as linked")


def test_certain_pairs_and_pairs_that_are_plainly_two_people_never_change():
    assert drawn(evidence(["ab", "c"], [("a", "b", 0.9995), ("b", "c", 0.004)])).num_rows == 0
    assert drawn(evidence(["a", "b"], [])).schema == REPLICATE_SCHEMA


def test_a_pair_forbidden_yet_outweighed_inside_a_person_does_not_split_it_every_time():
    found = shares(evidence(["abc"], [("a", "b", 0.0), ("a", "c", 0.99), ("b", "c", 0.99)]))
    assert found["as linked"] > 0.9


def kept_apart(people, pairs, agencies=None, *, told, reason="twin or sibling"):
    """Evidence in which pairs of probability 0 are kept apart for one reason, with what reviewers found of that."""
    given = evidence(people, pairs, agencies=agencies)
    reasons = pa.chunked_array([pa.array([reason if each == 0 else None for each in given.probability.tolist()], pa.string())])
    doubts = Doubts.of(reasons, given.left, given.right, person=given.person, agency=given.agency, told=told)
    return replace(given, doubts=doubts)


def test_a_forbidden_pair_of_people_with_no_agency_in_common_is_drawn_together_as_often_as_reviewers_found_it_to_be_one_person():
    told = {"twin or sibling": ToldApart(30, 70)}
    assert shares(kept_apart(["a", "b"], [("a", "b", 0.0)], told=told))["ab"] == pytest.approx(0.3, abs=0.03)
    assert drawn(kept_apart(["a", "b"], [("a", "b", 0.0)], told={"years apart": ToldApart(30, 70)})).num_rows == 0
    assert drawn(kept_apart(["a", "b"], [("a", "b", 0.0)], {"a": "csc", "b": "csc"}, told=told)).num_rows == 0
    through = kept_apart(["ac", "bd"], [("a", "b", 0.0), ("a", "c", 0.9999), ("b", "d", 0.9999)], {"c": "csc", "d": "csc"}, told=told)
    assert drawn(through).num_rows == 0, "both people are known to social care"


def test_a_reason_that_few_were_asked_about_leans_on_all_reasons_together():
    doubts = kept_apart(["a", "b"], [("a", "b", 0.0)], told={"twin or sibling": ToldApart(1, 0), "years apart": ToldApart(0, 99)}).doubts
    pooled = 1.5 / 101
    assert doubts.mean(0) == pytest.approx((1 + 2 * pooled) / 3)
    assert doubts.mean(1) == pytest.approx(2 * pooled / 101)


def test_reviews_of_a_reason_count_by_what_they_stand_for_and_for_no_more_than_they_are():
    reasons = np.array(["twin or sibling"] * 3 + ["years apart"], dtype=object)
    told = told_apart(reasons, np.array([True, False, False, False]), np.array([1.0, 1.0, 2.0, 5.0]))

    assert (told["twin or sibling"].same, told["twin or sibling"].two) == pytest.approx((16 / 6 / 4, 16 / 6 * 3 / 4))
    assert (told["years apart"].same, told["years apart"].two) == (0.0, 1.0)


def test_what_stands_between_two_people_contradicts_every_pair_between_them_and_no_other():
    given = evidence(["ab", "cd", "e"], [("a", "c", 0.0), ("b", "d", 0.7), ("a", "b", 0.9), ("b", "e", 0.4)])
    assert contradicted(given.left, given.right, given.probability == 0, person=given.person).tolist() == [True, True, False, False]


def as_linked(people, pairs, agencies):
    """Evidence read off a linkage's tables: ``people`` are words; of a pair its letters, probability, and why it is kept apart or None."""
    words = sorted(people)
    owner = {letter: word for word in words for letter in word}
    left, right, probability, forbidden = (list(column) for column in zip(*pairs, strict=True))
    return Evidence.of(
        pa.table({"identity_id": sorted(owner), "person_id": [owner[each] for each in sorted(owner)]}),
        pa.table({"left": left, "right": right, "match_probability": probability, "forbidden": pa.array(forbidden, pa.string())}),
        pa.table({"person_id": words, "birth_month": pa.nulls(len(words), pa.date32()), "sex": pa.nulls(len(words), pa.string())}),
        agency_of=agencies,
        calibration=UNCHANGED,
        rates=[],
    )


KEPT_APART = [("a", "b", 0.5, "twin or sibling")] * 29 + [("a", "c", 0.5, "years apart")]
TOO_LITTLE_ALIKE = [("d", "e", 0.5, "two records of one agency")] * 50
AGENCIES = dict(zip("abcdefgh", ("csc", "csc", "police", "csc", "csc", "police", "health", "police"), strict=True))


def odds(probability, times):
    return pytest.approx(probability * times / (probability * times + 1 - probability))


def test_whether_an_agency_knows_both_counts_by_how_often_that_is_so_of_people_and_of_two_kept_apart():
    """Of 30 pairs kept apart 29 are known to one agency; the rule about two records of one agency does not count, and nobody is linked."""
    pairs = [*KEPT_APART, *TOO_LITTLE_ALIKE, ("f", "g", 0.6, None), ("c", "h", 0.6, None), ("d", "g", 0.0, None), ("e", "g", 1.0, None)]
    given = as_linked("abcdefgh", pairs, AGENCIES)
    of_one, of_two = 0.5, (29 + 10 * 0.5) / 40

    strangers, known_to_one, never, decided = given.probability[-4:].tolist()
    assert (strangers, known_to_one) == (odds(0.6, (1 - of_one) / (1 - of_two)), odds(0.6, of_one / of_two))
    assert (never, decided) == (0.0, 1.0)
    assert set(given.probability[:30].tolist()) == {0.0}
    assert given.probability[30] == odds(0.5, of_one / of_two), "too little alike to be linked, and not for sure two people"


def test_where_no_agency_is_seen_to_hold_somebody_twice_people_known_to_one_are_hardly_ever_drawn_together():
    numbers = [chr(letter) for letter in range(0x4E00, 0x4E00 + 400)]
    people = ["".join(both) for both in zip(numbers[::2], numbers[1::2], strict=True)] + list("abcd")
    linked = [(one, other, 0.9999, None) for one, other in people[:200]]
    agencies = {**AGENCIES, **{each: "csc" if place % 2 else "police" for place, each in enumerate(numbers)}}
    given = as_linked(people, [*linked, *KEPT_APART, ("b", "d", 0.9, None), ("c", "d", 0.6, None)], agencies)

    assert given.probability[-2] < 0.03, "both known to social care"
    assert given.probability[-1] > 0.8, "strangers"


def test_the_more_links_hold_somebody_twice_in_one_agency_the_less_it_says_that_one_knows_both():
    forbidden = pa.chunked_array([pa.array([None] * 100 + ["twin or sibling"] * 100)])
    linked, two = np.arange(200) < 100, np.arange(200) >= 100

    def learnt(twice):
        return OddsByAgencies.of(forbidden, linked=linked, common=(two & (np.arange(200) < 180)) | (np.arange(200) < twice))

    assert learnt(0).known_to_one < learnt(5).known_to_one < learnt(50).known_to_one < 1
    assert learnt(0).strangers > learnt(5).strangers > learnt(50).strangers > 1


def test_where_nobody_is_kept_apart_agencies_say_nothing():
    nothing = OddsByAgencies.of(pa.chunked_array([pa.nulls(3, pa.string())]), linked=np.ones(3, bool), common=np.zeros(3, bool))
    assert (nothing.known_to_one, nothing.strangers) == (1.0, 1.0)


def test_each_replicate_gives_the_changed_people_as_they_are_and_as_they_might_be():
    table = drawn(evidence(["ab", "c"], [("a", "b", 0.9), ("b", "c", 0.3), ("a", "c", 0.3)]), replicates=200)

    sides = defaultdict(list)
    for row in table.to_pylist():
        sides[row["replicate"], row["after"]].append(row["identity_id"])
        assert row["person_id"].startswith(f"{row['replicate']}{'+' if row['after'] else '-'}:")
        assert row["stands_for"] in {"ab", "c"}
    assert {after for _, after in sides} == {False, True}
    for (replicate, _), identities in sides.items():
        assert sorted(sides[replicate, False]) == sorted(sides[replicate, True]) == sorted(identities) == ["a", "b", "c"]


def test_the_same_seed_draws_the_same_and_another_seed_another():
    given = evidence(["ab", "cd"], [("a", "b", 0.5), ("c", "d", 0.5)])
    assert drawn(given, replicates=50).equals(drawn(given, replicates=50))
    assert not drawn(given, replicates=50).equals(drawn(given, seed=2, replicates=50))


def test_missed_links_are_drawn_between_two_agencies_as_many_as_the_rate_says():
    people = [chr(letter) for letter in range(0x4E00, 0x4E00 + 600)]
    agencies = {each: "police" if place % 2 else "csc" for place, each in enumerate(people)}
    rate = MissRate(("csc", "police"), agreeing=9000, found=7200, by_likeness=80)  # 8 in 10 found, 80 of them: 20 missed
    table = drawn(evidence(people, [], agencies=agencies, rates=[rate]), replicates=60)

    joined = Counter(row["replicate"] for row in table.filter(table["after"]).to_pylist())
    assert sum(joined.values()) / 60 / 2 == pytest.approx(20, abs=2)
    for row in table.group_by(["replicate", "person_id", "after"]).aggregate([("identity_id", "list")]).to_pylist():
        if row["after"]:
            assert {agencies[each] for each in row["identity_id_list"]} == {"csc", "police"}


def test_what_other_records_link_all_the_same_is_not_missed():
    rate = MissRate(("csc", "police"), agreeing=90, found=72, by_likeness=95, indirect=15)  # 80 by themselves, 8 in 10: 100 there are
    assert rate.missed(np.array([0.8])) == pytest.approx(5)
    assert rate.missed(np.array([1.0])) == 0


def test_a_third_record_tells_what_likeness_misses_where_no_number_does():
    alike, unlike, silent = 12.0, -2.0, "nhs:not given|upn:not given"
    rows = [("a", "b", alike), ("a", "c", alike), ("b", "c", unlike), ("d", "e", alike)]
    columns = {"left": [row[0] for row in rows], "right": [row[1] for row in rows], "match_weight": [row[2] for row in rows]}
    pairs = pa.table({**columns, "forbidden": pa.nulls(len(rows), pa.string()), "pattern": [silent] * len(rows)})
    agencies = {"a": "education", "b": "csc", "c": "police", "d": "csc", "e": "police"}

    rates = {rate.agencies: rate for rate in miss_rates(pairs, np.ones(len(rows), dtype=bool), agencies, linkage_model())}

    both = rates["csc", "police"]
    assert (both.agreeing, both.by_likeness, both.beside, both.beside_found, both.indirect) == (0, 2, 1, 0, 1)
    assert [rates[each].beside for each in (("csc", "education"), ("education", "police"))] == [0, 0]
    assert draw_shares(list(rates.values()), np.random.default_rng(1), 500)["csc", "police"].mean() < 0.5


def test_where_no_number_agrees_nothing_is_said_about_what_is_missed():
    rates = [MissRate(("csc", "police"), agreeing=0, found=0, by_likeness=50)]
    assert rates[0].missed_share is None
    assert draw_shares(rates, np.random.default_rng(1), 5) == {}


def test_a_rate_of_two_agencies_leans_on_the_partnerships_where_they_share_few_numbers():
    rates = [MissRate(("csc", "education"), 1000, 900, 10), MissRate(("csc", "police"), 2, 0, 10)]
    drawn_shares = draw_shares(rates, np.random.default_rng(1), 2000)
    assert drawn_shares["csc", "education"].mean() == pytest.approx(0.9, abs=0.01)
    assert drawn_shares["csc", "police"].mean() == pytest.approx((0 + 10 * 902 / 1003) / 12, abs=0.03)


@pytest.fixture(scope="module")
def towns():
    return [linked_town(1500, seed=seed) for seed in (11, 12, 13)]


def test_the_miss_rate_is_what_likeness_finds_of_pairs_whose_numbers_agree(towns):
    town = towns[0]
    linked = town.pairs_where(town.person_of)
    rates = miss_rates(town.result.pairs, linked, town.agency_of, linkage_model())

    agreeing = [("nhs:same" in pattern or "upn:same" in pattern) for pattern in town.result.pairs["pattern"].to_pylist()]
    assert sum(rate.agreeing for rate in rates) == sum(one and other for one, other in zip(agreeing, linked, strict=True))
    assert sum(rate.agreeing + rate.by_likeness for rate in rates) == linked.sum()
    assert all(0 <= rate.found <= rate.agreeing for rate in rates)
    assert rates == sorted(rates, key=lambda rate: rate.agencies)
    assert pattern_weights(linkage_model())["nhs:same"] > 15


def test_intervals_of_linked_counts_hold_the_truth_where_the_links_alone_miss_it(towns):
    covered, exact = Counter(), 0
    for town in towns:
        true = three_counts(people_by(town.truth), town.agency_of)
        for way, curve in (("model", UNCHANGED), ("calibrated", calibrated(town, answered_by_truth(town, 1000, seed=7)))):
            as_linked, interval = ranges_of_three_counts(town, curve, seed=1)
            covered[way] += int(((interval.lower <= true) & (true <= interval.upper)).sum())
            assert (interval.upper - interval.lower < 0.15 * true + 12).all(), "narrow enough to say something"
        exact += int((as_linked == true).sum())
    assert min(covered.values()) >= 8, "of nine"
    assert exact < 6, "linked counts are seldom exact: an interval is needed"


def test_a_thousand_reviews_answered_by_truth_calibrate_every_band(towns):
    """Bands of the calibrated probability, the pairs of three towns together, each town by its own reviews."""
    by_reviews, by_model, true = [], [], []
    for town in towns:
        free, found = may_be_linked(town), town.pairs_where(town.truth)
        reviews = answered_by_truth(town, 1000, seed=7)
        asked = free[reviews.rows]
        curve = calibrate(reviews.probability[asked], reviews.same[asked], reviews.weight[asked])
        by_model.append(town.result.pairs["match_probability"].to_numpy()[free])
        by_reviews.append(curve.apply(by_model[-1]))
        true.append(found[free])
    probability, truth = np.concatenate(by_reviews), np.concatenate(true)

    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.9), (0.9, 1.01)):
        inside = (probability >= low) & (probability < high)
        assert inside.sum() >= 40
        assert abs(truth[inside].mean() - probability[inside].mean()) <= 0.03
