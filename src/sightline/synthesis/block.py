"""One block of the truth: people and everything that happened to them, with each agency's record of the people it knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sightline.synthesis.concerns import Concerns, make_concerns
from sightline.synthesis.errors_of_recording import record
from sightline.synthesis.geography import Area
from sightline.synthesis.incidents import make_incidents, make_markers, with_occurrences
from sightline.synthesis.law import make_custody, make_disruption
from sightline.synthesis.missing import make_missing
from sightline.synthesis.people import People, Registers, make_people
from sightline.synthesis.schooling import make_enrolment, make_out_of_school, make_suspensions
from sightline.synthesis.services import make_attendances, make_early_help, make_housing, make_offences, make_support
from sightline.synthesis.social_care import (
    assessment_factors,
    first_recorded,
    make_contacts,
    make_placements,
    make_referrals,
    make_reviews,
)
from sightline.synthesis.specialist import Specialist, make_specialist
from sightline.synthesis.voices import make_voices


@dataclass(frozen=True, slots=True)
class Block:
    """People of some thousands of families and all their histories; ``records`` are the agencies' views of the people they know."""

    index: int
    area: Area
    registers: Registers
    people: People
    concerns: Concerns
    referrals: pl.DataFrame
    contacts: pl.DataFrame
    placements: pl.DataFrame
    reviews: pl.DataFrame
    missing: pl.DataFrame
    occurrences: pl.DataFrame
    roles: pl.DataFrame
    markers: pl.DataFrame
    early_help: pl.DataFrame
    offences: pl.DataFrame
    attendances: pl.DataFrame
    housing: pl.DataFrame
    enrolment: pl.DataFrame
    out_of_school: pl.DataFrame
    suspensions: pl.DataFrame
    support: pl.DataFrame
    specialist: Specialist
    custody: pl.DataFrame
    disruption: pl.DataFrame
    voices: pl.DataFrame
    records: dict[str, pl.DataFrame]
    draws: np.random.SeedSequence

    def rng(self, writer: int) -> np.random.Generator:
        """A writer's own randomness, which does not depend on the other writers."""
        return np.random.default_rng([*(int(word) for word in self.draws.generate_state(2)), writer])


def make_block(seed: np.random.SeedSequence, area: Area, registers: Registers, *, index: int, children: int) -> Block:
    """Simulate one block: people first, then harm, then what each service came to know and do."""
    rng = np.random.default_rng(seed)
    people = make_people(rng, area, registers, block=index, children=children)
    concerns = make_concerns(rng, people)
    referrals = make_referrals(rng, people, concerns, area)
    placements = make_placements(rng, people, area, referrals, concerns)
    missing = make_missing(rng, people, concerns, placements)
    contacts = make_contacts(rng, people, referrals, area)
    referrals = assessment_factors(referrals, concerns, missing, rng)
    occurrences, roles = make_incidents(rng, people, concerns, missing, area)
    missing = with_occurrences(missing, occurrences.height)
    markers = make_markers(rng, people, concerns)
    early_help = make_early_help(rng, people, concerns, referrals)
    offences = make_offences(rng, people, concerns)
    attendances = make_attendances(rng, people, concerns)
    housing = make_housing(rng, people, concerns)
    enrolment = make_enrolment(rng, people, area)
    out_of_school = make_out_of_school(rng, people, concerns, enrolment)
    custody = make_custody(rng, people, occurrences, roles)
    disruption = make_disruption(rng, people, occurrences, roles)
    specialist = make_specialist(rng, people, concerns)
    known = {
        "csc": np.union1d(first_recorded(people, referrals, contacts, missing), _people_in(specialist.services)),
        "early_help": _people_in(early_help),
        "youth_justice": _people_in(offences),
        "police": np.unique(np.concatenate([_people_in(roles), _people_in(markers)])),
        "health": _people_in(attendances),
        "education": np.union1d(_people_in(enrolment), _people_in(out_of_school)),
        "housing": _people_in(housing),
    }
    return Block(
        index=index,
        area=area,
        registers=registers,
        people=people,
        concerns=concerns,
        referrals=referrals,
        contacts=contacts,
        placements=placements,
        reviews=make_reviews(rng, people, referrals),
        missing=missing,
        occurrences=occurrences,
        roles=roles,
        markers=markers,
        early_help=early_help,
        offences=offences,
        attendances=attendances,
        housing=housing,
        enrolment=enrolment,
        out_of_school=out_of_school,
        suspensions=make_suspensions(rng, people, concerns, enrolment),
        support=make_support(rng, people, concerns),
        specialist=specialist,
        custody=custody,
        disruption=disruption,
        voices=make_voices(rng, people, area),
        records={agency: record(rng, people, registers, agency, who) for agency, who in known.items()},
        draws=seed,
    )


def _people_in(frame: pl.DataFrame) -> np.typing.NDArray[np.int64]:
    return np.unique(frame["person"].to_numpy())
