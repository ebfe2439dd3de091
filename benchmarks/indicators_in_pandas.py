"""Twenty-two indicators counted in pandas, as an analyst would without Sightline: read, merge, group, count distinct children or events.

Of every statistic (counts, rates, proportions, medians), about people and about nobody, by all breakdowns their indicators declare.
Written from what the indicators say and for the invented tables of `benchmarks/indicators.py`, in which every date is known to the day or
minute and every child's month of birth is known; so it does less than the measures do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sightline.definitions.indicators import Catalogue, Counted, Indicator, Residents
from sightline.model.entities import ENTITIES

YEAR = pd.DateOffset(months=12)
SHARED_PLACES = ["street", "park", "school", "shop", "licensed", "transport"]
CLOSE = 1e-6
ONLOOKERS = ["witness", "reporter"]


@dataclass(frozen=True)
class Tables:
    """The files of one partnership, read when they are asked for, and its small tables."""

    folder: Path
    lists: dict[str, pa.Table]

    def read(self, entity: str, *columns: str) -> pd.DataFrame:
        """Columns of an entity, with its id and whom it is about; days as midnights."""
        id_column = ENTITIES[entity].id_column
        wanted = dict.fromkeys((*(["person_id"] if ENTITIES[entity].about_person else []), id_column, *columns))
        frame = pd.read_parquet(self.folder / f"{entity}.parquet", columns=list(wanted))
        for name in columns:
            if name.endswith(("_on", "_at")):
                frame[name] = pd.to_datetime(frame[name])
        return frame.rename(columns={id_column: "event_id"})

    @cached_property
    def people(self) -> pd.DataFrame:
        """Everybody, with what the home ward belongs to."""
        people = pd.read_parquet(self.folder / "person.parquet")
        people["birth_month"] = pd.to_datetime(people.birth_month)
        return people.merge(self.wards, on="ward", how="left")

    @cached_property
    def wards(self) -> pd.DataFrame:
        return self.lists["ward"].to_pandas()

    @cached_property
    def quarters(self) -> pd.DataFrame:
        quarters = self.lists["quarter"].to_pandas()
        return quarters.assign(start_on=pd.to_datetime(quarters.start_on), end_on=pd.to_datetime(quarters.end_on))

    @cached_property
    def concerns(self) -> pd.DataFrame:
        """Flags, and factors for the twelve months after their assessment; missing is none."""
        flags = self.read("flag", "agency_id", "started_on", "ended_on", "exploitation_type", "certainty")
        factors = self.read("assessment_factor", "agency_id", "authorised_on", "exploitation_type").rename(
            columns={"authorised_on": "started_on"}
        )
        factors["ended_on"] = factors.started_on + YEAR - pd.Timedelta(days=1)
        factors["certainty"] = "suspected"
        both = pd.concat([flags, factors])
        return both[both.exploitation_type.notna() & (both.exploitation_type != "missing") & both.started_on.notna()]

    @cached_property
    def told_parts(self) -> pd.DataFrame:
        """Everybody's part in incidents of the same agency and reference."""
        of_incident = ("incident_type", "status", "exploitation_type", "location_type", "ward", "started_at", "recorded_at")
        incidents = self.read("incident", "agency_id", "incident_reference", *of_incident)
        parts = self.read("involvement", "agency_id", "incident_reference", "role").drop(columns="event_id")
        told = parts.merge(incidents, on=["agency_id", "incident_reference"])
        told = told[told.started_at.notna()]
        return told.assign(
            happened_on=told.started_at.dt.normalize(),
            location_type=told.location_type.fillna("not_recorded"),
            form=told.exploitation_type.where(told.exploitation_type != "missing"),
            role=told.role.fillna("not_recorded"),
        )

    @cached_property
    def offences(self) -> pd.DataFrame:
        told = self.told_parts
        no_offence = told.incident_type.isin(["exploitation_concern", "safety_concern", "missing", "away"])
        crime = told.status.fillna("not_recorded").isin(["crime", "not_recorded"])
        return told[told.form.notna() & ~no_offence & crime & ~told.role.isin(ONLOOKERS)]

    @cached_property
    def harm(self) -> pd.DataFrame:
        """One row for each person and incident in which somebody was harmed or that is marked."""
        told = self.told_parts[~self.told_parts.role.isin(ONLOOKERS)]
        told = (
            told.assign(harmed=told.role == "victim")
            .groupby(["person_id", "event_id"], as_index=False)
            .agg(
                {"harmed": "max", "form": "first", "location_type": "first", "ward": "first", "happened_on": "first", "started_at": "first"}
            )
        )
        told = told[told.harmed | told.form.notna()]
        hours = pd.cut(told.started_at.dt.hour, [-1, 5, 11, 17, 23], labels=["night", "morning", "afternoon", "evening"]).astype(str)
        return (
            told.drop(columns="started_at").rename(columns={"ward": "incident_ward", "form": "exploitation_type"}).assign(time_of_day=hours)
        )

    @cached_property
    def missing(self) -> pd.DataFrame:
        """Records of missing episodes, with the number of the absence each belongs to."""
        told = self.read("missing_episode", "agency_id", "started_at", "ended_at", "episode_type", "missing_from")
        told = told[told.started_at.notna() & (told.episode_type.fillna("") != "away")].sort_values(["person_id", "started_at", "event_id"])
        until = np.maximum(told.ended_at.fillna(told.started_at), told.started_at + pd.Timedelta(days=1))
        before = until.groupby(told.person_id).cummax().groupby(told.person_id).shift()
        begins = before.isna() | (told.started_at > before)
        told["absence"] = begins.cumsum()
        absent = told.groupby("absence")
        hours = (told.ended_at - told.started_at).dt.total_seconds() / 3600
        known = told.missing_from.where(told.missing_from != "not_recorded")
        return told.assign(
            began_on=absent.started_at.transform("min").dt.normalize(),
            closed_on=absent.ended_at.transform("max").dt.normalize(),
            value=hours.where(hours >= 0).groupby(told.absence).transform("max"),
            missing_from=known.groupby(told.absence).transform("min"),
            event_id=absent.event_id.transform("min"),
        )

    def in_years(self, rows: pd.DataFrame, day: str = "happened_on") -> pd.DataFrame:
        """Rows once for each quarter in whose twelve months their day lies."""
        found = []
        for quarter in self.quarters.itertuples():
            held = rows[(rows[day] <= quarter.end_on) & (rows[day] > quarter.end_on - YEAR)]
            found.append(held.assign(period=quarter.period))
        return pd.concat(found)


