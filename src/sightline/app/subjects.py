"""Find one person by what an agency calls them, or by a pair of the review of links, and the keyed stand-in that registers name them by.

Nobody is found by a name: whoever asks holds a number of a record already, and it is neither kept nor repeated.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from sightline.app.link_protection import protection
from sightline.app.override_links import identity_of
from sightline.app.publish_generation import current_generation
from sightline.app.tables import UNLINKED, identities_told_of
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import NotFound
from sightline.ledger import reviews
from sightline.ledger.linkages import latest_linkage, previous_linkage
from sightline.ledger.nondisclosure import not_disclosed_of
from sightline.ledger.scope import whole_partnership
from sightline.ledger.subject_models import BreakGlass

__all__ = [
    "ByNumber",
    "ByPair",
    "Person",
    "find_person",
    "identities_now",
    "linked_now",
    "not_disclosed_of",
    "stand_in",
    "subject_token",
]


@dataclass(frozen=True, slots=True)
class Person:
    """One person as people are linked now: their id, and their keyed id at each agency that knows them."""

    id: str
    identities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByNumber:
    """The person whom an agency knows under its own number."""

    agency: str
    number: str


@dataclass(frozen=True, slots=True)
class ByPair:
    """The person of one agency's record in a pair of the review of links."""

    review: int
    pair: int
    agency: str


@whole_partnership()
def find_person(workspace: Workspace, named: ByNumber | ByPair) -> Person | None:
    """The person as people are linked now; None where no return that counts tells of them.

    Raises:
        NotFound: If there is no such agency, or nothing is published.
        InputRefused: If the number is empty.
    """
    identity = _identity(workspace, named)
    if identity is None:
        return None
    links = linked_now(workspace)
    own = links.filter(pc.equal(links["identity_id"], identity))["person_id"].to_pylist()
    if own:
        return Person(own[0], identities_now(workspace, own[0], ()))
    with DuckDBEngine(spill=workspace.spill) as engine:
        is_told_of = identities_told_of(workspace, current_generation(workspace), engine, [identity]).get(identity, False)
    return Person(f"{UNLINKED}{identity}", (identity,)) if is_told_of else None


def identities_now(workspace: Workspace, person: str, known: Collection[str]) -> tuple[str, ...]:
    """The keyed ids of a person's records as people are linked now.

    Args:
        workspace: Where.
        person: The id that linkage gave them, or of somebody who was not linked.
        known: Their records when they were first asked for; followed where the person had no id of linkage then.
    """
    links = linked_now(workspace)
    if person.startswith(UNLINKED):
        own = links.filter(pc.is_in(links["identity_id"], value_set=pa.array(sorted(known), pa.string())))["person_id"].to_pylist()
        return tuple(sorted(known)) if not own else identities_now(workspace, own[0], ())
    return tuple(sorted(links.filter(pc.equal(links["person_id"], person))["identity_id"].to_pylist()))


def identity_of_number(workspace: Workspace, named: ByNumber) -> str:
    """The keyed id of somebody under an agency's number, whether or not a return tells of them.

    Raises:
        NotFound: If there is no such agency.
        InputRefused: If the number is empty.
    """
    return identity_of(workspace, agency=named.agency, local_id=named.number)


def subject_token(workspace: Workspace, person: str) -> str:
    """The stand-in for a person in the audit and in registers: nobody without the workspace's key can make it of anything."""
    return stand_in(workspace, "subject", person)


def subject_tokens(workspace: Workspace, identities: Collection[str]) -> tuple[str, ...]:
    """The stand-ins of whose records these are, as people are linked now."""
    links = linked_now(workspace)
    own = links.filter(pc.is_in(links["identity_id"], value_set=pa.array(sorted(identities), pa.string()))).to_pylist()
    persons = {row["identity_id"]: row["person_id"] for row in own}
    return tuple(sorted({subject_token(workspace, persons.get(each, f"{UNLINKED}{each}")) for each in identities}))


def stand_in(workspace: Workspace, kind: str, *parts: str) -> str:
    """A keyed stand-in for something that is not to be named, 16 hexadecimal digits."""
    return blake2b("\x1f".join(parts).encode(), key=workspace.identity_key, person=kind.encode(), digest_size=8).hexdigest()


def _identity(workspace: Workspace, named: ByNumber | ByPair) -> str | None:
    if isinstance(named, ByNumber):
        return identity_of_number(workspace, named)
    try:
        pair = reviews.find_pair(reviews.find_review(named.review), named.pair)
    except NotFound:
        return None
    if protection(workspace).hides((pair.left, pair.right)):
        return None
    sides = [(pair.left_agency, pair.left), (pair.right_agency, pair.right)]
    own = [identity for agency, identity in sides if agency == named.agency]
    return own[0] if len(own) == 1 else None


def linked_now(workspace: Workspace) -> pa.Table:
    """Who is whom by the newest linkage; a generation that was published since has none of its own yet."""
    generation = current_generation(workspace)
    linkage = (latest_linkage(generation.number) if generation.number is not None else None) or previous_linkage()
    if linkage is None:
        return pa.table({"identity_id": pa.array([], pa.string()), "person_id": pa.array([], pa.string())})
    return workspace.objects.get_table(linkage.links)


def person_of(workspace: Workspace, row: BreakGlass) -> Person:
    """Whose records an emergency opened, as people are linked now."""
    return Person(row.person, identities_now(workspace, row.person, row.identities))
