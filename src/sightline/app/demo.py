"""The whole main job on an invented partnership, stage by stage, timed."""

from __future__ import annotations

import csv
import shutil
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sightline.app.agreed import agreed_to_share, refuse_to_take
from sightline.app.link_people import link_people
from sightline.app.publish_generation import publish_generation
from sightline.app.release import make_release
from sightline.app.report import board_report
from sightline.app.start import create_workspace, key_file_for
from sightline.app.submit_return import Reading, read_ahead, submit_return
from sightline.app.synthesise import invent_partnership
from sightline.app.users import DemoUser, create_demo_users
from sightline.app.workspace import Workspace
from sightline.definitions.partnership import Agency
from sightline.errors import EnvironmentProblem, Place, Refused
from sightline.governance import Deny
from sightline.ledger.returns import Slot
from sightline.model.periods import Quarter
from sightline.model.releases import Release

Progress = Callable[[str, int, int], None]
HEADLINE = Quarter(2026, 1)
TODAY = datetime(2026, 5, 15, 9, tzinfo=UTC)
"""The demo's own date: the partnership is invented up to the spring of 2026, whatever the calendar on the wall says."""
_MARK = "this-is-a-sightline-demo"
_READ_AHEAD = 2
"""Returns that are read before their turn, however large; each waits in memory."""
_BYTES_AHEAD = 16 << 20
"""So much of small returns' files is read further ahead: while one large return is kept, a quarter's small ones can be read, and the other
way round."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the main job and how long it took; ``rows`` where rows are what it works through."""

    name: str
    seconds: float
    rows: int | None = None


@dataclass
class DemoResult:
    """What the demo made."""

    workspace: Path
    release: Release
    reports: list[Path]
    users: list[DemoUser]
    stages: list[Stage] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": str(self.workspace),
            "release": self.release.number,
            "reports": [str(path) for path in self.reports],
            "stages": {stage.name: round(stage.seconds, 2) for stage in self.stages},
            "rows": {stage.name: stage.rows for stage in self.stages if stage.rows is not None},
        }


class _Stopwatch:
    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.rows: int | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.rows, begun = None, time.perf_counter()
        yield
        self.stages.append(Stage(name, time.perf_counter() - begun, self.rows))


def run_demo(folder: Path, *, children: int, seed: int, progress: Progress, encrypt: bool = True) -> DemoResult:
    """Invent, submit, publish, link, count and release, report.

    Raises:
        Refused: If the folder holds something that is not an earlier demo.
    """
    _clear(folder)
    watch = _Stopwatch()
    with watch.stage("invent the partnership"):
        invented = invent_partnership(out=folder / "partnership", children=children, seed=seed, progress=progress)
    with watch.stage("submit the returns"):
        workspace = demo_workspace(folder, encrypt=encrypt)
        watch.rows = submit_invented(workspace, invented.folder / "extracts", progress)
    with watch.stage("publish a generation"):
        publish_generation(workspace, by="demo", at=TODAY)
    with watch.stage("link people"):
        linked = link_people(workspace, by="demo", at=TODAY, progress=progress)
        watch.rows = linked.linkage.records
    with watch.stage("count and release"):
        release, _ = make_release(workspace, period=HEADLINE, by="demo", at=TODAY, progress=progress)
        watch.rows = len(release.figures)
    with watch.stage("write the board report"):
        reports = board_report(workspace, release_number=None, folder=folder / "reports", by="demo", at=TODAY)
    users = create_demo_users(workspace, at=TODAY)
    return DemoResult(workspace.root, release, reports, users, watch.stages)


