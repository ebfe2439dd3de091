"""Which rule each field of the common model leaves the agency under: the mapping's own, or the safe default of its privacy class.

The agency's sharing mode is a ceiling. Under ``record_level`` a mapping may agree that a field leaves as it is; under ``pseudonymised`` no
name, number, full date of birth, full postcode or free text may, whatever the mapping says; under ``aggregate_only`` no record leaves.
Anything a mapping says that is not understood stops everything: a misspelt rule must never mean "keep".

How-to: docs/how-to/prepare-before-sharing.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sightline.definitions import mappings
from sightline.errors import InputRefused
from sightline.model.entities import TEXT, Column, Entity, Privacy
from sightline.model.tokens import FIELD_TOKENS
from sightline.privacy.entities import STORED

SharingMode = Literal["record_level", "pseudonymised", "aggregate_only"]
LINEAGE_KEPT = frozenset({"source_file", "source_row", "retracted"})
LOCAL_ID = "local_id"


class Rule(StrEnum):
    """What happens to a field on its way out."""

    KEEP = "keep"
    KNOWN = "known"
    """A code as received is kept where the mapping knows it: an unknown text may hold anything."""
    MONTH = "month"
    YEAR = "year"
    SECTOR = "sector"
    KILOMETRE = "kilometre"
    KEY = "key"
    TOKENS = "tokens"
    """Tokens made of a record's fields for linking leave as they are: they were made with the partnership's key."""
    DROP = "drop"


HOW = {
    Rule.KEEP: "kept as it is",
    Rule.KNOWN: "kept where the mapping knows the code",
    Rule.MONTH: "month and year only",
    Rule.YEAR: "year only",
    Rule.SECTOR: "postcode sector only",
    Rule.KILOMETRE: "its kilometre square only; degrees to two decimals",
    Rule.KEY: "replaced by a keyed token",
    Rule.TOKENS: "keyed tokens of a person's fields, for linking",
    Rule.DROP: "dropped",
}


class RuleNotUnderstood(InputRefused):
    """A mapping's privacy block names a field or a rule that does not exist, or that does not fit."""

    code = "SL-PRE-002"
    hint = "Mend the mapping's privacy block; nothing was written, for a rule that is not understood must never mean that a value leaves."


class RuleTooOpen(InputRefused):
    """A mapping lets more leave than the agency's sharing mode allows."""

    code = "SL-PRE-003"
    hint = "Choose a stricter rule, or change the agreement and with it the mode. Nothing was written."


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule for one field of one entity, and why it is this one."""

    entity: str
    field: str
    rule: Rule
    why: str


Decisions = Mapping[tuple[str, str], Decision]

NAMES = ("given_name", "family_name", "aliases")
CONTACTS = ("address", "uprn", "phone", "place_of_birth", "vehicle")
NUMBERS = ("nhs_number", "upn", "pnc")
PLACES = ("easting", "northing", "latitude", "longitude")
GROUPS: dict[str, tuple[str, ...]] = {
    "dob": ("date_of_birth",),
    "names": NAMES,
    "contacts": CONTACTS,
    "numbers": NUMBERS,
    "places": PLACES,
    "person_local_id": (LOCAL_ID,),
}
"""Words a mapping may use for several fields, or for one by its usual name. Besides these: ``free_text`` and ``references``."""

WORDS_OF_LISTS = frozenset(
    {
        *("exploitation_type", "certainty", "plan_type", "offence_code", "year_group", "age_range", "gender", "self_defined_ethnicity"),
        *("home_authority", "placing_authority", "incident_authority", "authority", "home_force", "sector"),
    }
)
"""Texts that say something about a person and come from a list. Every other text of that class counts as free text and is dropped."""

_RULED_OUT = "the mode is pseudonymised"


def fields_leaving(entity: Entity) -> list[Column]:
    """The fields of an entity as intake fills them: its columns without its own keyed ids, and the person's number."""
    own = [column for column in entity.columns if column.name not in {entity.id_column, "identity_id", LOCAL_ID}]
    if not (entity.identified or entity.about_person):
        return own
    return [Column(LOCAL_ID, TEXT, Privacy.IDENTIFIED, "the agency's own number for the person"), *own]


def is_free_text(entity: Entity, column: Column) -> bool:
    """Whether a field may hold sentences: a text about a person that is neither coded nor from a list."""
    names = {other.name for other in entity.columns}
    is_coded = f"{column.name}_local" in names or is_local(entity, column)
    return column.type == TEXT and column.privacy is Privacy.SENSITIVE and not is_coded and column.name not in WORDS_OF_LISTS


def is_local(entity: Entity, column: Column) -> bool:
    """Whether a field is a code as received, beside the common one."""
    stem = column.name.removesuffix("_local")
    return stem != column.name and any(other.name == stem for other in entity.columns)


def default_rule(entity: Entity, column: Column) -> tuple[Rule, str]:
    """The rule of a field that the mapping says nothing about."""
    cases = (
        (column.name == FIELD_TOKENS, Rule.DROP, "tokens for linking were not asked for"),
        (column.name == "date_of_birth", Rule.MONTH, "default for dates of birth"),
        (column.name == "postcode", Rule.SECTOR, "default for postcodes"),
        (column.name in (LOCAL_ID, *NUMBERS), Rule.KEY, "default for numbers that name a person"),
        (column.name in CONTACTS, Rule.DROP, "default for addresses, phones, places of birth and vehicles"),
        (column.privacy is Privacy.IDENTIFIED, Rule.DROP, "default for names"),
        (column.privacy is Privacy.PSEUDONYM, Rule.KEY, "default for references"),
        (is_local(entity, column), Rule.KNOWN, "default for codes as received"),
        (is_free_text(entity, column) and column.name in entity.key, Rule.KEY, "default for free text that tells records apart"),
        (is_free_text(entity, column), Rule.DROP, "default for free text"),
        (column.name in PLACES, Rule.KILOMETRE, "default for exact places"),
    )
    return next(((rule, why) for holds, rule, why in cases if holds), (Rule.KEEP, "default: it names nobody"))


