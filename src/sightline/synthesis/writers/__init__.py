"""One writer for each dataset: what the agency's system would give, in its own columns, codes and ways of writing dates.

Every writer is a function of a block of the truth, the returns to be sent and the desk; none shares code with the readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sightline.synthesis.block import Block
from sightline.synthesis.desk import Desk
from sightline.synthesis.returns import Return
from sightline.synthesis.writers import (
    annex_a,
    cin_census,
    early_help,
    emergency,
    exploitation_hub,
    housing,
    missing_interviews,
    person_index,
    police,
    school_census,
    ssda903,
    young_peoples_places,
    youth_justice,
)

Writer = Callable[[Block, Sequence[Return], Desk], None]

WRITERS: dict[str, Writer] = {
    "annex_a": annex_a.write,
    "cin_census": cin_census.write,
    "ssda903": ssda903.write,
    "person_index": person_index.write,
    "missing_interviews": missing_interviews.write,
    "exploitation_hub": exploitation_hub.write,
    "early_help": early_help.write,
    "youth_justice": youth_justice.write,
    "police": police.write,
    "emergency": emergency.write,
    "school_census": school_census.write,
    "young_peoples_places": young_peoples_places.write,
    "housing": housing.write,
}
"""Datasets that grow block by block. The voluntary provider's counts need every block, and are written last."""
