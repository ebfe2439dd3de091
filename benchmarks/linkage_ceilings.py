"""What each figure was asked to be, what is reached, and how high it could be with the records as they are compared.

Three ceilings, each with the truth in hand, which a linkage never has:

- **compared**: every pair that blocking compares decided rightly, and records connected through others put together; what is missed then
  shares no key.
- **best cut**: the shipped model's weights and resolving, with the cut (of seven) at which the figure is best.
- **taught**: the shipped model's levels of likeness and weights, weighed anew by gradient boosting taught on the truth of four fifths of
  the people and asked about the rest, five times round; resolved in the same way at the best of seven cuts. What forbids a pair stays.

A figure that the taught model does not reach cannot be reached by other weights or another cut, only by comparing other things. It is no
proof beyond that: a model taught on a few thousand pairs may be a little worse than ours, and where it is ours is shown beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from linkage_data import Case  # a script's neighbours
from linkage_scores import measure

from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.cut import Cut
from sightline.linkage.linking import Lists
from sightline.linkage.names import Nicknames
from sightline.linkage.prepare import PROFILES, prepare
from sightline.linkage.resolve import Edges, components, pairs_inside, resolve
from sightline.linkage.score import Scorer

_CUTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.9)
_LARGEST_GROUP, _FOLDS = 200, 5
_LIKELY = 0.001
"""Pairs below this are no use to any cut above; fewer than linking keeps, so that the taught model has more to choose from."""


@dataclass(frozen=True)
class Asked:
    """A figure that the issue of linkage asks for; ``at_most`` where less is better."""

    measure: str
    value: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        return value <= self.value if self.at_most else value >= self.value

    def better(self, values: list[float]) -> float:
        return min(values) if self.at_most else max(values)


ASKED: dict[str, tuple[Asked, ...]] = {
    "historical_50k": (Asked("pair_f1", 0.920), Asked("b_cubed", 0.925)),
    "FEBRL3": (Asked("pair_f1", 0.999),),
    "FEBRL4": (Asked("pair_f1", 0.999),),
    "partial identifiers": (
        Asked("cluster_f1", 0.993),
        Asked("twins_merged", 0.05, at_most=True),
        Asked("recall_gap", 0.015, at_most=True),
    ),
    "no identifiers": (Asked("cluster_f1", 0.982), Asked("twins_merged", 0.10, at_most=True), Asked("recall_gap", 0.015, at_most=True)),
    "pseudopeople": (Asked("pair_f1", 0.990),),
}


def ceilings(case: Case, name: str, *, across: bool) -> dict[str, dict[str, float]]:
    """For each figure asked of a set its three ceilings."""
    columns = (case.records.column(column).to_pylist() for column in ("identity_id", "agency_id"))
    sources = dict(zip(*columns, strict=True)) if across else None
    # nothing is asked of households, and looking through them takes longest
    people = case.people.select([column for column in case.people.column_names if column != "household"])
    with DuckDBEngine(threads=2, memory_limit="1500MB") as engine:
        compared, scored, identities = _weighed(engine, case)

    def judged(labels: np.ndarray) -> dict[str, Any]:
        found = dict(zip(identities, map(str, labels), strict=True))
        return measure(found, case.truth, people, case.twins, sources)

    truth = dict(zip(case.truth.column("identity_id").to_pylist(), case.truth.column("person").to_pylist(), strict=True))
    persons, _ = pd.factorize(pd.Series([truth[identity] for identity in identities]))
    right = judged(_connected(compared, persons))
    weighed = {"best cut": scored, "taught": _taught(scored, persons)}
    at_cuts = {kind: [judged(_resolved(table, at, len(identities))) for at in _CUTS] for kind, table in weighed.items()}
    found = {}
    for asked in ASKED[name]:
        best = {kind: asked.better([row[asked.measure] for row in rows]) for kind, rows in at_cuts.items()}
        found[asked.measure] = {"compared": right[asked.measure], **best}
    return found


def _weighed(engine: DuckDBEngine, case: Case) -> tuple[pa.Table, pa.Table, list[str]]:
    """The pairs compared, those of them that are likely (and any that meet inside a group of likely ones), and the identities."""
    lists = Lists()
    count = prepare(engine, case.records, words=lists.words, nicknames=Nicknames.from_sets(lists.nicknames))
    identities = engine.query(f"select identity_id from {PROFILES} order by id").column("identity_id").to_pylist()
    block(engine, largest_block=lists.model.largest_block)
    compared = engine.query(f"select join_key_l - 1 as l, join_key_r - 1 as r from {PAIRS}")
    scorer = Scorer(engine, lists.model, identities=count, learns=True)
    likely = scorer.score(PAIRS, at_least=_LIKELY)
    edges = Edges.of(Cut(0.3).apply(likely))
    left, right = pairs_inside(components(count, edges, largest=_LARGEST_GROUP).labels, edges)
    if len(left):
        ids = {"join_key_l": left + 1, "join_key_r": right + 1}
        engine.register_table("linkage_inside", pa.table({"match_key": pa.repeat("0", len(left)), **ids}))
        likely = pa.concat_tables([likely, scorer.score("linkage_inside", at_least=None)])
    scorer.close()
    return compared, likely, identities


def _connected(compared: pa.Table, persons: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    left, right = (compared.column(side).to_numpy() for side in ("l", "r"))
    one = persons[left] == persons[right]
    graph = coo_matrix((np.ones(int(one.sum())), (left[one], right[one])), shape=(len(persons), len(persons)))
    return np.asarray(connected_components(graph, directed=False)[1])


def _resolved(scored: pa.Table, at: float, identities: int) -> np.ndarray:
    edges = Edges.of(Cut(at).apply(scored))
    return resolve(components(identities, edges, largest=_LARGEST_GROUP), edges).labels


def _taught(scored: pa.Table, persons: np.ndarray) -> pa.Table:
    """The pairs with weights of a model taught on the truth of other people."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    said = scored.column("pattern").combine_chunks().dictionary_encode()
    levels = pd.DataFrame([pattern.split("|") for pattern in said.dictionary.to_pylist()]).apply(lambda column: pd.factorize(column)[0])
    weights = scored.column("weight").to_numpy()
    vectors = np.column_stack([levels.to_numpy()[said.indices.to_numpy()], weights])
    one, other = (persons[scored.column(side).to_numpy() - 1] for side in ("left", "right"))
    probability = np.zeros(len(weights))
    for fold in range(_FOLDS):
        asked = one % _FOLDS == fold
        known = ~asked & (other % _FOLDS != fold)
        model = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.08, random_state=0)
        model.fit(vectors[known], (one == other)[known])
        probability[asked] = model.predict_proba(vectors[asked])[:, 1]
    inner = np.clip(probability, 1e-9, 1 - 1e-9)
    columns = {
        "weight": pa.array(np.log2(inner / (1 - inner))),
        "probability": pa.array(probability),
        "rule": pa.nulls(len(inner), pa.string()),
    }
    for column, values in columns.items():
        scored = scored.set_column(scored.column_names.index(column), column, values)
    return scored


def lines(name: str, reached: dict[str, Any], highest: dict[str, dict[str, float]]) -> list[str]:
    """What was asked of a set, what is reached and how high it could be, a line for each figure."""
    show: Callable[[float | None], str] = lambda value: "      -" if value is None else f"{value:7.4f}"  # noqa: E731
    found = []
    for asked in ASKED[name]:
        value, ceiling = reached[asked.measure], highest.get(asked.measure, {})
        parts = "   ".join(f"{kind} {show(ceiling.get(kind))}" for kind in ("compared", "best cut", "taught"))
        bound = "at most " if asked.at_most else "at least"
        verdict = "met" if asked.met(value) else "NOT REACHED"
        found.append(f"{name:<20} {asked.measure:<13} asked {bound} {asked.value:.3f}   reached {value:7.4f} {verdict:<11}   {parts}")
    return found
