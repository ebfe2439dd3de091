"""`sightline quality`: how timely, complete and conforming each dataset's returns are, and since when the series can be relied on."""

from __future__ import annotations

from dataclasses import asdict

from sightline.cli.options import DEFAULT_WORKSPACE, AtOption, JsonOption, WorkspaceOption, instant
from sightline.cli.output import Output


def quality(workspace: WorkspaceOption = DEFAULT_WORKSPACE, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Show the quality of the returns over time: timeliness, completeness and conformity of each."""
    from sightline.app.quality import quality_over_time  # start-up speed: see the package docstring
    from sightline.app.start import open_workspace

    opened = open_workspace(workspace)
    found = quality_over_time(opened, as_of=(at is None and opened.partnership.today) or instant(at).date())
    output = Output(as_json)
    output.table(
        ("agency", "dataset", "period", "state", "came", "rows kept", "rows nothing speaks of", "not checked", "rows against the last"),
        [
            (
                point.agency,
                point.dataset,
                point.period,
                str(point.state),
                _days(point.days_late),
                _share(point.kept),
                _share(point.conforming),
                "not known" if point.not_checked is None else point.not_checked,
                "not known" if point.against_last is None else f"{point.against_last:.2f} times",
            )
            for point in found.points
        ],
    )
    output.table(
        ("agency", "dataset", "relied on since", "what stands in the way"),
        [(each.agency, each.dataset, each.since or "not yet", each.in_the_way or "nothing") for each in found.series],
    )
    output.table(
        ("agency", "dataset", "first complete with the 1st version", "2nd", "3rd or later", "may still grow"),
        [
            (each.agency, each.dataset, each.count(1), each.count(2), each.count(3, or_later=True), len(each.growing))
            for each in found.first_complete
        ],
    )
    for sentence in found.sentences:
        output.say(sentence)
    output.result(
        {
            "points": [asdict(point) for point in found.points],
            "series": [asdict(each) for each in found.series],
            "first_complete": [asdict(each) | {"usual": each.usual} for each in found.first_complete],
            "sentences": list(found.sentences),
        }
    )


def _days(late: int | None) -> str:
    if late is None:
        return "not known"
    if late == 0:
        return "on its day"
    return f"{abs(late)} day{'s' if abs(late) != 1 else ''} {'late' if late > 0 else 'early'}"


def _share(share: float | None) -> str:
    return "not known" if share is None else f"{share:.1%}"
