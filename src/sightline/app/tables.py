"""Open a generation: its rows as tables that measures read.

Every object is checked against its hash before a row of it is read. What is registered can be thrown away and opened again at any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from sightline.app.care_history import register_care_history, with_known_ends
from sightline.app.geography import PlaceFile, Places, file_names, places_from
from sightline.app.handling import has_handling, held_back, shareable
from sightline.app.publish_generation import GenerationSummary
from sightline.app.retracted import RETRACTED_PEOPLE, owners_first, register_retracted_people, register_retracted_records, without_retracted
from sightline.app.taken_out import TakenOut, taken_out_of, without
from sightline.app.token_epochs import AS_THEY_CAME, Epochs
from sightline.app.workspace import Workspace
from sightline.engine import Engine
from sightline.errors import Refused
from sightline.ledger.linkages import latest_linkage
from sightline.ledger.models import Linkage, ObjectKind, ReturnObject, ReturnVersion
from sightline.ledger.states import State
from sightline.model.entities import ENTITIES, LINEAGE, LINK_SCHEMA, PERSON_SCHEMA, Entity
from sightline.model.periods import Quarter, quarters_between
from sightline.model.tokens import FIRST_RULES, RULES_IN_TEXT
from sightline.privacy.entities import STORED, WHO
from sightline.store import Readable

UNLINKED = "unlinked:"
OWN_AUTHORITY_SCHEMA = pa.schema([("authority", pa.string())])
QUARTER_SCHEMA = pa.schema([("period", pa.string()), ("start_on", pa.date32()), ("end_on", pa.date32())])
AGENCY_SCHEMA = pa.schema([("agency_id", pa.string()), ("agency_name", pa.string())])
_RANKS = "return_rank"
_LINKS = "link"


class NotReproducible(Refused):
    """A generation can no longer be opened, because returns in it were erased."""

    code = "SL-APP-002"
    hint = "Its releases stay as they were made; publish a new generation to count anew."


@dataclass(frozen=True, slots=True)
class OpenedTables:
    """What was registered: how many rows each entity's returns hold in all, and whether people are linked."""

    rows: dict[str, int]
    is_linked: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """The stored rows of one entity: files in order of precedence, the datasets they came in, and the fields not agreed any more."""

    files: list[Readable]
    datasets: dict[str, set[str]]
    rows: int
    taken_out: TakenOut = field(default_factory=dict)

    @property
    def told_twice(self) -> bool:
        """Whether one agency tells of this entity in two datasets."""
        return any(len(datasets) > 1 for datasets in self.datasets.values())


def open_tables(workspace: Workspace, generation: GenerationSummary, engine: Engine) -> OpenedTables:
    """Register on ``engine`` everything that measures may read of one generation.

    For each entity ``<entity>_all`` (every row of every return) and ``<entity>`` (each record once, as it now stands), and ``person``,
    ``population``, ``ward``, ``ward_version``, ``own_authority``, ``quarter`` and ``agency``. Entities about people carry ``person_id``; an
    identity that is not linked is a person of its own. The identifying table is not registered. What an agency took back, and what hangs on
    it, is in no current view.

    Raises:
        NotReproducible: If a return of the generation was erased.
        ObjectMissing, ObjectDamaged: If stored bytes are not what they were.
    """
    versions = _versions(generation)
    held = _held(workspace, generation)
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    _register_context(workspace, generation, versions, engine)
    _register_people(workspace, linkage, engine)
    engine.register_table(_RANKS, _ranks(generation))
    register_retracted_people(engine, held.get("identity_record", _Held([], {}, 0)).files)
    for entity in owners_first():
        name = entity.name
        found = held.get(name)
        if found is None:
            _register_empty(entity, engine)
        else:
            _register_held(entity, found, engine)
        register_retracted_records(engine, entity)
        if name == "care_episode":  # plans come after it and take their ends from it
            register_care_history(engine, versions)
    return OpenedTables(rows={name: found.rows for name, found in held.items() if name in ENTITIES}, is_linked=linkage is not None)


def _register_held(entity: Entity, found: _Held, engine: Engine) -> None:
    """Every row of an entity, and each record once."""
    name = entity.name
    if entity.about_person:
        _register_rows(engine, f"{name}_stored", found, entity)
        engine.create_view(f"{name}_all", _with_person(f"{name}_stored"))
    elif has_handling(entity):
        _register_rows(engine, f"{name}_stored", found, entity)
        engine.materialise(f"{name}_held_back", held_back(entity, f"{name}_stored", _RANKS))
        engine.create_view(f"{name}_all", shareable(entity, f"{name}_stored", f"{name}_held_back"))
    else:
        _register_rows(engine, f"{name}_all", found, entity)
    current = current_rows(entity, f"{name}_all", told_twice=found.told_twice)
    current = with_known_ends(current) if name == "plan" else current
    engine.materialise(name, with_todays_wards(entity, without_retracted(entity, current)))


