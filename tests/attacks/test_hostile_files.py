"""No file takes the process with it: whatever comes, intake answers with a finding that says why, and goes on working."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support import hostile
from tests.support.intake import GOOD, QUARTER, mapping

from sightline.definitions.formats import load_format
from sightline.errors import InputRefused, NotFound
from sightline.intake import IntakeResult, read_apart, read_return, recognise_apart
from sightline.intake import apart as apart_module
from sightline.intake.apart import ReadingStopped, stop_reading_processes
from sightline.intake.limits import MIB, Limits, machine_limits, not_enforced
from sightline.intake.recognise import NotRecognised

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds: far more than any of these takes on a machine with nothing else to do, far less than a reader left alone would."""
pytestmark = pytest.mark.filterwarnings("error")


def read(folder: Path, content: bytes | str, name: str = "missing.csv", **options: object) -> IntakeResult:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_apart([path], mapping=mapping(folder), period=QUARTER, agency="csc", dataset="test", **options)


def said(result: IntakeResult) -> dict[str, str]:
    return {finding.code: finding.text for finding in result.findings}


def reading_process() -> int:
    return apart_module._pool.idle[-1]._process.pid


def test_a_good_file_reads_the_same_apart(tmp_path):
    apart = read(tmp_path, GOOD)
    here = read_return([tmp_path / "missing.csv"], mapping=mapping(tmp_path), period=QUARTER, agency="csc", dataset="test")

    assert apart.tables.keys() == here.tables.keys()
    assert all(table.equals(here.tables[name]) for name, table in apart.tables.items())
    assert replace(apart, tables={}) == replace(here, tables={})


def test_every_format_of_the_catalogue_travels_whole():
    from sightline.definitions.formats import format_ids
    from sightline.definitions.mappings import Format

    for id in format_ids():
        form = load_format(id)
        assert Format.model_validate_json(form.model_dump_json(by_alias=True)) == form, id


def test_one_process_serves_many_files_and_tells_how_far_it_is(tmp_path):
    steps = []
    read(tmp_path, GOOD, progress=lambda words, done, total: steps.append((words, done, total)))
    first = reading_process()
    read(tmp_path, GOOD)

    assert steps == [("Reading missing.csv (test of csc)", 0, 1), ("Read test of csc", 1, 1)]
    assert reading_process() == first


def test_a_process_is_replaced_after_its_share_of_files(tmp_path):
    limits = replace(machine_limits(), requests=2)
    seen = []
    for _ in range(3):
        read(tmp_path, GOOD, limits=limits)
        seen.append([process._process.pid for process in apart_module._pool.idle])

    assert len(seen[0]) == 1
    assert seen[1] == []
    assert seen[2] != seen[0]


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGSEGV, "SL-INT-062"), (signal.SIGABRT, "SL-INT-062"), (signal.SIGKILL, "SL-INT-060"), (signal.SIGXCPU, "SL-INT-061")],
)
def test_a_reader_that_dies_becomes_a_finding_that_names_the_file(tmp_path, number, code):
    read(tmp_path, GOOD)

    pid = reading_process()
    result = read(tmp_path, GOOD * 2000, progress=lambda *_: os.kill(pid, number))

    assert result.refused
    assert [finding.code for finding in result.findings] == [code]
    assert result.findings[0].place.file == "missing.csv"
    assert result.tables == {}
    assert {one.reason for one in result.not_checked} == {"reading was stopped"}
    assert not read(tmp_path, GOOD).refused


def test_a_reader_that_hangs_is_stopped_by_the_clock(tmp_path):
    limits = replace(machine_limits(), seconds=8)
    read(tmp_path, GOOD, limits=limits)
    pid = reading_process()
    # A file that is not read in a moment: else it may be done before the first word of it has stopped the reader.
    result = read(tmp_path, GOOD * 2000, limits=limits, progress=lambda *_: os.kill(pid, signal.SIGSTOP))

    assert [finding.code for finding in result.findings] == ["SL-INT-061"]


def test_a_reader_that_needs_more_memory_than_it_may_is_a_finding(tmp_path):
    if not_enforced():
        pytest.skip("this system holds no limit on memory")
    limits = replace(machine_limits(), memory=1800 * MIB)
    rows = "\n".join(f"P{n}," + "x" * 2000 for n in range(200_000))
    result = read(tmp_path, f"Person ID,Note\n{rows}\n", limits=limits)

    assert [finding.code for finding in result.findings] == ["SL-INT-060"]
    assert "1.8 GB" in result.findings[0].text
    assert not read(tmp_path, GOOD).refused


