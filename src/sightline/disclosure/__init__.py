"""The one gate between what was counted and what may be shown."""

from sightline.disclosure.gate import METHOD, protect, protect_count, protect_range, protect_sets

__all__ = ["METHOD", "protect", "protect_count", "protect_range", "protect_sets"]
