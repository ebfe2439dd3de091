"""Adults linked to one another: the same engine with a looser model, for whoever is known by a nickname, an age, a phone or a car.

What they are known by is weaker than what children are known by, so that the cut is higher: everything below it is there for people to
decide on and is never linked by itself. Where nothing of a name is alike, nothing links two records, whatever else they share: phones and
cars pass from hand to hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.definitions.linkage import LinkageModel
from sightline.engine.duckdb import DuckDBEngine
from sightline.linkage.block import PAIRS, block
from sightline.linkage.contacts import phone_number, registration_mark, several
from sightline.linkage.cut import Cut
from sightline.linkage.groups import ADULT, Ages
from sightline.linkage.prepare import PROFILES
from sightline.linkage.resolve import Edges, components, pairs_inside
from sightline.linkage.score import SCORED, Scorer

_TEXTS = pa.list_(pa.string())
_CONTACTS = ("phone", "vehicle", "pnc", "age", "valid_from")
_NOTHING_OF_A_NAME = r"^given:(not given|different)\|family:(not given|different|both names different)(\||$)"


def score_adults(
    engine: DuckDBEngine, model: LinkageModel, ages: Ages, *, without: np.ndarray, at_least: float, link_at: float, largest: int
) -> pa.Table:
    """Score the pairs of adults with their own model.

    Args:
        engine: Holds what `prepare` left.
        model: The looser model.
        ages: Who is an adult.
        without: Profiles that are to be linked to nobody.
        at_least: Leave out pairs that are less likely, unless they meet again inside a group.
        link_at: Link from this probability on, if the model's own is lower.
        largest: A connected group of more members is a fault in the data.

    Returns:
        SCORED, ordered, with identities counted as in the profiles of everybody.
    """
    members = np.setdiff1d(np.flatnonzero(ages.group == ADULT) + 1, without)
    if len(members) < 2:
        return SCORED.empty_table()
    cut = Cut(max(model.link_at, link_at))
    with DuckDBEngine() as apart:
        apart.register_table(PROFILES, _profiles(engine, members))
        if not block(apart, largest_block=model.largest_block):
            return SCORED.empty_table()
        scorer = Scorer(apart, model, identities=len(members))
        try:
            likely = _by_name(cut.apply(scorer.score(PAIRS, at_least=at_least)))
            edges = Edges.of(likely)
            left, right = pairs_inside(components(len(members), edges, largest=largest).labels, edges)
            inside = SCORED.empty_table()
            if len(left):
                ids = {"join_key_l": left + 1, "join_key_r": right + 1}
                apart.register_table("linkage_inside", pa.table({"match_key": pa.repeat("0", len(left)), **ids}))
                inside = _by_name(cut.apply(scorer.score("linkage_inside", at_least=None)))
        finally:
            scorer.close()
    scored = pa.concat_tables([likely, inside])
    for at, side in enumerate(("left", "right")):
        scored = scored.set_column(at, side, pa.array(members[scored.column(side).to_numpy() - 1], pa.int64()))
    return scored


def with_adults(scored: pa.Table, adults: pa.Table, ages: Ages) -> pa.Table:
    """The scored pairs of everybody, those of two adults as their own model scored them; ordered by left and right."""
    both = [ages.group[scored.column(side).to_numpy() - 1] == ADULT for side in ("left", "right")]
    others = scored.filter(pa.array(~(both[0] & both[1])))
    return pa.concat_tables([others, adults]).sort_by([("left", "ascending"), ("right", "ascending")])


def _by_name(scored: pa.Table) -> pa.Table:
    """Nothing joins two records of which no name is alike."""
    nameless = pc.match_substring_regex(scored.column("pattern").cast(pa.string()), _NOTHING_OF_A_NAME)
    rule = pc.if_else(nameless, pa.scalar(None, pa.string()), scored.column("rule"))
    return scored.set_column(scored.column_names.index("rule"), "rule", rule)


def _profiles(engine: DuckDBEngine, members: np.ndarray) -> pa.Table:
    """The adults' profiles, counted from 1, with what only adults are compared on.

    ``phones`` and ``vehicles`` in one way of writing, ``pncs``, ``birth_years`` (two where only an age at some day is known);
    ``composites`` are the keys that pairs are looked for by, besides those of everybody.
    """
    engine.register_table("linkage_adult", pa.table({"id": members}))
    profiles = engine.query(f"select * from {PROFILES} semi join linkage_adult using (id) order by id")
    held = set(engine.query("select * from linkage_identity_record limit 0").column_names)
    told = engine.query(
        f"select identity_id, {', '.join(name if name in held else f'null as {name}' for name in _CONTACTS)} from linkage_identity_record"
        f" semi join (select identity_id from {PROFILES} semi join linkage_adult using (id)) using (identity_id)"
    )
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in told.to_pylist():
        for column, values in _comparable(row):
            found[row["identity_id"]][column].update(values)
    identities = profiles.column("identity_id").to_pylist()
    own = {
        name: [sorted(found[identity][name]) for identity in identities] for name in ("phones", "vehicles", "pncs", "years_by_age", "marks")
    }
    born = profiles.column("birth_year").to_pylist()
    columns = {
        "id": pa.array(range(1, len(members) + 1), pa.int64()),
        "phones": own["phones"],
        "vehicles": own["vehicles"],
        "pncs": own["pncs"],
        "birth_years": [[year] if year else by_age for year, by_age in zip(born, own["years_by_age"], strict=True)],
        "composites": own["marks"],
    }
    for name, values in columns.items():
        column = values if name == "id" else pa.array(values, _TEXTS)
        at = profiles.column_names.index(name) if name in profiles.column_names else None
        profiles = profiles.append_column(name, column) if at is None else profiles.set_column(at, name, column)
    return profiles


def _comparable(row: dict[str, object]) -> Iterator[tuple[str, Iterable[str]]]:
    """What one record tells besides names, dates and homes."""
    phones = [phone for part in several(_text(row["phone"])) if (phone := phone_number(part))]
    vehicles = [mark for part in several(_text(row["vehicle"])) if (mark := registration_mark(part))]
    pncs = [pnc] if (pnc := "".join(filter(str.isalnum, _text(row["pnc"]).upper()))) else []
    yield from (("phones", phones), ("vehicles", vehicles), ("pncs", pncs))
    yield "marks", (f"vehicle {mark}" for mark in vehicles)
    yield "marks", (f"pnc {pnc}" for pnc in pncs)
    age, seen = row["age"], row["valid_from"]
    if age is not None and seen is not None:
        latest = int(str(seen)[:4]) - int(str(age))
        yield "years_by_age", (str(latest - 1), str(latest))


def _text(value: object) -> str:
    return "" if value is None else str(value)
