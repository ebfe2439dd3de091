"""From an unknown file to a mapping that loads: what is sure is written down, what is not stands there as a question."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from benchmarks.mapping_suggestions import judge, read_corpus
from tests.support.samples import samples_folder

from sightline.app.mappings import explain_mapping, mapping_schema, suggest_mapping
from sightline.definitions.formats import CATALOGUE, load_mapping
from sightline.errors import InputRefused
from sightline.intake.suggesting import AUTOMATIC, shipped
from sightline.intake.suggesting.authorities import authority
from sightline.intake.suggesting.learning import learn

HEADER = "Episode ID,Child ID,Start Date,Retrun Date,Type,Risk Grade,Worker notes"
ROWS = "".join(
    f"E{n},C{n},{n + 1:02}/01/2026 10:00,{n + 1:02}/01/2026 22:00,{kind},{grade},called mother {n}\n"
    for n, kind, grade in zip(range(12), ["MFH", "Bolted"] * 6, ["Std", "Std", "High"] * 4, strict=True)
)


def drafted(folder: Path, text: str = f"{HEADER}\n{ROWS}", name: str = "mfh_2026.csv"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file, suggest_mapping([file], id="ours", title="Ours", agency="csc")


def test_a_file_like_a_known_format_extends_it_and_loads(tmp_path):
    file, made = drafted(tmp_path)
    path = tmp_path / "ours.yml"
    path.write_text(made.text, encoding="utf-8")

    assert made.format == "missing_rhi"
    assert load_mapping(path).id == "ours"
    assert explain_mapping(path, [file]).checked.rows_kept == 12


def test_what_is_unsure_is_a_question_and_never_a_decision(tmp_path):
    _, made = drafted(tmp_path)

    assert '# decide: "Retrun Date" may be “ended_at”' in made.text
    assert '# decide: "Bolted" in "Type"' in made.text
    assert "Bolted" not in "".join(line for line in made.text.splitlines() if not line.lstrip().startswith("#"))
    assert made.codes_open == 1


def test_no_personal_cell_is_in_a_draft(tmp_path):
    _, made = drafted(tmp_path)

    assert "called mother" not in made.text
    assert "C1" not in made.text.replace("CSC", "")


def test_a_file_like_nothing_known_is_drafted_as_what_it_is(tmp_path):
    _, made = drafted(tmp_path, "Zebra,Stripes on,Count\n" + "".join(f"z{n},0{n + 1}/02/2026,{n}\n" for n in range(8)), "zoo.csv")
    path = tmp_path / "zoo.yml"
    path.write_text(made.text, encoding="utf-8")

    assert made.format == ""
    table = load_mapping(path).tables["table_1"]
    assert [column.type for column in table.columns.values()] == ["text", "date", "integer"]
    assert table.unused


def test_a_file_that_is_no_table_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(InputRefused, match="table that can be read"):
        drafted(tmp_path, "%PDF-1.7 nothing", "x.pdf")


def every_mapping() -> list[Path]:
    return sorted(path for path in CATALOGUE.glob("formats/*.yml")) + sorted(CATALOGUE.glob("partnerships/*/mappings/*.yml"))


@pytest.mark.parametrize("path", every_mapping(), ids=lambda path: path.stem)
def test_every_format_and_mapping_fits_the_published_schema(path):
    jsonschema.validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader), mapping_schema())  # noqa: S506 - builds texts only


def test_the_schema_refuses_a_key_that_the_language_does_not_have():
    wrong = {"id": "x", "tables": {"t": {"colums": {}}}}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, mapping_schema())


def test_a_text_that_stood_under_two_codes_is_never_sure():
    suggester = learn([("kind", "a", "LADO"), ("kind", "b", "LADO"), *(("kind", "a", f"alpha {n}") for n in range(30))])

    assert all(each.confidence <= 0.5 for each in suggester.suggest("kind", "LADO"))


def test_a_text_under_another_entrys_code_is_never_sure():
    words = [("kind", "j2", f"PACE custody police station {n}") for n in range(30)] + [
        ("kind", "g1", f"Hospital ward {n}") for n in range(30)
    ]
    suggester = learn(words)

    alone = suggester.suggest("kind", "PACE custody police station")[0]
    under_another = suggester.suggest("kind", "G1 - PACE custody police station")[0]
    under_its_own = suggester.suggest("kind", "J2 - PACE custody police station")[0]

    assert (alone.code, under_another.code) == ("j2", "j2")
    assert alone.confidence > 0.5
    assert under_its_own.confidence > 0.5
    assert under_another.confidence <= 0.5


def test_what_is_learned_is_kept_and_read_back(tmp_path):
    triples = [("kind", code, f"{word} {n}") for n in range(40) for code, word in (("a", "alpha"), ("b", "beta"))]
    learned = learn(triples)
    learned.save(tmp_path / "kept.npz")

    from sightline.intake.suggesting.suggester import load

    again = load(tmp_path / "kept.npz").suggest("kind", "alpha seven")
    assert again[0].code == "a"
    assert again[0].confidence == pytest.approx(learned.suggest("kind", "alpha seven")[0].confidence, abs=0.02)


def test_the_shipped_suggester_knows_councils_spellings_and_holds_no_text_of_its_corpus():
    suggester = shipped()

    assert suggester.suggest("referral_source", "Hospital A&E")[0].code == "health"
    assert suggester.suggest("primary_need", "N5 - family dysfunction: behaviour")[0].code == "N5"
    assert all(model.seen == {} for model in suggester.models.values())


@pytest.mark.parametrize(("text", "name"), [("LB Haringey", "Haringey"), ("E06000027", "Torbay"), ("357", "Tameside"), ("Atlantis", None)])
def test_an_authority_is_known_by_name_and_number(text, name):
    found = authority(text)

    assert (found.code if found else None) == name


@pytest.mark.samples
def test_nine_in_ten_held_out_spellings_are_suggested_rightly_and_six_in_ten_surely():
    rows, _ = read_corpus(samples_folder() / "samples" / "mapping_corpus" / "annex_a_value_variants_70pct.csv")
    judged = judge(rows, seed=1)
    taken = [each for each in judged if each.suggested and each.suggested.confidence >= AUTOMATIC]

    assert sum(each.is_right for each in judged) >= 0.90 * len(judged)
    assert len(taken) >= 0.60 * len(judged)
    assert sum(each.is_right for each in taken) >= 0.99 * len(taken)
    assert [each.text for each in taken if each.is_ambiguous] == []


def test_the_schema_on_the_page_is_the_one_the_program_prints():
    page = Path(__file__).parents[2] / "docs" / "reference" / "mapping.schema.json"

    assert json.loads(page.read_text(encoding="utf-8")) == mapping_schema()
