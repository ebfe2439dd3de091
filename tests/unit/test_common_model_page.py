"""Who writes a measure of their own finds every table it may read on one page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sightline.definitions.catalogue import load_catalogue
from sightline.definitions.measures import common_model_tables

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def test_the_page_of_the_common_model_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(FOLDER / "write_common_model.py"), "--check"], check=False)

    assert done.returncode == 0, "run: python docs/reference/write_common_model.py"


def test_the_page_tells_of_every_table_that_a_measure_may_read() -> None:
    told = (FOLDER / "common-model.md").read_text(encoding="utf-8")

    assert {name for name in (*common_model_tables(), *load_catalogue().derived) if f"### `{name}`\n" not in told} == set()
