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
    "missing_from": {
        "home": "Home",
        "foster_care": "Foster care",
        "care_home": "Children's home",
        "supported": "Semi-independent home",
        "hospital": "Hospital",
        "school": "School",
        "other": "Other",
        NOT_RECORDED: "Not recorded",
    },
    "deprivation": {
        "1": "Most deprived fifth",
        "2": "Second fifth",
        "3": "Middle fifth",
        "4": "Fourth fifth",
        "5": "Least deprived fifth",
        NOT_RECORDED: "Not recorded",
    },
    "time_of_day": {
        "night": "Night, midnight to 6",
        "morning": "Morning, 6 to noon",
        "afternoon": "Afternoon, noon to 6",
        "evening": "Evening, 6 to midnight",
        NOT_RECORDED: "Not recorded",
    },
    "border_crossed": {
        "home_ward": "In the ward where the child lives",
        "another_ward": "In another ward of the area",
        "outside_area": "Outside the area",
        NOT_RECORDED: "Not recorded",
    },
    "said_gender": {
        "girl": "Girl or young woman",
        "boy": "Boy or young man",
        "other": "Another way",
        NOT_RECORDED: "Not said",
    },
    "said_age_band": {"10-12": "10 to 12", "13-15": "13 to 15", "16-17": "16 to 17", "18+": "18 and over", NOT_RECORDED: "Not said"},
    "age_band": {"0-9": "0 to 9", "10-12": "10 to 12", "13-15": "13 to 15", "16-17": "16 to 17"},
}

_POSSIBLE_SIGNS = {
    "missing": "Going missing",
    "harmed": "Harmed in an incident outside the home",
    "suspected": "Met by police as a suspect",
    "injury": "Injured in an assault, or a concern in an emergency department",
    "sent_home": "Suspended or excluded from school",
    "absent": "Half or more of a term missed",
    "home_taken_over": "Home taken over by others",
}
COUNTED_LISTS: dict[str, dict[str, str]] = {
    "form": {code: words for code, words in CODE_LISTS["exploitation_type"].items() if code != "missing"},
    "possible_sign": _POSSIBLE_SIGNS,
    "sign": {**_POSSIBLE_SIGNS, "concern": "A concern was recorded"},
    "response": {
        "assessment": "An assessment that names exploitation",
        "screening": "A screening",
        "nrm": "A referral to the National Referral Mechanism",
        "exploitation_plan": "An exploitation or safety plan",
        "help": "Planned help that began while a concern was held",
    },
    "notice": {"given": "Notice of the placement was given", "not_given": "No notice is on record"},
    "route": {
        "early_help": "Early help only",
        "social_care": "Social care only",
        "early_help_first": "Early help, then social care",
        "social_care_first": "Social care, then early help",
        "together": "Both from the same day",
    },
    "came_first": {"harmed_first": "Harmed first", "suspected_first": "Suspected first", "same_day": "Both on the same day"},
    "drugs_or_weapons": {"drugs": "Drugs", "weapons": "Weapons"},
    "record_kind": {
        "contact": "Contacts",
        "referral": "Referrals",
        "assessment": "Assessments",
        "flag": "Flags",
        "plan": "Plans and spells of care",
        "early_help": "Early help",
        "programme": "Programmes",
        "screening": "Screenings",
        "nrm_referral": "Referrals to the National Referral Mechanism",
        "missing_episode": "Missing episodes",
        "return_interview": "Return interviews",
        "incident": "Parts in incidents",
        "emergency_attendance": "Emergency attendances",
        "exclusion": "Suspensions and exclusions",
        "housing_case": "Housing cases",
    },
    "key_field": {
        "day": "The exact day",
        "subject": "What the record is about",
        "birth": "Month of birth",
        "sex": "Sex",
        "ethnicity": "Ethnicity",
        "home": "Where the child lives",
    },
    "level_change": {"lower": "Lower than before", "same": "The same as before", "higher": "Higher than before"},
    "support_need": {
        "plan": "Education, health and care plan",
        "support": "Special educational needs support",
        "disability": "Disability of the child named in an assessment",
    },
    "placement_area": {"in_area": "Placed in the area", "out_of_area": "Placed outside the area", NOT_RECORDED: "Not recorded"},
    "care_and_concern": {
        "concern_first": "The concern came before this time in care",
        "care_first": "This time in care came before the concern",
        "same_day": "Both on the same day",
        NOT_RECORDED: "Not known which came first",
    },
    "yes_no": {"yes": "Yes", "no": "No", NOT_RECORDED: "Not recorded"},
}
"""Lists of what measures work out for themselves: no agency records them, and no mapping may name them. ``form`` leaves missing out: being
missing is no form of exploitation, and no measure counts it as one."""