Measure = Callable[[Tables], pd.DataFrame]


def _referrals(tables: Tables) -> pd.DataFrame:
    told = tables.read("referral", "received_on", "source").rename(columns={"received_on": "happened_on", "source": "referral_source"})
    told = told[told.happened_on.notna()]
    return told.assign(event_id=told.person_id + told.happened_on.dt.strftime("%Y-%m-%d"))


def _exploitation_referrals(tables: Tables) -> pd.DataFrame:
    both = _referrals(tables).merge(tables.concerns[["person_id", "started_on", "ended_on"]], on="person_id")
    soon = (both.started_on - both.happened_on).dt.days <= 60
    return both[soon & (both.ended_on.isna() | (both.ended_on >= both.happened_on))].drop(columns=["started_on", "ended_on"])


def _referred_again(tables: Tables) -> pd.DataFrame:
    told = tables.read("referral", "received_on", "source")
    both = told.merge(told[["person_id", "received_on"]], on="person_id", suffixes=("", "_before"))
    days = (both.received_on - both.received_on_before).dt.days
    return both[(days > 0) & (days <= 365)].rename(columns={"received_on": "happened_on", "source": "referral_source"})


def _held(tables: Tables, *, on_last_day: bool) -> pd.DataFrame:
    found = []
    for quarter in tables.quarters.itertuples():
        since = quarter.end_on if on_last_day else quarter.end_on - YEAR + pd.Timedelta(days=1)
        concerns = tables.concerns
        held = concerns[(concerns.started_on <= quarter.end_on) & (concerns.ended_on.isna() | (concerns.ended_on >= since))]
        found.append(held.assign(period=quarter.period))
    return pd.concat(found)


def _decided(tables: Tables) -> pd.DataFrame:
    decisions = pd.read_parquet(
        tables.folder / "offence_outcome.parquet", columns=["agency_id", "incident_reference", "decided_on", "outcome"]
    )
    decisions = decisions[decisions.decided_on.notna() & (decisions.outcome.fillna("not_recorded") != "not_recorded")]
    decisions = decisions.assign(charged=decisions.outcome == "charged", decided_on=pd.to_datetime(decisions.decided_on))
    first = decisions.groupby(["agency_id", "incident_reference"], as_index=False).agg({"decided_on": "min", "charged": "max"})
    told = (
        tables.offences[tables.offences.role == "victim"].drop(columns="happened_on").merge(first, on=["agency_id", "incident_reference"])
    )
    return tables.in_years(told.rename(columns={"decided_on": "happened_on"}))


