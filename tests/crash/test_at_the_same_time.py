"""Several processes at once: all returns get through, none sees "locked", the same bytes are one return, readers see whole generations."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import patience
from tests.support.samples import ROOT

SUBMIT_FIVE = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.publish_generation import publish_generation
from sightline.model.periods import quarters_between, Quarter
from tests.support.partnership import NOW, Q1, referral, use_plain_reader, write_extract
root, folder, name, agency, dataset = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
use_plain_reader()
workspace = open_workspace(root)
print("ready", flush=True)
sys.stdin.readline()
receipts = []
for period in quarters_between(Quarter(2025, 1), Q1):
    extract = write_extract(folder / name / f"{period}.json", referral=[referral(f"{agency}-{period}")])
    receipt = submit_return(workspace, agency=agency, dataset=dataset, period=period, files=[extract], by=name, at=NOW)
    receipts.append([receipt.return_id, receipt.already_had])
    publish_generation(workspace, by=name, at=NOW)
print(json.dumps(receipts))
"""
LOOK = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.publish_generation import current_generation
from sightline.ledger import audit
from sightline.ledger.models import ReturnVersion
workspace = open_workspace(Path(sys.argv[1]))
print(json.dumps([ReturnVersion.objects.count(), audit.verify() > 0, current_generation(workspace).returns]))
"""


SUBMIT_THE_SAME = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from django.db import connections
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from tests.support.partnership import NOW, Q1, referral, use_plain_reader, write_extract
root, folder = Path(sys.argv[1]), Path(sys.argv[2])
use_plain_reader()
workspace, line = open_workspace(root), Barrier(5)
def send(name):
    extract = write_extract(folder / name / "extract.json", referral=[referral("A1")])
    line.wait()
    try:
        receipt = submit_return(workspace, agency="csc", dataset="annex_a", period=Q1, files=[extract], by=name, at=NOW)
    finally:
        connections.close_all()
    return [receipt.return_id, receipt.version, receipt.already_had]
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(5) as senders:
    print(json.dumps(list(senders.map(send, [f"{sys.argv[3]}-{n}" for n in range(5)]))))
"""
SUBMIT_TWENTY = """
import json, sys, time
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.submit_return import submit_return
from sightline.app.publish_generation import publish_generation
from sightline.model.periods import quarters_between, Quarter
from tests.support.partnership import NOW, Q1, referral, use_plain_reader, write_extract
root, folder, agency = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
use_plain_reader()
workspace = open_workspace(root)
quarters = quarters_between(Quarter(2021, 2), Q1)
extracts = {}
for period in quarters:
    rows = [referral(f"{agency}-{period}", period.start.isoformat())]
    extracts[period] = write_extract(folder / agency / f"{period}.json", referral=rows)
print("ready", flush=True)
sys.stdin.readline()
took = []
for period, extract in extracts.items():
    begun = time.perf_counter()
    submit_return(workspace, agency=agency, dataset=agency, period=period, files=[extract], by=agency, at=NOW)
    took.append(time.perf_counter() - begun)
publish_generation(workspace, by=agency, at=NOW)
print(json.dumps(took))
"""
SWAP = """
import sys, threading
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.ledger import generations
from tests.support.partnership import NOW
workspace, fewest, stopped, number = open_workspace(Path(sys.argv[1])), int(sys.argv[2]), threading.Event(), 0
context = {name: workspace.objects.put_file(path) for name, path in workspace.context_files().items()}
def first(most):
    return lambda versions, at: [each.id for each in versions][:most]
generations.publish(context, by="swapper", at=NOW, usable=first(1))
print("ready", flush=True)
sys.stdin.readline()
threading.Thread(target=lambda: (sys.stdin.readline(), stopped.set()), daemon=True).start()
while number < fewest or not stopped.is_set():
    _, is_new = generations.publish(context, by="swapper", at=NOW, usable=first(number % 4 + 2))
    assert is_new
    number += 1
print(number)
"""
READ = """
import json, sys, threading
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.app.publish_generation import current_generation
from sightline.app.tables import open_tables
from sightline.engine.duckdb import DuckDBEngine
workspace, stopped = open_workspace(Path(sys.argv[1])), threading.Event()
def look():
    generation = current_generation(workspace)
    with DuckDBEngine() as engine:
        open_tables(workspace, generation, engine)
        rows = engine.query("SELECT count(*) AS n FROM referral_all").column("n")[0].as_py()
    print(json.dumps([generation.number, generation.returns, rows]), flush=True)
print("ready", flush=True)
threading.Thread(target=lambda: (sys.stdin.readline(), stopped.set()), daemon=True).start()
while not stopped.is_set():
    look()
look()
"""