def _register_rows(engine: Engine, name: str, found: _Held, entity: Entity) -> None:
    """Every stored row of an entity, without fields that are not agreed any more."""
    whole = f"{name}_as_stored"
    rows = without(whole, entity, found.taken_out)
    if rows is None:
        engine.register_parquet(name, found.files, entity.schema)
    elif entity.name in ENTITIES:
        engine.register_parquet(whole, found.files, entity.schema)
        engine.create_view(name, rows)
    else:  # who somebody is does not stay registered
        engine.register_parquet(whole, found.files, entity.schema)
        engine.register_table(name, engine.query(rows))
        engine.register_table(whole, entity.schema.empty_table())


def identity_record_current(
    workspace: Workspace, generation: GenerationSummary, engine: Engine, *, epochs: Epochs = AS_THEY_CAME
) -> pa.Table:
    """What every agency says about who its people are, for linkage only.

    Every distinct view once: an agency that lists the same people each quarter says the same thing again, and only the time for which the
    view held grows. Columns of ``identity_record`` without its own id, and ``agency_id``; the records do not stay registered on
    the engine. People whom an agency has taken back are left out.

    Args:
        workspace: Where.
        generation: Of which returns.
        engine: Any engine.
        epochs: How returns made with different keys are read together.
    """
    entity = STORED["identity_record"]
    found = _held_of(workspace, generation, entity.name)
    register_retracted_people(engine, found.files)
    _register_rows(engine, "identity_view", found, entity)
    if not epochs.is_plain:
        engine.register_table("identity_view", epochs.read(engine.query("select * from identity_view")))
    who = ", ".join(WHO)
    open_ended = "case when count(*) = count(valid_to) then max(valid_to) end"
    table = engine.query(
        f"select {who}, min(valid_from) as valid_from, {open_ended} as valid_to, agency_id"
        f" from ({without_retracted(entity, 'select * from identity_view where retracted is not true')}) as told"
        f" group by {who}, agency_id order by agency_id, identity_id, valid_from, {who}"
    )
    engine.register_table("identity_view", entity.schema.empty_table())
    return table


def token_rules_told(workspace: Workspace, generation: GenerationSummary, engine: Engine) -> list[tuple[str, str]]:
    """The returns of a generation that hold tokens for linking, each with the version of the rules that these were made by."""
    entity = STORED["identity_record"]
    engine.register_parquet("identity_rules", _held_of(workspace, generation, entity.name).files, entity.schema)
    told = f"coalesce(nullif(regexp_extract(link_tokens, '{RULES_IN_TEXT}', 1), ''), '{FIRST_RULES}')"
    table = engine.query(f"select return_id, {told} as rules from identity_rules where link_tokens is not null group by all order by all")
    engine.register_table("identity_rules", entity.schema.empty_table())
    return list(zip(table.column("return_id").to_pylist(), table.column("rules").to_pylist(), strict=True))


def identities_told_of(workspace: Workspace, generation: GenerationSummary, engine: Engine, identity_ids: Sequence[str]) -> dict[str, bool]:
    """Of these identities those that returns of a generation tell of: True while they stand, False when the agency took them back."""
    found = _held_of(workspace, generation, "identity_record")
    register_retracted_people(engine, found.files)
    engine.register_parquet("identity_agency", found.files, STORED["identity_record"].schema)
    wanted = pa.table({"identity_id": pa.array(identity_ids, pa.string())})
    engine.register_table("identity_wanted", wanted)
    table = engine.query(
        f"select distinct identity_id, identity_id not in (select identity_id from {RETRACTED_PEOPLE}) as stands"
        " from identity_agency join identity_wanted using (identity_id)"
    )
    engine.register_table("identity_agency", STORED["identity_record"].schema.empty_table())
    return dict(zip(table.column("identity_id").to_pylist(), table.column("stands").to_pylist(), strict=True))


def identity_records_of(workspace: Workspace, generation: GenerationSummary, engine: Engine, identity_ids: Sequence[str]) -> pa.Table:
    """What agencies say about who these identities are, the latest first, for the eyes of a reviewer; none of those taken back."""
    entity = STORED["identity_record"]
    found = _held_of(workspace, generation, entity.name)
    register_retracted_people(engine, found.files)
    _register_rows(engine, "identity_seen", found, entity)
    engine.register_table("identity_wanted", pa.table({"identity_id": pa.array(identity_ids, pa.string())}))
    who = ", ".join(WHO)
    chosen = "select * from identity_seen where retracted is not true and identity_id in (select identity_id from identity_wanted)"
    table = engine.query(
        f"select {who}, max(valid_from) as last_from from ({without_retracted(entity, chosen)}) as told"
        f" group by {who} order by identity_id, last_from desc nulls last, {who}"
    )
    engine.register_table("identity_seen", entity.schema.empty_table())
    return table


