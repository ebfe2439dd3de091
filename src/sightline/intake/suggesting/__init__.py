"""Suggest which code a text that no list knows is meant for, learned from the spellings that councils use.

To learn anew: `sightline.intake.suggesting.learning`. How it works and where it fails: docs/methods/suggesting-codes.md.
"""

from sightline.intake.suggesting.suggester import AUTOMATIC, Suggester, Suggestion, shipped

__all__ = ["AUTOMATIC", "Suggester", "Suggestion", "shipped"]
