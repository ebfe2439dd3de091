"""What the newest linkage made of pairs that were reviewed: one person or two, and what a rule keeps apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.publish_generation import current_generation
from sightline.app.tables import identity_agencies
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import NotFound
from sightline.ledger.linkages import latest_linkage
from sightline.linkage.apart import contradicted, in_common
from sightline.linkage.calibrate import fates

NO_FATE = -1
"""Of a pair with an identity that no return holds any more."""


@dataclass(frozen=True)
class SeenNow:
    """One element for each pair asked about.

    ``fate`` is a `Fate` or `NO_FATE`, ``kept_apart`` the rule that keeps the pair apart or None, ``between_strangers`` whether it is
    between two people with no agency in common.
    """

    fate: np.ndarray
    kept_apart: np.ndarray
    between_strangers: np.ndarray


def seen_now(workspace: Workspace, left: np.ndarray, right: np.ndarray) -> SeenNow:
    """Look pairs of identities up in the linkage of the current generation.

    Raises:
        NotFound: If its people are not linked.
    """
    generation = current_generation(workspace)
    linkage = latest_linkage(generation.number) if generation.number is not None else None
    if linkage is None or not linkage.pairs:
        raise NotFound("The people of the current generation are not linked yet.", hint="Run `sightline link` first.")
    links, pairs = (workspace.objects.get_table(digest) for digest in (linkage.links, linkage.pairs))
    with DuckDBEngine() as engine:
        agency_of = identity_agencies(workspace, generation, engine)
    identities = links.column("identity_id").combine_chunks()
    person = links.column("person_id").combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    agency = np.array([agency_of[identity] for identity in identities.to_pylist()], dtype=object)
    ends = [_places(pairs.column(side).combine_chunks(), identities) for side in ("left", "right")]
    asked = [_places(pa.array(side.tolist(), pa.string()), identities) for side in (left, right)]
    reasons = {
        (one, other): reason
        for one, other, reason in zip(*(each.tolist() for each in ends), pairs.column("forbidden").to_pylist(), strict=True)
        if reason is not None
    }
    kept_apart = np.array(
        [reasons.get((min(both), max(both))) for both in zip(*(each.tolist() for each in asked), strict=True)], dtype=object
    )
    held = (asked[0] >= 0) & (asked[1] >= 0)
    one, other = (person[each] for each in asked)
    barred = pc.is_valid(pairs.column("forbidden")).to_numpy()
    # the pairs asked about stand behind all others, so that what parts their people is known
    against = contradicted(
        np.concatenate([ends[0], asked[0]]),
        np.concatenate([ends[1], asked[1]]),
        np.append(barred, np.zeros(len(held), dtype=bool)),
        person=person,
    )[len(barred) :]
    common = in_common(one, other, person=person, agency=agency)
    fate = np.where(held, fates(one == other, against | common), NO_FATE)
    strangers = held & (one != other) & ~common
    return SeenNow(fate, kept_apart, strangers)


def _places(names: pa.Array, identities: pa.Array) -> np.ndarray:
    """Where each identity stands; -1 for one that is not there."""
    places = pc.fill_null(pc.index_in(names, value_set=identities), -1)
    return np.asarray(places.to_numpy(zero_copy_only=False), dtype=np.int64)