def register_standing(workspace: Workspace, generation: GenerationSummary, engine: Engine, entities: Iterable[str]) -> dict[str, str]:
    """Register every row of some entities that its agency has not taken back, by person or by row; give the names of the tables.

    A row counts whether or not a later return changed it: what is asked is what was ever told, not what a record now says.
    """
    entities = set(entities)
    held = _held(workspace, generation, {*entities, "identity_record"})
    register_retracted_people(engine, held.get("identity_record", _Held([], {}, 0)).files)
    names = {}
    for name in sorted(entities):
        entity, registered = ENTITIES[name], f"standing_{name}"
        _register_rows(engine, f"{registered}_stored", held.get(name, _Held([], {}, 0)), entity)
        rows = f"select * from {registered}_stored where retracted is not true"
        if entity.about_person:
            gone = f"{RETRACTED_PEOPLE}.agency_id = told.agency_id and {RETRACTED_PEOPLE}.identity_id = told.identity_id"
            rows = f"select * from ({rows}) as told where not exists (select 1 as found from {RETRACTED_PEOPLE} where {gone})"
        engine.create_view(registered, rows)
        names[name] = registered
    return names


def identity_agencies(workspace: Workspace, generation: GenerationSummary, engine: Engine) -> dict[str, str]:
    """Which agency each identity of a generation belongs to; nothing else of the identifying table is read."""
    entity = STORED["identity_record"]
    engine.register_parquet("identity_agency", _held_of(workspace, generation, entity.name).files, entity.schema)
    table = engine.query("select distinct identity_id, agency_id from identity_agency")
    engine.register_table("identity_agency", entity.schema.empty_table())
    return dict(zip(table.column("identity_id").to_pylist(), table.column("agency_id").to_pylist(), strict=True))


def places_of(workspace: Workspace, generation: GenerationSummary) -> Places:
    """The geography a generation was published with; the workspace's own for one that never was published."""
    names = file_names(workspace.partnership.geography)
    if not all(f"geography/{name}" in generation.context for name in names.values()):
        return workspace.geography
    held = {part: (name, workspace.objects.get_bytes(generation.context[f"geography/{name}"])) for part, name in names.items()}
    return places_from({part: PlaceFile(name, content, name) for part, (name, content) in held.items()})


def current_rows(entity: Entity, source: str, *, told_twice: bool) -> str:
    """Give the select statement for each record of ``source`` once, as it now stands.

    Within one dataset the latest return wins whole: a column it empties is empty. Where one agency tells of the same record in two
    datasets (a referral in the Annex A lists and in the children in need census), the later row wins and a column it has nothing in
    is filled from the other, because a list that never had the column has not emptied it. A record is gone when the latest row of a dataset
    takes it back.
    """
    lineage = {column.name for column in LINEAGE}
    own = [column.name for column in entity.columns if column.name != entity.id_column]
    if entity.about_person:
        own.append("person_id")
    columns = [entity.id_column, *own, *(column.name for column in LINEAGE)]
    group = f"{source}.{entity.id_column}" + (f", {source}.dataset" if told_twice else "")
    newest = (
        f"select {', '.join(f'{source}.{name}' for name in columns)}, {_RANKS}.position,"
        f" row_number() over (partition by {group} order by {_RANKS}.position desc, {source}.source_row desc, {source}.source_file desc)"
        f" as newest_first"
        f" from {source} join {_RANKS} on {_RANKS}.return_id = {source}.return_id"
    )
    if not told_twice:
        return f"select {', '.join(columns)} from ({newest}) as ranked where newest_first = 1 and retracted is not true"
    filled = ", ".join(
        "max(retracted) as retracted"
        if name == "retracted"
        else f"arg_max({name}, position) as {name}"
        if name in lineage
        else f"arg_max({name}, position) filter (where {name} is not null) as {name}"
        for name in columns[1:]
    )
    merged = f"select {entity.id_column}, {filled} from ({newest}) as ranked where newest_first = 1 group by {entity.id_column}"
    return f"select * from ({merged}) as merged where retracted is not true"


def with_todays_wards(entity: Entity, rows: str) -> str:
    """Give the statement for rows of an entity with the wards of today: what was recorded under a former code counts where it now lies.

    Codes that are no ward's, of other areas or mistyped, stay as they are.
    """
    names = [column.name for column in (*entity.columns, *LINEAGE)] + (["person_id"] if entity.about_person else [])
    if "ward" not in names:
        return rows
    chosen = ["coalesce(ward_version.current_ward, told.ward) as ward" if name == "ward" else f"told.{name}" for name in names]
    return f"select {', '.join(chosen)} from ({rows}) as told left join ward_version on ward_version.ward = told.ward"


