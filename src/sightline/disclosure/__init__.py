"""The one gate between what was counted and what may be shown."""

from sightline.disclosure.gate import METHOD, protect, protect_count, protect_median, protect_range, protect_sets, ratios_of
from sightline.disclosure.marks import Marks
from sightline.disclosure.tables import ProtectedTable, protect_table, protect_tables
from sightline.disclosure.whole_release import Before, Protected, ToRelease, mark_release, protect_release

__all__ = [
    "METHOD",
    "Before",
    "Marks",
    "Protected",
    "ProtectedTable",
    "ToRelease",
    "mark_release",
    "protect",
    "protect_count",
    "protect_median",
    "protect_range",
    "protect_release",
    "protect_sets",
    "protect_table",
    "protect_tables",
    "ratios_of",
]
