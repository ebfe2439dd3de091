"""The small partnership on which an indicator is tried: made whole or not at all, and not made twice."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sightline.app import small_demo as module
from sightline.app.small_demo import FEWEST_QUARTERS, small_demo
from sightline.cli.main import app
from sightline.errors import EnvironmentProblem


def silent(doing: str, done: int, out_of: int) -> None:
    """Progress that nobody reads."""


def opened(kept: Path, quarters: int = 1) -> object:
    with ExitStack() as stack:
        return stack.enter_context(small_demo(kept, quarters=quarters, progress=silent))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The quarters of each partnership made; making one leaves a marked folder, and opening one gives its folder."""
    quarters: list[int] = []

    def make(folder: Path, wanted: int, progress: object) -> Path:
        quarters.append(wanted)
        (folder / "workspace").mkdir()
        (folder / "workspace" / "marker").touch()
        return folder / "workspace"

    monkeypatch.setattr(module, "_make", make)
    monkeypatch.setattr(module, "open_workspace", lambda root: root)
    monkeypatch.setattr(module, "is_workspace", lambda root: (root / "marker").is_file())
    return quarters


def test_a_kept_partnership_is_made_once_and_another_where_more_quarters_are_needed(made: list[int], tmp_path: Path) -> None:
    first, second, longer = opened(tmp_path / "kept"), opened(tmp_path / "kept"), opened(tmp_path / "kept", 12)

    assert made == [FEWEST_QUARTERS, 12]
    assert first == second
    assert longer != first
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_one_that_is_cut_short_leaves_nothing_that_could_be_taken_for_it(
    made: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_short(folder: Path, quarters: int, progress: object) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_make", cut_short)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path / "kept")

    assert list((tmp_path / "kept").iterdir()) == []
    opened(tmp_path / "kept")
    assert made == [FEWEST_QUARTERS]


def test_without_a_folder_nothing_is_left(made: list[int]) -> None:
    with small_demo(None, quarters=1, progress=silent) as workspace:
        where = Path(str(workspace))
        assert where.is_dir()
    assert not where.exists()


@pytest.mark.parametrize("wrong", ["no_such_indicator", "C01 "])
def test_an_indicator_that_is_not_there_is_told_before_anything_is_made(
    made: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIGHTLINE_WORKSPACE", raising=False)
    refused = CliRunner().invoke(app, ["indicators", "try", wrong])

    assert refused.exit_code != 0
    assert made == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentProblem) as problem:
        opened(tmp_path / "file" / "kept")
    assert "--keep-in" in str(problem.value.hint)