def decide_rules(privacy: mappings.Privacy | None, mode: SharingMode, entities: Iterable[str]) -> dict[tuple[str, str], Decision]:
    """The rule of every field of these entities.

    Raises:
        RuleNotUnderstood: If the privacy block names a field or rule that does not exist, or a rule that does not fit its field.
        RuleTooOpen: If it lets more leave than the mode allows.
    """
    said = _said(privacy or mappings.Privacy())
    decisions: dict[tuple[str, str], Decision] = {}
    for name in sorted(entities):
        if name not in STORED:
            raise RuleNotUnderstood(f'There is no rule for "{name}", which is no entity of the common model.')
        entity = STORED[name]
        for column in fields_leaving(entity):
            rule, why = said.get((name, column.name)) or default_rule(entity, column)
            _check_fits(entity, column, rule)
            if mode == "pseudonymised":
                _check_closed(entity, column, rule)
            decisions[name, column.name] = Decision(name, column.name, rule, why)
    return decisions


def _said(privacy: mappings.Privacy) -> dict[tuple[str, str], tuple[Rule, str]]:
    """What the mapping says about each field; a field's own name goes before a group's."""
    said: dict[tuple[str, str], tuple[Rule, str]] = {}
    given = [(name, Rule.KEEP, "agreed in the mapping") for name in privacy.agreed]
    given += [(name, _rule(name, text), "the mapping's rule") for name, text in privacy.degrade.items()]
    given += [(name, Rule.KEY, "the mapping's rule") for name in privacy.pseudonymise.fields]
    for name, rule, why in sorted(given, key=lambda one: _closeness(one[0])):
        said |= dict.fromkeys(_targets(name), (rule, why))
    _refuse_contradictions(given)
    return said


def _closeness(name: str) -> int:
    """Groups first, then fields, then fields of one entity: what comes later goes over what came before."""
    if "." in name:
        return 2
    return 0 if name in GROUPS or name in {"free_text", "references"} else 1


def _refuse_contradictions(given: list[tuple[str, Rule, str]]) -> None:
    rules: dict[str, Rule] = {}
    for name, rule, _ in given:
        if rules.setdefault(name, rule) is not rule:
            raise RuleNotUnderstood(f'The privacy block says two things about "{name}": {rules[name]} and {rule}.')


def _rule(name: str, text: str) -> Rule:
    try:
        return Rule(text)
    except ValueError:
        raise RuleNotUnderstood(f'"{text}", the rule for "{name}", is not a rule; there are {", ".join(Rule)}.') from None


def _targets(name: str) -> list[tuple[str, str]]:
    """The fields a name of the privacy block means."""
    found = [
        (entity.name, column.name) for entity in STORED.values() for column in fields_leaving(entity) if _is_meant(name, entity, column)
    ]
    if not found:
        raise RuleNotUnderstood(
            f'"{name}" is neither a field of the common model nor one of {", ".join(GROUPS)}, free_text, references.',
            hint="Write a field's name, or entity.field. Nothing was written.",
        )
    return found


def _is_meant(name: str, entity: Entity, column: Column) -> bool:
    if name == "free_text":
        return is_free_text(entity, column)
    if name == "references":
        return column.privacy is Privacy.PSEUDONYM
    return column.name in GROUPS.get(name, ()) or name in (column.name, f"{entity.name}.{column.name}")


def _check_fits(entity: Entity, column: Column, rule: Rule) -> None:
    """A rule that would lose what tells records apart, or say a date is exact when it is not, does not fit."""
    names = {other.name for other in entity.columns}
    has_precision = f"{column.name}_precision" in names
    tells_apart = column.name in entity.key or column.name == LOCAL_ID
    why = {
        Rule.MONTH: None if has_precision and not tells_apart else "it has no place to say how exact it is, or tells records apart",
        Rule.YEAR: None if has_precision and not tells_apart else "it has no place to say how exact it is, or tells records apart",
        Rule.SECTOR: None if column.name == "postcode" else "it is no postcode",
        Rule.KILOMETRE: None if column.name in PLACES else "it is no grid reference and no degree",
        Rule.KNOWN: None if is_local(entity, column) else "it is no code as received",
        Rule.KEY: _why_not_keyed(column),
        Rule.TOKENS: None if column.name == FIELD_TOKENS else "it holds values, not tokens; ask for tokens with --tokens",
        Rule.DROP: None if not tells_apart else "it tells records apart; use key",
    }.get(rule)
    if why is not None:
        raise RuleNotUnderstood(f'The rule "{rule}" does not fit {entity.name}.{column.name}: {why}.')


def _why_not_keyed(column: Column) -> str | None:
    if column.name in NAMES:
        return "a token of a name is guessed by how often it occurs; use drop"
    return None if column.type == TEXT else "only texts and numbers written as text can be replaced by tokens"


def _check_closed(entity: Entity, column: Column, rule: Rule) -> None:
    names_somebody = column.privacy in {Privacy.IDENTIFIED, Privacy.PSEUDONYM} or is_free_text(entity, column)
    if rule is Rule.KEEP and names_somebody:
        raise RuleTooOpen(f"{entity.name}.{column.name} would leave as it is, and {_RULED_OUT}.")
