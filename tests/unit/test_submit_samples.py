"""Files that others wrote go all the way: checked, submitted, published, opened."""

from __future__ import annotations

import pytest

from sightline.app.check_extract import check_extract
from sightline.app.publish_generation import publish_generation
from sightline.app.submit_return import submit_return
from sightline.app.tables import identity_record_current, open_tables
from sightline.app.workspace import Workspace
from sightline.engine.duckdb import DuckDBEngine
from sightline.errors import InputRefused, NotFound
from tests.support.partnership import NOW, create_agreed, write_geography, write_partnership
from tests.support.samples import samples_folder

LONG_AGO = """
id: samples
name: Samples Partnership
area: Samples
authority_code: "999"
first_period: 2010-Q1
agencies:
  - id: csc
    name: Children's social care
    mode: record_level
    datasets:
      - {id: annex_a, title: Annex A lists, format: annex_a, every: quarter, due_days: 21}
      - {id: cin_census, title: Children in need census, format: cin_census, every: year, due_days: 60}
      - {id: ssda903, title: Looked-after children return, format: ssda903, every: year, due_days: 60}
"""
FILES = {
    "annex_a": ["annex_a/Annex_A_older.xlsx"],
    "cin_census": ["cin_census/CIN_Census_2024.xml"],
    "cin_census of 2021": ["cin_census/CIN_Census_2021.xml"],
    "ssda903": [f"ssda903/{name}.csv" for name in ("header", "episodes", "missing", "reviews")],
}


@pytest.fixture
def real(tmp_path, db) -> Workspace:
    return create_agreed(tmp_path / "w", write_partnership(tmp_path / "p", LONG_AGO), write_geography(tmp_path / "g"))


@pytest.mark.samples
@pytest.mark.parametrize("which", FILES)
def test_a_file_written_by_others_goes_all_the_way_for_the_period_that_check_names(real, which):
    dataset, files = which.split()[0], [samples_folder() / "samples" / name for name in FILES[which]]
    checked = check_extract(files)
    period = checked.period

    receipt = submit_return(real, agency="csc", dataset=dataset, period=period, files=files, by="t", at=NOW)
    again = submit_return(real, agency="csc", dataset=dataset, period=period, files=files, by="t", at=NOW)

    assert checked.rows_kept > 0
    assert not checked.refused
    assert (receipt.rows_read, receipt.rows_kept) == (checked.rows_read, checked.rows_kept)
    assert len(receipt.mapped) == len(checked.mapped) > 0
    assert again.already_had
    with DuckDBEngine(threads=1) as engine:
        generation = publish_generation(real, by="t", at=NOW)
        opened = open_tables(real, generation, engine)
        assert opened.rows == {name: rows for name, rows in checked.rows.items() if name != "identity_record"}
        identities = identity_record_current(real, generation, engine)
        people = engine.query(f"select distinct identity_id from {next(iter(opened.rows))} where identity_id is not null").num_rows
    assert 0 < people <= len(set(identities["identity_id"].to_pylist())) <= checked.rows["identity_record"]


def test_a_format_and_a_mapping_are_not_both_given_and_a_missing_file_is_named(tmp_path):
    (tmp_path / "some.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(InputRefused, match="both given"):
        check_extract([tmp_path], format="annex_a", mapping=tmp_path / "m.yml")
    with pytest.raises(NotFound, match="annex_a"):
        check_extract([tmp_path], format="annex_b")
    with pytest.raises(NotFound, match="no such file"):
        check_extract([tmp_path / "absent.csv"])
    with pytest.raises(InputRefused):
        check_extract([tmp_path / "some.csv"])
