"""Make a rotation file at the agency: the return is prepared once more as it was sent, and each token made is paired with its successor.

No table and no text of the extract is written, only the pairs. The file is written under another name, read back from the disk, searched
for what was to stay behind and for both keys, and only then given its name.

How-to: docs/how-to/change-the-key.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sightline.app.field_tokens import with_field_tokens
from sightline.app.package_files import keep, unfinished
from sightline.app.prepare import ExtractRefused, Plan, Progress, Request, Work, key_in, look_for_the_key, made_less_exact
from sightline.errors import InputRefused, Place, Refused
from sightline.intake import read_apart
from sightline.model.rotations import Rotation, RotationBroken
from sightline.privacy.inspect import Inside, StillInside
from sightline.privacy.keyed import KeyUnusable
from sightline.privacy.rotation import BothKeys

_STEPS = 3


@dataclass(frozen=True, slots=True)
class MadeRotation:
    """A rotation file: what it is for, how many pairs it holds, the hash to quote, and where it lies."""

    rotation: Rotation
    sha256: str
    file: Path

    def as_dict(self) -> dict[str, Any]:
        told = {name: getattr(self.rotation, name) for name in ("agency", "dataset", "period", "old_key", "new_key")}
        return {**told, "pairs": len(self.rotation.pairs), "sha256": self.sha256, "file": str(self.file)}


def make_rotation(request: Request, new_key_file: Path, *, out: Path, progress: Progress | None = None) -> MadeRotation:
    """Pair every token of a return with the one that the new key makes of the same value.

    Args:
        request: The return as it was prepared when it was sent: the same files, mapping, mode and kind of tokens, with the old key.
        new_key_file: The key that replaces it.
        out: The file to write; beside it ``<out>.sha256`` with the hash to quote.
        progress: Told what is being done, how many steps are done and how many there are.

    Raises:
        ExtractRefused: If the extract has findings that block.
        KeyUnusable: If a key is missing or is none, both are one, or one lies among the files.
        StillInside: If the finished file holds anything but tokens.
        Refused: If there is a file of that name, or the return was sent without tokens.
        EnvironmentProblem: If the folder cannot be written.
    """
    if out.exists():
        raise Refused("There is a file of that name.", place=Place(file=str(out)), hint="Choose another name. Nothing was written.")
    plan = Plan.of(request)
    if plan.key is None:
        raise KeyUnusable("A rotation needs the old key and the new one.")
    if new_key_file.resolve() in {path.resolve() for path in plan.paths}:
        raise KeyUnusable("The new key file lies among the files to prepare.", hint="Keep it in another folder. Nothing was written.")
    if plan.mode == "aggregate_only":
        raise Refused("Counts hold no tokens, so that no key has to be changed in them.", hint="Nothing was written.")
    both = BothKeys.of(plan.key, key_in(new_key_file))
    if progress:
        progress("Reading the extract once more", 0, _STEPS)
    work = _prepared_again(replace(plan, key=both), progress)
    rotation = Rotation(
        agency=request.agency,
        dataset=request.dataset,
        period=str(request.period),
        old_key=both.fingerprint,
        new_key=both.new.fingerprint,
        pairs=dict(both.pairs),
    )
    if not rotation.pairs:
        raise Refused("The return holds no tokens, so that no key has to be changed in it.", hint="Nothing was written.")
    content = rotation.to_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if progress:
        progress("Looking into the finished file", 2, _STEPS)
    with unfinished(out, content) as draft:
        _look_into(draft, rotation, both, work)
        keep(draft, out, digest)
    if progress:
        progress("Made", _STEPS, _STEPS)
    return MadeRotation(rotation, digest, out)


def _prepared_again(plan: Plan, progress: Progress | None) -> Work:
    request = plan.request
    result = read_apart(
        plan.paths, mapping=plan.mapping, period=request.period, agency=request.agency, dataset=request.dataset, progress=progress
    )
    if result.refused:
        raise ExtractRefused(result.findings, result.not_checked)
    if request.tokens:
        made = with_field_tokens(result.tables, request.agency, plan.key, composite_only=request.tokens == "composite")
        result = replace(result, tables=made)
    if plan.digests_now() != plan.digests:
        raise InputRefused("A file changed while it was being read.", hint="Make the rotation again when it is whole. Nothing was written.")
    return made_less_exact(plan, result)


def _look_into(draft: Path, rotation: Rotation, both: BothKeys, work: Work) -> None:
    """Read the file back: pairs of tokens in their one form, and one line of plain words that are searched like any package's.

    Raises:
        StillInside: If anything else is in it.
    """
    content = draft.read_bytes()
    try:
        read = Rotation.from_bytes(content)
    except RotationBroken:
        raise StillInside((Inside("the rotation file", "what is no pair of tokens"),)) from None
    first = content.split(b"\n", 1)[0].decode("ascii")
    what = work.searched.within(first)
    if read != rotation or what:
        raise StillInside((Inside("the rotation file", what or "other pairs than were made"),))
    for key in (both, both.new):
        look_for_the_key(draft, key)
