"""Who may not be shown beside whom: a former identity of somebody adopted or protected, and whoever they are now.

Everything that shows two identities side by side (events, overrides, possible links, a review) asks here first, also of what was kept
before the decision was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.workspace import Workspace
from sightline.ledger.linkages import previous_linkage
from sightline.ledger.overrides import in_force
from sightline.model.overrides import OverrideKind


@dataclass(frozen=True)
class Protection:
    """For each decision not to link the identities of the person on either side of it."""

    sides: tuple[tuple[frozenset[str], frozenset[str]], ...]

    def hides(self, identities: Iterable[str]) -> bool:
        """Whether showing these identities together would show what must not be known."""
        shown = set(identities)
        return any(shown & one and shown & other for one, other in self.sides)

    def visible(self, pairs: pa.Table) -> pa.Table:
        """The rows of a table with ``left`` and ``right`` (identity ids) that may be shown."""
        if not self.sides:
            return pairs
        # only a pair of which both ends are somebody's who is protected may show anything: few of millions
        concerned = pa.array(sorted({identity for sides in self.sides for side in sides for identity in side}), pa.string())
        near = pc.and_(*(pc.is_in(pairs[end], value_set=concerned) for end in ("left", "right")))
        rows = pc.indices_nonzero(near)
        ends = zip(pairs["left"].take(rows).to_pylist(), pairs["right"].take(rows).to_pylist(), strict=True)
        kept = np.ones(len(pairs), dtype=bool)
        kept[[at for at, both in zip(rows.to_pylist(), ends, strict=True) if self.hides(both)]] = False
        return pairs.filter(pa.array(kept))


def protection(workspace: Workspace) -> Protection:
    """What stewards' decisions not to link protect, as people are linked now."""
    decisions = [(row.left, row.right) for row in in_force().filter(kind=OverrideKind.DO_NOT_LINK)]
    newest = previous_linkage()
    if not decisions or newest is None:
        return Protection(tuple((frozenset({left}), frozenset({right})) for left, right in decisions))
    links = workspace.objects.get_table(newest.links)
    ends = pa.array(sorted({end for pair in decisions for end in pair}), pa.string())
    person_of = _rows(links, "identity_id", ends, key="identity_id", value="person_id")
    members: dict[str, set[str]] = {}
    people = pa.array(sorted(set(person_of.values())), pa.string())
    for identity, person in _rows(links, "person_id", people, key="identity_id", value="person_id").items():
        members.setdefault(person, set()).add(identity)
    sides = []
    for left, right in decisions:
        one, other = ({end} | members.get(person_of.get(end, ""), set()) for end in (left, right))
        # linked before the decision and not yet parted: what is one side's and what the other's is known of the two alone
        both = one & other
        sides.append((frozenset(one - both | {left}), frozenset(other - both | {right})))
    return Protection(tuple(sides))


def _rows(links: pa.Table, column: str, wanted: pa.Array, *, key: str, value: str) -> dict[str, str]:
    found = links.filter(pc.is_in(links[column], value_set=wanted))
    return dict(zip(found[key].to_pylist(), found[value].to_pylist(), strict=True))
