"""The entities of the common model and their columns, each column with its type and its privacy class.

Intake fills these tables, linkage adds ``person_id``, measures read them. The privacy class says how far a column may travel:
a test fails until every column has one, and identified columns leave the database only through `intake`, `privacy` and `linkage`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa


class Privacy(Enum):
    """How far a column may travel."""

    IDENTIFIED = "names a person or gives a number that does"
    PSEUDONYM = "a keyed stand-in for a person or a record"
    SENSITIVE = "says something about a person; only ever counted"
    CONTEXT = "says nothing about one person"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``name``, Arrow ``type``, privacy class, and what it holds."""

    name: str
    type: pa.DataType
    privacy: Privacy
    holds: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of the common model.

    ``id_column`` is made from ``key`` (and the agency): the same record in two overlapping extracts gets the same id, and the latest
    accepted return wins. ``about_person`` says whether rows belong to a person (they carry ``identity_id``).
    """

    name: str
    purpose: str
    id_column: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    about_person: bool = True
    identified: bool = False

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the stored table: this entity's columns, then the lineage columns."""
        return pa.schema([(column.name, column.type) for column in (*self.columns, *LINEAGE)])


TEXT, DATE, TIME, INTEGER, NUMBER, BOOLEAN = pa.string(), pa.date32(), pa.timestamp("s"), pa.int64(), pa.float64(), pa.bool_()
PSEUDONYM, SENSITIVE, CONTEXT = Privacy.PSEUDONYM, Privacy.SENSITIVE, Privacy.CONTEXT

LINEAGE: tuple[Column, ...] = (
    Column("return_id", TEXT, CONTEXT, "the return version this row came in"),
    Column("agency_id", TEXT, CONTEXT, "who sent it"),
    Column("dataset", TEXT, CONTEXT, "the agency's dataset, for example annex_a"),
    Column("source_file", TEXT, CONTEXT, "file (and sheet) it was read from"),
    Column("source_row", INTEGER, CONTEXT, "row number in that file or sheet, counted as a person sees it"),
    Column("mapping_version", TEXT, CONTEXT, "the mapping that read it"),
)


def coded(name: str, holds: str) -> tuple[Column, Column]:
    """A coded column keeps both vocabularies: ``name`` in the common list and ``name_local`` as received."""
    return Column(name, TEXT, SENSITIVE, holds), Column(f"{name}_local", TEXT, SENSITIVE, f"{holds}, as received")


def moment(name: str, holds: str) -> tuple[Column, Column]:
    """A date keeps how exact it is: ``name`` and ``name_precision`` (year, month, day or minute)."""
    return Column(name, TIME, SENSITIVE, holds), Column(
        f"{name}_precision", TEXT, CONTEXT, f"how exact {name} is: year, month, day or minute"
    )


def record_id(name: str, holds: str = "id of this record") -> Column:
    """A keyed id column."""
    return Column(name, TEXT, PSEUDONYM, holds)


IDENTITY = Column("identity_id", TEXT, PSEUDONYM, "one agency's view of one person")

