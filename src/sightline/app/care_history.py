"""The history of care that several accepted returns tell together: in the tables that measures read, and for whoever submits the next one.

What is made of the years is in `intake.care_history`; a year's rows come from the objects here, and nothing that was accepted changes.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pyarrow as pa

from sightline.app.last_return import Compared
from sightline.app.several_years import WHAT, WHO, end_header, year_of_care
from sightline.app.workspace import Workspace
from sightline.definitions.partnership import Dataset
from sightline.engine import Engine
from sightline.intake import IntakeResult
from sightline.intake.care_history import ENTITY, YearOfCare, history_findings, merge_years, times_in_care
from sightline.ledger.models import ObjectKind, ReturnVersion
from sightline.ledger.returns import Slot
from sightline.ledger.states import State
from sightline.model.entities import ENTITIES, Entity
from sightline.model.findings import NotChecked
from sightline.model.periods import Quarter
from sightline.privacy.pseudonyms import pseudonymise

_TIMES = "time_in_care"
_REPLACED = "care_told_otherwise"
_PLACE_IN_TIME = ("agency_id", WHO, "started_on", "dataset")
_END = ("ended_on", "ended_on_precision", "end_reason", "end_reason_local")


def register_care_history(engine: Engine, versions: Mapping[str, ReturnVersion]) -> None:
    """Put ends into ``care_episode`` where they can be inferred, and register how each time in care ended for `with_known_ends`.

    Every year's rows are read from ``care_episode_all``, and what no current view holds from ``care_episode``, which is made anew.

    Args:
        engine: Where both are registered.
        versions: The returns of the generation, by id.
    """
    stored = pl.from_arrow(engine.query(f"select * from {ENTITY}_all"))
    current = engine.query(f"select care_episode_id from {ENTITY}").column("care_episode_id")
    if not isinstance(stored, pl.DataFrame):
        raise TypeError("a table was expected")
    merged, replaced = [], []
    for _, told in stored.group_by("agency_id", "dataset"):
        years = []
        for key, rows in told.group_by("return_id"):
            version = versions[str(key[0])]
            years.append(YearOfCare(version.period_from, version.period_to, rows))
        history = merge_years(years, WHO)
        merged.append(history.episodes)
        replaced.append(history.replaced.select(*_PLACE_IN_TIME))
    episodes = pl.concat(merged) if merged else stored
    episodes = episodes.filter(pl.col("care_episode_id").is_in(pl.Series(current.to_pylist(), dtype=pl.String).implode()))
    engine.register_table(ENTITY, _as(ENTITIES[ENTITY], episodes.to_arrow()))
    times = [times_in_care(own, WHO) for _, own in episodes.group_by("agency_id", "dataset")]
    found = pl.concat(times) if times else episodes
    ended = found.filter(pl.col("ended_on").is_not_null()).sort("end_inferred", "dataset")
    ended = ended.select(*_PLACE_IN_TIME, *_END, "end_inferred")
    engine.register_table(_TIMES, ended.unique(["agency_id", WHO, "started_on"], keep="first", maintain_order=True).to_arrow())
    engine.register_table(_REPLACED, (pl.concat(replaced) if replaced else stored.select(*_PLACE_IN_TIME)).to_arrow())


def with_known_ends(current: str) -> str:
    """Give the select statement for plans of ``current`` with the ends that only the episodes of other years tell.

    A return tells of the day a child came into care only in its year: the end comes years later, with an episode that began for another
    reason. A day that the plan has itself is never changed, and an inferred one closes no plan that another dataset has told of since.
    A plan that began on a first day which a later return corrected is told by that return.
    """
    plan = ENTITIES["plan"]
    taken = {name: f"ends.{name}" for name in (*_END, "end_inferred")}
    names = [column.name for column in plan.columns] + ["person_id"]
    names += [name for name in plan.schema.names if name not in names]
    columns = ", ".join(
        f"case when ends.{WHO} is not null then {taken[name]} else plans.{name} end as {name}" if name in taken else f"plans.{name}"
        for name in names
    )
    return (
        f"select {columns} from ({current}) as plans left join {_TIMES} as ends on plans.plan_type = 'CLA' and plans.ended_on is null"
        f" and ends.agency_id = plans.agency_id and ends.{WHO} = plans.{WHO} and ends.started_on = plans.started_on"
        f" and (ends.dataset = plans.dataset or not ends.end_inferred)"
        f" left join {_REPLACED} as gone on plans.plan_type = 'CLA' and gone.agency_id = plans.agency_id"
        f" and gone.{WHO} = plans.{WHO} and gone.started_on = plans.started_on and gone.dataset = plans.dataset"
        f" where gone.{WHO} is null"
    )


def compare_with_other_years(workspace: Workspace, slot: Slot, dataset: Dataset, result: IntakeResult) -> Compared:
    """What a return of care makes of the accepted return of the year before, and that of the year after of it.

    Args:
        workspace: Where accepted returns are.
        slot: The agency, dataset and period of the return.
        dataset: The dataset, which says how long a time a return covers.
        result: The return, as it was read.
    """
    if ENTITY not in result.tables:
        return (), ()
    others = ReturnVersion.objects.filter(agency=slot.agency, dataset=slot.dataset, state=State.ACCEPTED)
    before = others.filter(period__lt=slot.period).order_by("-period").first()
    after = others.filter(period__gt=slot.period).order_by("period").first()
    years = [year for version in (before, after) if version is not None and (year := _accepted_year(workspace, version)) is not None]
    if not years:
        return (), (NotChecked(WHAT, "no return of another year that can be read is accepted"),)
    mine = pseudonymise({ENTITY: result.tables[ENTITY]}, key=workspace.identity_key, agency=slot.agency)[ENTITY]
    years.append(year_of_care(*dataset.covers(Quarter.parse(slot.period)), mine))
    return history_findings(merge_years(years, WHO), years, end_header(result)), ()


def _accepted_year(workspace: Workspace, version: ReturnVersion) -> YearOfCare | None:
    """The episodes of an accepted return; None where it has none, or they cannot be read."""
    part = version.parts.filter(kind=ObjectKind.TABLE, entity=ENTITY).first()
    if part is None or not workspace.objects.is_sound(part.digest):
        return None
    return year_of_care(version.period_from, version.period_to, workspace.objects.get_table(part.digest), label=version.period)


def _as(entity: Entity, table: pa.Table) -> pa.Table:
    """An entity's rows in its own types, with the person they are about."""
    schema = entity.schema.append(pa.field("person_id", pa.string()))
    return table.select(schema.names).cast(schema)
