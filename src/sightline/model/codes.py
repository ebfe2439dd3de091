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
    "level": {
        "not_assessed": "Not assessed",
        "none": "No current concern",
        "emerging": "Emerging",
        "moderate": "Moderate",
        "significant": "Significant",
        "known_harm": "Known harm",
        NOT_RECORDED: "Not recorded",
    },
    "feeling": {"safe": "Safe", "unsafe": "Unsafe", "mixed": "Mixed", NOT_RECORDED: "Not recorded"},
    "tie": {
        "home": "Home",
        "placement": "Placement",
        "school": "School",
        "found": "Found there",
        "frequented": "Frequented",
        "harmer_home": "Home of somebody who causes harm",
        NOT_RECORDED: "Not recorded",
    },
    "association_type": {
        "missing_together": "Missing together",
        "arrested_together": "Arrested together",
        "harmed_together": "Harmed together",
        "friend": "Friend, as stated",
        "family": "Family",
        "household": "Household",
        "exploiter": "Somebody who exploits",
        "other": "Other",
        NOT_RECORDED: "Not recorded",
    },
    "disruption_type": {
        "abduction_warning": "Child abduction warning notice",
        "trafficking_order": "Slavery and trafficking order",
        "sexual_risk_order": "Sexual risk order",
        "injunction": "Civil injunction",
        "closure": "Closure order",
        "licensing": "Licensing action",
        "taxi_licence": "Taxi licence action",
        "premises_visit": "Visit to premises",
        "phone_line": "Phone line closed",
        "arrest": "Arrest",
        "charge": "Charge",
        "conviction": "Conviction",
        "exploitation_order": "Criminal exploitation prevention order",
        "other": "Other",
        NOT_RECORDED: "Not recorded",
    },
    "source_evaluation": {"reliable": "Reliable", "untested": "Untested", "not_reliable": "Not reliable", NOT_RECORDED: "Not recorded"},
    "information_evaluation": {
        "direct": "Known directly",
        "corroborated": "Known indirectly, corroborated",
        "indirect": "Known indirectly",
        "not_known": "Not known",
        "suspected_false": "Suspected to be false",
        NOT_RECORDED: "Not recorded",
    },
    "handling": {"permitted": "Sharing permitted", "conditions": "Sharing permitted with conditions", NOT_RECORDED: "Not recorded"},
    "first_responder": {
        "local_authority": "Local authority",
        "police": "Police",
        "border": "Home Office and Border Force",
        "crime_agency": "National Crime Agency",
        "labour_abuse": "Gangmasters and Labour Abuse Authority",
        "voluntary": "Voluntary organisation",
        "other": "Other",
        NOT_RECORDED: "Not recorded",
    },
    "nrm_decision": {
        "positive": "Positive",
        "negative": "Negative",
        "suspended": "Suspended",
        "withdrawn": "Withdrawn",
        "pending": "Pending",
        NOT_RECORDED: "Not recorded",
    },
    "provision": {
        "mainstream": "Mainstream school",
        "alternative": "Alternative provision",
        "special": "Special school",
        "home": "Educated at home",
        "missing_education": "Missing education",
        NOT_RECORDED: "Not recorded",
    },
    "ace_type": {
        "domestic_abuse": "Domestic abuse",
        "parental_alcohol": "Alcohol misuse in the household",
        "parental_drugs": "Drug misuse in the household",
        "parental_mental_health": "Mental ill health in the household",
        "neglect": "Neglect",
        "physical_abuse": "Physical abuse",
        "sexual_abuse": "Sexual abuse",
        "emotional_abuse": "Emotional abuse",
        "parental_custody": "A parent in custody",
        "bereavement": "Bereavement",
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
