"""Facts planted in the invented partnership on purpose, so that a test can hold that the indicators and analyses find them."""

from __future__ import annotations

from typing import Any

from sightline.synthesis.concerns import OVER_RECORDED
from sightline.synthesis.geography import FORMER_WARDS, MERGED_ON, Area
from sightline.synthesis.incidents import NOT_REVIEWED, ONE_IN, THRESHOLD_CHANGED
from sightline.synthesis.returns import POLICE_SHARES
from sightline.synthesis.schooling import school_code, silent_school

MARKER_THAT_CHANGED = "CCE"


def planted_facts(area: Area) -> dict[str, Any]:
    """Each fact with what tells it: which agency, which code, which quarter."""
    year, month, _ = THRESHOLD_CHANGED.split("-")
    return {
        "threshold_changed": {"agency": "police", "marker": MARKER_THAT_CHANGED, "from": f"{year}-Q{(int(month) + 2) // 3}"},
        "school_that_never_refers": {"school": school_code(silent_school(area)), "referral_source": "school"},
        "over_recorded_group": {"agency": "police", "ethnicity": OVER_RECORDED},
        "third_return_is_the_first_complete": {"agency": "police", "dataset": "police", "shares": list(POLICE_SHARES)},
        "reviews_not_held": {"agency": "police", "marker": NOT_REVIEWED, "one_in": ONE_IN},
        "boundary_change": {
            "former_wards": [code for code, _ in FORMER_WARDS],
            "ward": area.ward_codes[area.merged],
            "on": MERGED_ON,
        },
    }
