"""What is known of how right the current links are: true numbers, for the gate and the statement only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.calibrate_links import kept_calibration
from sightline.app.current_linkage import current_linkage
from sightline.app.linkage_ranges import are_linked
from sightline.app.publish_generation import GenerationSummary
from sightline.app.review_links import ReviewedPairs, reviewed_pairs
from sightline.app.tables import identity_agencies, places_of
from sightline.app.workspace import Workspace
from sightline.definitions.linkage import linkage_model
from sightline.engine.duckdb import DuckDBEngine
from sightline.ledger.models import Linkage, LinkCalibration
from sightline.linkage.missed import Agencies, MissRate, draw_shares, miss_rates
from sightline.linkage.quality import Estimate, GroupQuality, Judged, Reviewed, precision, quality_by_group, recall
from sightline.linkage.sensitivity import CUTS, AtCut, at_other_cuts
from sightline.model.codes import AGE_BAND_STARTS, NOT_RECORDED
from sightline.model.reviews import ReviewDecision

ADULT = 18
OF_AGE = "18-and-over"
_DRAWS = 2_000


@dataclass(frozen=True)
class LinkQuality:
    """The quality of one linkage; counts are true and not to be shown.

    ``missed`` is the estimated share missed between two agencies where no number helps, ``cut`` the model's probability from which pairs
    were joined by likeness, ``records`` how many people each agency knows, by its own count.
    """

    generation: GenerationSummary
    linkage: Linkage
    calibration: LinkCalibration | None
    reviewed: int
    precision: Estimate | None
    recall: Estimate | None
    groups: tuple[GroupQuality, ...]
    rates: tuple[MissRate, ...]
    missed: Mapping[Agencies, Estimate]
    cut: float
    cuts: tuple[AtCut, ...]
    records: Mapping[str, int]
    people: int
    linked_people: int
    links: int


def link_quality(workspace: Workspace) -> LinkQuality:
    """Estimate the quality of the current generation's linkage; the same evidence gives the same numbers.

    Raises:
        NotFound: If its people are not linked.
    """
    generation, linkage = current_linkage(workspace)
    links, pairs, people = (workspace.objects.get_table(digest) for digest in (linkage.links, linkage.pairs, linkage.people))
    with DuckDBEngine() as engine:
        agency_of = identity_agencies(workspace, generation, engine)
    curve, calibration = kept_calibration(linkage)
    rng = np.random.default_rng(int(linkage.links[:16], 16))
    linked, model = are_linked(links, pairs), linkage_model()
    cut = float(linkage.summary.get("linked_from") or model.link_at)
    probability = curve.apply(pairs.column("match_probability").to_numpy())
    judged = Judged.of(
        pairs, linked, probability, basis="the model's own probabilities" if calibration is None else "calibrated probabilities"
    )
    reviewed = _reviewed(reviewed_pairs(workspace))
    rates = miss_rates(pairs, linked, agency_of, model)
    known_to = _known_to(links, agency_of)
    groups: list[GroupQuality] = []
    for breakdown, group_of in _breakdowns(people, known_to, linkage.at.date(), places_of(workspace, generation).wards).items():
        given = {"pairs": pairs, "links": links, "agency_of": agency_of}
        groups += quality_by_group(breakdown, group_of, judged, **given, model=model, rng=rng)
    return LinkQuality(
        generation=generation,
        linkage=linkage,
        calibration=calibration,
        reviewed=0 if reviewed is None else len(reviewed.same),
        precision=precision(judged, reviewed),
        recall=recall(judged, rates, rng=rng, reviewed=reviewed),
        groups=tuple(groups),
        rates=tuple(rates),
        missed=_missed(rates, rng),
        cut=cut,
        cuts=tuple(_cuts(links, pairs, judged, cut)),
        records=dict(sorted((agency, held) for agency, held in _counted(links, agency_of).items())),
        people=len(known_to),
        linked_people=sum(len(agencies) > 1 for agencies in known_to.values()),
        links=int(linked.sum()),
    )


def _cuts(links: pa.Table, pairs: pa.Table, judged: Judged, in_use: float) -> list[AtCut]:
    return at_other_cuts(links.column("identity_id").combine_chunks(), pairs, judged.probability, cuts=sorted({*CUTS, in_use}))


def _missed(rates: list[MissRate], rng: np.random.Generator) -> Mapping[Agencies, Estimate]:
    """The share missed between two agencies, from its posterior: an estimate, which gives no small count away."""
    found = {}
    for agencies, shares in draw_shares([rate.by_numbers for rate in rates], rng, _DRAWS).items():
        lower, upper = np.quantile(1 - shares, (0.025, 0.975)).tolist()
        found[agencies] = Estimate(float(1 - shares.mean()), lower, upper, "pairs whose numbers agree")
    return found


def _reviewed(found: ReviewedPairs | None) -> Reviewed | None:
    """The pairs that reviewers agreed on, each standing for its share of its stratum."""
    if found is None:
        return None
    decided = np.isin(found.settled, (ReviewDecision.SAME, ReviewDecision.DIFFERENT))
    names = np.array([f"{review} {stratum}" for review, stratum in zip(found.review, found.stratum, strict=True)])
    _, stratum = np.unique(names, return_inverse=True)
    held = np.bincount(stratum, found.weight)
    settled = np.bincount(stratum, decided)
    weight = held[stratum] / np.maximum(settled[stratum], 1)
    same = found.settled == ReviewDecision.SAME
    return Reviewed(found.linked[decided].astype(bool), same[decided], weight[decided], stratum[decided])


def _known_to(links: pa.Table, agency_of: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for identity, person in zip(*(links.column(name).to_pylist() for name in ("identity_id", "person_id")), strict=True):
        found.setdefault(person, set()).add(agency_of[identity])
    return {person: tuple(sorted(agencies)) for person, agencies in found.items()}


def _counted(links: pa.Table, agency_of: Mapping[str, str]) -> dict[str, int]:
    agencies = pa.array([agency_of[identity] for identity in links.column("identity_id").to_pylist()], pa.string())
    return {row["values"]: row["counts"] for row in pc.value_counts(agencies).to_pylist()}


def _breakdowns(people: pa.Table, known_to: dict[str, tuple[str, ...]], on: date, wards: pa.Table) -> dict[str, dict[str, tuple[str, ...]]]:
    """The groups of every person, by breakdown; by deprivation where the partnership's list of wards tells it."""
    ids = people.column("person_id").to_pylist()
    values = {name: people.column(name).to_pylist() for name in ("sex", "ethnicity", "ward")}
    values["age"] = [_age(born, on) for born in people.column("birth_month").to_pylist()]
    names = ["sex", "age", "ethnicity", "ward"]
    if wards.column("deprivation").null_count < wards.num_rows:
        fifths = dict(zip(*(wards.column(name).to_pylist() for name in ("ward", "deprivation")), strict=True))
        values["deprivation"] = [fifths.get(ward) for ward in values["ward"]]
        names.append("deprivation")
    found: dict[str, dict[str, tuple[str, ...]]] = {
        name: {person: (value or NOT_RECORDED,) for person, value in zip(ids, values[name], strict=True)} for name in names
    }
    return {**found, "agency": known_to}


def _age(born: date | None, on: date) -> str | None:
    """The band of age on a day, of somebody born in a month."""
    if born is None:
        return None
    years = on.year - born.year - (on.month < born.month)
    return OF_AGE if years >= ADULT else next(band for start, band in reversed(AGE_BAND_STARTS) if max(years, 0) >= start)
