"""What a linkage linked to nobody: returns that it could not read with the others, and people whose records it could not compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sightline.app.token_epochs import LeftOut
from sightline.ledger.models import Linkage, ReturnVersion
from sightline.linkage import Summary

_MEND = "Mend its return and submit it again; then run `sightline publish` and `sightline link`."


def people_left_alone(done: Summary) -> Iterator[str]:
    """A sentence for each agency and reason; nothing of anybody's record."""
    for agency, why in done.not_comparable.items():
        alone, known = done.not_compared[agency], done.known[agency]
        if alone == known:
            yield f"Nobody told of by {agency} ({_people(known)}) was linked: {why}. {_MEND}"
            continue
        yield (
            f"Of the {_people(known)} told of by {agency} only those with a number that can be right were linked: {why}, and {alone:,} of"
            f" them have no such number either. {_MEND} If names may not leave the agency, let it prepare its returns with `--tokens`."
        )
    for agency, count in done.shared_numbers.items():
        numbers, seem = ("number", "seems") if count == 1 else ("numbers", "seem")
        yield (
            f"{count:,} {numbers} that {agency} gives its people {seem} to stand for two people, of other names and years of birth; whoever"
            f" has one of them was linked to nobody. {_MEND} Where it is one person after all, a steward says so with"
            " `sightline link override add must-link`."
        )


def returns_left_out(linkage: Linkage) -> tuple[LeftOut, ...]:
    """The returns of which nobody was linked with anybody another agency tells of."""
    left = [LeftOut(**each) for each in linkage.summary.get("left_out", ())]
    lacking = {
        agency: why for agency, why in linkage.summary.get("not_comparable", {}).items() if nobody_was_linked(linkage.summary, agency)
    }
    theirs = ReturnVersion.objects.filter(
        generations__generation_id=linkage.generation_id, agency__in=list(lacking), parts__entity="identity_record"
    )
    named = {one.return_id for one in left}
    for version in theirs.exclude(id__in=named).distinct().order_by("id"):
        left.append(LeftOut(version.id, version.agency, version.dataset, version.period, "", is_lost=False, lacks=lacking[version.agency]))
    return tuple(left)


def nobody_was_linked(summary: Mapping[str, Any], agency: str) -> bool:
    """Whether all people of an agency that could not be compared were linked to nobody, and not only those without a number."""
    return bool(summary["not_compared"][agency] == summary["known"][agency])


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"
