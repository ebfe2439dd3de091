"""When what was shared is due to be destroyed, made less exact or looked at again: rules of the catalogue put to dates."""

from __future__ import annotations

import calendar
from datetime import date

from sightline.definitions.agreement_terms import CountsFrom, RetentionRule


def due_on(rule: RetentionRule, *, agreement_end: date, accepted_on: date, about_to: date, withdrawn_on: date | None = None) -> date | None:
    """The day on which a rule's action is due; None where people decide that.

    Args:
        rule: The rule.
        agreement_end: The last day of the agreement that the return came under.
        accepted_on: The day on which the return was accepted.
        about_to: The last day that the return tells of.
        withdrawn_on: The day on which it was withdrawn; None where it was not.
    """
    days = {
        CountsFrom.AGREEMENT_END: agreement_end,
        CountsFrom.RETURN_ACCEPTED: accepted_on,
        CountsFrom.LAST_DAY_TOLD_OF: about_to,
        CountsFrom.RETURN_WITHDRAWN: withdrawn_on,
    }
    begun = None if rule.counts_from is None else days[rule.counts_from]
    return None if begun is None or rule.months is None else months_after(begun, rule.months)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months on, or the last day of a shorter month.

    >>> months_after(date(2024, 1, 31), 1), months_after(date(2026, 3, 31), 12)
    (datetime.date(2024, 2, 29), datetime.date(2027, 3, 31))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
