"""A small invented partnership, linked and ready to count on, for whoever tries an indicator and has no workspace at hand."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from sightline.app.demo import HEADLINE, TODAY, demo_workspace, submit_invented
from sightline.app.link_people import link_people
from sightline.app.publish_generation import publish_generation
from sightline.app.start import open_workspace
from sightline.app.synthesise import invent_partnership
from sightline.app.workspace import Workspace, is_workspace
from sightline.errors import EnvironmentProblem, Place

Progress = Callable[[str, int, int], None]
CHILDREN, SEED = 20_000, 2026
"""Few enough to be ready while one waits, and enough that not every figure is too small to show."""
FEWEST_QUARTERS = 5
"""A year and the quarter before: as far as most indicators look back."""


@contextmanager
def small_demo(kept_in: Path | None, *, quarters: int, progress: Progress) -> Iterator[Workspace]:
    """Give a workspace of an invented partnership whose people are linked.

    Args:
        kept_in: Folder to keep it in: the next time it is opened and not made. None makes it in a temporary folder that is removed.
        quarters: Quarters of returns that an indicator needs; there are `FEWEST_QUARTERS` at least.
        progress: Told what is being done, how many steps are done and how many there are.

    Raises:
        EnvironmentProblem: If the folder cannot be written.
    """
    quarters = max(quarters, FEWEST_QUARTERS)
    if kept_in is None:
        with tempfile.TemporaryDirectory(prefix="sightline-try-") as folder:
            yield _make(Path(folder), quarters, progress)
        return
    kept = kept_in / f"saltmere-{version('sightline')}-{CHILDREN}-children-{quarters}-quarters"
    if not is_workspace(kept / "workspace"):
        _make_whole(kept, quarters, progress)
    yield open_workspace(kept / "workspace")


def _make_whole(kept: Path, quarters: int, progress: Progress) -> None:
    """Make it beside its place and move it there when it is whole, so that one that was cut short is never taken for it."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=kept.parent))
    except OSError as problem:
        raise EnvironmentProblem(
            f"The folder cannot be written: {problem.strerror}.",
            place=Place(file=str(kept.parent)),
            hint="Name another with --keep-in, in a place you may write to.",
        ) from problem
    try:
        _make(making, quarters, progress)
        try:
            making.rename(kept)
        except OSError:
            if not is_workspace(kept / "workspace"):  # somebody else may have made the same one meanwhile
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _make(folder: Path, quarters: int, progress: Progress) -> Workspace:
    invented = invent_partnership(out=folder / "partnership", children=CHILDREN, seed=SEED, progress=progress)
    workspace = demo_workspace(folder)
    submit_invented(workspace, invented.folder / "extracts", progress, since=HEADLINE.plus(1 - quarters))
    publish_generation(workspace, by="demo", at=TODAY)
    link_people(workspace, by="demo", at=TODAY, progress=progress)
    shutil.rmtree(invented.folder)  # every return is kept in the workspace
    return workspace