def _with_children(tables: Tables) -> pd.DataFrame:
    told = tables.told_parts
    kinds = told.incident_type.fillna("not_recorded")
    return told[told.recorded_at.notna() & ~kinds.isin(["missing", "away"]) & ~told.role.isin([*ONLOOKERS, "missing"])]


def _interviews(tables: Tables) -> pd.DataFrame:
    return tables.read("return_interview", "episode_ended_at", "held_at", "shared_with")


def _ended(tables: Tables) -> pd.DataFrame:
    told = _interviews(tables)
    return told.assign(happened_on=told.episode_ended_at.dt.normalize())[told.episode_ended_at.notna()]


def _held_in_time(tables: Tables) -> pd.DataFrame:
    told = _ended(tables)
    hours = (told.held_at - told.episode_ended_at).dt.total_seconds() / 3600
    return told[(hours >= 0) & (hours <= 72)]


def _held_interviews(tables: Tables) -> pd.DataFrame:
    told = _interviews(tables)
    return told.assign(happened_on=told.held_at.dt.normalize())[told.held_at.notna()]


def _shared(tables: Tables) -> pd.DataFrame:
    told = _held_interviews(tables)
    return told[~told.shared_with.fillna("not_recorded").isin(["nobody", "not_recorded"])]


def _missing(tables: Tables) -> pd.DataFrame:
    return tables.missing.rename(columns={"began_on": "happened_on"})


def _hours(tables: Tables) -> pd.DataFrame:
    return tables.missing[tables.missing.value.notna()].rename(columns={"closed_on": "happened_on"})


def _programmes(tables: Tables) -> pd.DataFrame:
    return tables.read("intervention", "agency_id", "programme", "concern", "accepted", "source", "referred_on", "started_on").rename(
        columns={"source": "referral_source"}
    )


def _waited(told: pd.DataFrame, since: str, until: str) -> pd.DataFrame:
    days = (told[until] - told[since]).dt.days
    return told.assign(value=days, happened_on=told[until])[days >= 0]


def _met(tables: Tables) -> pd.DataFrame:
    told = _programmes(tables)
    something_else = ["mental_health", "substance_support", "mentoring", "prevention", "diversion", "referral_order", "weapons", "other"]
    named = (told.concern.fillna("not_recorded") != "not_recorded") & ~told.programme.isin(something_else)
    about = told.programme.isin(["specialist_team", "exploitation"]) | named
    return tables.in_years(_waited(told[about & told.accepted.fillna(value=True).astype(bool)], "referred_on", "started_on"))


def _therapy(tables: Tables) -> pd.DataFrame:
    told = _programmes(tables)
    first = tables.concerns.groupby("person_id").started_on.min().rename("recognised_on")
    told = told[told.programme.isin(["mental_health", "therapy"])].merge(first, on="person_id")
    return _waited(told[told.recognised_on <= told.started_on], "referred_on", "started_on")


def _to_the_team(tables: Tables, *, accepted: bool) -> pd.DataFrame:
    told = _programmes(tables)
    told = told[(told.programme == "specialist_team") & told.accepted.notna()]
    told = told[told.accepted.astype(bool)] if accepted else told
    told = told.assign(happened_on=told.referred_on, event_id=told.person_id + told.referred_on.dt.strftime("%Y-%m-%d"))
    return tables.in_years(told)


def _decisions(tables: Tables) -> pd.DataFrame:
    told = tables.read("nrm_referral", "referred_on", "conclusive_grounds_on", "conclusive_grounds")
    return tables.in_years(_waited(told.rename(columns={"conclusive_grounds": "nrm_decision"}), "referred_on", "conclusive_grounds_on"))


def _assaults(tables: Tables) -> pd.DataFrame:
    told = tables.read("ae_attendance", "arrived_at", "assault", "location_type", "method").rename(columns={"method": "ae_method"})
    return told.assign(happened_on=told.arrived_at.dt.normalize())[told.assault.fillna(value=False).astype(bool)]


def _places(tables: Tables, *feelings: str) -> pd.DataFrame:
    told = tables.read("participation_response", "given_on", "feeling", "location_type", "age_band", "gender")
    told = told[told.feeling.isin(feelings)].rename(columns={"age_band": "said_age_band", "gender": "said_gender"})
    return tables.in_years(told, "given_on").drop(columns="given_on")


