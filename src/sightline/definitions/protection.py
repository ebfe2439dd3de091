"""Protection profiles: by what rules a table is made safe for whom, each rule with its source and the day from which it holds.

Method page: docs/methods/protection-profiles.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, model_validator

from sightline.definitions.loading import Definition, load
from sightline.definitions.yaml import LineList, LineMap, read_yaml_file
from sightline.errors import CatalogueProblems, NotFound, Place, Problem

FILE = Path(__file__).parent.parent / "catalogue" / "protection" / "profiles.yml"
OWN_FILE = "protection_profiles.yml"
"""What a partnership's folder calls its own profiles."""
PEOPLE_WHO_CAUSE_HARM = "people_who_cause_harm"
CAUSING_HARM = frozenset(
    {
        "children_harmed_and_suspected",
        "children_met_first_as_suspect",
        "disruption_actions",
        "actions_for_each_restriction",
        "drugs_and_weapons_with_children",
        "exploitation_offences",
        "exploitation_offences_charged",
        "suspects_under_18",
    }
)
"""Indicators that tell of people who cause harm, or are suspected of it: the community tier has none of them."""

COMMUNITY_BASE = 10
Of = TypeVar("Of")
Text = Annotated[str, Field(min_length=1)]


class Rule(Definition, Generic[Of]):
    """One rule: what it is, where that is written, and the day from which it is known to hold."""

    value: Of = Field(alias="is")
    source: Text
    in_force_from: date


class Rules(Definition):
    """The rules of a profile; what is not named is not asked for."""

    smallest_shown: Rule[Annotated[int, Field(ge=2, le=100)]] | None = None
    withheld_as: Rule[Text] | None = None
    totals_to: Rule[Annotated[int, Field(ge=2, le=1000)]] | None = None
    round_to: Rule[Annotated[int, Field(ge=2, le=1000)]] | None = None
    base: Rule[Annotated[int, Field(ge=2, le=100)]] | None = None
    zeros: Rule[Literal["shown", "with_small"]]
    width: Rule[Annotated[int, Field(ge=1, le=100)]]
    dominance: Rule[Annotated[float, Field(gt=0, le=1)]] | None = None
    siblings: Rule[bool] | None = None
    whole_groups: Rule[bool] | None = None
    finest_area: Rule[Literal["area", "ward", "council", "region"]]
    leaves_out: Rule[Literal["people_who_cause_harm"]] | None = None


class ProtectionProfile(Definition):
    """One profile."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    made_for: Text
    tier: Literal["operational", "strategic", "community", "export"]
    method: Rule[Literal["rounded", "withheld"]]
    rules: Rules

    @model_validator(mode="after")
    def _rules_of_its_method(self) -> ProtectionProfile:
        needed, foreign = _RULES_OF[self.method.value]
        missing = [name for name in needed if getattr(self.rules, name) is None]
        if missing:
            raise ValueError(f"the method {self.method.value} needs the rule {' and '.join(missing)}")
        strange = [name for name in foreign if getattr(self.rules, name) is not None]
        if strange:
            raise ValueError(f"the method {self.method.value} has no rule {' and '.join(strange)}")
        if self.tier == "community" and (self.method.value != "rounded" or not self.rules.base or self.rules.base.value < COMMUNITY_BASE):
            raise ValueError(f"the community tier is rounded, to a base of at least {COMMUNITY_BASE}")
        return self

    @property
    def version(self) -> str:
        """A digest of every word of it: a sign-off is of one version, and holds for no other."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:16]

    def all_rules(self) -> Iterator[tuple[str, Rule[Any]]]:
        """Every rule by its name, the method first."""
        yield "method", self.method
        for name in Rules.model_fields:
            rule = getattr(self.rules, name)
            if rule is not None:
                yield name, rule

    def may_tell(self, indicator: str) -> bool:
        """Whether tables of an indicator may be made by it."""
        return self.rules.leaves_out is None or indicator not in CAUSING_HARM


_RULES_OF = {
    "rounded": (("base",), ("smallest_shown", "withheld_as", "totals_to", "round_to", "dominance", "siblings", "whole_groups")),
    "withheld": (("smallest_shown", "withheld_as"), ("base",)),
}


class _Profiles(Definition):
    profiles: tuple[ProtectionProfile, ...]


def load_profiles(own: Path | None = None, *, file: Path = FILE) -> dict[str, ProtectionProfile]:
    """Every profile by its id, in order: the catalogue's, then those of a partnership's own file if there is one.

    Args:
        own: The partnership's folder.
        file: The catalogue's file.

    Raises:
        CatalogueProblems: If a file has mistakes; all of them are listed with their lines.
    """
    problems: list[Problem] = []
    found: dict[str, ProtectionProfile] = {}
    for path in (file, *([own / OWN_FILE] if own is not None and (own / OWN_FILE).is_file() else [])):
        for line, profile in _profiles_of(path, problems):
            if profile.id in found:
                problems.append(
                    Problem(Place(file=path.name, line=line), f'"{profile.id}" is there twice.', "Give one of them another id.")
                )
            found.setdefault(profile.id, profile)
    if problems:
        raise CatalogueProblems(problems)
    return found


def _profiles_of(path: Path, problems: list[Problem]) -> Iterator[tuple[int | None, ProtectionProfile]]:
    document = read_yaml_file(path, problems)
    if not isinstance(document, LineList):
        if not problems:
            problems.append(Problem(Place(file=path.name), "is no list of profiles.", "Begin each profile with a dash and its id."))
        return
    whole = LineMap(profiles=document)
    loaded = load(_Profiles, whole, file=path.name, problems=problems)
    if loaded is not None:
        yield from zip((getattr(written, "line", None) for written in document), loaded.profiles, strict=True)


def profile_by_id(id: str, own: Path | None = None) -> ProtectionProfile:
    """One profile.

    Raises:
        NotFound: If there is none of that id.
    """
    known = load_profiles(own)
    if id not in known:
        raise NotFound(f'There is no protection profile "{id}".', hint=f"There are: {', '.join(known)}.")
    return known[id]
