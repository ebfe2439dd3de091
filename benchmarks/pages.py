"""How long pages take when several people read at once, with the audit and without, and what one page costs the processor.

    python benchmarks/pages.py WORKSPACE [--people 8] [--seconds 20] [--pause 1]

WORKSPACE has a release (`sightline demo --no-serve` makes one); it is copied, not changed. Pages are asked of the server that
`sightline serve` starts, with the audit and without, in turns, each a process of its own. Everybody has a connection of their own and keeps
it open, as a browser does. First nobody ever pauses, which asks for more than people can read; then everybody looks at each page for about
``--pause`` seconds. What asks runs on the same processors as what answers: what each of them used is told.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
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
serve_pages(port=int(sys.argv[2]), say=print)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=20, help="for each row, half of it in each of two turns")
    parser.add_argument("--pause", type=float, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        shutil.copytree(given.workspace, root)
        from sightline.app.start import open_workspace
        from sightline.app.users import add_user

        workspace, now = open_workspace(root), datetime.now(UTC)
        for person in range(given.people):
            add_user(workspace, name=f"p{person}", password=PASSWORD, role="strategic_lead", agency=None, by=f"p{person}", at=now)
        measure(root, given.people, given.seconds, pause=0)
        measure(root, given.people, given.seconds, pause=given.pause)


@dataclass
class Taken:
    """Seconds that each page took; what the server and what asked it used of the processor meanwhile, and how long it all was."""

    pages: list[float] = field(default_factory=list)
    served: float = 0
    asked: float = 0
    seconds: float = 0


def measure(root: Path, people: int, seconds: float, *, pause: float) -> None:
    """Read pages for a while, with the audit and without, in turns."""
    taken = {"with": Taken(), "without": Taken()}
    for turn in ("without", "with", "without", "with"):
        server = subprocess.Popen([sys.executable, "-c", SERVE, str(root), str(PORT), turn])
        try:
            wait_for_server(server)
            read_pages(people, seconds / 2, pause, taken[turn], server.pid)
        finally:
            server.terminate()
            server.wait()
    print(f"{people} people reading, {f'each page for about {pause:g} s' if pause else 'nobody ever pausing'}:")
    p95 = {}
    for turn, each in taken.items():
        count, middle = len(each.pages), statistics.median(each.pages) * 1000
        p95[turn] = statistics.quantiles(each.pages, n=20)[-1] * 1000
        print(
            f"  {turn} the audit: {count:,} pages, {count / each.seconds:.0f} a second, p50 {middle:.0f} ms, p95 {p95[turn]:.0f} ms; "
            f"processor a page: {each.served / count * 1000:.1f} ms to answer it, {each.asked / count * 1000:.1f} ms to ask for it"
        )
    print(f"  p95 with the audit is {p95['with'] / p95['without']:.2f} times that without")


def wait_for_server(server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit(f"the server did not start; if something else listens on port {PORT}, stop it")
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)) as connection:
                ask(connection, "GET", "/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def ask(connection: http.client.HTTPConnection, method: str, address: str, body: str = "", **headers: str) -> tuple[int, list[str], bytes]:
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, address, body or None, headers)
    answer = connection.getresponse()
    cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return answer.status, cookies, answer.read()


def sign_in(connection: http.client.HTTPConnection, name: str) -> str:
    _, cookies, form = ask(connection, "GET", "/sign-in")
    body = urlencode({"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token_of(form)})
    status, session, _ = ask(connection, "POST", "/sign-in", body, Cookie="; ".join(cookies))
    if status != 302:
        raise SystemExit(f"{name} could not sign in: {status}")
    cookie = "; ".join(session)
    _, fresh, form = ask(connection, "GET", "/purpose", Cookie=cookie)
    body = urlencode({"purpose": "strategic_planning", "csrfmiddlewaretoken": token_of(form)})
    kept = "; ".join([cookie, *fresh])
    if ask(connection, "POST", "/purpose", body, Cookie=kept)[0] != 302:
        raise SystemExit(f"{name} could not choose a purpose")
    return kept


def token_of(form: bytes) -> str:
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    return found[1].decode() if found else ""


def read_pages(people: int, seconds: float, pause: float, taken: Taken, server: int) -> None:
    connections = [http.client.HTTPConnection("127.0.0.1", PORT, timeout=60) for _ in range(people)]
    sessions = [sign_in(connection, f"p{person}") for person, connection in enumerate(connections)]
    for address in ADDRESSES:
        if ask(connections[0], "GET", address, Cookie=sessions[0])[0] != 200:
            raise SystemExit(f"{address} is not shown")
    begun, used, asked = time.perf_counter(), processor_of(server), time.process_time()

    def read(person: int) -> None:
        turn, looks = person, random.Random(person)  # noqa: S311 - how long somebody looks at a page
        while time.perf_counter() - begun < seconds:
            time.sleep(pause * looks.uniform(0.5, 1.5))
            asked_at = time.perf_counter()
            ask(connections[person], "GET", ADDRESSES[turn % len(ADDRESSES)], Cookie=sessions[person])
            taken.pages.append(time.perf_counter() - asked_at)
            turn += 1

    readers = [threading.Thread(target=read, args=[person]) for person in range(people)]
    for each in readers:
        each.start()
    for each in readers:
        each.join()
    taken.seconds += time.perf_counter() - begun
    taken.served += processor_of(server) - used
    taken.asked += time.process_time() - asked
    for connection in connections:
        connection.close()


def processor_of(process: int) -> float:
    """Seconds of processor time that a process has used, as Linux counts them."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
