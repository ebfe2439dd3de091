"""Attacks on what leaves and on what comes in: a minimiser that fails, values planted in the finished package, packages forged or changed.

Whatever is tried at the agency, either nothing is written or the package holds nothing that was to stay behind. Whatever is tried at the
partnership, a changed or foreign package is refused and nothing of it is used.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.support.prepared import KEY, PEOPLE, SECRETS, left_in, made, request, rewritten, write_extract

from sightline.app import prepare as preparing
from sightline.errors import EnvironmentProblem, SightlineError
from sightline.intake.package_rows import read_package
from sightline.intake.prepared import PackageRefused, read_package_apart
from sightline.model.packages import Manifest
from sightline.privacy.inspect import StillInside
from sightline.privacy.keyed import KeyUnusable
from sightline.privacy.minimise import Minimised, MinimisingFailed
from sightline.store.packages import MANIFEST, README, PackageBroken, pack, unpack

Tables = dict[str, pa.Table]
MINIMISE = preparing.minimise


def put(tables: Tables, entity: str, column: str, values: list[Any]) -> None:
    table = tables[entity]
    kind = table.schema.field(column).type if column in table.column_names else pa.string()
    at = table.column_names.index(column) if column in table.column_names else table.num_columns
    table = table.remove_column(at) if column in table.column_names else table
    tables[entity] = table.add_column(at, column, pa.array(values, kind))


def leaves_birth_dates(given: Tables, tables: Tables) -> None:
    put(tables, "identity_record", "date_of_birth", given["identity_record"]["date_of_birth"].to_pylist())


def leaves_one_birth_date(given: Tables, tables: Tables) -> None:
    born = tables["identity_record"]["date_of_birth"].to_pylist()
    put(tables, "identity_record", "date_of_birth", [*born[:-1], given["identity_record"]["date_of_birth"][-1].as_py()])


def says_months_are_days(_: Tables, tables: Tables) -> None:
    put(tables, "identity_record", "date_of_birth_precision", ["day"] * 3)


def moves_a_birth_date_by_years(_: Tables, tables: Tables) -> None:
    put(tables, "identity_record", "date_of_birth", [date(2001, 1, 1)] * 3)


def leaves_postcodes(given: Tables, tables: Tables) -> None:
    put(tables, "identity_record", "postcode", given["identity_record"]["postcode"].to_pylist())


def leaves_surnames(given: Tables, tables: Tables) -> None:
    put(tables, "identity_record", "family_name", given["identity_record"]["family_name"].to_pylist())


def leaves_own_numbers(given: Tables, tables: Tables) -> None:
    put(tables, "flag", "local_id", given["flag"]["local_id"].to_pylist())


def leaves_nhs_numbers(given: Tables, tables: Tables) -> None:
    put(tables, "identity_record", "nhs_number", given["identity_record"]["nhs_number"].to_pylist())


def leaves_sentences(given: Tables, tables: Tables) -> None:
    put(tables, "narrative", "text", given["narrative"]["text"].to_pylist())


def leaves_what_was_typed_as_a_code(given: Tables, tables: Tables) -> None:
    put(tables, "flag", "flag_local", given["flag"]["flag_local"].to_pylist())


def puts_surnames_where_teams_stand(given: Tables, tables: Tables) -> None:
    put(tables, "flag", "applied_by", given["identity_record"]["family_name"].to_pylist())


def puts_sentences_where_codes_stand(given: Tables, tables: Tables) -> None:
    put(tables, "flag", "flag_local", given["narrative"]["text"].to_pylist())


def puts_a_name_into_the_file_s_name(_: Tables, tables: Tables) -> None:
    put(tables, "flag", "source_file", ["Zebedee Quillfeather.csv"] * 3)


def puts_postcodes_where_tokens_stand(given: Tables, tables: Tables) -> None:
    put(tables, "narrative", "local_id", given["identity_record"]["postcode"].to_pylist())


def tells_one_child_as_another(_: Tables, tables: Tables) -> None:
    put(tables, "flag", "started_on", list(reversed(tables["flag"]["started_on"].to_pylist())))


def adds_a_table(given: Tables, tables: Tables) -> None:
    tables["contact"] = given["flag"].select(["local_id", "source_file", "source_row"])


def loses_a_table(_: Tables, tables: Tables) -> None:
    del tables["flag"]


def loses_rows(_: Tables, tables: Tables) -> None:
    tables["flag"] = tables["flag"].slice(1)


BROKEN: tuple[Callable[[Tables, Tables], None], ...] = (
    leaves_birth_dates,
    leaves_one_birth_date,
    says_months_are_days,
    moves_a_birth_date_by_years,
    leaves_postcodes,
    leaves_surnames,
    leaves_own_numbers,
    leaves_nhs_numbers,
    leaves_sentences,
    leaves_what_was_typed_as_a_code,
    puts_surnames_where_teams_stand,
    puts_sentences_where_codes_stand,
    puts_a_name_into_the_file_s_name,
    puts_postcodes_where_tokens_stand,
    tells_one_child_as_another,
    adds_a_table,
    loses_a_table,
    loses_rows,
)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.__name__)
def test_a_minimiser_that_fails_in_any_way_releases_nothing(tmp_path, monkeypatch, broken):
    def minimise(tables: Tables, *given: Any, **more: Any) -> Minimised:
        done = MINIMISE(tables, *given, **more)
        changed = dict(done.tables)
        broken(tables, changed)
        return replace(done, tables=changed)

    monkeypatch.setattr(preparing, "minimise", minimise)
    with pytest.raises(StillInside) as problem:
        made(tmp_path)
    assert left_in(tmp_path) == set()
    assert not [secret for secret in SECRETS if secret in str(problem.value)]


def test_what_a_library_says_when_it_fails_is_not_passed_on(tmp_path, monkeypatch):
    def minimise(*_: Any, **__: Any) -> Minimised:
        raise RuntimeError("cannot convert 'Zebedee Quillfeather'")

    monkeypatch.setattr(preparing, "minimise", minimise)
    with pytest.raises(MinimisingFailed) as problem:
        made(tmp_path)
    assert "Zebedee" not in str(problem.value)
    assert problem.value.__cause__ is None
    assert left_in(tmp_path) == set()


PLANTED = (
    "Zebedee Quillfeather",
    "Oakenshaw, Ptolemy",
    "Quillfeather",
    "born 17/05/2011",
    "born 2011-05-17",
    "qs4 2ab",
    "QS42AB",
    "nom-70003",
    "9434765919",
    "943-476-5919",
    "seen near the old pier with an older lad",
    "2 The Old Mill",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_a_value_planted_in_the_page_is_found(tmp_path, monkeypatch, planted):
    words = preparing.in_plain_words

    def with_more(manifest: Manifest) -> str:
        return words(manifest) + (f"Note: {planted}\n" if manifest.columns else "")

    monkeypatch.setattr(preparing, "in_plain_words", with_more)
    with pytest.raises(StillInside, match=r"README\.txt"):
        made(tmp_path)
    assert left_in(tmp_path) == set()


@pytest.mark.parametrize("planted", PLANTED)
def test_a_value_planted_in_the_proof_is_found(tmp_path, monkeypatch, planted):
    told = preparing.fields_told

    def with_more(outcomes: Any) -> Any:
        first, *rest = told(outcomes)
        return [first.model_copy(update={"why": f"{first.why} {planted}"}), *rest]

    monkeypatch.setattr(preparing, "fields_told", with_more)
    with pytest.raises(StillInside, match="sightline-package"):
        made(tmp_path)
    assert left_in(tmp_path) == set()


def test_bytes_changed_on_the_disk_before_the_search_are_found(tmp_path, monkeypatch):
    inspect = preparing._inspect

    def change_first(draft: Path, *given: Any) -> None:
        content = draft.read_bytes()
        draft.write_bytes(content.replace(b"Response", b"Zebedee!"))
        inspect(draft, *given)

    monkeypatch.setattr(preparing, "_inspect", change_first)
    with pytest.raises(SightlineError):
        made(tmp_path)
    assert left_in(tmp_path) == set()


def test_a_file_named_after_a_child_is_refused_before_the_name_leaves(tmp_path):
    named = write_extract(tmp_path, name="markers Zebedee Quillfeather.csv")
    with pytest.raises(StillInside, match="rename"):
        made(tmp_path, files=[named])
    assert left_in(tmp_path) == {named.name}


def test_a_child_called_like_a_ward_a_team_or_a_month_stops_nobody(tmp_path):
    ordinary = PEOPLE[0].replace("Quillfeather", "Green").replace("Zebedee", "May").replace("Response", "Harbour Green team")
    others = [row.replace("Response", "Harbour Green team").replace("Harbour team", "Harbour Green team") for row in PEOPLE[1:]]
    extract = write_extract(tmp_path, people=(ordinary, *others))
    assert made(tmp_path, files=[extract]).package is not None


def test_the_own_name_of_a_child_in_a_text_that_leaves_is_found(tmp_path):
    extract = write_extract(tmp_path, people=(PEOPLE[0].replace("Response", "asked for by Zebedee"), *PEOPLE[1:]))
    with pytest.raises(StillInside, match=r"flag\.applied_by"):
        made(tmp_path, files=[extract])
    assert left_in(tmp_path) == set()


def test_the_key_never_leaves_however_it_got_among_the_files(tmp_path):
    asked = request(tmp_path)
    with pytest.raises(KeyUnusable, match="among the files"):
        preparing.prepare(replace(asked, files=[tmp_path / "markers.csv", tmp_path / "partnership.key"]), out=tmp_path / "package.zip")
    copied = tmp_path / "markers copied.csv"
    copied.write_text((tmp_path / "markers.csv").read_text().replace("team", KEY.upper(), 1))
    with pytest.raises(StillInside, match="key"):
        preparing.prepare(replace(asked, files=[copied]), out=tmp_path / "package.zip")
    assert left_in(tmp_path) == {copied.name}


def test_the_first_row_of_a_file_without_headers_is_not_taken_for_headers(tmp_path):
    extra = tmp_path / "contacts.csv"
    extra.write_text("Wilhelmina,Thistledown,01632 960001\nBarnaby,Wren,01632 960002\n")
    made(tmp_path, files=[write_extract(tmp_path), extra])
    content = (tmp_path / "package.zip").read_bytes()
    assert not [word for word in (b"Wilhelmina", b"Thistledown", b"960001", b"Barnaby") if word in content]


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path, monkeypatch):
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(EnvironmentProblem, match="no space left"):
        made(tmp_path)
    assert left_in(tmp_path) == set()


def test_stopping_it_in_the_middle_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(preparing, "_inspect", stop)
    with pytest.raises(KeyboardInterrupt):
        made(tmp_path)
    assert left_in(tmp_path) == set()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("package")
    made(folder)
    return (folder / "package.zip").read_bytes()


def refusal(content: bytes, folder: Path) -> str | None:
    path = folder / "tried.zip"
    path.write_bytes(content)
    return read_package(path).value.get("broken")


def test_no_byte_of_a_package_can_be_changed_unnoticed(package, tmp_path):
    draw = random.Random(7)
    for position in [*range(200), *draw.sample(range(len(package)), 400), *range(len(package) - 200, len(package))]:
        changed = bytearray(package)
        changed[position] ^= 1 << draw.randrange(8)
        assert refusal(bytes(changed), tmp_path), f"byte {position}"


@pytest.mark.parametrize("length", [0, 1, 30, 100, 0.5, 0.99, -1])
def test_a_package_cut_short_is_refused(package, tmp_path, length):
    assert refusal(package[: int(length * len(package)) if isinstance(length, float) else length], tmp_path)


def table(text: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.__setitem__("tables/flag.jsonl", text)


GOOD_HEAD = b'["local_id","flag","started_on","source_file","source_row"]\n'
FORGED: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a table the model does not have": lambda members: members.__setitem__("tables/password.jsonl", b'["a"]\n["b"]\n'),
    "a member that is no table": lambda members: members.__setitem__("notes.txt", b"hello"),
    "a column the entity does not have": table(b'["local_id","mother","source_file","source_row"]\n["a","b","c",1]\n'),
    "an id made elsewhere": table(b'["local_id","flag_id","source_file","source_row"]\n["a","b","c",1]\n'),
    "a link made elsewhere": table(b'["local_id","identity_id","source_file","source_row"]\n["a","b","c",1]\n'),
    "another agency's name": table(b'["local_id","agency_id","source_file","source_row"]\n["a","csc","c",1]\n'),
    "a column twice": table(b'["local_id","local_id","source_file","source_row"]\n["a","b","c",1]\n'),
    "a number for a text": table(GOOD_HEAD + b'["a",5,"2026-01-01","c",1]\n'),
    "a text for a date": table(GOOD_HEAD + b'["a","b","soon","c",1]\n'),
    "a list for a text": table(GOOD_HEAD + b'["a",["b"],"2026-01-01","c",1]\n'),
    "a truth value for a number": table(GOOD_HEAD + b'["a","b","2026-01-01","c",true]\n'),
    "a number beyond all": table(GOOD_HEAD + b'["a","b","2026-01-01","c",' + b"9" * 400 + b"]\n"),
    "no number": table(GOOD_HEAD + b'["a","b","2026-01-01","c",NaN]\n'),
    "half a letter": table(GOOD_HEAD + b'["a","\\ud800","2026-01-01","c",1]\n'),
    "rows of two lengths": table(GOOD_HEAD + b'["a"]\n'),
    "nobody": table(GOOD_HEAD + b'[null,"b","2026-01-01","c",1]\n'),
    "no file": table(b'["local_id","flag"]\n["a","b"]\n'),
    "an object": table(GOOD_HEAD + b'{"a":1}\n'),
    "depth": table(GOOD_HEAD + b"[" * 200_000 + b"\n"),
    "other rows than it says": table(GOOD_HEAD + b'["a","b","2026-01-01","c",1]\n'),
    "no end": table(GOOD_HEAD + b'["a","b","2026-01-01","c",1]'),
    "bytes that are no text": table(b"\xff\xfe\x00"),
    "nothing": table(b""),
    "no manifest": lambda members: members.__setitem__(MANIFEST, members[MANIFEST].replace(b'"agency"', b'"agencies"')),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_package_is_refused(package, tmp_path, what):
    try:
        content = rewritten(package, FORGED[what])
    except ValueError:
        members = unpack(package)
        FORGED[what](members)
        content = pack(list(members.items()))
    assert refusal(content, tmp_path)


def zipped(members: list[tuple[str, bytes]], *, compression: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", compression) as opened:
        for name, text in members:
            opened.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, compress_type=compression)
        opened.comment = comment
    return sink.getvalue()


def test_a_zip_made_by_another_program_is_refused_however_honest(package, tmp_path):
    members = list(unpack(package).items())
    tried = {
        "compressed": zipped(members, compression=zipfile.ZIP_DEFLATED),
        "commented": zipped(members, comment=b"hello"),
        "something before": b"MZ" + package,
        "something after": package + b"PK",
        "climbing": zipped([*members, ("../../etc/passwd", b"x")]),
        "absolute": zipped([*members, ("/tables/flag.jsonl", b"x")]),
        "twice": package + package,
        "empty": zipped([]),
        "a bomb": zipped([*members, ("tables/flag2.jsonl", b"0" * (1 << 24))], compression=zipfile.ZIP_DEFLATED),
        "very many": zipped([(MANIFEST, b"{}"), *((f"tables/a{number}.jsonl", b"") for number in range(300))]),
        "in another order": zipped([members[1], members[0], *members[2:]]),
        "not a zip": b"PK\x03\x04" + b"\x00" * 26 + MANIFEST.encode() + b"nothing",
    }
    for what, content in tried.items():
        assert refusal(content, tmp_path), what


def test_names_that_no_package_has_cannot_be_packed():
    for name in ("../x.json", "/x.json", "a\\b.json", "tables/../x.jsonl", "x", "x.exe", "tables/" + "a" * 80 + ".jsonl", "tables/é.jsonl"):
        with pytest.raises(PackageBroken):
            pack([(name, b"")])


def test_the_parent_refuses_what_the_reading_process_refuses(package, tmp_path):
    path = tmp_path / "changed.zip"
    path.write_bytes(package.replace(b"Response", b"Resp0nse"))
    with pytest.raises(PackageRefused, match="SL-PRE-010"):
        read_package_apart(path)


def test_a_sound_package_is_read_as_it_was_written(package, tmp_path):
    assert refusal(package, tmp_path) is None
    assert pack(list(unpack(package).items())) == package
    assert list(unpack(package))[:2] == [MANIFEST, README]