def _clear(folder: Path) -> None:
    try:
        _empty(folder)
    except OSError as problem:
        raise EnvironmentProblem(
            f"The demo's folder cannot be made: {problem.strerror}.",
            place=Place(file=str(folder)),
            hint="Name another with --folder, in a place you may write to.",
        ) from problem


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise Refused(
                "The demo's folder holds something else.", place=Place(file=str(folder)), hint="Name another with --folder, or empty it."
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()


def demo_workspace(folder: Path, *, encrypt: bool = True) -> Workspace:
    """Make the workspace of the partnership that was invented in ``folder``, sealed unless told otherwise."""
    key_file = key_file_for(folder / "workspace") if encrypt else None
    with as_file(files("sightline") / "catalogue" / "partnerships" / "saltmere") as partnership:
        return create_workspace(
            folder / "workspace",
            partnership=partnership,
            geography=folder / "partnership" / "geography",
            by="demo",
            at=TODAY,
            key_file=key_file,
        )


def submit_invented(workspace: Workspace, extracts: Path, progress: Progress, *, since: Quarter | None = None) -> int:
    """Hand in every return in the order it arrived, late and corrected ones included; the rows read.

    With ``since``, only what is for that quarter or a later one, and of each return the version that holds in the end.
    """
    with (extracts / "returns.csv").open(encoding="utf-8", newline="") as file:
        arrivals = sorted(csv.DictReader(file), key=lambda row: int(row["sequence"]))
    if since is not None:
        arrivals = _last_versions(arrivals, since)
    returns = [_Handed.of(arrival, extracts) for arrival in arrivals]
    rows = 0
    with closing(_in_turn(workspace, returns)) as in_turn:
        for done, (each, reading) in enumerate(in_turn, 1):
            receipt = submit_return(
                workspace,
                agency=each.agency,
                dataset=each.dataset,
                period=each.period,
                files=each.files,
                by="demo",
                at=each.at,
                reading=reading,
            )
            rows += receipt.rows_read
            progress("Submitting returns", done, len(returns))
    return rows


def _in_turn(workspace: Workspace, returns: Sequence[_Handed]) -> Generator[tuple[_Handed, Reading], None, None]:
    """Every return in its order, with what was read of it while earlier ones were kept.

    Reading is another process's work, and the order in which returns are kept stays theirs.
    """
    coming = deque(returns)
    waiting: deque[tuple[_Handed, Future[Reading]]] = deque()
    reader = ThreadPoolExecutor(max_workers=1)
    try:
        while coming or waiting:
            while coming and (len(waiting) < _READ_AHEAD or sum(each.size for each, _ in waiting) + coming[0].size <= _BYTES_AHEAD):
                each = coming.popleft()
                waiting.append((each, reader.submit(_read_ahead, workspace, _may_send(workspace, each), each)))
            each, reading = waiting.popleft()
            yield each, reading.result()
    finally:
        reader.shutdown(cancel_futures=True)


def _may_send(workspace: Workspace, handed: _Handed) -> Agency:
    """The agency with what it agreed to share: nothing is read before that is known."""
    sender = workspace.partnership.agency(handed.agency)
    dataset = sender.dataset(handed.dataset)
    answer = agreed_to_share(sender, dataset, dataset.covers(handed.period), at=handed.at)
    if isinstance(answer, Deny):
        raise refuse_to_take(sender, Slot(sender.id, dataset.id, str(handed.period)), answer, by="demo", at=handed.at)
    return answer.sender


def _last_versions(arrivals: Sequence[dict[str, str]], since: Quarter) -> list[dict[str, str]]:
    last = {(each["agency"], each["dataset"], each["period"]): each for each in arrivals if Quarter.parse(each["period"]) >= since}
    return sorted(last.values(), key=lambda row: int(row["sequence"]))


@dataclass(frozen=True, slots=True)
class _Handed:
    """One return as it is handed in."""

    agency: str
    dataset: str
    period: Quarter
    files: list[Path]
    at: datetime
    size: int

    @classmethod
    def of(cls, arrival: dict[str, str], extracts: Path) -> _Handed:
        files = sorted(path for path in (extracts / arrival["folder"]).iterdir() if path.is_file())
        return cls(
            agency=arrival["agency"],
            dataset=arrival["dataset"],
            period=Quarter.parse(arrival["period"]),
            files=files,
            at=datetime.fromisoformat(arrival["arrived_on"]).replace(hour=9, tzinfo=UTC),
            size=sum(path.stat().st_size for path in files),
        )


def _read_ahead(workspace: Workspace, sender: Agency, handed: _Handed) -> Reading:
    return read_ahead(sender, workspace, dataset=handed.dataset, period=handed.period, files=handed.files)
