"""The linkage statement: from the links of a workspace through the gate, the same bytes each time, with nothing small in it."""

from __future__ import annotations

import json
import re

import pytest

from sightline.app import linkage_statement as linkage_statement_module
from sightline.app.link_people import link_people
from sightline.app.link_quality import link_quality
from sightline.app.linkage_statement import assemble_statement, write_linkage_statement
from sightline.app.publish_generation import publish_generation
from sightline.errors import InputRefused, NotFound
from sightline.model.figures import Released
from sightline.publish.linkage_statement import linkage_statement, percent
from sightline.publish.write_html import write_html
from tests.support.partnership import NOW, Q4
from tests.support.statements import example_statement

pytestmark = pytest.mark.django_db

GIVEN = ("Ottoline", "Barnaby", "Peregrine", "Cressida", "Leopold", "Araminta", "Thaddeus", "Clementine")
FAMILY = ("Hebblewhite", "Postlethwaite", "Ramsbottom", "Entwistle")


def seen(number, **values):
    """One of 32 children, no two of them alike."""
    known = {
        "given_name": GIVEN[number % 8],
        "family_name": FAMILY[number // 8],
        "date_of_birth": f"20{8 + number % 9:02}-{number % 12 + 1:02}-{number % 27 + 1:02}",
        "postcode": "QS1 1AA",
        "sex": ("female", "male")[number % 2],
        "ethnicity": "white" if number else "asian",
        "date_of_birth_precision": "day",
        "valid_from": "2025-10-01",
    }
    return {**known, **values}


@pytest.fixture
def linked(workspace, submit):
    submit(identity_record=[seen(number, local_id=f"C{number}") for number in range(32)], period=Q4)
    both = [seen(number, local_id=f"P{number}") for number in range(14)]
    submit(identity_record=both, agency="police", dataset="police", period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    link_people(workspace, by="tester", at=NOW, threads=1)
    return workspace


def test_nothing_small_or_exact_is_in_the_statement(linked):
    found, statement = link_quality(linked), assemble_statement(linked)

    assert (found.people, found.linked_people, dict(found.records)) == (32, 14, {"csc": 32, "police": 14})
    assert all(
        isinstance(shown, int) and shown % 5 == 0 and abs(shown - truth) < 5
        for shown, truth in ((statement.people, 32), (statement.linked_people, 14), (statement.records[1][1], 14))
    )
    numbers = re.findall(r": (\d+)[,\n}]", json.dumps(json.loads(write_linkage_statement_json(linked))))
    assert {int(number) for number in numbers} - {statement.linkage} <= {0, 1, *range(5, 100, 5)}
    asian = next(line for line in statement.groups if line.group == "Asian or Asian British")
    assert asian.people in ("0 to 4", 5)
    assert {asian.linked, asian.precision, asian.recall, asian.of_linked} == {"withheld"}


def test_people_without_a_home_ward_are_the_number_that_releases_show(workspace, submit, monkeypatch):
    children = [seen(number, local_id=f"C{number}") | ({"postcode": None} if number < 3 else {}) for number in range(32)]
    submit(identity_record=children, period=Q4)
    publish_generation(workspace, by="tester", at=NOW)
    link_people(workspace, by="tester", at=NOW, threads=1)
    assert [group.people for group in link_quality(workspace).groups if (group.breakdown, group.group) == ("ward", "not_recorded")] == [3]

    asked = []
    for shown in (Released(0), Released(5)):
        monkeypatch.setattr(linkage_statement_module, "shown_single", lambda *name, shown=shown: asked.append(name[1:]) or shown)
        linkage_statement_module._assembled.cache_clear()
        statement = assemble_statement(workspace)
        (line,) = (line for line in statement.groups if (line.breakdown, line.group) == ("ward", "Not recorded"))
        wards = [line.people for line in statement.groups if line.breakdown == "ward"]
        assert str(line.people) == str(shown)
        assert sum(number for number in wards if isinstance(number, int)) == statement.people, "sums agree all the same"
    assert asked == [("people without a home ward", 3)] * 2


def write_linkage_statement_json(workspace):
    (path,) = write_linkage_statement(workspace, folder=workspace.root / "tmp" / "statement", formats=["json"])
    return path.read_text()


def test_what_nobody_has_checked_is_said_not_to_be_checked(linked):
    statement = assemble_statement(linked)

    assert {each.what for each in statement.not_checked} >= {"deprivation", "precision and recall by people", "recall"}
    assert statement.recall == "not known"
    assert "Nobody has reviewed" in statement.reviewed
    assert statement.precision.basis == "the model's own probabilities"


def test_the_same_evidence_gives_the_same_files(linked, tmp_path):
    once = [path.read_bytes() for path in write_linkage_statement(linked, folder=tmp_path / "one")]
    again = [path.read_bytes() for path in write_linkage_statement(linked, folder=tmp_path / "two")]

    assert once == again
    assert [content[:4] for content in once] == [b"%PDF", b"<!DO", b"{\n  "]


def test_no_name_and_no_id_is_in_it(linked):
    told = write_linkage_statement_json(linked)

    assert not [value for value in (*GIVEN, *FAMILY, "QS1") if value in told]
    ids = linked.objects.get_table(link_quality(linked).linkage.links)
    assert not [value for value in ids.column("identity_id").to_pylist() + ids.column("person_id").to_pylist() if value in told]


def test_before_people_are_linked_there_is_none(workspace):
    with pytest.raises(NotFound):
        assemble_statement(workspace)


def test_a_format_that_is_not_known_is_refused(linked, tmp_path):
    with pytest.raises(InputRefused, match="not a format"):
        write_linkage_statement(linked, folder=tmp_path, formats=["docx"])


def test_the_sections_are_those_of_guild_in_the_order_people_ask():
    document = linkage_statement(example_statement())

    assert [section.id for section in document.sections] == [
        "in-short", "what", "how", "quality", "fairness", "linked", "sensitivity", "not-known",
    ]  # fmt: skip
    assert "match weight" not in write_html(document).decode()


@pytest.mark.parametrize(
    ("share", "words"),
    [(1.0, "100%"), (0.99999, "over 99.9%"), (0.9995, "over 99.9%"), (0.0, "0%"), (0.0001, "under 0.1%"), (0.954, "95.4%")],
)
def test_a_share_never_looks_more_certain_than_it_is(share, words):
    assert percent(share) == words
