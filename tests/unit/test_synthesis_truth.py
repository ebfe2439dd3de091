"""What the invented truth must hold, because indicators, linkage and place statistics are tried on it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sightline.synthesis.block import Block, make_block
from sightline.synthesis.concerns import BLACK
from sightline.synthesis.draw import NEVER, age_on, day
from sightline.synthesis.geography import make_area
from sightline.synthesis.incidents import HOTSPOT_FROM, MINUTES
from sightline.synthesis.partnership import _registers
from sightline.synthesis.returns import LAST_DAY, PERIODS
from sightline.synthesis.schooling import census_day, on_roll

CHILDREN = 40_000


@pytest.fixture(scope="module")
def block() -> Block:
    area = make_area(np.random.default_rng(11), CHILDREN)
    return make_block(np.random.SeedSequence(12), area, _registers(np.random.default_rng(13)), index=0, children=CHILDREN)


def test_exactly_the_children_asked_for_live_in_the_area_on_the_last_day(block: Block) -> None:
    people = block.people
    child = (age_on(people.born, LAST_DAY) < 18) & people.resident & ~people.adult

    assert int(child.sum()) == CHILDREN
    assert np.bincount(age_on(people.born, LAST_DAY)[child]).min() > CHILDREN / 18 * 0.75


def test_twins_share_a_birthday_and_a_family_and_no_two_siblings_a_given_name(block: Block) -> None:
    frame = pl.DataFrame(
        {"family": block.people.family, "born": block.people.born, "twin": block.people.twin, "name": block.people.given_name.tolist()}
    )
    twins = frame.filter("twin")

    assert twins.height > 200
    assert (twins.group_by("family", "born").len()["len"] >= 2).mean() > 0.9  # a twin's twin may have been born outside the years kept
    assert frame.group_by("family", "name").len()["len"].max() == 1


def test_a_childs_referrals_never_overlap(block: Block) -> None:
    ordered = block.referrals.sort("person", "received").with_columns(before=pl.col("closed").shift(1).over("person"))

    assert ordered.filter(pl.col("received") <= pl.col("before")).is_empty()


def test_each_step_of_a_case_follows_the_one_before(block: Block) -> None:
    cases = block.referrals
    for earlier, later in (
        ("received", "assessed"),
        ("assessed", "authorised"),
        ("conference", "protection_end"),
        ("need_start", "need_end"),
        ("care_started", "care_end"),
    ):
        both = cases.filter((pl.col(earlier) < NEVER) & (pl.col(later) < NEVER))
        assert both.height > 100
        assert both.filter(pl.col(later) < pl.col(earlier)).is_empty(), (earlier, later)


def test_nothing_happens_to_a_child_before_birth_or_in_social_care_after_eighteen(block: Block) -> None:
    person = block.referrals["person"].to_numpy()

    assert (block.referrals["received"].to_numpy() > block.people.born[person]).all()
    for ended in ("protection_end", "need_end", "care_end", "closed"):
        days = block.referrals[ended].to_numpy()
        assert (days[days < NEVER] <= block.people.grown[person][days < NEVER]).all()


def test_harm_does_not_follow_ethnicity_but_police_markers_do(block: Block) -> None:
    harmed = block.concerns.person
    black_harmed, black_children = BLACK[block.people.ethnicity[harmed]], BLACK[block.people.ethnicity] & ~block.people.adult
    known = block.concerns.recognised["police"] < NEVER
    marked = np.unique(block.markers["person"].to_numpy())
    never_harmed = ~np.isin(np.arange(len(block.people)), harmed) & ~block.people.adult
    wrongly = np.isin(np.arange(len(block.people)), marked) & never_harmed

    assert 0.4 < black_harmed.mean() / black_children.mean() < 2.0
    assert known[black_harmed].mean() > 1.3 * known[~black_harmed].mean()
    assert wrongly[black_children].mean() > 3 * wrongly[never_harmed & ~black_children].mean()


def test_incidents_gather_on_both_sides_of_a_ward_boundary(block: Block) -> None:
    for spot, wards in zip(block.area.hotspots, block.area.hotspot_wards, strict=True):
        distance = ((pl.col("easting") - spot[0]) ** 2 + (pl.col("northing") - spot[1]) ** 2).sqrt()
        recent = block.occurrences.filter(pl.col("happened") >= HOTSPOT_FROM * MINUTES)
        near = recent.filter(distance < 400)
        share = near.group_by("ward").len().with_columns(pl.col("len") / near.height)
        named = {block.area.ward_codes[ward] for ward in wards}
        ring = recent.filter((distance >= 800) & (distance < 1200))  # five times the ground of the circle above

        assert near.height > 15
        assert near.height > 3 * ring.height / 5
        assert named <= set(share.filter(pl.col("len") > 0.2)["ward"])


def test_the_same_adult_is_met_with_several_children_of_a_peer_group(block: Block) -> None:
    happened = block.occurrences.select("occurrence", "happened")
    roles = block.roles.join(happened, on="occurrence")
    person = roles["person"].to_numpy()
    adult = block.people.adult[person]
    age = age_on(block.people.born[person], (roles["happened"].to_numpy() // MINUTES).astype(np.int32))
    suspects = roles.filter(pl.Series(adult) & (pl.col("role") == "suspect")).select("occurrence", adult="person")
    grouped = pl.DataFrame({"person": block.concerns.person, "group": block.concerns.group}).filter(pl.col("group") >= 0)
    together = roles.filter(pl.Series(~adult)).join(suspects, on="occurrence").join(grouped, on="person")
    children = together.group_by("adult", "group").agg(pl.col("person").n_unique())["person"]

    assert age[adult].min() >= 18
    assert (children >= 3).sum() > 5
    assert grouped.group_by("group").len()["len"].max() <= 7


def test_most_children_are_known_to_education_only_and_some_to_one_other_agency_only(block: Block) -> None:
    known = pl.concat([records.select("person").unique().with_columns(agency=pl.lit(agency)) for agency, records in block.records.items()])
    sets = known.group_by("person").agg(pl.col("agency").sort().str.join("+"))["agency"].value_counts()
    counts = dict(sets.iter_rows())

    assert counts["education"] > 0.5 * CHILDREN
    assert all(counts[agency] > 10 for agency in ("csc", "police", "health", "housing"))
    assert len(counts) > 30


def test_records_differ_from_the_truth_in_each_way_that_records_do(block: Block) -> None:
    police = block.records["police"]
    person = police["person"].to_numpy()
    truth = block.people
    given, family = np.array(police["given_name"].to_list(), dtype=object), np.array(police["family_before"].to_list(), dtype=object)
    differs = given != truth.given_name[person]

    assert (differs & (given == truth.nickname[person])).sum() > 20
    assert ((given == truth.family_name[person]) & (family == truth.given_name[person])).sum() > 0
    assert 0.01 < (police["born"].to_numpy() != truth.born[person]).mean() < 0.05
    assert (police["family_before"] != police["family_after"]).sum() > 5
    assert (police["home_before"] == -1).mean() == pytest.approx(0.10, abs=0.03)
    assert (block.records["csc"]["nhs_number"] == "").mean() == pytest.approx(0.25, abs=0.02)
    assert (block.records["early_help"]["upn"] == "").mean() == pytest.approx(0.35, abs=0.05)
    assert police.group_by("person").len()["len"].max() == 2
    assert differs.mean() < 0.2


def test_some_children_in_care_live_in_another_authority(block: Block) -> None:
    away = block.placements.filter("away")

    assert 0.2 < away.height / block.placements.height < 0.5
    assert (away["postcode"].to_numpy() >= block.area.inside).all()


def test_assessors_write_exploitation_down_only_where_it_was_there(block: Block) -> None:
    named = block.referrals.filter(pl.col("all_factors").str.contains("11A|12A|13A|24A"))
    codes = named["all_factors"].str.split(" ").explode().value_counts()
    counts = dict(codes.iter_rows())

    assert set(named["person"].to_list()) <= set(block.concerns.person.tolist())
    assert all(counts[code] > 5 for code in ("10A", "11A", "12A", "13A", "24A"))


def test_missing_episodes_rise_with_long_evenings_and_return_interviews_become_prompter(block: Block) -> None:
    missing = block.missing.filter(pl.col("left_day") >= day("2022-04-01"))
    month = pl.from_epoch("left_day", time_unit="d").dt.month()
    summer, winter = (missing.filter(month.is_in(months)).height for months in ([5, 6, 7, 8], [11, 12, 1, 2]))
    held = missing.filter(pl.col("accepted")).with_columns(prompt=(pl.col("held") - pl.col("back")) <= 72 * 60)
    early, late = held.filter(pl.col("left_day") < day("2023-10-01")), held.filter(pl.col("left_day") >= day("2024-10-01"))

    assert summer > winter
    assert float(late["prompt"].mean()) > float(early["prompt"].mean()) - 0.02  # type: ignore[arg-type]
    assert missing.filter(pl.col("accepted") & ~pl.col("offered")).is_empty()
    assert missing.filter(pl.col("back") <= pl.col("left")).is_empty()


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("referrals", 0.030, 0.055), ("care", 0.0035, 0.0085), ("protection", 0.0025, 0.0070), ("missing", 0.005, 0.013)],
)
def test_rates_are_those_of_an_english_authority(block: Block, name: str, lowest: float, highest: float) -> None:
    year = (LAST_DAY - 364, LAST_DAY)
    cases = block.referrals

    def open_now(start: str, end: str) -> int:
        return cases.filter((pl.col(start) <= LAST_DAY) & (pl.col(end) > LAST_DAY) & (pl.col(end) < NEVER)).height

    counted = {
        "referrals": cases.filter(pl.col("received").is_between(*year)).height,
        "care": open_now("care_started", "care_end"),
        "protection": open_now("conference", "protection_end"),
        "missing": block.missing.filter(pl.col("left_day").is_between(*year)).height,
    }
    assert lowest < counted[name] / CHILDREN < highest


def test_the_hub_hears_only_of_children_some_agency_recognised_and_who_live_here(block: Block) -> None:
    services, people = block.specialist.services, block.people
    first = np.min(list(block.concerns.recognised.values()), axis=0)
    recognised = pl.DataFrame({"person": block.concerns.person, "first": first})
    known = services.join(recognised, on="person", how="left").group_by("person", "referred").agg(pl.col("first").min())

    assert people.resident[services["person"].to_numpy()].all()
    assert known.filter(pl.col("first").is_null() | (pl.col("referred") <= pl.col("first"))).is_empty()
    assert services.filter(pl.col("accepted") & (pl.col("began") <= pl.col("referred"))).is_empty()
    assert services.filter(~pl.col("accepted") & (pl.col("began") < NEVER)).is_empty()
    assert set(services["service"]) == {"Exploitation and Missing Hub", "CAMHS", "Young people's substance service", "Mentoring"}


def test_each_panel_begins_at_the_level_at_which_the_one_before_it_ended(block: Block) -> None:
    panels = block.specialist.panels.sort("concern", "turn").with_columns(earlier=pl.col("after").shift(1).over("concern"))
    later = panels.filter(pl.col("turn") > 0)

    assert later.height > 200
    assert later.filter(pl.col("before") != pl.col("earlier")).is_empty()
    assert panels.filter(pl.col("met") < pl.col("opened")).is_empty()
    assert 0.5 < (panels.group_by("concern").agg(pl.col("lead").n_unique() == 1)["lead"]).mean() < 0.95


def test_a_tools_score_is_the_number_of_its_answers_that_say_yes(block: Block) -> None:
    yes = block.specialist.answers.group_by("screening").agg(yes=(pl.col("answer") == "yes").sum())
    both = block.specialist.screenings.join(yes, on="screening", how="inner")

    assert both.height > 100
    assert both.filter(pl.col("yes") != pl.col("score")).is_empty()


def test_children_placed_here_by_other_councils_are_no_residents_and_go_missing_from_here(block: Block) -> None:
    people, placed = block.people, np.flatnonzero(block.people.placed)
    missing = block.missing.filter(pl.col("person").is_in(placed.tolist()) & pl.col("in_care"))

    assert len(placed) >= CHILDREN * 0.001
    assert not people.resident[placed].any()
    assert (people.home[placed] < block.area.inside).all()
    assert missing.height > 20
    assert set(missing["home_authority"]) <= {"Northreach", "Wexholm Bay", "Carrowdale", "Fenmark"}
    assert missing.filter(pl.col("placing_authority") != pl.col("home_authority")).is_empty()


def test_whoever_was_missing_or_arrested_together_is_of_one_peer_group(block: Block) -> None:
    groups = pl.DataFrame({"person": block.concerns.person, "group": block.concerns.group}).filter(pl.col("group") >= 0)
    for events in (block.missing, block.offences):
        pairs = events.filter(pl.col("companion") >= 0).select("person", "companion")
        both = pairs.join(groups, on="person").join(groups.rename({"person": "companion"}), on=["companion", "group"])
        assert pairs.height > 10
        assert both.unique(["person", "companion"]).height == pairs.unique(["person", "companion"]).height


def test_actions_are_against_adults_only_and_protect_children_only(block: Block) -> None:
    actions, adult = block.disruption, block.people.adult

    assert actions.height > 20
    assert adult[actions["subject"].to_numpy()].all()
    assert not adult[actions["children"].explode().to_numpy()].any()


def test_a_child_out_of_school_is_on_no_roll(block: Block) -> None:
    period = PERIODS[-2]
    on = census_day(period)
    out = block.out_of_school.filter((pl.col("begun") <= on) & (pl.col("ended") > on))
    pupils = on_roll(block.enrolment, period, block.out_of_school)

    assert out.height > 100
    assert not set(out["person"].to_list()) & set(pupils["person"].to_list())
