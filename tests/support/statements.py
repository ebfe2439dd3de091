"""A linkage statement made by hand, as it comes out of the gate."""

from __future__ import annotations

from sightline.model.findings import NotChecked
from sightline.publish.linkage_statement import CutLine, GroupLine, LinkageStatement, MissLine, Share

CALIBRATED = "calibrated probabilities"


def example_statement() -> LinkageStatement:
    """Everything a statement can hold: numbers, words in their place, groups too small to be shown, something not checked."""
    share, wide = Share(0.973, 0.961, 0.982, CALIBRATED), Share(0.91, 0.84, 0.95, CALIBRATED)
    part = Share(0.48, 0.46, 0.5)
    small = ("withheld",) * 3
    return LinkageStatement(
        partnership="Saltmere Safeguarding Children Partnership",
        generation="G4-1234567890ab",
        linkage=4,
        made_at="2026-05-15T09:00:00+00:00",
        made_by="analyst",
        model="children_across_agencies 3",
        about_model="How often each degree of likeness is met by records of one person and of two people.",
        records=(("Children's social care", 1170), ("Police", 325), ("Housing", "withheld")),
        people=4705,
        linked_people=1270,
        links=2535,
        comparisons=(("Given names", "same, nickname or spelling, one slip, different"), ("Date of birth", "same, one digit, different")),
        methods=(("likeness", 805), ("NHS number and date of birth", 410)),
        forbidden=(("different NHS numbers", 60), ("twin or sibling", "withheld")),
        reviewed="Reviewers agreed on 412 pairs of records. Probabilities are calibrated by 398 of them.",
        expected_precision=Share(0.9987, 0.996, 0.9995, CALIBRATED),
        precision=Share(0.994, 0.985, 0.998, "reviews"),
        recall=share,
        groups=(
            GroupLine("sex", "Female", 2305, part, share, share, part, part),
            GroupLine("sex", "Male", 2395, part, share, wide, part, part),
            GroupLine("sex", "Not recorded", "withheld", "withheld", *small, "withheld"),
            GroupLine("agency", "Police", 325, wide, share, "not known", part, "withheld"),
        ),
        cuts=(CutLine(Share(0.9921, 0.99, 0.994), 4690, 2550, False), CutLine(Share(0.9987, 0.996, 0.9995), 4705, 2535, True)),
        missed=(MissLine("Children's social care", "Police", 110, wide), MissLine("Housing", "Police", "withheld", "withheld")),
        not_checked=(NotChecked("deprivation", "no measure of deprivation is among the geography of this partnership"),),
    )
