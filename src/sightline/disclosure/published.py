"""A table under a protection profile: rounded so that sums agree, or with what is small withheld; audited, or not made at all.

Method page: docs/methods/protection-profiles.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sightline.definitions.protection import ProtectionProfile
from sightline.disclosure.audit import Audit, audit
from sightline.disclosure.cubes import Cube, KnownTotal, cells, margins, words
from sightline.disclosure.knowledge import UNBOUNDED, Earlier, Mask, Told, told_by_rounding, told_by_withholding
from sightline.disclosure.primary import Behind, Rules, primary, singletons
from sightline.disclosure.rounding import round_cube
from sightline.disclosure.suppression import suppress
from sightline.errors import ExitCode, SightlineError

Counts = NDArray[np.int64]
LISTED = 20
FEW = 10
"""Events of at least so many by fewer children than this are withheld, as at the gate."""
ROUNDED = "rounded"


class TableUnsafe(SightlineError):
    """The auditor could work out of a table, with what readers already have, what may not be worked out."""

    code = "SL-DIS-006"
    hint = "Nothing was written. Ask for fewer breakdowns, or for coarser ones; what was published before cannot be taken back."
    exit_code = ExitCode.REFUSED


@dataclass(frozen=True, eq=False)
class Around:
    """What else readers have, and what else must not be shown.

    Args:
        same: Other releases and tables of the same counts.
        earlier: Tables of the same cells from earlier records.
        known: Totals that others publish.
        withhold: Further cells, in the flat order, that must not be shown for their own sake.
        tells: Dimensions that tell what happened to a child.
        single_homes: For dimensions of places, the codes with one home only.
    """

    same: tuple[Told, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    known: tuple[KnownTotal, ...] = ()
    withhold: Mask | None = None
    tells: tuple[str, ...] = ()
    single_homes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """What may be given out of a cube, cell by cell in the flat order, and what it tells.

    Args:
        shown: Numbers as they are printed; those of withheld cells mean nothing.
        withheld: Cells of which no number is shown, whatever the reason.
        told: What readers learn.
        within: No shown number errs by more; public.
        base: What a printed 0 reaches up to, plus one; 1 where 0 is none.
    """

    cube: Cube
    shown: Counts
    withheld: Mask
    told: Told
    within: int
    base: int
    primaries: int
    certificates: int
    audit: Audit


def publish_under(
    profile: ProtectionProfile, cube: Cube, behind: Behind, *, key: bytes, around: Around | None = None, unit: str = "children"
) -> PublishedTable:
    """Make a table as a profile wants it, and have it attacked together with everything that readers have.

    Args:
        key: Secret and kept.
        unit: What is counted; of anything but children, many by few are withheld.

    Raises:
        CubeProblems: If the cube contradicts itself, a rule, or totals known outside; the message names which.
        TableUnsafe: If the auditor could work something out; the message names the cells and tells no count.
    """
    known = around or Around()
    cube = replace(cube, outside=(*cube.outside, *known.known))
    if cube.zeros == "shown" and any(each.band is not None for each in known.same):
        # Whoever has a release that prints none and a few alike would learn from a 0, or its absence, which it was.
        cube = replace(cube, zeros="with_small")
    make = _rounded if profile.method.value == ROUNDED else _withheld
    draft = make(profile, cube, behind, known, key, unit)
    return _audited(draft, known, width=profile.rules.width.value)


@dataclass(frozen=True, eq=False)
class _Draft:
    """A table before it is audited."""

    cube: Cube
    shown: Counts
    withheld: Mask
    told: Told
    within: int
    base: int
    certificates: Iterable[Counts] = ()
    """Made one at a time when they are read: there may be thousands, each as large as the table."""


def _rounded(profile: ProtectionProfile, cube: Cube, behind: Behind, _around: Around, key: bytes, unit: str) -> _Draft:
    base = profile.rules.base.value if profile.rules.base else 0
    truth = margins(cube, cube.atoms)
    few = _few_behind(truth, behind, unit)
    if few.any():
        listed = cells(cube)
        names = [f"{words(listed.name(int(cell)))} is made by fewer than {FEW} children" for cell in np.flatnonzero(few)[:LISTED]]
        raise TableUnsafe(
            _listing("Many events of few children are not hidden by rounding", names, int(few.sum())),
            hint="Count children, ask for fewer breakdowns, or use a profile that withholds.",
        )
    rounded = round_cube(cube, base=base, key=key)
    told = told_by_rounding(cube, rounded.margins, base=base, error=rounded.within)
    return _Draft(cube, rounded.margins, np.zeros(len(truth), dtype=bool), told, rounded.within, base)


def _few_behind(truth: Counts, behind: Behind, unit: str) -> Mask:
    if unit == "children" or behind.children is None:
        return np.zeros(len(truth), dtype=bool)
    return np.asarray((truth >= FEW) & (behind.children < FEW), dtype=bool)


def _withheld(profile: ProtectionProfile, cube: Cube, behind: Behind, around: Around, _key: bytes, unit: str) -> _Draft:
    rules, truth = profile.rules, margins(cube, cube.atoms)
    threshold = rules.smallest_shown.value if rules.smallest_shown else 0
    chosen = Rules(
        threshold=threshold,
        unit="family" if rules.siblings and rules.siblings.value else "child",
        dominance=rules.dominance.value if rules.dominance and unit != "children" else None,
        tells=around.tells if rules.whole_groups and rules.whole_groups.value else (),
        single_homes=around.single_homes,
    )
    marked = primary(cube, chosen, behind) | _few_behind(truth, behind, unit)
    if around.withhold is not None:
        marked |= around.withhold
    done = suppress(cube, marked, width=rules.width.value, singletons=singletons(cube, chosen, behind))
    told = told_by_withholding(cube, done.mask, marked, least=1 if cube.zeros == "shown" else 0, small=threshold)
    steps = _steps(profile, cube)
    shown, low, high = _nearest(truth, steps, threshold)
    hidden = told.high >= UNBOUNDED
    told = replace(told, low=np.where(hidden, told.low, low), high=np.where(hidden, told.high, high))
    base = threshold if cube.zeros == "with_small" else 1
    return _Draft(cube, shown, done.mask, told, int(steps.max()) // 2, base, (each.table(cube) for each in done.certificates))


def _steps(profile: ProtectionProfile, cube: Cube) -> Counts:
    """To the nearest multiple of what each cell is rounded once it is known which are shown; 1 for those that are left as they are."""
    rules, listed = profile.rules, cells(cube)
    steps = np.full(len(listed), rules.round_to.value if rules.round_to else 1, dtype=np.int64)
    if rules.totals_to is not None:
        finest = max(len(table.dimensions) for table in listed.tables)
        for table in listed.tables:
            if len(table.dimensions) < finest or not table.dimensions:
                steps[table.cells] = rules.totals_to.value
    return steps


def _nearest(truth: Counts, steps: Counts, threshold: int) -> tuple[Counts, Counts, Counts]:
    """Each count to the nearest multiple, and between what a reader then knows it to lie: none is none, and what is shown is not small."""
    shown = (truth + steps // 2) // steps * steps
    low, high = shown - steps // 2, shown + (steps - 1) // 2
    is_none = truth == 0
    return shown, np.where(is_none, 0, np.maximum(low, threshold)), np.where(is_none, 0, high)


def _audited(draft: _Draft, around: Around, *, width: int) -> PublishedTable:
    """The table, if nothing can be worked out of it and of everything else that readers have.

    What another release prints as "0 to 4", and what is part of that, can be no wider: it must stay as wide as it was.
    """
    told = draft.told
    for each in around.same:
        if each.band is not None:
            most = np.minimum(told.high, _most_by(each, draft.cube))
            band = each.band if told.band is None else min(each.band, told.band)
            told = replace(told, high=np.where(most <= each.band, most, told.high), band=band)
    same = tuple(Earlier(each, "none") for each in around.same)
    result = audit(draft.cube, told, width=width, earlier=(*same, *around.earlier), certificates=draft.certificates)
    if not result.is_safe:
        reasons = {"this": "could be worked out", "change": "would show exactly how few were added or taken away"}
        names = [f"{words(each.cell)} {reasons.get(each.block, reasons['this'])} ({each.by})" for each in result.failures[:LISTED]]
        raise TableUnsafe(_listing("The table was audited and failed", [*names, *result.problems], len(result.failures)))
    certificates = result.how[0].certificates
    return PublishedTable(
        draft.cube,
        draft.shown,
        draft.withheld,
        draft.told,
        draft.within,
        draft.base,
        int(draft.told.protected.sum()),
        certificates,
        result,
    )


def _most_by(told: Told, cube: Cube) -> Counts:
    """The most that each cell of a cube can be by what another release shows of it, or of anything that it is part of."""
    listed, others = cells(cube), cells(told.cube)
    most = np.full(len(listed), UNBOUNDED, dtype=np.int64)
    for table in listed.tables:
        here = np.full(table.shape, UNBOUNDED, dtype=np.int64)
        for other in others.tables:
            if set(other.dimensions) <= set(table.dimensions):
                shape = [length if each in other.dimensions else 1 for each, length in zip(table.dimensions, table.shape, strict=True)]
                here = np.minimum(here, told.high[other.cells].reshape(shape))
        most[table.cells] = here.ravel()
    return most


def _listing(what: str, names: Sequence[str], many: int) -> str:
    more = f"\n  and {many - LISTED} more" if many > LISTED else ""
    return f"{what}:{''.join(f'{chr(10)}  {each}.' for each in names)}{more}\n"
