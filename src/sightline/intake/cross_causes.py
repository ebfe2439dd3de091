"""Causes that only several rows, several tables or an earlier return can tell."""

from __future__ import annotations

from sightline.intake.cause import Cause
from sightline.model.findings import Severity

ERROR, QUERY = Severity.ERROR, Severity.QUERY

OVER_ROWS: dict[str, Cause] = {
    "SL-INT-073": Cause(
        QUERY,
        "Episodes that were open on {day} are not in the return of the year after, which was read. Their end was inferred and is marked as"
        " such: {by_year} on the last day of the year, {by_next} by the child's next episode.",
        "Send the year after again with these episodes and their ends."
        " Until then an inferred end closes the episode and is in no duration.",
        same=(),
        stands="(blank)",
        should="the episode again in the return of the year after, with its end or still open",
    ),
    "SL-INT-074": Cause(
        QUERY,
        "Episodes that were open on {day} are told of otherwise by a later return: other episodes of the same children cover the same days."
        " The later return was used.",
        "Check that the later return is right; if both are, an episode is missing from it.",
        sets_aside=True,
        same=(),
        stands="(blank)",
        should="the same first day in every year's return",
    ),
    "SL-INT-075": Cause(
        QUERY,
        "Episodes that were open on {day} are in no later return, and no end can be inferred: {why}. They count as open.",
        "Send the return that is missing, or the ends of these episodes.",
        same=("why",),
        stands="(blank)",
        should="the episode again in the return of the year after, with its end or still open",
    ),
    "SL-INT-080": Cause(
        QUERY,
        'Rows belong to people who are not in "{table}".',
        "Send the two tables from one export; if the person is missing there, add the row.",
        should='a number that "{table}" has',
    ),
    "SL-INT-081": Cause(
        QUERY,
        'Two spells of one person overlap: "{start}" lies before the end of an earlier row.',
        "Check the two rows: one of the dates is wrong, or an earlier spell was never closed.",
        should='"{start}" on or after the last "{end}" of the same person',
    ),
    "SL-INT-082": Cause(
        QUERY,
        'Spells have no "{end}" although the person was {years} before the period ended.',
        "Close them at the source, or confirm that support goes on.",
        should='a date in "{end}", on or before the birthday at {years}',
    ),
    "SL-INT-083": Cause(
        QUERY,
        '"{start}" lies after the last "{end}" in "{table}".',
        "Check whether it was closed by mistake, or the event belongs to a new spell that is missing.",
        should='"{start}" on or before "{end}"',
    ),
    "SL-INT-084": Cause(
        QUERY,
        "This return has {share} the {entity} rows of the last ({now:,}, was {before:,} in {earlier}).",
        "Check that the export was not cut short or filtered; if the change is real, say so when you are asked.",
        should="between half and twice the rows of the last return",
    ),
    "SL-INT-085": Cause(
        QUERY,
        "{what} was filled in the last return ({earlier}) and is empty or absent in this one.",
        "Check whether the export still includes it, or the recording has changed.",
        should="filled as in the last return",
    ),
    "SL-INT-086": Cause(
        QUERY,
        '"{what}" is filled in {now} of rows; in the last return ({earlier}) it was {before}.',
        "Check whether the export still includes it, or the recording has changed.",
        should="filled about as often as in the last return",
    ),
    "SL-INT-087": Cause(
        QUERY,
        "Codes of {what} that the last return ({earlier}) used often are not used any more: {codes}.",
        "Check whether the recording has changed, or a filter left them out.",
        should="about as often as in the last return",
    ),
    "SL-INT-088": Cause(
        QUERY,
        '"{on}" of these rows is not in "{table}".',
        "Send the two tables from one export; if the row is missing there, add it.",
        should='a "{on}" that "{table}" has',
    ),
    "SL-INT-089": Cause(
        QUERY,
        '"{start}" lies before the first "{begun}" in "{table}".',
        "Check the two dates: one of them is wrong, or an earlier row is missing there.",
        should='"{start}" on or after "{begun}"',
    ),
    "SL-INT-090": Cause(
        ERROR,
        '"{column}" of these rows is not in "{table}", which tells whose they are; they were set aside.',
        "Send the two tables from one export; if the row is missing there, add it.",
        sets_aside=True,
        stands="a number the other table does not have",
        should='a "{column}" that "{table}" has',
    ),
}
