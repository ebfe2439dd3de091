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
from sightline.linkage.overrides import Overrides
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
    overrides_applied: int = 0
    overrides_waiting: int = 0
    """Overrides in force that name an identity which no return here holds."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """``links`` (LINK_SCHEMA, one row per identity, ordered by it), ``pairs`` (PAIR_SCHEMA, ordered), ``people`` and the summary.

    ``events`` (EVENT_SCHEMA) say what became of people since the previous links, ``gone`` (HOLDER_SCHEMA) who bore which id and is
    not here.
    """

    links: pa.Table
    pairs: pa.Table
    people: pa.Table
    events: pa.Table
    gone: pa.Table
    summary: Summary


def link(
    records: pa.Table,
    *,
    engine: DuckDBEngine,
    wards: pa.Table,
    trusted: Sequence[str],
    previous: pa.Table | None,
    new_person_id: Callable[[], str],
    gone: pa.Table | None = None,
    restored: pa.Table | None = None,
    overrides: pa.Table | None = None,
    previous_model: str | None = None,
    progress: Progress | None = None,
    lists: Lists | None = None,
) -> LinkResult:
    """Link identities to people.

    The same records, decisions and previous links give the same bytes; nothing depends on the order of rows, on the clock or on chance,
    except the ids of people never seen before, which ``new_person_id`` draws.

    Args:
        records: Rows of ``identity_record`` with agency_id and identity_id, from any number of returns.
        engine: An engine of its own; tables named ``linkage_…`` are left on it.
        wards: ``postcode`` and ``ward`` of the area.
        trusted: Agency ids, most trusted first, to settle ties about people.
        previous: The links made last time, so that people keep their ids.
        new_person_id: Draws an id for a new person; must not be derived from anything personal.
        gone: Who bore which id in earlier linkages and was not in the last, so that they find their person again.
        restored: Identities that a steward gave back to an earlier person.
        overrides: What stewards decided (OVERRIDE_SCHEMA), applied whatever the evidence says.
        previous_model: The model of the previous links, as their summary names it, to say why something changed.
        progress: Told the step, how many steps are done, and how many there are.
        lists: Other catalogue data than what is shipped.

    Raises:
        OverridesContradict: If the overrides cannot all hold.
    """
    lists = lists or Lists()
    tell = _teller(progress)
    tell("prepare")
    identities = prepare(engine, records, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
    identity_ids = engine.query(f"select identity_id from {PROFILES} order by id").column("identity_id").combine_chunks()
    decided = Overrides.of(overrides, identity_ids)
    tell("block")
    pairs = block(engine, largest_block=lists.model.largest_block)
    groups, scored, parted = _groups(engine, lists.model, identities, pairs, decided=decided, tell=tell)
    labels = _labels(groups, identities)
    scored = decided.visible(scored, labels)
    edges = _edges(scored)
    tell("identify")
    model = f"{lists.model.id} {lists.model.version}"
    identified = identify(
        identity_ids,
        labels,
        previous,
        gone=gone,
        restored=restored,
        overrides=overrides,
        same_model=previous_model in (None, model),
        new_person_id=new_person_id,
    )
    names, given_ids = identity_ids.to_pylist(), identified.person_ids.to_pylist()
    best = _strongest(groups, edges)
    person_ids = [given_ids[group[0] - 1] for group in groups]
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
        changes=identified.changes,
        model=model,
        overrides_applied=len(decided.pairs),
        overrides_waiting=decided.waiting,
    )
    if progress:
        progress("done", len(_STEPS), len(_STEPS))
    return LinkResult(links, _pairs(scored, names), described, identified.events, identified.gone, summary)


def _teller(progress: Progress | None) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress:
            progress(step, _STEPS.index(step), len(_STEPS))

    return tell


def _groups(
    engine: DuckDBEngine, model: LinkageModel, identities: int, pairs: int, *, decided: Overrides, tell: Callable[[str], None]
) -> tuple[list[list[int]], pa.Table, int]:
    """Everybody's group (ordered by first member), every scored pair that matters, and how many connected groups had to be parted."""
    tell("score")
    if pairs:
        scorer = Scorer(engine, model, identities=identities)
        try:
            likely = scorer.score(PAIRS, at_least=_WORTH_KEEPING)
            tell("resolve")
            connected = components(identities, _edges(decided.mark(likely)))
            scored = decided.mark(_together(likely, _score_inside(engine, scorer, connected)))
        finally:
            scorer.close()
    else:
        tell("resolve")
        scored = decided.mark(SCORED.empty_table())
    glued = _edges(decided.glue(scored))
    connected = components(identities, glued)
    by_group = _by_group(connected, glued)
    groups: list[list[int]] = []
    parted = 0
    for group, edges in zip(connected, by_group, strict=True):
        parts = resolve(group, edges)
        parted += len(parts) > 1
        groups += parts
    placed = {member for group in groups for member in group}
    groups += [[member] for member in range(1, identities + 1) if member not in placed]
    groups.sort()
    return _unglued(groups, identities, decided), scored, parted


def _unglued(groups: list[list[int]], identities: int, decided: Overrides) -> list[list[int]]:
    """The groups with everybody in them who stood under another."""
    if not decided:
        return groups
    labels = decided.spread(_labels(groups, identities))
    found: dict[int, list[int]] = defaultdict(list)
    for member, label in enumerate(labels.tolist(), start=1):
        found[label].append(member)
    return sorted(found.values())


def _labels(groups: list[list[int]], identities: int) -> np.ndarray:
    """For each identity the number of its group."""
    labels = np.empty(identities, dtype=np.int64)
    for number, group in enumerate(groups):
        labels[np.array(group) - 1] = number
    return labels


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
