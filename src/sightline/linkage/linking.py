"""The whole linkage: identity records in, links and people out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.linkage import LinkageModel, NameWords, linkage_model, name_words, nickname_sets
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.identify import Changes, identify
from sightline.linkage.names import Nicknames
from sightline.linkage.people import describe_people
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.resolve import Edge, components, resolve
from sightline.linkage.score import SCORED, Scorer
from sightline.model.entities import LINK_SCHEMA, PAIR_SCHEMA

ALONE = "alone"
"""The method of an identity that nothing links to another."""

# Inside one connected group every pair is scored; a larger one is a fault in the data (one number given to everybody), not a person.
_LARGEST_GROUP = 60
# Pairs less likely than this are two people; they play no part unless they meet again inside a group.
_WORTH_KEEPING = 0.01
_STEPS = ("prepare", "block", "score", "resolve", "identify", "describe")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Lists:
    """The catalogue data linkage reads: the model, words that name nobody, names that stand for one another."""

    model: LinkageModel = field(default_factory=linkage_model)
    words: NameWords = field(default_factory=name_words)
    nicknames: tuple[frozenset[str], ...] = field(default_factory=nickname_sets)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a linkage did, in counts."""

    records: int
    identities: int
    pairs: int
    people: int
    groups_parted: int
    """Connected groups that contradicted themselves and were parted."""
    methods: dict[str, int]
    """Identities by the rule that put them where they are."""
    forbidden: dict[str, int]
    """Pairs that looked alike and were kept apart, by reason."""
    changes: Changes
    model: str


@dataclass(frozen=True, slots=True)
class LinkResult:
    """``links`` (LINK_SCHEMA, one row per identity, ordered by it), ``pairs`` (PAIR_SCHEMA, ordered), ``people`` and the summary."""

    links: pa.Table
    pairs: pa.Table
    people: pa.Table
    summary: Summary