def _suspects(tables: Tables, *, under_18: bool) -> pd.DataFrame:
    told = tables.offences[tables.offences.role == "suspect"]
    told = told.assign(event_id=told.person_id)
    if under_18:
        born = told[["person_id"]].merge(tables.people[["person_id", "birth_month"]], on="person_id", how="left").birth_month.to_numpy()
        told = told[_months(told.happened_on, pd.Series(born, told.index)) < 18 * 12]
    return tables.in_years(told)


def _every_ward(tables: Tables) -> pd.DataFrame:
    wards = tables.wards[["ward", "deprivation"]].rename(columns={"ward": "event_id", "deprivation": "ward_deprivation"})
    return wards.merge(tables.quarters[["period"]], how="cross")


def _quiet_wards(tables: Tables) -> pd.DataFrame:
    held = _held(tables, on_last_day=False).merge(tables.people[["person_id", "ward", "birth_month"]], on="person_id")
    held = held.merge(tables.quarters[["period", "end_on"]], on="period")
    held = held[_months(held.end_on, held.birth_month) < 18 * 12]
    told = _every_ward(tables).merge(
        held[["ward", "period"]].drop_duplicates(), left_on=["event_id", "period"], right_on=["ward", "period"], how="left"
    )
    return told[told.ward.isna()].drop(columns="ward")


MEASURES: dict[str, Measure] = {
    "referrals": _referrals,
    "exploitation_referrals": _exploitation_referrals,
    "children_referred": _referrals,
    "children_referred_again": _referred_again,
    "children_flagged": lambda tables: _held(tables, on_last_day=False),
    "children_with_known_concern": lambda tables: _held(tables, on_last_day=True),
    "exploitation_offences": lambda tables: tables.offences,
    "exploitation_offences_decided": _decided,
    "exploitation_offences_charged": lambda tables: _decided(tables).query("charged"),
    "disruption_actions": lambda tables: tables.read("disruption", "taken_on", "disruption_type").rename(
        columns={"taken_on": "happened_on"}
    ),
    "incidents_with_children": _with_children,
    "incidents_with_drugs_or_weapons": lambda tables: (
        _with_children(tables).query("incident_type in ['drugs', 'weapons']").rename(columns={"incident_type": "drugs_or_weapons"})
    ),
    "missing_episodes_ended": _ended,
    "return_interviews_in_time": _held_in_time,
    "return_interviews_held": _held_interviews,
    "return_interviews_shared": _shared,
    "missing_episodes": _missing,
    "hours_missing": _hours,
    "days_to_first_contact": _met,
    "waits_for_therapy": _therapy,
    "specialist_referrals": lambda tables: _to_the_team(tables, accepted=False),
    "specialist_referrals_accepted": lambda tables: _to_the_team(tables, accepted=True),
    "time_to_conclusive_decision": _decisions,
    "emergency_attendances_for_assault": _assaults,
    "places_named": lambda tables: _places(tables, "safe", "unsafe", "mixed"),
    "places_named_unsafe": lambda tables: _places(tables, "unsafe"),
    "incidents_in_shared_places": lambda tables: tables.harm[tables.harm.location_type.isin(SHARED_PLACES)],
    "incidents_with_a_place": lambda tables: tables.harm[~tables.harm.location_type.isin(["not_recorded", "online"])],
    "suspects_of_known_age": lambda tables: _suspects(tables, under_18=False),
    "suspects_under_18": lambda tables: _suspects(tables, under_18=True),
    "every_ward": _every_ward,
    "wards_without_a_concern": _quiet_wards,
}


def is_counted(indicator: Indicator) -> bool:
    """Whether pandas counts both numbers of an indicator here."""
    parts = [part for part in (indicator.numerator, indicator.denominator) if isinstance(part, Counted)]
    return all(part.measure in MEASURES for part in parts)


def _months(day: pd.Series, born: pd.Series) -> pd.Series:
    return (day.dt.year - born.dt.year) * 12 + day.dt.month - born.dt.month


Counts = dict[tuple[str, str, str], float]
"""By period, breakdown and category."""


def count(tables: Tables, catalogue: Catalogue, codes: dict[str, set[str]]) -> Iterator[tuple[str, str, Counts]]:
    """Every number of each indicator: its id, which number it is, and the counts."""
    for indicator in filter(is_counted, catalogue.indicators):
        rows = _rows(tables, catalogue, indicator, indicator.numerator, codes)
        yield indicator.id, "numerator", _counted(rows, indicator, indicator.unit, codes)
        if indicator.statistic == "median":
            yield indicator.id, "median", _by_breakdowns(rows, indicator, partial(_medians, rows, indicator.unit))
        if isinstance(indicator.denominator, Counted):
            rows = _rows(tables, catalogue, indicator, indicator.denominator, codes)
            yield indicator.id, "denominator", _counted(rows, indicator, indicator.denominator.unit or indicator.unit, codes)
        elif isinstance(indicator.denominator, Residents):
            yield indicator.id, "denominator", _residents(tables, indicator, indicator.denominator)


