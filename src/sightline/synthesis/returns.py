"""Four years by quarter, and when each agency's returns arrive: on time, late, corrected, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sightline.synthesis.draw import EPOCH, day

FIRST_YEAR, FIRST_NUMBER, QUARTERS = 2022, 2, 16


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar quarter with its first and last day (as day numbers)."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def start(self) -> int:
        return day(f"{self.year}-{3 * self.number - 2:02d}-01")

    @property
    def end(self) -> int:
        return self.plus(1).start - 1

    @property
    def ends_school_year_part(self) -> bool:
        """Whether a term's census falls in it: spring, summer and autumn have one."""
        return self.number != 3

    def plus(self, quarters: int) -> Period:
        index = self.year * 4 + self.number - 1 + quarters
        return Period(index // 4, index % 4 + 1)


PERIODS: tuple[Period, ...] = tuple(Period(FIRST_YEAR, FIRST_NUMBER).plus(step) for step in range(QUARTERS))
FIRST_DAY, LAST_DAY = PERIODS[0].start, PERIODS[-1].end


@dataclass(frozen=True, slots=True)
class Return:
    """One return an agency sends.

    ``share`` is how much of what happened the agency had recorded when it sent it; ``kind`` is the dataset it belongs to.
    """

    agency: str
    dataset: str
    period: Period
    version: int
    arrived: int
    share: float = 1.0

    @property
    def folder(self) -> str:
        return f"{self.period.name}/{self.agency}/{self.dataset}/v{self.version}"

    @property
    def arrived_on(self) -> str:
        return (EPOCH.fromordinal(EPOCH.toordinal() + self.arrived)).isoformat()


@dataclass(frozen=True, slots=True)
class Habit:
    """How an agency sends a dataset: ``every`` quarter, term or year, and how many ``days`` after the quarter ends."""

    agency: str
    dataset: str
    every: str
    days: int


HABITS: tuple[Habit, ...] = (
    Habit("csc", "annex_a", "quarter", 14),
    Habit("csc", "cin_census", "year", 38),
    Habit("csc", "ssda903", "year", 35),
    Habit("csc", "person_index", "quarter", 14),
    Habit("csc", "missing_interviews", "quarter", 17),
    Habit("csc", "exploitation_hub", "year", 36),
    Habit("early_help", "early_help", "quarter", 20),
    Habit("youth_justice", "youth_justice", "quarter", 26),
    Habit("police", "police", "quarter", 27),
    Habit("health", "emergency", "quarter", 23),
    Habit("education", "school_census", "term", 30),
    Habit("education", "young_peoples_places", "year", 31),
    Habit("housing", "housing", "quarter", 25),
    Habit("voluntary", "voluntary_counts", "quarter", 12),
)
POLICE_SHARES = (0.70, 0.90, 1.0)
"""How much of a quarter the police hold when it ends, one quarter later, and two quarters later, when it is complete."""

CORRECTED = {("annex_a", "2024-Q2"), ("early_help", "2023-Q4"), ("school_census", "2024-Q4"), ("youth_justice", "2025-Q2")}
"""First sent with rows missing, and sent again, whole, about six weeks later."""

CORRECTED_SHARE, CORRECTED_AFTER = 0.94, 42
LATE = {("police", "2025-Q4"): 61, ("emergency", "2024-Q3"): 48, ("early_help", "2025-Q3"): 33}
"""Days later than usual."""

NOT_SENT = {("housing", "2026-Q1")}


def is_due(habit: Habit, period: Period) -> bool:
    """Whether the agency sends this dataset for the period at all."""
    if (habit.dataset, period.name) in NOT_SENT:
        return False
    if habit.every == "year":
        return period.number == 1
    return habit.every == "quarter" or period.ends_school_year_part


def versions(habit: Habit, period: Period) -> list[Return]:
    """Every version of one return, first to last."""
    key = (habit.dataset, period.name)
    arrives = period.end + habit.days + LATE.get(key, 0)
    if habit.dataset == "police":
        later = [period.plus(step).end + habit.days for step in range(3)]
        days = [max(arrives, later[0]), *later[1:]]
        planned = [(day_number, share) for day_number, share in zip(days, POLICE_SHARES, strict=True)]
    elif key in CORRECTED:
        planned = [(arrives, CORRECTED_SHARE), (arrives + CORRECTED_AFTER, 1.0)]
    else:
        planned = [(arrives, 1.0)]
    last_arrival = LAST_DAY + 45
    return [
        Return(habit.agency, habit.dataset, period, number, arrived, share)
        for number, (arrived, share) in enumerate(planned, start=1)
        if arrived <= last_arrival
    ]


def all_returns() -> tuple[Return, ...]:
    """Every return of the four years in order of arrival."""
    returns = [sent for habit in HABITS for period in PERIODS if is_due(habit, period) for sent in versions(habit, period)]
    return tuple(sorted(returns, key=lambda sent: (sent.arrived, sent.period.start, sent.agency, sent.dataset, sent.version)))
