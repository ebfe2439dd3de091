"""How long a subject access request may take: one month, more where it is complex, and not while the person has to say something.

Source: UK GDPR, Article 12(3), and Article 12A as inserted by the Data (Use and Access) Act 2025, section 76: the time begins with the
receipt or, where it is asked for, with what shows who asks; it stands still while the controller waits for what it needs to find the
data; it can be two further months where the request is complex, if the person is told within the first. A limit that ends on no working
day ends on the next (Regulation 1182/71, Article 3(4), as the ICO reads it). docs/how-to/answer-a-subject-access-request.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sightline.governance.retention import months_after
from sightline.governance.working_days import is_working_day

MONTHS, FURTHER = 1, 2


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a request, in days. ``pauses`` are from when the clock stood still to when it went on; None while it stands."""

    received_on: date
    identity_on: date | None = None
    pauses: tuple[tuple[date, date | None], ...] = ()
    extended: bool = False

    @property
    def is_paused(self) -> bool:
        return any(until is None for _, until in self.pauses)


def due_on(course: Course, holidays: Collection[date]) -> date | None:
    """The last day on which the answer is in time; None while the clock has not begun or stands still.

    >>> due_on(Course(date(2026, 1, 31), date(2026, 1, 31)), ())
    datetime.date(2026, 3, 2)
    """
    if course.identity_on is None or course.is_paused:
        return None
    begun = max(course.received_on, course.identity_on)
    paused = sum((max(timedelta(0), until - max(since, begun)) for since, until in course.pauses if until is not None), timedelta(0))
    return _working_day(months_after(begun, MONTHS + FURTHER * course.extended) + paused, holidays)


def may_extend(course: Course, today: date, holidays: Collection[date]) -> bool:
    """Whether two further months can be taken: once, and only while the first month runs, within which the person is told."""
    due = due_on(course, holidays)
    return due is not None and not course.extended and today <= due


def _working_day(day: date, holidays: Collection[date]) -> date:
    while not is_working_day(day, holidays):
        day += timedelta(days=1)
    return day
