"""How much the audit costs: events a second, walking the chain, a page over a million events, and pages read by eight people at once.

    python benchmarks/audit.py WORKSPACE [--events 1000000] [--people 8] [--seconds 20]

WORKSPACE has a release (`sightline demo --no-serve` makes one); it is copied, not changed. Pages are asked of the server that
`sightline serve` starts, with the audit and without, in turns, each a process of its own.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

PORT = 8765
PASSWORD = "harbour-lantern-pebble-42"  # noqa: S105 - of a copy that is thrown away
ADDRESSES = ("/", "/indicators", "/indicators/missing_episodes", "/agencies", "/places", "/journeys")
SERVE = """
import sys
from pathlib import Path
from sightline.app.start import open_workspace
open_workspace(Path(sys.argv[1]))
from django.conf import settings
if sys.argv[3] == "without":
    settings.MIDDLEWARE.remove("sightline.web.audit_reads.AuditMiddleware")
from sightline.app.serve import serve_pages
serve_pages(port=int(sys.argv[2]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        shutil.copytree(given.workspace, root)
        from sightline.app.start import open_workspace
        from sightline.app.users import add_user

        workspace, now = open_workspace(root), datetime.now(UTC)
        for person in range(given.people):
            add_user(workspace, name=f"p{person}", password=PASSWORD, role="strategic_lead", agency=None, by="benchmark", at=now)
        measure_pages(root, given.people, given.seconds)
        measure_chain(given.events)


def measure_pages(root: Path, people: int, seconds: float) -> None:
    """Read pages as fast as they come, for a while, with the audit and without, in turns."""
    taken: dict[str, list[float]] = {"with": [], "without": []}
    for turn in ("without", "with", "without", "with"):
        server = subprocess.Popen([sys.executable, "-c", SERVE, str(root), str(PORT), turn])
        try:
            wait_for_server()
            taken[turn] += read_pages(people, seconds / 2)
        finally:
            server.terminate()
            server.wait()
    p95 = {turn: statistics.quantiles(times, n=20)[-1] * 1000 for turn, times in taken.items()}
    for turn, times in taken.items():
        middle = statistics.median(times) * 1000
        print(f"{people} people reading, {turn} the audit: {len(times):,} pages, p50 {middle:.0f} ms, p95 {p95[turn]:.0f} ms")
    print(f"p95 with the audit is {p95['with'] / p95['without']:.2f} times that without")


def wait_for_server() -> None:
    for _ in range(300):
        try:
            ask("GET", "/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def ask(method: str, address: str, body: str = "", **headers: str) -> tuple[int, list[str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, address, body or None, headers)
    answer = connection.getresponse()
    cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    content = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, cookies, content


def sign_in(name: str) -> str:
    _, cookies, form = ask("GET", "/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    body = urlencode({"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""})
    status, session, _ = ask("POST", "/sign-in", body, Cookie="; ".join(cookies))
    if status != 302:
        raise SystemExit(f"{name} could not sign in: {status}")
    cookie = "; ".join(session)
    _, fresh, form = ask("GET", "/purpose", Cookie=cookie)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    body = urlencode({"purpose": "strategic_planning", "csrfmiddlewaretoken": token[1] if token else ""})
    kept = "; ".join([cookie, *fresh])
    if ask("POST", "/purpose", body, Cookie=kept)[0] != 302:
        raise SystemExit(f"{name} could not choose a purpose")
    return kept


def read_pages(people: int, seconds: float) -> list[float]:
    sessions = [sign_in(f"p{person}") for person in range(people)]
    for address in ADDRESSES:
        if ask("GET", address, Cookie=sessions[0])[0] != 200:
            raise SystemExit(f"{address} is not shown")
    times: list[float] = []
    until = time.perf_counter() + seconds

    def read(person: int) -> None:
        turn = person
        while time.perf_counter() < until:
            begun = time.perf_counter()
            ask("GET", ADDRESSES[turn % len(ADDRESSES)], Cookie=sessions[person])
            times.append(time.perf_counter() - begun)
            turn += 1

    readers = [threading.Thread(target=read, args=[person]) for person in range(people)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    return times


def measure_chain(events: int) -> None:
    """Durable events one after another, then a long chain: walking it, and the newest of one person."""
    from sightline.app.audit_trail import Asked
    from sightline.app.audit_trail import events as listed
    from sightline.ledger import audit

    now, begun, one_by_one = datetime.now(UTC), time.perf_counter(), 200
    for number in range(one_by_one):
        with audit.writing():
            audit.record("page_read", f"/{number}", by="alone", at=now)
    print(f"durable events one after another: {one_by_one / (time.perf_counter() - begun):.0f} a second")
    begun = time.perf_counter()
    for start in range(0, events, 50_000):
        with audit.writing():
            audit.record_all(
                [
                    audit.Told("page_read", f"/{number}", f"person-{number % 1000}", now, {"agency": f"agency-{number % 50}"})
                    for number in range(start, min(events, start + 50_000))
                ]
            )
    print(f"{events:,} events, 50,000 in one transaction: {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    count = audit.verify()
    print(f"walking {count:,} events: {time.perf_counter() - begun:.1f} s, {count / (time.perf_counter() - begun):,.0f} a second")
    for what, asked in {
        "the newest": Asked(),
        "of one person": Asked(person="person-7"),
        "of somebody seldom there": Asked(person="p1"),
        "of one agency": Asked(agency="agency-3"),
        "changes": Asked(kind="changes"),
    }.items():
        begun = time.perf_counter()
        found = len(listed(asked))
        print(f"100 events, {what}: {found} in {(time.perf_counter() - begun) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
