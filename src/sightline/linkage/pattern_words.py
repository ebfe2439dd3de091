"""How alike two records are, as a sentence: the pattern of a pair (``given:same|family:one slip``) in plain words."""

from __future__ import annotations

NOUNS = {
    "given": "given name",
    "family": "family name",
    "middle": "middle name",
    "born": "date of birth",
    "home": "home",
    "birthplace": "place of birth",
    "phone": "phone number",
    "sex": "sex",
    "nhs": "NHS number",
    "upn": "unique pupil number",
    "composite": "composite key",
    "vehicle": "vehicle",
    "pnc": "Police National Computer id",
}
_PLURALS = {"born": "dates of birth", "birthplace": "places of birth", "sex": "sexes"}
# A label that means the same of everything; {noun} and {nouns} are what is compared.
_GENERAL = {
    "same": "same {noun}",
    "different": "{nouns} differ",
    "one slip": "{nouns} differ by one slip",
    "alike": "{nouns} are alike",
    "initial": "{noun} fits an initial",
    "a part": "{nouns} have a part in common",
    "other order": "given and family names in the other order",
    "a name in the other column": "a given name stands where the other record has a family name",
    "both names different": "both names differ",
    "nickname or spelling": "{nouns} are a nickname or another spelling of each other",
    "another given name": "one of several given names is the same",
    "same at another time": "same {noun} as recorded at another time",
}
_PARTICULAR = {
    ("born", "same default day"): "same date of birth, on a day that forms fill in by themselves",
    ("born", "day and month swapped"): "day and month of birth swapped",
    ("born", "one digit"): "dates of birth differ in one digit",
    ("born", "first of the year or month"): "same year or month of birth, one of them given as its first day",
    ("born", "month as far as given"): "same month of birth, as far as it is given",
    ("born", "year as far as given"): "same year of birth, as far as it is given",
    ("born", "about the age"): "about the same age, as far as it is known",
    ("born", "same month"): "born in the same month",
    ("born", "same year"): "born in the same year",
    ("born", "due and born"): "born, or due, within a month of each other, one without a name yet",
    ("given", "the family name alone"): "one record has one name only, which is the other's family name",
    ("home", "same"): "same postcode",
    ("home", "same address"): "same address",
    ("home", "earlier"): "a postcode or an address in common at another time",
    ("home", "address alike"): "addresses are alike",
    ("home", "address but for slips"): "addresses are the same but for slips",
    ("home", "all but the house number"): "addresses are the same but for the house number",
    ("home", "address nearly alike"): "addresses are nearly alike",
    ("home", "one slip"): "postcodes or addresses differ by one slip",
    ("home", "near"): "homes near each other",
}
_SILENT = "not given"


def in_words(pattern: str) -> str:
    """The pattern as a reader without the model can read it; what was not compared stands last. Empty for an empty pattern.

    >>> in_words("given:same|family:one slip|phone:not given")
    'same given name; family names differ by one slip; one or both lack: phone number'
    """
    found = [part.partition(":")[::2] for part in pattern.split("|") if part]
    said = [_said(comparison, label) for comparison, label in found if label != _SILENT]
    silent = [NOUNS.get(comparison, comparison) for comparison, label in found if label == _SILENT]
    return "; ".join([*dict.fromkeys(said), *([f"one or both lack: {', '.join(silent)}"] if silent else [])])


def _said(comparison: str, label: str) -> str:
    """A label that nobody has written words for is said as it stands, which is plain enough."""
    noun = NOUNS.get(comparison, comparison)
    words = _PARTICULAR.get((comparison, label)) or _GENERAL.get(label)
    return words.format(noun=noun, nouns=_PLURALS.get(comparison, f"{noun}s")) if words else f"{noun}: {label}"
