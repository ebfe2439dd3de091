"""The one table with identifying columns, kept in a module of its own so that an import contract can hold who may touch it.

Only `intake`, `privacy` and `linkage` import this module; everything else works with ``identity_id`` and ``person_id``.
"""

from __future__ import annotations

from sightline.model.entities import CONTEXT, DATE, IDENTITY, INTEGER, SENSITIVE, TEXT, Column, Entity, Privacy, coded, record_id
from sightline.model.tokens import FIELD_TOKENS

IDENTIFIED = Privacy.IDENTIFIED

IDENTITY_RECORD = Entity(
    name="identity_record",
    purpose="One agency's view of a person at one time; the only table with identifying columns.",
    id_column="identity_record_id",
    key=("local_id", "valid_from"),
    identified=True,
    columns=(
        record_id("identity_record_id"),
        IDENTITY,
        Column("local_id", TEXT, IDENTIFIED, "the agency's own number for the person"),
        Column("nhs_number", TEXT, IDENTIFIED, "NHS number as received, spaces removed"),
        Column("upn", TEXT, IDENTIFIED, "unique pupil number"),
        Column("pnc", TEXT, IDENTIFIED, "Police National Computer id"),
        Column("given_name", TEXT, IDENTIFIED, "given name or names"),
        Column("family_name", TEXT, IDENTIFIED, "family name"),
        Column("aliases", TEXT, IDENTIFIED, "other names, separated by |"),
        Column("date_of_birth", DATE, IDENTIFIED, "date of birth"),
        Column("date_of_birth_precision", TEXT, CONTEXT, "how exact it is: year, month or day"),
        *coded("sex", "sex: male, female, unknown"),
        *coded("ethnicity", "ethnicity in the common list of ethnic groups"),
        Column("ethnicity_source", TEXT, CONTEXT, "who said it: self, observed or unknown"),
        *coded("ethnicity_observed", "ethnic group as somebody else saw it; never takes the place of what the person says"),
        Column("postcode", TEXT, IDENTIFIED, "home postcode"),
        Column("address", TEXT, IDENTIFIED, "home address in one line: number, street, district; the postcode apart"),
        Column("uprn", TEXT, IDENTIFIED, "unique property reference number of the home"),
        Column("phone", TEXT, IDENTIFIED, "phone numbers, separated by |"),
        Column("place_of_birth", TEXT, IDENTIFIED, "town or country of birth"),
        Column("vehicle", TEXT, IDENTIFIED, "registration marks of vehicles, separated by |"),
        Column("age", INTEGER, SENSITIVE, "age in years on the first day of this view, where no date of birth is known"),
        Column(FIELD_TOKENS, TEXT, IDENTIFIED, "keyed tokens of the fields above, made at the agency for linking"),
        Column("valid_from", DATE, SENSITIVE, "first day this view held, as far as the agency says; else the return's period start"),
        Column("valid_to", DATE, SENSITIVE, "last day it held; empty while it holds"),
    ),
)