def link(
    records: pa.Table,
    *,
    engine: DuckDBEngine,
    wards: pa.Table,
    trusted: Sequence[str],
    previous: pa.Table | None,
    new_person_id: Callable[[], str],
    progress: Progress | None = None,
    lists: Lists | None = None,
) -> LinkResult:
    """Link identities to people.

    The same records and the same previous links give the same bytes; nothing depends on the order of rows, on the clock or on chance,
    except the ids of people never seen before, which ``new_person_id`` draws.

    Args:
        records: Rows of ``identity_record`` with agency_id and identity_id, from any number of returns.
        engine: An engine of its own; tables named ``linkage_…`` are left on it.
        wards: ``postcode`` and ``ward`` of the area.
        trusted: Agency ids, most trusted first, to settle ties about people.
        previous: The links made last time, so that people keep their ids.
        new_person_id: Draws an id for a new person; must not be derived from anything personal.
        progress: Told the step, how many steps are done, and how many there are.
        lists: Other catalogue data than what is shipped.
    """
    lists = lists or Lists()
    tell = _teller(progress)
    tell("prepare")
    identities = prepare(engine, records, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
    tell("block")
    pairs = block(engine, largest_block=lists.model.largest_block)
    groups, scored, parted = _groups(engine, lists.model, identities, pairs, tell)
    edges = _edges(scored)
    tell("identify")
    names = engine.query(f"select identity_id from {PROFILES} order by id").column("identity_id").to_pylist()
    people = [[names[member - 1] for member in group] for group in groups]
    earlier = _person_of(previous)
    person_ids, changes = identify(people, earlier, new_person_id=new_person_id)
    best = _strongest(groups, edges)
    links = _links(groups, names, person_ids, best)
    tell("describe")
    described = describe_people(engine, links, wards=wards, trusted=trusted)
    summary = Summary(
        records=records.num_rows,
        identities=identities,
        pairs=pairs,
        people=len(groups),
        groups_parted=parted,
        methods=dict(sorted(Counter(links.column("method").to_pylist()).items())),
        forbidden=dict(sorted(Counter(edge.forbidden for edge in edges if edge.forbidden and edge.rule).items())),
        changes=changes,
        model=f"{lists.model.id} {lists.model.version}",
    )
    if progress:
        progress("done", len(_STEPS), len(_STEPS))
    return LinkResult(links, _pairs(scored, names), described, summary)


def _teller(progress: Progress | None) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress:
            progress(step, _STEPS.index(step), len(_STEPS))

    return tell


def _groups(
    engine: DuckDBEngine, model: LinkageModel, identities: int, pairs: int, tell: Callable[[str], None]
) -> tuple[list[list[int]], pa.Table, int]:
    """Everybody's group (ordered by first member), every scored pair that matters, and how many connected groups had to be parted."""
    tell("score")
    if not pairs:
        tell("resolve")
        return [[member] for member in range(1, identities + 1)], SCORED.empty_table(), 0
    scorer = Scorer(engine, model, identities=identities)
    try:
        likely = scorer.score(PAIRS, at_least=_WORTH_KEEPING)
        tell("resolve")
        connected = components(identities, _edges(likely))
        scored = _together(likely, _score_inside(engine, scorer, connected))
    finally:
        scorer.close()
    by_group = _by_group(connected, _edges(scored))
    groups: list[list[int]] = []
    parted = 0
    for group, edges in zip(connected, by_group, strict=True):
        parts = resolve(group, edges)
        parted += len(parts) > 1
        groups += parts
    placed = {member for group in groups for member in group}
    groups += [[member] for member in range(1, identities + 1) if member not in placed]
    groups.sort()
    return groups, scored, parted


def _together(likely: pa.Table, inside: pa.Table) -> pa.Table:
    """Every pair once: those inside groups were scored a second time, to the same result."""
    both = pa.concat_tables([likely, inside]).sort_by([("left", "ascending"), ("right", "ascending")])
    left, right = both.column("left").to_numpy(), both.column("right").to_numpy()
    first = np.ones(both.num_rows, dtype=bool)
    first[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return both.filter(pa.array(first))


def _pairs(scored: pa.Table, names: list[str]) -> pa.Table:
    """The scored pairs under identity ids; ids of profiles are given in the order of identity ids, so left stays before right."""
    identities = pa.array(names, pa.string())
    columns = [pc.take(identities, pc.subtract(scored.column(side), 1)) for side in ("left", "right")]
    columns += [scored.column(name) for name in ("weight", "probability", "rule", "forbidden", "pattern")]
    return pa.table(columns, names=PAIR_SCHEMA.names).cast(PAIR_SCHEMA)


def _score_inside(engine: DuckDBEngine, scorer: Scorer, connected: list[list[int]]) -> pa.Table:
    """Score all pairs inside groups of three or more, also those that shared no key or scored low."""
    lefts, rights = [], []
    for group in connected:
        if 2 < len(group) <= _LARGEST_GROUP:
            for position, left in enumerate(group):
                lefts += [left] * (len(group) - position - 1)
                rights += group[position + 1 :]
    if not lefts:
        return SCORED.empty_table()
    engine.register_table("linkage_inside", pa.table({"match_key": ["0"] * len(lefts), "join_key_l": lefts, "join_key_r": rights}))
    return scorer.score("linkage_inside", at_least=None)


def _edges(scored: pa.Table) -> list[Edge]:
    columns = [scored.column(name).to_pylist() for name in ("left", "right", "weight", "probability", "rule", "forbidden")]
    return [Edge(*row) for row in zip(*columns, strict=True)]


def _by_group(connected: list[list[int]], edges: Iterable[Edge]) -> list[list[Edge]]:
    group_of = {member: position for position, group in enumerate(connected) for member in group}
    found: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        position = group_of.get(edge.left)
        if position is not None and position == group_of.get(edge.right):
            found[position].append(edge)
    return [found[position] for position in range(len(connected))]


def _person_of(previous: pa.Table | None) -> Mapping[str, str]:
    if previous is None:
        return {}
    return dict(zip(previous.column("identity_id").to_pylist(), previous.column("person_id").to_pylist(), strict=True))


def _strongest(groups: list[list[int]], edges: Iterable[Edge]) -> dict[int, Edge]:
    """For each identity the strongest pair that joins it to somebody of its own group; number rules before likeness, then by weight."""
    group_of = {member: position for position, group in enumerate(groups) for member in group}
    best: dict[int, Edge] = {}
    for edge in edges:
        if edge.joins and group_of[edge.left] == group_of[edge.right]:
            for member in (edge.left, edge.right):
                current = best.get(member)
                if current is None or _strength(edge) > _strength(current):
                    best[member] = edge
    return best


def _strength(edge: Edge) -> tuple[bool, float, int, int]:
    return edge.rule != "likeness", edge.weight, -edge.left, -edge.right


def _links(groups: list[list[int]], names: list[str], person_ids: list[str], best: Mapping[int, Edge]) -> pa.Table:
    rows = []
    for group, person_id in zip(groups, person_ids, strict=True):
        for member in group:
            edge = best.get(member)
            weight, probability, method = (edge.weight, edge.probability, edge.rule) if edge else (None, None, ALONE)
            rows.append((names[member - 1], person_id, weight, probability, method))
    rows.sort(key=lambda row: row[0])
    return pa.Table.from_pylist([dict(zip(LINK_SCHEMA.names, row, strict=True)) for row in rows], schema=LINK_SCHEMA)