def _rows(tables: Tables, catalogue: Catalogue, indicator: Indicator, part: Counted, codes: dict[str, set[str]]) -> pd.DataFrame:
    """The rows that count, each with its category in every breakdown."""
    rows = MEASURES[part.measure](tables)
    about_people = catalogue.measures[part.measure].is_about_people
    rows = rows.drop(columns=[name for name in (*tables.people.columns, *tables.wards.columns) if name in rows and name != "person_id"])
    if "period" not in rows:
        rows = rows.assign(period=rows.happened_on.dt.year.astype(str) + "-Q" + rows.happened_on.dt.quarter.astype(str))
    rows = rows.merge(tables.quarters, on="period")
    if about_people:
        rows = rows.merge(tables.people, on="person_id", how="left")
        day = rows.happened_on if "happened_on" in catalogue.measures[part.measure].columns else rows.end_on
        age = _months(day, rows.birth_month)
        rows = rows[(age < indicator.ages.under * 12) & ((age >= indicator.ages.start * 12) | (not indicator.ages.start))]
        if indicator.residents_only or (part is indicator.numerator and isinstance(indicator.denominator, Residents)):
            rows = rows[rows.resident_in_area.fillna(value=True)]
        years = _months(np.minimum(rows.start_on, day[rows.index]), rows.birth_month) // 12
        bands = pd.cut(years, [-999, 9, 12, 15, 999], labels=["0-9", "10-12", "13-15", "16-17"])
        rows = rows.assign(age_band=bands.astype(str))
    for id in indicator.breakdowns:
        breakdown = catalogue.breakdowns[id]
        name = breakdown.column or breakdown.area or id
        if breakdown.column in catalogue.measures[part.measure].columns if breakdown.column else about_people:
            told = rows[name]
            rows = rows.assign(**{f"by {id}": told.where(told.isin(codes[id]), "not_recorded")})
    return rows


def _counted(rows: pd.DataFrame, indicator: Indicator, unit: str, codes: dict[str, set[str]]) -> Counts:
    what = "person_id" if unit == "children" and "person_id" in rows else "event_id"
    return _by_breakdowns(rows, indicator, lambda ways: rows.groupby(ways)[what].nunique())


def _by_breakdowns(rows: pd.DataFrame, indicator: Indicator, counted: Callable[[list[str]], pd.Series]) -> Counts:
    found: Counts = {(period, "all", "all"): number for period, number in counted(["period"]).items()}
    for id in indicator.breakdowns:
        if f"by {id}" in rows:
            found |= {(period, id, category): number for (period, category), number in counted(["period", f"by {id}"]).items()}
    return found


def _medians(rows: pd.DataFrame, unit: str, ways: list[str]) -> pd.Series:
    """The median of the least value of each child or event."""
    least = rows.groupby([*ways, "person_id" if unit == "children" else "event_id"]).value.min()
    return least.groupby(ways).median()


def _residents(tables: Tables, indicator: Indicator, part: Residents) -> Counts:
    population = tables.lists["population"].to_pandas().merge(tables.wards, on="ward")
    of_age = population[population.age_band.isin(part.resident_age_bands)]
    found: Counts = {("", "all", "all"): of_age.children.sum()}
    for id in indicator.breakdowns:
        if id in population:
            chosen = population if id == "age_band" else of_age
            found |= {("", id, category): number for category, number in chosen.groupby(id).children.sum().items()}
    return found


def differing(cells: pd.DataFrame, found: list[tuple[str, str, Counts]]) -> tuple[int, int]:
    """How many numbers of our cells pandas has counted as well, and how many of them are not the same."""
    compared = wrong = 0
    for id, number, counts in found:
        chosen = cells[(cells.indicator == id) & cells.reason.isna() & cells[number].notna()]
        breakdowns = {breakdown for _, breakdown, _ in counts}
        period_counts = "" not in {period for period, _, _ in counts}
        for cell in chosen.itertuples():
            by = (cell.breakdown, cell.category) if cell.breakdown in breakdowns else ("all", "all")
            theirs = counts.get((cell.period if period_counts else "", *by), 0)
            compared += 1
            wrong += not abs(theirs - getattr(cell, number)) <= CLOSE
    return compared, int(wrong)
