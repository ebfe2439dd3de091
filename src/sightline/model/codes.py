"""The common code lists: what a mapped code may be, and the words for it.

Every list has ``not_recorded``: an agency that cannot say is not an agency that says no. The local code is kept beside the common one.
"""

from __future__ import annotations

from datetime import date

NOT_RECORDED = "not_recorded"

CODE_LISTS: dict[str, dict[str, str]] = {
    "sex": {"female": "Female", "male": "Male", NOT_RECORDED: "Not recorded"},
    "ethnicity": {
        "asian": "Asian or Asian British",
        "black": "Black or Black British",
        "mixed": "Mixed or multiple ethnic groups",
        "white": "White",
        "other": "Another ethnic group",
        NOT_RECORDED: "Not recorded",
    },
    "exploitation_type": {
        "sexual": "Child sexual exploitation",
        "criminal": "Child criminal exploitation",
        "gangs": "Gangs",
        "trafficking": "Trafficking and modern slavery",
        "missing": "Missing",
        "other": "Other exploitation",
    },
    "certainty": {"known": "Known", "suspected": "Suspected", "at_risk": "At risk"},
    "referral_source": {
        "individual": "Family, friends or the child",
        "school": "Schools",
        "education_service": "Education services",
        "health": "Health services",
        "housing": "Housing",
        "council": "Council services",
        "police": "Police",
        "other_legal": "Courts and other legal agencies",
        "other": "Other",
        "anonymous": "Anonymous",
        NOT_RECORDED: "Not recorded",
    },
    "role": {
        "victim": "Victim",
        "suspect": "Suspect",
        "witness": "Witness",
        "missing": "Missing person",
        "associate": "Associate",
        "subject": "Subject",
        "reporter": "Reporting person",
        NOT_RECORDED: "Not recorded",
    },
    "episode_type": {"missing": "Missing", "away": "Away without authorisation", NOT_RECORDED: "Not recorded"},
    "plan_type": {
        "EH": "Early help",
        "CIN": "Child in need plan",
        "CP": "Child protection plan",
        "CLA": "Looked after",
        "MACE": "Exploitation plan",
        "YJ": "Youth justice",
        "SAFETY": "Safety plan",
    },
    "exclusion_category": {"suspension": "Suspension", "permanent": "Permanent exclusion", "lunchtime": "Lunchtime exclusion"},
    "ae_method": {"weapon": "Knife, gun or other weapon", "body": "Body part", "other": "Other", NOT_RECORDED: "Not recorded"},
    "location_type": {
        "home": "Home",
        "other_home": "Another home",
        "street": "Street or public place",
        "licensed": "Licensed premises",
        "school": "School or education",
        "park": "Park or open space",
        "transport": "Transport",
        "care_home": "Children's home",
        "shop": "Shop or food outlet",
        "online": "Online",
        "other": "Other",
        NOT_RECORDED: "Not recorded",
    },
    "age_band": {"0-9": "0 to 9", "10-12": "10 to 12", "13-15": "13 to 15", "16-17": "16 to 17"},
}

AGE_BAND_STARTS: tuple[tuple[int, str], ...] = ((0, "0-9"), (10, "10-12"), (13, "13-15"), (16, "16-17"))


def age_in_years(born: date, on: date) -> int:
    """Whole years of age on a day; negative before birth.

    >>> age_in_years(date(2010, 5, 1), date(2026, 4, 30))
    15
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