ASK = """
import sys
from pathlib import Path
from sightline.app.start import open_workspace
from tests.support.outputs import asked, checker
workspace = open_workspace(Path(sys.argv[1]))
for agency in sys.argv[2:]:
    checker(f"checker_{agency}", agency)
    checker(f"other_{agency}", agency)
print(asked(workspace).line.number)
"""
DECISIONS = """
import json, sys
from pathlib import Path
from sightline.app.start import open_workspace
from sightline.ledger.models import AuditEvent
from sightline.ledger.output_models import OutputDecision
open_workspace(Path(sys.argv[1]))
agencies = list(OutputDecision.objects.values_list("agency", flat=True))
print(json.dumps([len(agencies), len(set(agencies)), AuditEvent.objects.filter(action="output_released").count()]))
"""
DECIDE = """
import sys
from pathlib import Path
from sightline.app.outputs import decide_on_output
from sightline.app.start import open_workspace
from sightline.governance.outputs import MayNotCheck
from sightline.model.outputs import Verdict
from tests.support.partnership import NOW
workspace, name, agency = open_workspace(Path(sys.argv[1])), *sys.argv[2:]
print("ready", flush=True)
sys.stdin.readline()
try:
    print(decide_on_output(workspace, 1, Verdict.RELEASE, reasons="read every line", by=name, agency=agency, at=NOW).value)
except MayNotCheck as refused:
    print(refused.message)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


MAKE = """
import sys
from pathlib import Path
from tests.support.partnership import PARTNERSHIP, make_workspace
make_workspace(Path(sys.argv[1]), sys.argv[2] or PARTNERSHIP)
"""
AGENCIES = tuple(f"agency_{number}" for number in range(10))
TEN = "\n".join(
    [
        "{id: testing, name: Testing, area: Testing, authority_code: '999', first_period: 2021-Q2, agencies: [",
        *(
            f"  {{id: {id}, name: {id}, mode: record_level,"
            f" datasets: [{{id: {id}, title: {id}, format: annex_a, every: quarter, due_days: 30}}]}},"
            for id in AGENCIES
        ),
        "]}",
    ]
)


def made(folder: Path, text: str = "") -> Path:
    subprocess.run([sys.executable, "-c", MAKE, str(folder), text], check=True, cwd=ROOT)
    return folder / "workspace"


@pytest.fixture
def root(tmp_path):
    return made(tmp_path)


def test_three_processes_at_once_lose_nothing_and_wait_for_each_other(root, tmp_path):
    senders = [("one", "csc", "annex_a"), ("two", "csc", "annex_a"), ("three", "police", "police")]
    running = [start(SUBMIT_FIVE, str(root), str(tmp_path), *sender) for sender in senders]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    done = [process.communicate("go\n", timeout=patience.SECONDS) for process in running]

    assert [process.returncode for process in running] == [0, 0, 0], done
    receipts = [json.loads(output) for output, _ in done]
    one, two, other = receipts
    assert [id for id, _ in one] == [id for id, _ in two]
    # Of two that send the same bytes, exactly one made the return and the other is told that it was kept already.
    assert [had_one != had_two for (_, had_one), (_, had_two) in zip(one, two, strict=True)] == [True] * 5
    assert [had for _, had in other] == [False] * 5
    looked = start(LOOK, str(root)).communicate(timeout=patience.SECONDS)
    assert json.loads(looked[0]) == [10, True, 10], looked


def ready(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return process


def test_twenty_who_send_the_same_at_once_make_one_return_and_nineteen_are_told_of_it(root, tmp_path):
    sending = [ready(each) for each in [start(SUBMIT_THE_SAME, str(root), str(tmp_path), name) for name in ("a", "b", "c", "d")]]
    done = [process.communicate("go\n", timeout=patience.SECONDS) for process in sending]

    assert [process.returncode for process in sending] == [0] * 4, done
    receipts = [receipt for output, _ in done for receipt in json.loads(output)]
    assert {(id, version) for id, version, _ in receipts} == {(receipts[0][0], 1)}
    assert sorted(already_had for *_, already_had in receipts) == [False] + [True] * 19


def test_ten_agencies_hand_in_twenty_returns_each_at_once(tmp_path):
    root = made(tmp_path, TEN)
    sending = [ready(each) for each in [start(SUBMIT_TWENTY, str(root), str(tmp_path), agency) for agency in AGENCIES]]
    done = [process.communicate("go\n", timeout=patience.SECONDS) for process in sending]

    assert [process.returncode for process in sending] == [0] * 10, done
    assert [len(json.loads(output)) for output, _ in done] == [20] * 10
    assert not any("locked" in problems for _, problems in done)
    looked = start(LOOK, str(root)).communicate(timeout=patience.SECONDS)
    assert json.loads(looked[0]) == [200, True, 200], looked


def test_of_four_who_decide_on_an_output_at_once_two_of_two_agencies_are_counted(root):
    """Two windows of one checker, a colleague of theirs and somebody of another agency press the button together."""
    subprocess.run([sys.executable, "-c", ASK, str(root), "csc", "police"], check=True, cwd=ROOT)
    people = [("checker_csc", "csc"), ("checker_csc", "csc"), ("other_csc", "csc"), ("checker_police", "police")]
    deciding = [ready(each) for each in [start(DECIDE, str(root), *person) for person in people]]

    done = [process.communicate("go\n", timeout=patience.SECONDS) for process in deciding]

    assert [process.returncode for process in deciding] == [0] * 4, done
    said = sorted(output.strip() for output, _ in done)
    assert (said.count("waiting"), said.count("released")) == (1, 1), said
    looked = start(DECISIONS, str(root)).communicate(timeout=patience.SECONDS)
    assert json.loads(looked[0]) == [2, 2, 1], looked


def test_readers_see_exactly_one_generation_while_two_hundred_take_each_other_s_place(root, tmp_path):
    _, problems = ready(start(SUBMIT_FIVE, str(root), str(tmp_path), "one", "csc", "annex_a")).communicate("go\n", timeout=patience.SECONDS)
    assert not problems
    swapping = ready(start(SWAP, str(root), "200"))
    reading = [ready(each) for each in [start(READ, str(root)) for _ in range(2)]]
    tell(swapping, "go")
    seen = [[json.loads(each.stdout.readline()) for _ in range(6)] for each in reading]
    output, problems = swapping.communicate("stop\n", timeout=patience.SECONDS)
    assert swapping.returncode == 0, problems
    swaps = int(output)
    assert swaps >= 200
    for process, begun in zip(reading, seen, strict=True):
        output, problems = process.communicate("stop\n", timeout=patience.SECONDS)
        assert process.returncode == 0, problems
        looks = begun + [json.loads(line) for line in output.splitlines()]
        first = looks[-1][0] - swaps
        assert all(rows == returns == (1 if number == first else (number - first - 1) % 4 + 2) for number, returns, rows in looks), looks
        assert [number for number, *_ in looks] == sorted(number for number, *_ in looks), "none came back"
        assert len({number for number, *_ in looks}) > 3, "they read while it went on"


def tell(process: subprocess.Popen[str], word: str) -> None:
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
