"""The last gate of a release: it is attacked as its readers could, before it is written, and the outcome is kept with it.

Method page: docs/methods/attacking-releases.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sightline.app.attack_files import attack_json
from sightline.app.attack_release import AttackReport, report_of
from sightline.disclosure.blackbox.on_sums import KnownNumber, Worked
from sightline.errors import Refused

LISTED = 10
READ = "the release itself"


class ReleaseGivesAway(Refused):
    """Somebody who holds nothing but the release could work out of it what it should hide."""

    code = "SL-APP-033"
    hint = (
        "Nothing was released, and the releases made before stay as they are. The attacks are told in docs/methods/attacking-releases.md; "
        "what is named was worked out by the attack before it. Tell the maintainers which attack it was."
    )


def attacked(worked: Worked, earlier: Sequence[Worked], *, known: Sequence[KnownNumber] = (), rng: np.random.Generator) -> bytes:
    """Try every attack on a release that is about to be written; the report to keep with it.

    Args:
        worked: The release as its readers will hold it.
        earlier: Every release that readers hold already.
        known: Totals that others publish.
        rng: Draws unions and worlds; the same draws give the same report.

    Raises:
        ReleaseGivesAway: If anything was found. It names the cells and the attack, and tells no number.
    """
    report = report_of(worked, earlier=earlier, known=known, rng=rng, read=(READ,))
    if report.found:
        raise ReleaseGivesAway(_listing(report))
    return attack_json(report)


def _listing(report: AttackReport) -> str:
    told = [f"\n  {each.id}: {found.where}: {found.what}" for each in report.outcomes for found in each.findings]
    more = f"\n  and {len(told) - LISTED:,} more" if len(told) > LISTED else ""
    return f"The release was attacked with what it would show, and gave away {len(told):,} things:{''.join(told[:LISTED])}{more}\n"
