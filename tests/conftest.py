"""Fixtures for the whole test run. The ledger of a test is a database in memory; its workspace is a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from hypothesis import settings

from sightline.app.receipts import Receipt
from sightline.app.workspace import Workspace
from tests.support import partnership
from tests.support.tampering import let_tests_be_emptied

# The same examples on every machine, and no deadline: a slow machine is not a wrong answer.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
let_tests_be_emptied()


@pytest.fixture(scope="session", autouse=True)
def _passwords_that_cost_little() -> Iterator[None]:
    """A password is still kept as Argon2 makes it; that this takes 100 MB and a tenth of a second each is for those who guess."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2PasswordHasher, "time_cost", 1)
        patch.setattr(Argon2PasswordHasher, "memory_cost", 64)
        patch.setattr(Argon2PasswordHasher, "parallelism", 1)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix() -> None:
    """Each process has its own ledger in memory. Given a name, as is done where the engine is not known, it would be a file."""


@pytest.fixture
def workspace(tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace of the tiny partnership of `tests.support.partnership`, whose extracts are read by its own plain reader."""
    partnership.use_plain_reader(monkeypatch.setattr)
    made = partnership.make_workspace(tmp_path)
    # The key decides of one count in 64 alone: with a new one each time a test would fail now and then.
    (made.root / "keys" / "rounding").write_text("5" * 64, encoding="ascii")
    return made


@pytest.fixture
def submit(workspace: Workspace, tmp_path: Path) -> Callable[..., Receipt]:
    """Submit a small extract to the workspace; see `tests.support.partnership.submit`."""

    def do(**request: object) -> Receipt:
        return partnership.submit(workspace, tmp_path / "incoming", **request)

    return do
