"""Early help, youth justice, emergency departments, housing and the voluntary provider, in the truth."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.synthesis.concerns import Concerns
from sightline.synthesis.draw import (
    NEVER,
    YEAR,
    Days,
    Numbers,
    Positions,
    Truths,
    age_on,
    chance,
    day,
    days_array,
    lasting,
    pick_text,
    waiting,
)
from sightline.synthesis.people import People
from sightline.synthesis.returns import FIRST_DAY, LAST_DAY
from sightline.synthesis.social_care import TO_EARLY_HELP

MINUTES = 1440
FROM = day("2021-07-01")
YEARS = (LAST_DAY - FROM) / YEAR
EARLY_HELP_NEEDS = {
    "good education": 0.2, "early years development": 0.1, "mental and physical health": 0.2, "family relationships": 0.18,
    "safe from domestic abuse": 0.12, "secure housing": 0.06, "financial stability": 0.06,
    "substance use": 0.05, "diverted from crime": 0.03,
}  # fmt: skip
METHODS = {
    "body part: fist/foot/head": 0.5,
    "knife/sharp": 0.2,
    "blunt object": 0.12,
    "glass/bottle": 0.05,
    "other": 0.08,
    "not known": 0.05,
}


def _during(rng: np.random.Generator, people: People, yearly: Numbers, youngest: int, start: int) -> tuple[Positions, Positions]:
    """Events at a yearly rate for each person while a child of at least an age, here in the area: whose, and on which day."""
    events = rng.poisson(yearly * (LAST_DAY - start) / YEAR * ~people.adult)
    person = np.repeat(np.arange(len(people)), events)
    when = rng.integers(start, LAST_DAY + 1, len(person))
    kept = (when < people.grown[person]) & (when >= people.arrived[person]) & (age_on(people.born[person], when) >= youngest)
    return person[kept], when[kept]


def _while_harmed(rng: np.random.Generator, concerns: Concerns, yearly: float, among: Truths, start: int) -> tuple[Positions, Positions]:
    first, last = np.maximum(concerns.started, start).astype(np.int64), np.minimum(concerns.ended, LAST_DAY + 1).astype(np.int64)
    events = rng.poisson(yearly * np.maximum(last - first, 0) / YEAR * among)
    owner = np.repeat(np.arange(len(concerns)), events)
    return concerns.person[owner], first[owner] + (rng.random(len(owner)) * (last - first)[owner]).astype(np.int64)


def make_early_help(rng: np.random.Generator, people: People, concerns: Concerns, referrals: pl.DataFrame) -> pl.DataFrame:
    """Episodes of early help: whole families, children stepped down from social care, and children about whom there was a concern."""
    family_strain = np.bincount(people.family, people.strain) / np.maximum(np.bincount(people.family), 1)
    events = rng.poisson(0.0075 * YEARS * family_strain)
    family = np.repeat(np.arange(len(family_strain)), events)
    begun = pl.DataFrame({"family": family, "started": days_array(rng.integers(FROM, LAST_DAY + 1, len(family)))})
    members = pl.DataFrame({"family": people.family, "person": np.arange(len(people))}).filter(pl.Series(~people.adult & people.resident))
    whole = begun.join(members, on="family", how="inner", maintain_order="left").select("person", "started", step=pl.lit("none"))
    down = referrals.filter((pl.col("outcome") == TO_EARLY_HELP) & (pl.col("closed") >= FROM)).select(
        "person", started=(pl.col("closed") + 7).cast(pl.Int32), step=pl.lit("down from CIN")
    )
    own = concerns.frame().filter(pl.col("early_help_recognised") < NEVER)
    own = own.select("person", started=(pl.col("early_help_recognised") - 4).cast(pl.Int32), step=pl.lit("none"))
    frame = pl.concat([whole, down, own]).sort("person", "started", maintain_order=True)
    gap = pl.col("started") - pl.col("started").shift(1).over("person")
    frame = frame.filter(gap.is_null() | (gap > 200))
    person, started = frame["person"].to_numpy(), frame["started"].to_numpy()
    count = frame.height
    kept = (started <= LAST_DAY) & (started < people.grown[person] - 20) & (started >= people.arrived[person])
    ended = np.minimum(started + lasting(rng, count, 170, 0.55), people.grown[person])
    concern = _known_concern(concerns, person, started, ended, "early_help")
    need = pick_text(rng, count, EARLY_HELP_NEEDS)
    trend = np.clip((started - FIRST_DAY) / (LAST_DAY - FIRST_DAY), 0, 1)
    asked = chance(rng, 0.68 + 0.2 * trend, count) | concern
    up = chance(rng, 0.06, count)
    frame = frame.with_columns(
        ended=pl.Series(days_array(ended)),
        need=pl.Series(np.where(concern, "safe from abuse and exploitation", need).tolist()),
        concern=pl.Series(np.where(concern | (asked & chance(rng, 0.012, count)), "Y", np.where(asked, "N", "not asked")).tolist()),
        step=pl.when(pl.Series(up)).then(pl.lit("up to CIN")).otherwise("step"),
        lead=pl.Series(
            pick_text(
                rng,
                count,
                {"School": 0.38, "Family Help locality team": 0.34, "Health visiting": 0.12, "Harbour Light": 0.08, "Housing": 0.08},
            ).tolist()
        ),
        voice=pl.Series(chance(rng, 0.46 + 0.22 * trend, count) & (age_on(people.born[person], started) >= 3)),
        end_reason=pl.Series(
            np.where(
                up, "stepped up", pick_text(rng, count, {"needs met": 0.62, "moved away": 0.06, "consent withdrawn": 0.2, "other": 0.12})
            ).tolist()
        ),
        settles=pl.Series(rng.random(count)),
        family=pl.Series(people.family[person]),
        episode=pl.Series(rng.permutation(count)),
    )
    return frame.filter(pl.Series(kept))


def _known_concern(concerns: Concerns, person: Positions, started: Positions, ended: Positions, agency: str) -> Truths:
    """Whether the agency recognised harm of this person at some time in each spell."""
    spells = pl.DataFrame({"row": np.arange(len(person)), "person": person, "from": started, "to": ended})
    met = spells.join(concerns.frame().select("person", "ended", seen=f"{agency}_recognised"), on="person", how="inner")
    met = met.filter((pl.col("seen") <= pl.col("to")) & (pl.col("ended") >= pl.col("from")))
    known = np.zeros(len(person), dtype=bool)
    known[met["row"].to_numpy()] = True
    return known


def make_offences(rng: np.random.Generator, people: People, concerns: Concerns) -> pl.DataFrame:
    """Offences for which children came to youth justice, with outcome, programme and assessment; one row each."""
    usual, usual_day = _during(rng, people, 0.0022 * people.strain**0.8 * people.local, 10, FROM)
    harmed, harmed_day = _while_harmed(rng, concerns, 0.42, concerns.criminal & people.local[concerns.person], FROM)
    person, when = np.concatenate([usual, harmed]), np.concatenate([usual_day, harmed_day])
    kept = age_on(people.born[person], when) >= 10
    person, when = person[kept], days_array(when[kept])
    count = len(person)
    outcome_day = when + 10 + waiting(rng, count, 45)
    programme_end = outcome_day + 7 + lasting(rng, count, 120, 0.4)
    sexual = _recognised(rng, concerns, person, outcome_day, kind="sexual", share=0.45)
    criminal = _recognised(rng, concerns, person, outcome_day, kind="criminal", share=0.72)
    gangs = _recognised(rng, concerns, person, outcome_day, kind="gangs", share=0.7)
    return pl.DataFrame(
        {
            "person": person,
            "offence": rng.permutation(count),
            "offended": when,
            "arrested": days_array(when + rng.integers(0, 12, count)),
            "category": pick_text(
                rng,
                count,
                {
                    "Violence against the person": 0.34,
                    "Drugs": 0.2,
                    "Theft and handling": 0.12,
                    "Criminal damage": 0.1,
                    "Public order": 0.09,
                    "Robbery": 0.06,
                    "Vehicle theft/unauthorised taking": 0.05,
                    "Sexual offences": 0.02,
                    "Other": 0.02,
                },
            ).tolist(),
            "seriousness": rng.choice([2, 3, 3, 4, 5, 6], count),
            "outcome": pick_text(
                rng,
                count,
                {
                    "Community resolution": 0.24,
                    "Outcome 22": 0.2,
                    "Youth caution": 0.12,
                    "Youth conditional caution": 0.12,
                    "No further action": 0.1,
                    "Referral order": 0.14,
                    "Youth rehabilitation order": 0.05,
                    "Turnaround": 0.03,
                },
            ).tolist(),
            "outcome_day": outcome_day,
            "programme": pick_text(
                rng,
                count,
                {
                    "Prevention programme": 0.3,
                    "Diversion": 0.28,
                    "Referral order contract": 0.2,
                    "Weapons awareness": 0.12,
                    "Exploitation support": 0.1,
                },
            ).tolist(),
            "programme_start": days_array(outcome_day + 7),
            "programme_end": days_array(programme_end),
            "end_reason": pick_text(rng, count, {"completed": 0.78, "did not finish": 0.14, "transferred": 0.08}).tolist(),
            "assessed": days_array(outcome_day + 14 + rng.integers(0, 25, count)),
            "safety": pick_text(rng, count, {"low": 0.2, "medium": 0.44, "high": 0.28, "very high": 0.08}).tolist(),
            "harm": pick_text(rng, count, {"low": 0.36, "medium": 0.44, "high": 0.17, "very high": 0.03}).tolist(),
            "sexual": sexual | chance(rng, 0.01, count),
            "criminal": criminal | chance(rng, 0.04, count),
            "gangs": gangs,
            "companion": _arrested_with(rng, concerns, person, when),
            "settles": rng.random(count),
        }
    )


def _arrested_with(rng: np.random.Generator, concerns: Concerns, person: Positions, when: Days) -> Positions:
    """Another child of the same peer group who was arrested as well; -1 for most. Whoever drew them in is seldom arrested with them."""
    rows = pl.DataFrame({"row": np.arange(len(person)), "person": person, "day": when})
    members = concerns.frame().filter((pl.col("group") >= 0) & pl.col("criminal")).select("person", "group", "started", "ended")
    mine = rows.join(members.select("person", "group"), on="person", how="inner", maintain_order="left")
    pairs = mine.join(members.rename({"person": "other"}), on="group", how="inner", maintain_order="left").filter(
        (pl.col("other") != pl.col("person")) & (pl.col("started") <= pl.col("day")) & (pl.col("ended") >= pl.col("day"))
    )
    chosen = pairs.filter(pl.Series(chance(rng, 0.45, pairs.height), dtype=pl.Boolean)).unique("row", keep="first", maintain_order=True)
    companion = np.full(len(person), -1)
    companion[chosen["row"].to_numpy()] = chosen["other"].to_numpy()
    return companion


def _recognised(rng: np.random.Generator, concerns: Concerns, person: Positions, at: Positions, *, kind: str, share: float) -> Truths:
    """Whether an assessor saw harm of this kind that was there on the day, and ticked its box."""
    spells = pl.DataFrame({"row": np.arange(len(person)), "person": person, "at": at})
    met = spells.join(concerns.frame().select("person", "started", "ended", kind), on="person", how="inner")
    met = met.filter(pl.col(kind) & (pl.col("started") <= pl.col("at")) & (pl.col("ended") + 90 >= pl.col("at")))
    known = np.zeros(len(person), dtype=bool)
    known[met["row"].to_numpy()] = True
    return known & chance(rng, share, len(person))


def make_attendances(rng: np.random.Generator, people: People, concerns: Concerns) -> pl.DataFrame:
    """Injury and safeguarding attendances of under-eighteens at the emergency department."""
    usual, usual_day = _during(rng, people, 0.016 * people.strain**0.35, 0, FIRST_DAY)
    harmed, harmed_day = _while_harmed(rng, concerns, 0.75, np.ones(len(concerns), dtype=bool), FIRST_DAY)
    person, when = np.concatenate([usual, harmed]), np.concatenate([usual_day, harmed_day])
    inside = np.arange(len(person)) >= len(usual)
    kept = when < people.grown[person]
    person, when, inside = person[kept], when[kept], inside[kept]
    count = len(person)
    teen = age_on(people.born[person], when) >= 10
    assault = chance(rng, np.where(inside, 0.34, np.where(teen, 0.05, 0.012)), count)
    harm = concerns.frame().select("person", "sexual", "health_recognised", "ended").unique("person", keep="first", maintain_order=True)
    seen = pl.DataFrame({"person": person, "day": when}).join(harm, on="person", how="left", maintain_order="left")
    noticed = ((seen["health_recognised"] <= seen["day"] + 40) & (seen["ended"] + 60 >= seen["day"])).fill_null(False).to_numpy() & inside
    sexual = seen["sexual"].fill_null(False).to_numpy()
    quiet = pick_text(rng, count, {"": 0.3, "none": 0.55, "not asked": 0.1, "child at risk": 0.05})
    concern = np.where(noticed, np.where(sexual, "suspected child sexual exploitation", "suspected criminal exploitation"), quiet)
    return pl.DataFrame(
        {
            "person": person,
            "arrived": when * MINUTES + rng.integers(0, MINUTES, count),
            "assault": assault,
            "intent": np.where(
                assault, "assault", pick_text(rng, count, {"accidental": 0.88, "self-inflicted": 0.09, "not known": 0.03})
            ).tolist(),
            "method": np.where(assault, pick_text(rng, count, METHODS), "").tolist(),
            "place": pick_text(
                rng,
                count,
                {
                    "home": 0.45,
                    "street/public": 0.2,
                    "school/education": 0.15,
                    "park/open space": 0.12,
                    "licensed premises": 0.02,
                    "not known": 0.06,
                },
            ).tolist(),
            "concern": concern.tolist(),
            "complaint": pick_text(
                rng, count, {"limb injury": 0.5, "head injury": 0.25, "laceration": 0.15, "overdose": 0.04, "other": 0.06}
            ).tolist(),
            "referred": np.where(noticed | (concern == "child at risk"), "safeguarding team", "").tolist(),
            "settles": rng.random(count),
        }
    )


def make_housing(rng: np.random.Generator, people: People, concerns: Concerns) -> pl.DataFrame:
    """Housing and community-safety cases that name a person: one row for each case and person."""
    usual, usual_day = _during(rng, people, 0.0016 * people.strain**0.7 * people.local, 11, FROM)
    harmed, harmed_day = _while_harmed(rng, concerns, 0.16, people.local[concerns.person], FROM)
    adults = np.flatnonzero(people.adult)
    adult_person = np.repeat(adults, rng.poisson(0.9, len(adults)))
    adult_day = rng.integers(FROM, LAST_DAY + 1, len(adult_person))
    person = np.concatenate([usual, harmed, adult_person])
    opened = np.concatenate([usual_day, harmed_day, adult_day])
    count = len(person)
    is_harmed, is_adult = np.isin(np.arange(count) - len(usual), np.arange(len(harmed))), people.adult[person]
    cuckooing = chance(rng, np.where(is_harmed | is_adult, 0.12, 0.01), count)
    role = np.where(
        is_adult,
        pick_text(rng, count, {"perpetrator": 0.5, "complainant": 0.3, "victim": 0.2}),
        pick_text(rng, count, {"victim": 0.4, "perpetrator": 0.4, "complainant": 0.2}),
    )
    return pl.DataFrame(
        {
            "person": person,
            "case": rng.permutation(count),
            "opened": days_array(opened),
            "closed": days_array(opened + lasting(rng, count, 75, 0.6)),
            "kind": np.where(
                cuckooing,
                "Home taken over",
                pick_text(rng, count, {"Noise": 0.3, "Drugs nearby": 0.2, "Intimidation": 0.2, "Damage": 0.15, "Street gathering": 0.15}),
            ).tolist(),
            "role": role.tolist(),
            "cuckooing": cuckooing,
            "action": pick_text(
                rng,
                count,
                {"Letter sent": 0.4, "Joint visit": 0.25, "Acceptable behaviour contract": 0.15, "Closure order": 0.05, "None yet": 0.15},
            ).tolist(),
            "settles": rng.random(count),
        }
    )


def make_support(rng: np.random.Generator, people: People, concerns: Concerns) -> pl.DataFrame:
    """Children whom the voluntary provider supports; it shares only counts of them."""
    chosen = np.flatnonzero(chance(rng, 0.38, len(concerns)))
    started = concerns.started[chosen] + 30 + waiting(rng, len(chosen), 60)
    ended = started + lasting(rng, len(chosen), 200, 0.5)
    return pl.DataFrame(
        {
            "person": concerns.person[chosen],
            "started": days_array(started),
            "ended": days_array(ended),
            "born": people.born[concerns.person[chosen]],
            "boy": people.boy[concerns.person[chosen]],
            "better": chance(rng, 0.61, len(chosen)),
        }
    )