AGE_BAND_STARTS: tuple[tuple[int, str], ...] = ((0, "0-9"), (10, "10-12"), (13, "13-15"), (16, "16-17"))


def age_in_years(born: date, on: date) -> int:
    """Whole years of age on a day; negative before birth.

    >>> age_in_years(date(2010, 5, 1), date(2026, 4, 30))
    15
    """
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


COMMON_LISTS: dict[tuple[str, str], str] = {
    ("contact", "source"): "referral_source",
    ("referral", "source"): "referral_source",
    ("identity_record", "sex"): "sex",
    ("identity_record", "ethnicity"): "ethnicity",
    ("identity_record", "ethnicity_observed"): "ethnicity",
    ("screening", "level"): "level",
    ("plan", "level_in"): "level",
    ("plan", "level_out"): "level",
    ("plan_review", "level_in"): "level",
    ("plan_review", "level_out"): "level",
    ("participation_response", "location_type"): "location_type",
    ("location", "location_type"): "location_type",
    ("participation_response", "feeling"): "feeling",
    ("person_location", "tie"): "tie",
    ("association", "association_type"): "association_type",
    ("disruption", "disruption_type"): "disruption_type",
    ("intelligence", "source_evaluation"): "source_evaluation",
    ("intelligence", "information_evaluation"): "information_evaluation",
    ("intelligence", "handling"): "handling",
    ("nrm_referral", "first_responder"): "first_responder",
    ("nrm_referral", "reasonable_grounds"): "nrm_decision",
    ("nrm_referral", "conclusive_grounds"): "nrm_decision",
    ("stop_search", "officer_ethnicity"): "ethnicity",
    ("school_spell", "provision"): "provision",
    ("ace", "ace_type"): "ace_type",
    ("missing_episode", "episode_type"): "episode_type",
    ("involvement", "role"): "role",
    ("housing_case", "role"): "role",
    ("incident", "location_type"): "location_type",
    ("ae_attendance", "location_type"): "location_type",
    ("ae_attendance", "method"): "ae_method",
    ("exclusion", "category"): "exclusion_category",
    ("plan", "plan_type"): "plan_type",
    ("plan_review", "plan_type"): "plan_type",
    ("flag", "certainty"): "certainty",
    ("flag", "exploitation_type"): "exploitation_type",
    ("involvement", "certainty"): "certainty",
    ("incident", "exploitation_type"): "exploitation_type",
    ("assessment_factor", "exploitation_type"): "exploitation_type",
}
"""Fields of the common model whose values are of one of these lists, some of them several with ; between."""


def title_of(entity: str, field: str, value: str) -> str:
    """A value in the words of its code list; as it is where it is of none.

    >>> title_of("flag", "exploitation_type", "sexual;criminal")
    'Child sexual exploitation; Child criminal exploitation'
    >>> title_of("flag", "note", "sexual")
    'sexual'
    """
    words = CODE_LISTS.get(COMMON_LISTS.get((entity, field), ""), {})
    parts = [part.strip() for part in value.split(";")]
    return "; ".join(words[part] for part in parts) if words and all(part in words for part in parts) else value
