"""The bytes of a release's board report: the same from a command, from a page, and when a file is held against its release."""

from __future__ import annotations

from collections.abc import Callable

from sightline.app.area_figures import AREA, Mapped, mapped
from sightline.errors import InputRefused
from sightline.model.releases import Release
from sightline.publish.attachments import AREAS, WARDS
from sightline.publish.board_report import ByArea, board_report_html, board_report_pdf, mapped_indicator
from sightline.publish.merged_outlines import merged_outlines

_WRITERS = {"pdf": board_report_pdf, "html": board_report_html}
KINDS = tuple(_WRITERS)
"""The forms that a board report has."""


def report_bytes(release: Release, kind: str, *, attachment: Callable[[str], bytes | None]) -> bytes:
    """Write the board report of a release.

    Args:
        release: As it is kept.
        kind: One of `KINDS`.
        attachment: Gives a file that is kept with it; None where it has none of that name.

    Raises:
        InputRefused: If there is no such form.
    """
    if kind not in _WRITERS:
        raise InputRefused(f'There is no board report of the kind "{kind}".', hint=f"The kinds are: {', '.join(KINDS)}.")
    wards = attachment(WARDS)
    return _WRITERS[kind](release, wards, _areas(release, wards, attachment(AREAS)))


def outlines_of(shapes: Mapped, wards: bytes | None) -> bytes | None:
    """The outlines to map by: those of the wards as the release holds them, those of one area as one."""
    return merged_outlines(wards, shapes.areas) if wards and shapes.by == AREA else wards


def why_together(shapes: Mapped) -> str:
    """That wards were put together, and why, for whoever sees the map; empty where none were."""
    if not shapes.put_together:
        return ""
    children, addresses = shapes.at_least
    return (
        f"{shapes.put_together} wards are put together with neighbours, on the map and in the table, so that each area has at least "
        f"{children} children and {addresses} addresses behind it. The areas were drawn once, from numbers already released, and stay as "
        "they are. The number of an area of several wards is the sum of theirs: it lies within 4 of the true one for each ward in it."
    )


def _areas(release: Release, wards: bytes | None, areas: bytes | None) -> ByArea | None:
    indicator = mapped_indicator(release)
    if indicator is None:
        return None
    shapes = mapped(release, indicator, areas)
    return ByArea(shapes.release, shapes.by, outlines_of(shapes, wards), why_together(shapes))
