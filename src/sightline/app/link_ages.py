"""What returns tell of people that bears on whether they are children: services given to children, and parts in harm."""

from __future__ import annotations

from sightline.app.publish_generation import GenerationSummary
from sightline.app.tables import register_standing
from sightline.app.workspace import Workspace
from sightline.engine import Engine
from sightline.linkage import TOLD_AS_CHILD, TOLD_OF_HARM, TOLD_SCHEMA, Told

_OF_CHILDREN = (
    "contact", "referral", "assessment", "care_episode", "plan", "early_help_episode", "return_interview", "exclusion", "absence",
    "school_spell",
)  # fmt: skip
"""Entities that only children (and those who left care) have records in."""

# One row for each way in which returns say that somebody causes harm or is an associate. It says nothing of their age.
_OF_HARM = {
    "involvement": "select identity_id from {rows} where role in ('suspect', 'associate')",
    "housing_case": "select identity_id from {rows} where role in ('suspect', 'associate')",
    "disruption": "select subject_identity_id as identity_id from {rows} where subject_identity_id is not null",
    "association": "select other_identity_id as identity_id from {rows} where association_type = 'exploiter'",
}


def told_of_ages(workspace: Workspace, generation: GenerationSummary, engine: Engine) -> Told:
    """Gather what a generation's returns tell, of which nothing stays registered but keyed ids.

    Args:
        workspace: Where.
        generation: The generation to be linked.
        engine: Any engine; tables named ``standing_…`` are left on it.
    """
    as_child = dict.fromkeys(_OF_CHILDREN, "select identity_id from {rows}")
    rows = register_standing(workspace, generation, engine, (*_OF_CHILDREN, *_OF_HARM))
    selects = [
        f"select identity_id, '{told_as}' as told_as from ({select.format(rows=rows[entity])}) as told"
        for told_as, by_entity in ((TOLD_AS_CHILD, as_child), (TOLD_OF_HARM, _OF_HARM))
        for entity, select in by_entity.items()
    ]
    told = engine.query(f"select distinct identity_id, told_as from ({' union all '.join(selects)}) as told order by 1, 2")
    return Told(workspace.partnership.first_period.start, told.cast(TOLD_SCHEMA) if told.num_rows else TOLD_SCHEMA.empty_table())
