"""A small release that is clean, as its readers hold it, and the same with one leak of each kind planted in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from sightline.app.held_release import hold_release
from sightline.disclosure import METHOD, protect
from sightline.disclosure.blackbox.held import COUNT, OUT_OF, Copy, Held, HeldRatio, Sum, Text
from sightline.disclosure.blackbox.on_sums import KnownNumber
from sightline.disclosure.blackbox.outcome import Name
from sightline.model.figures import Cell, Figure, Ratio
from sightline.model.releases import Release
from sightline.publish.charts import bar_chart, sparkline, trend
from sightline.publish.dot_plot import Point, dot_plot
from sightline.publish.heat_map import heat_map
from sightline.publish.sankey import Flow, Stage, sankey
from sightline.publish.series import Mark
from sightline.publish.svg import Drawing
from tests.support.gate import KEY
from tests.support.releases import WARDS, example_release

COUNTED, RATE = "missing_episodes", "children_with_known_concern"
QUARTERS = ("2025-Q4", "2026-Q1")


def cells(seed: int = 6) -> list[Cell]:
    """Children by ward, age and sex for two quarters, each breakdown adding up to all; many are small."""
    rng = np.random.default_rng([seed, 9])
    made = []
    for indicator, per in ((COUNTED, None), (RATE, 100)):
        for period in QUARTERS:
            atoms = rng.negative_binomial(0.8, 0.12, size=(len(WARDS), 3, 2))
            breakdowns = {
                "ward": (tuple(code for code, _ in WARDS), atoms.sum(axis=(1, 2))),
                "age_band": (("10_to_12", "13_to_15", "16_to_17"), atoms.sum(axis=(0, 2))),
                "sex": (("female", "male"), atoms.sum(axis=(0, 1))),
            }
            places = [("all", "all", int(atoms.sum()))]
            places += [
                (breakdown, code, int(count))
                for breakdown, (codes, counts) in breakdowns.items()
                for code, count in zip(codes, counts, strict=True)
            ]
            made += [
                Cell(indicator, period, breakdown, code, count, 3 * count + 40 if per else None, count, per)
                for breakdown, code, count in places
            ]
    return made


def clean_release(seed: int = 6) -> Release:
    """A release whose figures have passed the gate, without analyses."""
    figures = tuple(protect(cells(seed), key=KEY))
    return replace(
        example_release(),
        period=QUARTERS[-1],
        periods=QUARTERS,
        methods={"disclosure": METHOD, "linkage": "1", "measures": "1"},
        figures=figures,
        agency_sets=(),
        combinations=(),
        analyses=(),
        changes=(),
        unknowns=(),
        questions=(),
        quality=(),
    )


@lru_cache(maxsize=1)
def clean() -> Held:
    """What readers hold of it, with its drawings, a page and outlines."""
    release = clean_release()
    drawings = tuple(Text("charts", trend(release, indicator).decode()) for indicator in (COUNTED, RATE))
    return replace(
        hold_release(release),
        drawings=drawings,
        pages=(Text("a page", "<table><tr><th>Harbour</th><td>withheld</td></tr></table>"),),
        maps=(Text("wards", '{"type":"FeatureCollection","features":[' + _feature("Polygon", {"ward_code": "W01"}) + "]}"),),
        texts=(Text("a sentence", "About 40 children were seen, in 2 of 2 agencies."),),
        copies=(Copy("figures.csv", hold_release(release).numbers),),
    )


def _feature(kind: str, properties: Mapping[str, object]) -> str:
    told = ",".join(f'"{name}":"{value}"' for name, value in properties.items())
    return f'{{"type":"Feature","properties":{{{told}}},"geometry":{{"type":"{kind}","coordinates":[]}}}}'


def _name(breakdown: str, category: str, what: str = "planted", kind: str = COUNT) -> Name:
    return (kind, what, "2026-Q1", breakdown, category)


ALL = _name("all", "all")


def _with(numbers: Mapping[Name, int | None], *sums: Sum, **more: Any) -> Held:
    held = clean()
    return replace(held, numbers={**held.numbers, **numbers}, sums=(*held.sums, *sums), **more)


def _parts(breakdown: str, **numbers: int | None) -> dict[Name, int | None]:
    return {_name(breakdown, code): number for code, number in numbers.items()}


def _family(whole: int | None, breakdown: str = "sex", **numbers: int | None) -> tuple[dict[Name, int | None], Sum]:
    parts = _parts(breakdown, **numbers)
    return {ALL: whole, **parts}, Sum(ALL, tuple(parts))


def _unprotected_parts() -> Held:
    # Properly rounded, and yet: eleven parts of at least 1 in a total of at most 14 leave each no more than 4.
    numbers, family = _family(10, "ward", **dict.fromkeys("abcdefghijk", 5))
    return _with(numbers, family)


def _circle() -> Held:
    """Three pieces, of which only the sums of two and two are shown: each is half of what two sums have over the third."""
    pieces = {_name("piece", code): None for code in "abc"}
    pairs = {_name("pair", code): 12 for code in ("ab", "bc", "ac")}
    sums = [Sum(pair, tuple(_name("piece", code) for code in pair[4])) for pair in pairs]
    return _with({**pieces, **pairs}, *sums)


def _linked() -> Held:
    shown, hidden = _name("all", "all", "table one"), _name("all", "all", "table two")
    return _with({shown: 15, hidden: None}, same_numbers=((shown, hidden),))


def _sliver() -> Held:
    areas = {_name("council", "C"): 42, _name("health_footprint", "H"): 38}
    nested = {"council": {"C": frozenset({"W01", "W02", "W03"})}, "health_footprint": {"H": frozenset({"W01", "W02"})}}
    return _with(areas, nested=nested)


def _noise() -> Held:
    """A server that adds fresh noise to every answer."""
    rng = np.random.default_rng(1)
    numbers, family = _family(60, a=30, b=20, c=10)
    noisy = tuple(Copy(f"answer {place}", {name: int(n + rng.integers(-2, 3)) for name, n in numbers.items() if n}) for place in range(30))
    return _with(numbers, family, copies=noisy)


def _percentage() -> Held:
    part, whole = _name("sex", "a"), _name("sex", "a", kind=OUT_OF)
    return _with({part: 15, whole: 40}, ratios=(HeldRatio(part, whole, Ratio(13 * 100 / 41, 100)),))


def _everybody() -> Held:
    # By a method that shows nothing under ten, a 0 is nobody for sure.
    numbers, family = _family(20, a=20, b=0, c=0)
    return replace(clean(), method="threshold-10-round-5/2", numbers=numbers, sums=(family,))


def _insider() -> Held:
    numbers, family = _family(12, a=8, b=None, c=None)
    return _with(numbers, family)


def _bar() -> Held:
    marks = [Mark("Harbour", 13, "15"), Mark("Market", 40, "40"), Mark("Dunes", 20, "20")]
    return _with({}, drawings=(Text("a page", bar_chart(name="bars", title="t", heading="h", marks=marks).decode()),))


def point_at_the_truth() -> Held:
    release = clean_release()
    figures = [
        replace(figure, count=replace(figure.count, value=figure.count.value + 2))  # type: ignore[type-var, union-attr]
        if isinstance(figure, Figure) and (figure.indicator, figure.breakdown, figure.period) == (COUNTED, "all", QUARTERS[0])
        else figure
        for figure in release.figures
    ]
    return _with({}, drawings=(Text("a page", trend(replace(release, figures=tuple(figures)), COUNTED).decode()),))


def coloured_ward() -> Held:
    shape = '<svg xmlns="http://www.w3.org/2000/svg"><path fill="#b9d0e4"><title>Harbour: withheld</title></path></svg>'
    return _with({}, drawings=(Text("a page", shape),))


def _sorted_rows() -> Held:
    numbers, family = _family(None, "ward", d=60, b=45, e=30, c=None, a=20, f=15)
    usual = Sum(_name("all", "all", "planted"), tuple(_name("ward", code) for code in "abcdef"))
    return _with(numbers, usual, family)


def _presence() -> Held:
    by_sex, by_age = _parts("sex", f=18, m=None), _parts("age_band", young=19, old=None)
    return _with({ALL: 21, **by_sex, **by_age}, Sum(ALL, tuple(by_sex)), Sum(ALL, tuple(by_age)))


def withdrawn_return() -> tuple[Held, Held]:
    """A release before and after a return of three children was withdrawn, neither of them rounded."""
    numbers, family = _family(41, a=20, b=21)
    fewer = {name: number - 3 if name in (ALL, _name("sex", "b")) and number else number for name, number in numbers.items()}
    return replace(_with(fewer, family), generation="G2", title="release 2"), replace(
        _with(numbers, family), generation="G1", title="release 1"
    )


def overlapping(whole: int | None, rows: str = "several", **numbers: int | None) -> Held:
    """A release with one breakdown of which it says that a child may be in more than one row (or says nothing)."""
    parts = _parts("exploitation_type", **numbers)
    return _with({ALL: whole, **parts}, Sum(ALL, tuple(parts), rows=rows))


LEAKS: dict[str, Callable[[], Held]] = {
    "subtraction": _unprotected_parts,
    "bounds": _circle,
    "linked tables": _linked,
    "slivers": _sliver,
    "unions and complements": _noise,
    "averaging": lambda: _with({ALL: None}, copies=(Copy("tooltip", {ALL: 15}),)),
    "percentages": _percentage,
    "groups of 0 and 100%": _everybody,
    "insiders": _insider,
    "symbols": lambda: _with({ALL: 7}),
    "chart geometry": _bar,
    "tooltips and attributes": lambda: _with({}, pages=(Text("a page", '<table><tr><td title="3 children">withheld</td></tr></table>'),)),
    "maps": lambda: _with({}, maps=(Text("homes", '{"type":"FeatureCollection","features":[' + _feature("Point", {}) + "]}"),)),
    "narrative": lambda: _with({}, texts=(Text("what was found", "In this ward 13 children were seen, in all quarters."),)),
    "empty and withheld": lambda: _with({ALL: None}, blanks=((_name("sex", "a"), ""),)),
    "order of rows": _sorted_rows,
    "presence": _presence,
    "headers and errors": lambda: _with(
        {}, answered=2, errors=(Text("/indicators/one?by=ward", "There are 13 wards, of which one is it."),)
    ),
}
"""For each attack that needs one release only, a release with a leak of its kind."""


def told_elsewhere() -> tuple[Held, tuple[KnownNumber, ...]]:
    """A total that another body publishes exactly."""
    numbers, family = _family(25, a=21, b=None)
    return _with(numbers, family), (KnownNumber(ALL, 24, 0, "another body"),)


def _drawn(drawing: bytes, **more: Any) -> Held:
    return _with({}, drawings=(Text("a page", drawing.decode()),), **more)


def _series_of_the_truth() -> Release:
    """The release with true counts in the place of those that it shows of all together."""
    release = clean_release()
    figures = [
        replace(figure, count=replace(figure.count, value=figure.count.value + 2 + place))  # type: ignore[type-var, union-attr]
        if isinstance(figure, Figure) and (figure.indicator, figure.breakdown) == (COUNTED, "all")
        else figure
        for place, figure in enumerate(release.figures)
    ]
    return replace(release, figures=figures)


def _dots(value: float, low: float = 9.1) -> bytes:
    points = [Point("Harbour", 40.2, 31.0, 50.4, "40% (31% to 50%)"), Point("Market", value, low, 16.4, "12% (9% to 16%)")]
    return dot_plot(name="bars-i-ward", title="t", heading="h", points=points, unit="%")


def _funnel(at: float) -> bytes:
    drawing = Drawing(name="funnel-i", width=640, title="t", description="h. Harbour: 12% of 400, higher; Market: 8% of 250, lower.")
    for tick in (0, 10, 20):
        drawing.text(54, 300 - 12 * tick + 5, f"{tick}%", anchor="end")
        drawing.text(62 + 25 * tick, 324, str(20 * tick), anchor="middle")
    for value, size in ((at, 400), (8.0, 250)):
        drawing.circle(62 + size * 1.25, 300 - 12 * value, 5, fill="#1f5a8c")
    return drawing.to_bytes(380)


def _flows(children: int) -> bytes:
    stages = [Stage("first", (("a", "A"), ("b", "B"))), Stage("next", (("c", "C"), ("d", "D")))]
    drawn = sankey(name="analysis-f", title="t", heading="h", stages=stages, flows=[Flow(0, "a", "c", children), Flow(0, "b", "d", 40)])
    return drawn.replace(f": {children}<".encode(), b": 15<")


def _heat(value: float) -> bytes:
    cells = {("r", "c"): Mark("", value, "15"), ("r", "d"): Mark("", 20.0, "20"), ("s", "c"): Mark("", 60.0, "60")}
    return heat_map(name="analysis-h", title="t", heading="h", rows=[("r", "R"), ("s", "S")], columns=[("c", "C"), ("d", "D")], cells=cells)


CHARTS: dict[str, tuple[Callable[[], Held], Callable[[], Held]]] = {
    "points in rows": (lambda: _drawn(_dots(12.4)), lambda: _drawn(_dots(13.1))),
    "their intervals": (lambda: _drawn(_dots(12.4, 8.7)), lambda: _drawn(_dots(12.4, 8.1))),
    "funnels": (lambda: _drawn(_funnel(12.4)), lambda: _drawn(_funnel(13.2))),
    "flows": (lambda: _drawn(_flows(15)), lambda: _drawn(_flows(17))),
    "cells in colours": (lambda: _drawn(_heat(15)), lambda: _drawn(_heat(42))),
    "small charts": (
        lambda: _drawn(sparkline(clean_release(), COUNTED)),
        lambda: _drawn(sparkline(_series_of_the_truth(), COUNTED)),
    ),
}
"""For each kind of drawing one that says what its words say, and the same drawn from other numbers than those."""
