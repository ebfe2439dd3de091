"""When a count cannot be made: unknown is not zero.

An indicator cannot be counted for a quarter where its records do not reach back far enough, or where an agency it needs sent nothing that
could hold what is counted. Which datasets could is taken from the rows themselves: those that ever filled the tables the measure reads.
An agency that is needed only for what a count is out of is asked about that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sightline.definitions.indicators import Indicator
from sightline.engine import Engine
from sightline.model.entities import ENTITIES
from sightline.model.periods import Quarter

NO_RETURN = "no return received"
COUNTS_ONLY = "an agency it needs shares counts only"
TOO_EARLY = "records do not reach back far enough"

Covered = Mapping[tuple[str, str], Collection[str]]
"""(agency, dataset) → the quarters its accepted returns tell about."""


@dataclass(frozen=True, slots=True)
class NotAgreed:
    """Why no agreement lets a dataset be used, and the tables it would have filled."""

    reason: str
    entities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sources:
    """Which agency's datasets ever filled which table, and which quarters they cover (None: every quarter).

    ``not_agreed`` are datasets that are left out because no agreement lets them be used; among ``filled`` they stand for what they would
    have filled.
    """

    filled: Mapping[str, frozenset[tuple[str, str]]]
    covered: Covered | None
    modes: Mapping[str, str] | None = None
    not_agreed: Mapping[tuple[str, str], NotAgreed] = field(default_factory=dict)

    def why_silent(self, agency: str, entities: Collection[str]) -> str:
        """Why an agency that sent nothing did not: an agreement that stands in the way, or nothing that is known."""
        sources = self._sources_of(agency, entities) or {source for source in self.not_agreed if source[0] == agency}
        return next((self.not_agreed[source].reason for source in sorted(sources) if source in self.not_agreed), NO_RETURN)

    def agency_is_silent(self, agency: str, entities: Collection[str], period: str) -> bool:
        """Tell whether an agency sent nothing for a quarter that could hold what these tables hold."""
        if self.covered is None:
            return False
        return not any(period in self.covered.get(source, ()) for source in self._sources_of(agency, entities))

    def ever_filled(self, agency: str, entities: Collection[str]) -> bool:
        """Tell whether an agency ever sent a row of any of these tables."""
        return bool(self._sources_of(agency, entities))

    def _sources_of(self, agency: str, entities: Collection[str]) -> set[tuple[str, str]]:
        return {source for entity in entities for source in self.filled.get(entity, frozenset()) if source[0] == agency}


def find_sources(
    engine: Engine,
    covered: Covered | None,
    modes: Mapping[str, str] | None = None,
    not_agreed: Mapping[tuple[str, str], NotAgreed] | None = None,
) -> Sources:
    """Ask the tables who filled them; datasets that may not be used would have."""
    each = (f"select distinct '{entity}' as entity, agency_id, dataset from {entity}" for entity in ENTITIES)
    filled: dict[str, set[tuple[str, str]]] = {entity: set() for entity in ENTITIES}
    for row in engine.query(" union all ".join(each)).to_pylist():
        filled[row["entity"]].add((row["agency_id"], row["dataset"]))
    for source, gap in (not_agreed or {}).items():
        for entity in gap.entities & filled.keys():
            filled[entity].add(source)
    return Sources({entity: frozenset(found) for entity, found in filled.items()}, covered, modes, not_agreed or {})


def reason_for_none(
    indicator: Indicator,
    entities: Collection[str],
    quarter: Quarter,
    first: Quarter | None,
    sources: Sources,
    *,
    out_of: Collection[str] = (),
) -> str | None:
    """Why an indicator's total cannot be counted for a quarter; None if it can.

    Args:
        indicator: Which.
        entities: What its numerator is counted from.
        quarter: When.
        first: The first quarter of the records.
        sources: Who filled what.
        out_of: What its denominator is counted from.
    """
    needed = indicator.agencies_needed
    if first is not None and quarter < first.plus(indicator.quarters_of_records - 1):
        return TOO_EARLY
    if sources.modes is not None and any(sources.modes.get(agency, indicator.modes[0]) not in indicator.modes for agency in needed):
        return COUNTS_ONLY
    counts = {agency for agency in needed if sources.ever_filled(agency, entities)}
    asked = {agency: entities if agency in counts or not counts else out_of for agency in needed}
    silent = [(agency, about) for agency, about in asked.items() if sources.agency_is_silent(agency, about, str(quarter))]
    return sources.why_silent(*silent[0]) if silent else None
