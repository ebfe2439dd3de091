"""Causes that only several rows, several tables or an earlier return can tell."""

from __future__ import annotations

from sightline.intake.cause import Cause
from sightline.model.findings import Severity

QUERY = Severity.QUERY

OVER_ROWS: dict[str, Cause] = {
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
}