def test_a_reader_that_answers_too_much_is_a_finding(tmp_path):
    result = read(tmp_path, GOOD, limits=replace(machine_limits(), output=500))

    assert [finding.code for finding in result.findings] == ["SL-INT-063"]


def test_ctrl_c_ends_the_reader_and_reaches_the_caller(tmp_path):
    read(tmp_path, GOOD)
    process = apart_module._pool.idle[-1]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(tmp_path, GOOD, progress=interrupt)
    assert process._process.poll() is not None


def test_the_reader_ends_with_its_parent(tmp_path):
    (tmp_path / "missing.csv").write_text(GOOD)
    mapping(tmp_path)
    program = (
        "import sys, time; from pathlib import Path; from sightline.definitions.formats import load_mapping\n"
        "from sightline.intake import read_apart, apart\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "read_apart([folder / 'missing.csv'], mapping=load_mapping(folder / 'mapping.yml'), period=None, agency='a', dataset='d')\n"
        "print(apart._pool.idle[-1]._process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    until = time.monotonic() + 120  # at once, but for a machine that is busy
    while time.monotonic() < until and _is_running(child):
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_reader_gets_no_key_password_or_open_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGHTLINE_DATABASE_URL", "postgresql://u:secret@h/d")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    secret = (tmp_path / "key").open("w+")
    os.set_inheritable(secret.fileno(), True)
    stop_reading_processes()
    read(tmp_path, GOOD)
    pid = reading_process()
    if not Path(f"/proc/{pid}").exists():
        pytest.skip("this system does not show a process's files")
    handed = Path(f"/proc/{pid}/environ").read_bytes()
    opened = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
    secret.close()

    assert b"secret" not in handed
    assert b"SIGHTLINE" not in handed
    assert not any("key" in name.name for name in opened)


# What the parent does with an answer that lies.


@pytest.mark.parametrize(
    "change",
    [
        {"rows_read": "many"},
        {"period": {"year": 2026, "number": 9}},
        {"findings": [{"code": "X"}]},
        {"mapped": None},
        {"more": 1},
    ],
)
def test_an_answer_that_is_not_of_its_kind_is_no_answer(change):
    from sightline.intake.answers import Answer, from_result, to_result
    from sightline.intake.frames import FrameBroken

    value = from_result(IntakeResult(QUARTER)).value | change
    with pytest.raises(FrameBroken):
        to_result(Answer(value))


def test_a_table_that_is_not_of_the_common_model_is_no_answer():
    import pyarrow as pa

    from sightline.intake.answers import Answer, from_result, table_bytes, table_of, to_result
    from sightline.intake.frames import FrameBroken

    value = from_result(IntakeResult(QUARTER)).value
    for name, table in {
        "no_such_entity": pa.table({"local_id": ["a"]}),
        "referral": pa.table({"received_on": ["not a date"]}),
        "identity_record": pa.table({"local_id": ["a"], "evil": [1]}),
    }.items():
        with pytest.raises(FrameBroken):
            to_result(Answer(value, {name: table}))
    with pytest.raises(FrameBroken):
        table_of(b"\xff\xff\xff\xff\x10\x00\x00\x00rubbish")
    whole = table_bytes(pa.table({"local_id": ["Å" * 8, "b"]})).to_pybytes()
    with pytest.raises(FrameBroken):
        table_of(whole.replace("Å".encode() * 8, b"\xff" * 16))


# Files that are not what they seem.


def test_the_workbook_that_aborts_its_reader_is_refused_with_its_sheet_and_size(tmp_path):
    content = hostile.far_corner()
    assert len(content) < 4_700
    result = read(tmp_path, content, "missing.xlsx")

    assert said(result) == {
        "SL-INT-064": "The sheet claims to reach XFD1048576, which would be 17,179,869,184 cells;"
        " at most 40,000,000 in 4,096 columns are read."
    }
    assert result.findings[0].place.sheet == "Missing"
    assert "Delete the rows and columns beyond the data" in result.findings[0].hint


def test_styled_blank_cells_far_out_are_no_reason_to_refuse(tmp_path):
    header = GOOD.splitlines()[0].split(",")
    rows = hostile.row_xml(1, header) + hostile.row_xml(2, GOOD.splitlines()[1].split(","))
    blank = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    result = read(tmp_path, hostile.xlsx({"Missing": hostile.sheet_xml(rows + blank, dimension="A1:XFD1048576")}), "missing.xlsx")

    assert not result.refused
    assert result.rows_kept == 1


EVASIONS = {
    "single quotes": "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    "lower case": '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
    "no reference of its own": '<row r="1048576"><c><v>1</v></c></row><row r="1"><c r="XFD1"><v>1</v></c></row>',
    "spaces": '<row r = "1048576" ><c  r\n=\n"XFD1048576" ><v>1</v></c></row>',
    "a far row first": '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + "".join(hostile.row_xml(n, ["a"]) for n in range(2, 3000)),
    "beyond any sheet": '<row r="99999999"><c r="ZZZZ99999999"><v>1</v></c></row>',
    "prefix": '<x:row xmlns:x="' + hostile.MAIN + '" r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
}


@pytest.mark.parametrize("way", EVASIONS)
def test_a_far_cell_is_found_however_it_is_written(tmp_path, way):
    sheet = hostile.sheet_xml(hostile.row_xml(1, ["Person ID", "Start"]) + EVASIONS[way])
    result = read(tmp_path, hostile.xlsx({"Missing": sheet}), "missing.xlsx")

    assert result.refused
    assert len(result.findings) == 1
    assert result.findings[0].code in {"SL-INT-064", "SL-INT-004", "SL-INT-008"}


@pytest.mark.parametrize(
    "table",
    [
        f"<table:table-row>{hostile.text_cell('x', 2_000_000_000)}</table:table-row>",
        f'<table:table-row table:number-rows-repeated="1048576">{hostile.text_cell("x", 16384)}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="4000000000">{hostile.text_cell("x", 1)}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="90000000">{hostile.text_cell("x")}</table:table-row>',
    ],
)
def test_an_ods_whose_cells_stand_for_millions_is_refused_with_its_sheet(tmp_path, table):
    result = read(tmp_path, hostile.ods(table), "missing.ods")

    assert [finding.code for finding in result.findings] == ["SL-INT-064"]
    assert result.findings[0].place.sheet == "Missing"


def test_the_blank_rows_to_the_end_that_every_ods_has_are_no_bomb(tmp_path):
    rows = "".join(f"<table:table-row>{''.join(map(hostile.text_cell, line.split(',')))}</table:table-row>" for line in GOOD.splitlines())
    blank = (
        '<table:table-row table:number-rows-repeated="1048567"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    result = read(tmp_path, hostile.ods(rows + blank), "missing.ods")

    assert not result.refused
    assert result.rows_kept == 8


def test_an_old_workbook_of_absurd_dimensions_leaves_the_parent_standing(tmp_path):
    cells = [(0, 0, 1.0), (65_535, 65_535, 1.0)]
    result = read(tmp_path, hostile.xls_with_dimensions(65_536, 65_535, cells), "missing.xls")

    assert result.refused
    assert {finding.code for finding in result.findings} <= {"SL-INT-060", "SL-INT-064", "SL-INT-062"}
    assert not read(tmp_path, GOOD).refused


GOOD_SHEET = hostile.sheet_xml("".join(hostile.row_xml(n, line.split(",")) for n, line in enumerate(GOOD.splitlines(), 1)))
BOMB = b"<worksheet>" + b" " * 300_000_000 + b"</worksheet>"

PACKED = {
    "a bomb": ("SL-INT-007", lambda: hostile.xlsx({"Missing": BOMB})),
    "a bomb that lies about its size": (
        "SL-INT-007",
        lambda: hostile.shrunken(hostile.xlsx({"Missing": BOMB}), "xl/worksheets/sheet1.xml"),
    ),
    "many parts": ("SL-INT-068", lambda: hostile.xlsx({"Missing": GOOD_SHEET}, more={f"xl/p{n}.xml": b"" for n in range(3000)})),
    "overlapping parts": ("SL-INT-068", lambda: hostile.overlapping(hostile.xlsx({"Missing": GOOD_SHEET}))),
    "a part outside": ("SL-INT-068", lambda: hostile.xlsx({"Missing": GOOD_SHEET}, more={"../../etc/cron.d/x": b"x"})),
    "a part at the root": ("SL-INT-068", lambda: hostile.xlsx({"Missing": GOOD_SHEET}, more={"/etc/passwd": b"x"})),
    "a DTD": (
        "SL-INT-068",
        lambda: hostile.xlsx({"Missing": hostile.sheet_xml("", before='<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>')}),
    ),
    "UTF-16 inside": ("SL-INT-068", lambda: hostile.xlsx({"Missing": GOOD_SHEET.encode("utf-16")})),
    "a password": ("SL-INT-004", lambda: hostile.marked_encrypted(hostile.xlsx({"Missing": GOOD_SHEET}))),
    "a workbook in an archive": ("SL-INT-001", lambda: hostile.packed({"a.xlsx": hostile.xlsx({"Missing": GOOD_SHEET})})),
    "no sheet at all": ("SL-INT-003", lambda: hostile.xlsx({})),
    "an encrypted office file": ("SL-INT-004", lambda: hostile.compound(b"\x00" * 4096, "EncryptedPackage")),
    "no end": ("SL-INT-001", lambda: hostile.xlsx({"Missing": GOOD_SHEET})[:-30]),
}


@pytest.mark.parametrize("way", PACKED)
def test_an_archive_built_to_harm_is_refused_for_what_it_is(tmp_path, way):
    code, build = PACKED[way]
    begun = time.monotonic()
    result = read(tmp_path, build(), "missing.xlsx")

    assert [finding.code for finding in result.findings] == [code], said(result)
    assert time.monotonic() - begun < PATIENCE


def test_macros_and_links_are_left_alone_and_said(tmp_path):
    more = {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0", "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    result = read(tmp_path, hostile.xlsx({"Missing": GOOD_SHEET}, more=more), "missing.xlsm")

    assert not result.refused
    assert said(result)["SL-INT-067"] == (
        "The workbook holds macros, which were not run and links to other workbooks, which were not followed; only the cells were read."
    )


@pytest.mark.parametrize("name", ["missing.csv", "missing.xml", "missing.json"])
def test_a_name_that_promises_another_kind_is_told_and_the_content_is_read(tmp_path, name):
    result = read(tmp_path, hostile.xlsx({"Missing": GOOD_SHEET}), name)

    assert not result.refused
    assert "SL-INT-066" in said(result)


def test_a_spreadsheet_name_on_a_text_file_is_told(tmp_path):
    result = read(tmp_path, GOOD, "missing.xlsx")

    assert result.rows_kept == 8
    assert said(result)["SL-INT-066"] == (
        "The name ends as that of a spreadsheet, but this is a text file of rows (CSV); it was read as what it is."
    )


# Things that are opened like files and are none.


def test_a_pipe_a_socket_and_a_folder_are_not_waited_for(tmp_path):
    pipe = tmp_path / "missing.csv"
    os.mkfifo(pipe)
    folder = tmp_path / "inner"
    folder.mkdir()
    plug = tmp_path / "plug"
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(tmp_path)  # the name of a socket has to be short
        try:
            listening.bind("plug")
        finally:
            os.chdir(ROOT)
        for path in (pipe, folder, plug, Path("/dev/zero")):
            begun = time.monotonic()
            result = read_apart([path], mapping=mapping(tmp_path), period=QUARTER, agency="csc", dataset="test")
            assert [finding.code for finding in result.findings] == ["SL-INT-065"], path
            assert time.monotonic() - begun < PATIENCE


def test_submitting_refuses_a_pipe_and_a_link_that_came_in_a_folder(tmp_path):
    from sightline.app.submit_return import list_files

    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputRefused, match="not an ordinary file"):
        list_files([tmp_path])
    (tmp_path / "pipe.csv").unlink()
    (tmp_path / "planted.csv").symlink_to("/etc/passwd")
    with pytest.raises(InputRefused, match="link to another file"):
        list_files([tmp_path])
    (tmp_path / "own.csv").write_text(GOOD)
    (tmp_path / "planted.csv").unlink()
    (tmp_path / "named.csv").symlink_to(tmp_path / "own.csv")
    assert [path.name for path in list_files([tmp_path / "named.csv"])] == ["named.csv"]


def test_a_file_that_is_not_there_is_said_as_before(tmp_path):
    with pytest.raises(NotFound, match="no file"):
        read_apart([tmp_path / "gone.csv"], mapping=mapping(tmp_path), period=QUARTER, agency="csc", dataset="test")
    with pytest.raises(NotFound):
        recognise_apart([tmp_path / "gone.csv"])


# Text and XML without measure.

CHILD = "<Child><ChildIdentifiers><LAchildID>1</LAchildID></ChildIdentifiers></Child>"
HEADER = "<Header><CollectionDetails><Collection>CIN</Collection><Year>2025</Year></CollectionDetails></Header>"


def laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    return f"<!DOCTYPE Message [{entities}]><Message>{HEADER}<Children>&l9;</Children></Message>"


def in_a_child(attributes: str, inside: str = "") -> str:
    return f"<Message>{HEADER}<Children><Child {attributes}>{inside}</Child></Children></Message>"


XML = {
    "a thousand million laughs": laughs,
    "a file from this machine": lambda: '<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/passwd">]><Message>&x;</Message>',
    "a DTD from elsewhere": lambda: '<!DOCTYPE Message SYSTEM "http://127.0.0.1:9/x.dtd"><Message/>',
    "a parameter entity": lambda: '<!DOCTYPE Message [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><Message/>',
    "elements within elements": lambda: (
        f"<Message>{HEADER}<Children><Child>{'<a>' * 100_000}{'</a>' * 100_000}</Child></Children></Message>"
    ),
    "a huge attribute": lambda: f'<Message a="{"x" * 12_000_000}">{HEADER}</Message>',
    "a huge text": lambda: f"<Message>{HEADER}<Children><Child>{'x' * 12_000_000}</Child></Children></Message>",
    "a million attributes": lambda: in_a_child(" ".join(f'a{n}=""' for n in range(300_000))),
    "a million namespaces": lambda: in_a_child(" ".join(f'xmlns:n{n}="u:{n}"' for n in range(100_000))),
    "a million names": lambda: in_a_child("", "".join(f"<n{n}>1</n{n}>" for n in range(200_000))),
    "no end": lambda: f"<Message>{HEADER}<Children>{CHILD}",
    "another root": lambda: "<html/>",
    "another encoding": lambda: '<?xml version="1.0" encoding="EBCDIC-CP-US"?><Message/>',
}


@pytest.mark.parametrize("way", XML)
def test_xml_built_to_harm_is_answered_quickly(tmp_path, way):
    path = tmp_path / "cin.xml"
    path.write_text(XML[way](), encoding="utf-8")
    begun = time.monotonic()
    result = read_apart([path], mapping=load_format("cin_census"), period=None, agency="csc", dataset="cin")

    assert time.monotonic() - begun < PATIENCE
    assert result.findings
    assert "root:" not in repr(result)


TEXT = {
    "NULs": GOOD.replace("MFH", "M\x00H"),
    "an open quote": GOOD.replace("MFH", '"MFH', 1),
    "a line without end": "Person ID,Start\n" + "x" * 20_000_000,
    "a hundred thousand columns": ",".join(f"c{n}" for n in range(100_000)) + "\n" + ",".join("1" for _ in range(100_000)),
    "quotes only": '"' * 1_000_001,
    "separators only": ",;\t|" * 250_000,
    "carriage returns only": "a,b\r" * 200_000,
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-16 without its end": GOOD.encode("utf-16")[:-1],
    "one column a row more": "\n".join("," * n for n in range(2_000)),
}


@pytest.mark.parametrize("way", TEXT)
def test_text_built_to_harm_is_answered_quickly(tmp_path, way):
    content = TEXT[way]
    begun = time.monotonic()
    result = read(tmp_path, content)

    assert time.monotonic() - begun < PATIENCE
    assert result.findings or result.rows_read
    assert not {finding.code for finding in result.findings} & {"SL-INT-060", "SL-INT-061", "SL-INT-062", "SL-INT-063"}, said(result)


def test_recognising_survives_what_reading_survives(tmp_path):
    path = tmp_path / "anything.xlsx"
    path.write_bytes(hostile.far_corner())
    with pytest.raises(NotRecognised):
        recognise_apart([path])
    path.write_text(laughs())
    assert recognise_apart([path]) == "cin_census"
    (tmp_path / "big.csv").write_text("a,b\n" + "x" * 10_000_000)
    with pytest.raises(ReadingStopped, match="SL-INT-06"):
        recognise_apart([tmp_path / "big.csv"], limits=replace(machine_limits(), output=10))


# The limits themselves.


def test_limits_can_be_set_in_the_environment():
    limits = machine_limits({"SIGHTLINE_LIMIT_MEMORY": "3G", "SIGHTLINE_LIMIT_SECONDS": "7"})

    assert (limits.memory, limits.seconds) == (3 << 30, 7)
    with pytest.raises(InputRefused, match="SIGHTLINE_LIMIT_SECONDS"):
        machine_limits({"SIGHTLINE_LIMIT_SECONDS": "soon"})


def test_a_larger_file_may_take_longer_up_to_a_bound():
    limits = Limits()

    assert limits.seconds_for(0) < limits.seconds_for(50 * MIB) < limits.seconds_for(10**12) == limits.longest_seconds


def test_every_limit_is_in_the_reference():
    page = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")
    assert [name for name in Limits().as_dict() if f"`SIGHTLINE_LIMIT_{name.upper()}`" not in page] == []


def test_the_doctor_says_what_this_system_holds(monkeypatch):
    from sightline.app import doctor

    assert doctor._reading().verdict == ("look" if not_enforced() else "fine")
    monkeypatch.setattr(doctor, "not_enforced", lambda: ("memory",))
    assert "not held on this system: memory" in doctor._reading().found
    monkeypatch.setenv("SIGHTLINE_LIMIT_MEMORY", "all of it")
    assert doctor._reading().verdict == "mend"