CONTACT = Entity(
    name="contact",
    purpose="Somebody contacted the front door about a child.",
    id_column="contact_id",
    key=("local_id", "contacted_on", "source_local"),
    columns=(
        record_id("contact_id"),
        IDENTITY,
        Column("contacted_on", DATE, SENSITIVE, "day of the contact"),
        *coded("source", "who made the contact"),
        *coded("outcome", "what was decided"),
    ),
)
REFERRAL = Entity(
    name="referral",
    purpose="A request for a service about a child.",
    id_column="referral_id",
    key=("local_id", "received_on"),
    columns=(
        record_id("referral_id"),
        IDENTITY,
        Column("received_on", DATE, SENSITIVE, "day the referral was received"),
        *coded("source", "who referred"),
        Column("no_further_action", BOOLEAN, SENSITIVE, "closed with no further action"),
        *coded("primary_need", "main reason a service was needed"),
        Column("closed_on", DATE, SENSITIVE, "day the referral (or the episode it opened) closed"),
        *coded("close_reason", "why it closed"),
    ),
)
ASSESSMENT = Entity(
    name="assessment",
    purpose="An assessment of a child's needs.",
    id_column="assessment_id",
    key=("local_id", "started_on"),
    columns=(
        record_id("assessment_id"),
        IDENTITY,
        Column("started_on", DATE, SENSITIVE, "day it began"),
        Column("authorised_on", DATE, SENSITIVE, "day it was signed off; empty while open"),
        *coded("outcome", "what it led to"),
        *coded("concern_level", "level the assessor gave"),
    ),
)
ASSESSMENT_FACTOR = Entity(
    name="assessment_factor",
    purpose="A factor recorded at the end of an assessment.",
    id_column="assessment_factor_id",
    key=("local_id", "started_on", "factor_local"),
    columns=(
        record_id("assessment_factor_id"),
        IDENTITY,
        Column("started_on", DATE, SENSITIVE, "day the assessment began"),
        Column("authorised_on", DATE, SENSITIVE, "day it was signed off"),
        *coded("factor", "factor in the common list"),
        Column("exploitation_type", TEXT, SENSITIVE, "form of exploitation it signals, if any"),
    ),
)
FLAG = Entity(
    name="flag",
    purpose="A spell during which an agency held a marked concern, with the definition that agency uses.",
    id_column="flag_id",
    key=("local_id", "started_on", "flag_local"),
    columns=(
        record_id("flag_id"),
        IDENTITY,
        *coded("flag", "the marker"),
        Column("exploitation_type", TEXT, SENSITIVE, "form of exploitation it signals"),
        Column("certainty", TEXT, SENSITIVE, "known, suspected or at_risk"),
        Column("definition_id", TEXT, CONTEXT, "what this marker means at this agency"),
        Column("started_on", DATE, SENSITIVE, "first day"),
        Column("review_due_on", DATE, SENSITIVE, "day its review is due"),
        Column("ended_on", DATE, SENSITIVE, "last day; empty while it holds"),
        *coded("end_reason", "why it ended"),
        Column("applied_by", TEXT, CONTEXT, "team that applied it"),
    ),
)
PLAN = Entity(
    name="plan",
    purpose="A spell of planned help or care: EH, CIN, CP, CLA, MACE, YJ, SAFETY.",
    id_column="plan_id",
    key=("local_id", "plan_type", "started_on"),
    columns=(
        record_id("plan_id"),
        IDENTITY,
        Column("plan_type", TEXT, SENSITIVE, "EH, CIN, CP, CLA, MACE, YJ or SAFETY"),
        Column("started_on", DATE, SENSITIVE, "first day"),
        Column("ended_on", DATE, SENSITIVE, "last day; empty while open"),
        *coded("category", "category of need or abuse"),
        *coded("end_reason", "why it ended"),
        Column("placed_out_of_area", BOOLEAN, SENSITIVE, "the child lives outside the area that is responsible"),
    ),
)
PLAN_REVIEW = Entity(
    name="plan_review",
    purpose="A review of a plan, and whether the child took part.",
    id_column="plan_review_id",
    key=("local_id", "reviewed_on", "plan_type"),
    columns=(
        record_id("plan_review_id"),
        IDENTITY,
        Column("plan_type", TEXT, SENSITIVE, "type of plan reviewed"),
        Column("reviewed_on", DATE, SENSITIVE, "day of the review"),
        *coded("participation", "how the child took part"),
        Column("child_heard", BOOLEAN, SENSITIVE, "the child's own view reached the review"),
    ),
)
MISSING_EPISODE = Entity(
    name="missing_episode",
    purpose="A spell during which a child's whereabouts were not known.",
    id_column="missing_episode_id",
    key=("local_id", "started_at"),
    columns=(
        record_id("missing_episode_id"),
        IDENTITY,
        *coded("episode_type", "missing or away without authorisation"),
        *moment("started_at", "when it began"),
        *moment("ended_at", "when it ended; empty while missing"),
        *coded("grade", "grade the agency gave"),
        *coded("missing_from", "where from"),
        Column("episode_reference", TEXT, PSEUDONYM, "the agency's own reference, keyed"),
    ),
)
RETURN_INTERVIEW = Entity(
    name="return_interview",
    purpose="The conversation offered to a child who came back.",
    id_column="return_interview_id",
    key=("local_id", "episode_started_at"),
    columns=(
        record_id("return_interview_id"),
        IDENTITY,
        Column("episode_started_at", TIME, SENSITIVE, "start of the missing episode"),
        Column("episode_ended_at", TIME, SENSITIVE, "end of it"),
        Column("offered", BOOLEAN, SENSITIVE, "it was offered"),
        Column("accepted", BOOLEAN, SENSITIVE, "the child accepted"),
        Column("held_at", TIME, SENSITIVE, "when it was held"),
        Column("child_heard", BOOLEAN, SENSITIVE, "the child's own words are recorded"),
    ),
)
INCIDENT = Entity(
    name="incident",
    purpose="A crime, occurrence or concern.",
    id_column="incident_id",
    key=("incident_reference",),
    about_person=False,
    columns=(
        record_id("incident_id"),
        Column("incident_reference", TEXT, PSEUDONYM, "the agency's reference, keyed"),
        *coded("incident_type", "type in the common list"),
        Column("offence_code", TEXT, SENSITIVE, "offence code as received"),
        *moment("started_at", "when it began"),
        Column("recorded_at", TIME, SENSITIVE, "when it was recorded"),
        *coded("location_type", "kind of place"),
        Column("ward", TEXT, CONTEXT, "ward where it happened"),
        Column("easting", INTEGER, SENSITIVE, "metres"),
        Column("northing", INTEGER, SENSITIVE, "metres"),
        Column("exploitation_type", TEXT, SENSITIVE, "form of exploitation it is flagged with"),
        Column("online", BOOLEAN, SENSITIVE, "it happened online"),
    ),
)
INVOLVEMENT = Entity(
    name="involvement",
    purpose="A person's role in an incident; role and certainty belong here, never to the child.",
    id_column="involvement_id",
    key=("incident_reference", "local_id", "role_local"),
    columns=(
        record_id("involvement_id"),
        IDENTITY,
        Column("incident_reference", TEXT, PSEUDONYM, "the incident, keyed"),
        *coded("role", "victim, suspect, witness, missing, associate, subject, reporter"),
        Column("certainty", TEXT, SENSITIVE, "known, suspected or at_risk"),
    ),
)
OFFENCE_OUTCOME = Entity(
    name="offence_outcome",
    purpose="What was decided about an offence.",
    id_column="offence_outcome_id",
    key=("local_id", "incident_reference", "decided_on"),
    columns=(
        record_id("offence_outcome_id"),
        IDENTITY,
        Column("incident_reference", TEXT, PSEUDONYM, "the incident or offence, keyed"),
        *coded("outcome", "outcome in the common list"),
        Column("decided_on", DATE, SENSITIVE, "day of the decision"),
    ),
)
AE_ATTENDANCE = Entity(
    name="ae_attendance",
    purpose="An attendance at an emergency department.",
    id_column="ae_attendance_id",
    key=("local_id", "arrived_at"),
    columns=(
        record_id("ae_attendance_id"),
        IDENTITY,
        *moment("arrived_at", "arrival"),
        Column("assault", BOOLEAN, SENSITIVE, "the injury was an assault"),
        *coded("method", "method of assault"),
        *coded("location_type", "kind of place"),
        *coded("safeguarding_concern", "concern the clinician recorded"),
    ),
)
EXCLUSION = Entity(
    name="exclusion",
    purpose="A suspension or permanent exclusion from school.",
    id_column="exclusion_id",
    key=("local_id", "started_on", "category_local"),
    columns=(
        record_id("exclusion_id"),
        IDENTITY,
        Column("started_on", DATE, SENSITIVE, "first day"),
        Column("sessions", NUMBER, SENSITIVE, "half-day sessions"),
        *coded("category", "suspension or permanent exclusion"),
        *coded("reason", "first reason"),
    ),
)
ABSENCE = Entity(
    name="absence",
    purpose="Sessions a pupil missed in a term, by reason.",
    id_column="absence_id",
    key=("local_id", "term_started_on", "reason_local"),
    columns=(
        record_id("absence_id"),
        IDENTITY,
        Column("term_started_on", DATE, SENSITIVE, "first day of the term"),
        Column("possible_sessions", INTEGER, SENSITIVE, "sessions possible in the term"),
        *coded("reason", "attendance code"),
        Column("sessions", INTEGER, SENSITIVE, "sessions"),
    ),
)
SCHOOL_SPELL = Entity(
    name="school_spell",
    purpose="A spell on a school's roll.",
    id_column="school_spell_id",
    key=("local_id", "entered_on"),
    columns=(
        record_id("school_spell_id"),
        IDENTITY,
        Column("entered_on", DATE, SENSITIVE, "day of entry"),
        Column("left_on", DATE, SENSITIVE, "day of leaving"),
        *coded("enrolment", "enrolment status"),
        *coded("special_needs", "special educational needs provision"),
        Column("year_group", TEXT, SENSITIVE, "national curriculum year"),
    ),
)
EARLY_HELP_EPISODE = Entity(
    name="early_help_episode",
    purpose="A spell of early help.",
    id_column="early_help_episode_id",
    key=("local_id", "started_on"),
    columns=(
        record_id("early_help_episode_id"),
        IDENTITY,
        Column("family_reference", TEXT, PSEUDONYM, "the family, keyed"),
        Column("started_on", DATE, SENSITIVE, "first day"),
        Column("ended_on", DATE, SENSITIVE, "last day; empty while open"),
        *coded("reason", "headline need"),
        *coded("step", "stepped up or down"),
        Column("child_heard", BOOLEAN, SENSITIVE, "the child's own view is recorded"),
    ),
)
INTERVENTION = Entity(
    name="intervention",
    purpose="A programme a child took part in.",
    id_column="intervention_id",
    key=("local_id", "programme_local", "started_on"),
    columns=(
        record_id("intervention_id"),
        IDENTITY,
        *coded("programme", "kind of programme"),
        Column("started_on", DATE, SENSITIVE, "first day"),
        Column("ended_on", DATE, SENSITIVE, "last day"),
        *coded("end_reason", "why it ended"),
    ),
)
HOUSING_CASE = Entity(
    name="housing_case",
    purpose="A housing or community-safety case that names a person.",
    id_column="housing_case_id",
    key=("case_reference", "local_id"),
    columns=(
        record_id("housing_case_id"),
        IDENTITY,
        Column("case_reference", TEXT, PSEUDONYM, "the case, keyed"),
        *coded("case_type", "kind of case"),
        *coded("role", "the person's role"),
        Column("opened_on", DATE, SENSITIVE, "day opened"),
        Column("closed_on", DATE, SENSITIVE, "day closed"),
        Column("cuckooing", BOOLEAN, SENSITIVE, "a home taken over by others"),
    ),
)
AGGREGATE_COUNT = Entity(
    name="aggregate_count",
    purpose="A count given by an agency that shares no records.",
    id_column="aggregate_count_id",
    key=("measure", "period_start", "breakdown", "category"),
    about_person=False,
    columns=(
        record_id("aggregate_count_id"),
        Column("service", TEXT, CONTEXT, "service that counted"),
        Column("measure", TEXT, CONTEXT, "what was counted, in the agency's words"),
        Column("period_start", DATE, CONTEXT, "first day"),
        Column("period_end", DATE, CONTEXT, "last day"),
        Column("breakdown", TEXT, CONTEXT, "dimension"),
        Column("category", TEXT, CONTEXT, "value of the dimension"),
        Column("count", INTEGER, SENSITIVE, "the count; empty if the agency withheld it"),
        Column("withheld", BOOLEAN, CONTEXT, "the agency withheld it"),
        Column("definition_note", TEXT, CONTEXT, "how the agency counts"),
    ),
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        CONTACT,
        REFERRAL,
        ASSESSMENT,
        ASSESSMENT_FACTOR,
        FLAG,
        PLAN,
        PLAN_REVIEW,
        MISSING_EPISODE,
        RETURN_INTERVIEW,
        INCIDENT,
        INVOLVEMENT,
        OFFENCE_OUTCOME,
        AE_ATTENDANCE,
        EXCLUSION,
        ABSENCE,
        SCHOOL_SPELL,
        EARLY_HELP_EPISODE,
        INTERVENTION,
        HOUSING_CASE,
        AGGREGATE_COUNT,
    )
}
"""Entities that agencies' returns fill, all but the one that identifies people (see `sightline.model.identified`)."""

PERSON_SCHEMA = pa.schema(
    [("person_id", TEXT), ("birth_month", DATE), ("sex", TEXT), ("ethnicity", TEXT), ("ward", TEXT), ("resident_in_area", BOOLEAN)]
)
"""One row per linked person, made by linkage from identity records; no identifying column. ``birth_month`` is the first of the month."""

LINK_SCHEMA = pa.schema(
    [("identity_id", TEXT), ("person_id", TEXT), ("match_weight", NUMBER), ("match_probability", NUMBER), ("method", TEXT)]
)
"""Which person each identity belongs to, with the strongest evidence that put it there."""
