"""Attack a release with what its readers hold, and tell what was tried and found. Nothing is stored; no true count is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sightline.app.held_release import Nested, hold_files, hold_release
from sightline.app.known_outside import read_totals
from sightline.app.outside_files import rows_of
from sightline.app.released_files import ReadFiles, read_files
from sightline.app.released_pages import is_address, read_server
from sightline.app.timed_answers import Watch
from sightline.definitions.breakdowns import AREAS_OF_A_WARD
from sightline.disclosure.blackbox import METHODS, Held, KnownNumber, Outcome, attack
from sightline.disclosure.blackbox.on_answers import TRIES
from sightline.disclosure.blackbox.on_sums import Worked
from sightline.errors import InputRefused, Place
from sightline.model.cubes import ReleasedTable
from sightline.model.releases import Release

SEED = 2026
"""Unions are drawn from this, so that the same release is always attacked the same way."""


@dataclass(frozen=True, slots=True)
class AttackReport:
    """What was tried on a release: each attack, what was read, and what could not be."""

    title: str
    method: str
    beside: tuple[str, ...]
    read: tuple[str, ...]
    unread: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def found(self) -> int:
        return sum(len(each.findings) for each in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without any number that was worked out."""
        return {
            "release": self.title,
            "method": self.method,
            "beside": list(self.beside),
            "read": list(self.read),
            "unread": list(self.unread),
            "found": self.found,
            "attacks": [
                {
                    "attack": each.id,
                    "tried": each.tried,
                    "findings": [{"where": found.where, "what": found.what} for found in each.findings],
                    "closer_than_five": each.closer,
                    "not_tried": each.not_tried,
                }
                for each in self.outcomes
            ],
        }


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who asks a server; nobody signs in without a name."""

    name: str | None = None
    password: str | None = None
    code: str | None = None


def attack_targets(
    target: Sequence[str],
    earlier: Sequence[str] = (),
    *,
    known: Path | None = None,
    wards: Path | None = None,
    method: str | None = None,
    tries: int = TRIES,
    sign_in: SignIn | None = None,
    clock: Callable[[], float] | None = None,
) -> AttackReport:
    """Attack a release by its files, or by the pages of a server on this machine, alone and beside earlier ones.

    Args:
        target: Files and folders of the release, or one address.
        earlier: A file, folder or address for each earlier release.
        known: Totals from other publications (CSV: indicator, quarter, breakdown, category, value, within, source).
        wards: Which wards make up which areas (CSV with ward_code and a column for each kind of area).
        method: By what the numbers were made safe, where no file says.
        sign_in: Who signs in to a server.
        clock: Tells seconds, to time a server with; none is timed without.

    Raises:
        NotFound, InputRefused, EnvironmentProblem: If something cannot be read, or its method is not known.
    """
    nested = _nested(wards) if wards else None
    watch = Watch(clock, np.random.default_rng(SEED)) if clock else None
    read = _read(target, sign_in or SignIn(), watch)
    held = hold_files(read, method=method, nested=nested)
    before = [hold_files(_read([each], sign_in or SignIn()), method=method) for each in earlier]
    return report_of(
        held,
        earlier=before,
        known=read_totals(known) if known else (),
        tries=tries,
        read=_names_of(read),
        unread=tuple(read.unread),
    )


def attack_kept(
    release: Release,
    earlier: Sequence[Release] = (),
    *,
    tables: Callable[[Release], Sequence[ReleasedTable]],
    nested: Nested | None = None,
    known: Sequence[KnownNumber] = (),
    tries: int = TRIES,
) -> AttackReport:
    """Attack a release as it is kept, beside earlier ones as they are kept, with totals that others publish.

    Args:
        tables: Gives what readers may cross and filter in a release: they hold it too.
        nested: Which wards make up which areas, where readers can look that up.
    """
    held, *before = (hold_release(each, nested=nested if each is release else None, tables=tables(each)) for each in (release, *earlier))
    read = ("the release itself", *(f"the table {table.id}" for table in tables(release)))
    return report_of(held, earlier=before, known=known, tries=tries, read=read)


def report_of(
    target: Held | Worked,
    *,
    earlier: Sequence[Held | Worked] = (),
    known: Sequence[KnownNumber] = (),
    tries: int = TRIES,
    rng: np.random.Generator | None = None,
    read: tuple[str, ...] = (),
    unread: tuple[str, ...] = (),
) -> AttackReport:
    """Run every attack.

    Args:
        target: The release, with what was worked out of it already if it was.
        earlier: Releases that readers hold besides.
        known: Totals from elsewhere.
        tries: So many unions are drawn.
        rng: Draws them; the same for every release where none is given.
        read: What was read.
        unread: What could not be.

    Raises:
        InputRefused: If a release was made safe by a method of which nothing is known.
    """
    held, before = _held(target), [_held(each) for each in earlier]
    for each in (held, *before):
        if each.method not in METHODS:
            raise InputRefused(
                f'Nothing is known of the method "{each.method}", so its numbers cannot be read.',
                hint=f"Known are: {', '.join(METHODS)}. Attack it with the version of Sightline that made it.",
            )
    outcomes = attack(target, earlier=earlier, known=known, rng=rng or np.random.default_rng(SEED), tries=tries)
    return AttackReport(held.title, held.method, tuple(each.title for each in before), read, unread, tuple(outcomes))


def _held(release: Held | Worked) -> Held:
    return release.held if isinstance(release, Worked) else release


def _read(targets: Sequence[str], sign_in: SignIn, watch: Watch | None = None) -> ReadFiles:
    addresses = [each for each in targets if is_address(each)]
    if addresses and len(targets) > 1:
        raise InputRefused("An address stands alone: files cannot be given beside it.", hint="Give one address, or files only.")
    if addresses:
        return read_server(addresses[0], name=sign_in.name, password=sign_in.password, code=sign_in.code, watch=watch)
    return read_files([Path(each) for each in targets])


def _names_of(read: ReadFiles) -> tuple[str, ...]:
    named = ["the release itself"] if read.release else []
    pages = (name for name, _ in (*read.pages, *read.maps))
    return (*named, *read.figures, *read.tables, *read.cubes, *read.answers, *pages)


def _nested(path: Path) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows_of(path):
        for column in AREAS_OF_A_WARD:
            area = row.get(column) or (row.get("deprivation_quintile") if column == "deprivation" else None)
            if area and row.get("ward_code"):
                found.setdefault(column, {}).setdefault(area, set()).add(row["ward_code"])
    if not found:
        raise InputRefused("This file does not tell which wards make up an area.", place=Place(file=str(path)))
    return {column: {area: frozenset(codes) for area, codes in areas.items()} for column, areas in found.items()}