def _versions(generation: GenerationSummary) -> dict[str, ReturnVersion]:
    versions = ReturnVersion.objects.in_bulk(generation.return_ids)
    erased = sorted(str(version) for version in versions.values() if version.state == State.ERASED)
    if erased:
        raise NotReproducible(f"{generation.name} cannot be opened: {len(erased)} of its returns were erased ({', '.join(erased[:3])}).")
    return versions


def _held_of(workspace: Workspace, generation: GenerationSummary, entity: str) -> _Held:
    """The stored tables of one entity; no object of another is read and checked for it."""
    return _held(workspace, generation, {entity}).get(entity, _Held([], {}, 0))


def _held(workspace: Workspace, generation: GenerationSummary, entities: Collection[str] | None = None) -> dict[str, _Held]:
    """The stored tables of a generation by entity (None: of all), each object checked once."""
    positions = {id: position for position, id in enumerate(generation.return_ids)}
    objects = ReturnObject.objects.filter(kind=ObjectKind.TABLE, return_version__in=generation.return_ids).select_related("return_version")
    if entities is not None:
        objects = objects.filter(entity__in=entities)
    found: dict[str, list[ReturnObject]] = defaultdict(list)
    for part in sorted(objects, key=lambda part: positions[part.return_version_id]):
        found[part.entity].append(part)
    held, gone = {}, taken_out_of(workspace.objects, generation)
    for entity, parts in found.items():
        datasets: dict[str, set[str]] = defaultdict(set)
        for part in parts:
            datasets[part.return_version.agency].add(part.return_version.dataset)
        files = [workspace.objects.open(part.digest) for part in parts]
        held[entity] = _Held(files, dict(datasets), sum(part.rows for part in parts), gone)
    return held


def _ranks(generation: GenerationSummary) -> pa.Table:
    positions = range(len(generation.return_ids))
    return pa.table({"return_id": pa.array(generation.return_ids, pa.string()), "position": pa.array(positions, pa.int64())})


def _with_person(source: str) -> str:
    person = f"coalesce({_LINKS}.person_id, '{UNLINKED}' || {source}.identity_id)"
    return f"select {source}.*, {person} as person_id from {source} left join {_LINKS} on {_LINKS}.identity_id = {source}.identity_id"


def _register_empty(entity: Entity, engine: Engine) -> None:
    schema = entity.schema.append(pa.field("person_id", pa.string())) if entity.about_person else entity.schema
    engine.register_table(f"{entity.name}_all", schema.empty_table())
    engine.register_table(entity.name, schema.empty_table())


def _register_people(workspace: Workspace, linkage: Linkage | None, engine: Engine) -> None:
    links = workspace.objects.get_table(linkage.links) if linkage else LINK_SCHEMA.empty_table()
    people = workspace.objects.get_table(linkage.people) if linkage else PERSON_SCHEMA.empty_table()
    engine.register_table(_LINKS, links)
    engine.register_table("person", people)


def _register_context(workspace: Workspace, generation: GenerationSummary, versions: Mapping[str, ReturnVersion], engine: Engine) -> None:
    places = places_of(workspace, generation)
    engine.register_table("population", places.population)
    engine.register_table("ward", places.wards)
    engine.register_table("ward_version", places.ward_versions)
    engine.register_table("own_authority", _own_authorities(workspace, places))
    first = workspace.partnership.first_period
    last = max((Quarter.parse(version.period) for version in versions.values()), default=first)
    quarters = quarters_between(first, last)
    engine.register_table(
        "quarter",
        pa.table(
            {
                "period": [str(quarter) for quarter in quarters],
                "start_on": [quarter.start for quarter in quarters],
                "end_on": [quarter.end for quarter in quarters],
            },
            schema=QUARTER_SCHEMA,
        ),
    )
    agencies = workspace.partnership.agencies
    listed = {"agency_id": [agency.id for agency in agencies], "agency_name": [agency.name for agency in agencies]}
    engine.register_table("agency", pa.table(listed, schema=AGENCY_SCHEMA))


def _own_authorities(workspace: Workspace, places: Places) -> pa.Table:
    """What returns may write for the partnership's own area: its name, its code, and the councils in it."""
    councils = places.wards.column("council").to_pylist()
    names = {workspace.partnership.area, workspace.partnership.authority_code, *(council for council in councils if council is not None)}
    return pa.table({"authority": sorted(names)}, schema=OWN_AUTHORITY_SCHEMA)
