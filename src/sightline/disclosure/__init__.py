"""The one gate between what was counted and what may be shown."""

from sightline.disclosure.gate import METHOD, protect, protect_count, protect_median, protect_range, protect_sets, ratios_of

__all__ = ["METHOD", "protect", "protect_count", "protect_median", "protect_range", "protect_sets", "ratios_of"]
