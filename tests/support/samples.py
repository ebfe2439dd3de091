"""Where the files that others wrote lie, for tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def samples_folder() -> Path:
    """The folder of sample data: SIGHTLINE_SAMPLES, or a sibling folder of the checkout; the test skips where it is absent."""
    folder = Path(os.environ.get("SIGHTLINE_SAMPLES") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the sample files that others wrote are not on this machine (set SIGHTLINE_SAMPLES to their folder)")
    return folder
