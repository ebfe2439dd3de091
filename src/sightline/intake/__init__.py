"""Read an agency's extract: find its sheets and headers, map and check it, and say what was found. Extract → common model + findings."""

from sightline.intake.apart import read_apart, recognise_apart, survey_apart
from sightline.intake.read import read_return
from sightline.intake.recognise import recognise
from sightline.intake.result import IntakeResult

__all__ = ["IntakeResult", "read_apart", "read_return", "recognise", "recognise_apart", "survey_apart"]
