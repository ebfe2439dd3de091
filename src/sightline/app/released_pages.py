"""Ask a server that runs on this machine for what it shows of a release, as a reader with a browser could. No other host is ever asked.

Every request is bounded in time and size, and their number too; what was not asked for is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from itertools import combinations
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, OpenerDirector, Request, build_opener

from sightline.app.released_files import ReadFiles, take
from sightline.app.timed_answers import Watch, time_answers
from sightline.errors import EnvironmentProblem, InputRefused, NotFound
from sightline.model.cubes import YEAR_TO, ReleasedTable

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_PAGES = 60
SECONDS = 60
MOST_BYTES = 50_000_000
_PURPOSE = re.compile(r'name="purpose"[^>]*value="([a-z_]+)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_RELEASE = re.compile(r"/releases/(\d+)")
_LINK = re.compile(r'href="(/[^"#]*)"')
_FILES = re.compile(r"\.(?:json|csv|geojson|parquet)(?:\?|$)")
_OF_A_TABLE = re.compile(r"\.parquet$|/table\.csv\?")
_EXPLAINED = frozenset(
    {
        "date",
        "server",
        "content-type",
        "content-length",
        "content-disposition",
        "content-security-policy",
        "cache-control",
        "connection",
        "keep-alive",
        "location",
        "referrer-policy",
        "set-cookie",
        "sightline-release",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "via",
        "x-content-type-options",
        "x-frame-options",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
    }
)
"""Headers that say how an answer is to be taken, when it came, or what can be counted on it."""
_WRONG = (
    "/indicators/none-such",
    "/indicators/{indicator}?by=none-such",
    "/indicators/{indicator}?period=1900-Q1",
    "/indicators/{indicator}/table?rows=none-such",
    "/places?indicator=none-such",
    "/releases/{number}/indicators/none-such.csv",
    "/releases/{number}/indicators/{indicator}/table.csv?rows=none-such",
    "/releases/{number}/tables/none-such.parquet",
    "/releases/999999/figures.json",
)
"""Questions that have no answer: what is said instead must not tell more than the pages do."""
_INDICATOR = re.compile(r'href="/indicators/([\w-]+)"')
_PAGES = re.compile(r"^/(?:$|indicators|agencies|places|who|flags|sources|journeys|missing|needs|people|screening|reach|releases|about)")


def is_address(target: str) -> bool:
    """Whether a release is named by an address rather than by a file."""
    return target.startswith(("http://", "https://"))


class _StayHere(HTTPRedirectHandler):
    """Follows a redirect only on the host that was named."""

    def redirect_request(  # noqa: PLR0917 - as the library calls it
        self, request: Request, answer: IO[bytes], code: int, message: str, headers: HTTPMessage, address: str
    ) -> Request | None:
        if urlsplit(address).netloc != urlsplit(request.full_url).netloc:
            raise InputRefused("The server sends readers to another host, which is not asked.")
        return super().redirect_request(request, answer, code, message, headers, address)


@dataclass
class Browser:
    """A reader's browser: one server, its cookies, a limit on how much it asks for."""

    base: str
    asked: int = 0
    headers: dict[str, set[str]] = field(default_factory=dict)
    """By address: the headers of its answer that nothing explains."""
    errors: dict[str, str] = field(default_factory=dict)
    """By address: what was said where there was no answer."""
    opener: OpenerDirector = field(default_factory=lambda: build_opener(_StayHere(), HTTPCookieProcessor(CookieJar())))

    def get(self, path: str, form: dict[str, str] | None = None) -> bytes | None:
        """One answer; None where the server says that there is no such page, or that it may not be seen.

        Raises:
            EnvironmentProblem: If the server does not answer.
        """
        self.asked += 1
        request = Request(urljoin(self.base, path), data=None if form is None else urlencode(form).encode())  # noqa: S310 - is_here has checked
        request.add_header("Referer", self.base)
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                self._note(path, answer.headers)
                return bytes(answer.read(MOST_BYTES))
        except HTTPError as problem:
            with problem:
                self._note(path, problem.headers)
                self.errors[path] = problem.read(MOST_BYTES).decode("utf-8", errors="replace")
            return None
        except (URLError, HTTPException, OSError) as problem:
            raise EnvironmentProblem(
                "The server does not answer.", hint="Start it with `sightline serve`, and give its address as http://127.0.0.1:8000."
            ) from problem

    def _note(self, path: str, headers: Message) -> None:
        strange = {name for name in headers if name.casefold() not in _EXPLAINED}
        self.headers[path] = {f"{name}: {headers[name]}" for name in strange}


def read_server(
    address: str,
    *,
    name: str | None = None,
    password: str | None = None,
    code: str | None = None,
    most: int = MOST_PAGES,
    watch: Watch | None = None,
) -> ReadFiles:
    """Everything that a server shows of its newest release (or of the one that the address names) to somebody who signs in.

    Args:
        address: Of a server on this machine; ``…/releases/3`` names a release.
        name: Who signs in; nobody does when left out.
        password: Theirs.
        code: What their authenticator app shows, where they have one.
        most: How many pages and files to ask for.
        watch: Times answers to questions asked of tables, beside those pages; none are timed without.

    Raises:
        InputRefused: If the address is of another machine, or signing in fails.
        NotFound: If the server shows no release.
        EnvironmentProblem: If it does not answer.
    """
    if urlsplit(address).hostname not in HOSTS or not address.startswith("http://"):
        raise InputRefused("Only a server on this machine is asked.", hint="Give an address such as http://127.0.0.1:8000.")
    parts = urlsplit(address)
    browser = Browser(f"{parts.scheme}://{parts.netloc}/")
    if name is not None:
        _sign_in(browser, name, password or "", code or "")
    number = _number(browser, parts.path)
    found = ReadFiles()
    queue = [f"/releases/{number}/figures.json", f"/releases/{number}/figures.csv", f"/releases/{number}"]
    queue += ["/", "/places", "/places/wards.geojson", "/places/figures.json", "/indicators"]
    _follow(browser, queue, found, number, most)
    for path in (f"/releases/{number}/figures.json", f"/releases/{number}/figures.csv"):
        again = browser.get(path)
        if again is not None:
            take(found, f"{path} (asked again)", again)
    _ask_wrongly(browser, found, number)
    found.headers = [(path, header) for path, headers in browser.headers.items() for header in sorted(headers)]
    found.answered = len(browser.headers)
    found.errors = list(browser.errors.items())
    if found.is_empty:
        raise NotFound(
            "The server shows nothing of a release to this reader.", hint="Sign in with --name, as somebody who may see figures."
        )
    if watch is not None:
        tables = {table.id: table for table in found.cubes.values()}.values()
        found.timed = time_answers(browser.get, list(tables), number, watch)
    found.untimed = _why_untimed(found, watch)
    return found


def _why_untimed(found: ReadFiles, watch: Watch | None) -> str:
    if found.timed:
        return ""
    return "Answers were not timed." if watch is None else "No table that was read answers enough questions alike."


def _ask_wrongly(browser: Browser, found: ReadFiles, number: int) -> None:
    """Ask for what there is not, of an indicator that there is."""
    linked = (_INDICATOR.search(page) for _, page in found.pages)
    indicator = next((link.group(1) for link in linked if link), "none-such")
    for wrong in _WRONG:
        path = wrong.format(number=number, indicator=indicator)
        browser.get(path)
        rightly = path.partition("?")[0]
        if rightly != path and not _OF_A_TABLE.search(path) and rightly not in {name for name, _ in found.pages}:
            # Beside it the page of which it is a wrong question: what both say is no answer to it.
            page = browser.get(rightly)
            if page is not None:
                take(found, rightly, page)


def _sign_in(browser: Browser, name: str, password: str, code: str) -> None:
    page = browser.get("/sign-in") or b""
    answer = _send(browser, "/sign-in", page, {"username": name, "password": password})
    if answer is None or b'name="password"' in answer:
        raise InputRefused("Signing in failed.", hint="Check the name, and the password in SIGHTLINE_PASSWORD.")
    if b'name="code"' in answer:
        answer = _send(browser, "/sign-in/code", answer, {"code": code})
        if answer is None or b'name="code"' in answer:
            raise InputRefused("Signing in failed.", hint="Give the code that the authenticator app shows now in SIGHTLINE_CODE.")
    if b'name="purpose"' in answer:
        offered = _PURPOSE.search(answer.decode("utf-8", errors="replace"))
        answer = _send(browser, "/purpose", answer, {"purpose": offered.group(1) if offered else ""}) or b""
    if b"/account/second-factor/app" in answer:
        raise InputRefused("This reader has to set up a second factor first.", hint="Sign in once with a browser.")


def _send(browser: Browser, path: str, page: bytes, form: dict[str, str]) -> bytes | None:
    """Send the form of a page with the token that stands in it."""
    token = _TOKEN.search(page.decode("utf-8", errors="replace"))
    return browser.get(path, form | {"csrfmiddlewaretoken": token.group(1) if token else ""})


def _number(browser: Browser, path: str) -> int:
    named = _RELEASE.search(path)
    if named:
        return int(named.group(1))
    page = (browser.get("/releases") or b"").decode("utf-8", errors="replace")
    numbers = [int(number) for number in _RELEASE.findall(page)]
    if not numbers:
        raise NotFound("The server shows no release to this reader.", hint="Sign in with --name, as somebody who may see figures.")
    return max(numbers)


def _follow(browser: Browser, queue: list[str], found: ReadFiles, number: int, most: int) -> None:
    """Take page after page, and the files and pages that they link to, until there are no more or enough were asked for."""
    seen = set(queue)
    # Whole tables and answers come before other pages that are linked to: those show nothing that would be missed as much.
    tables: list[str] = []
    later: list[str] = []
    while waiting := queue or tables or later:
        if browser.asked >= most:
            found.unread.append(f"{len(queue) + len(tables) + len(later):,} further pages and files")
            break
        path = waiting.pop(0)
        content = browser.get(path)
        if content is None:
            continue
        take(found, path, content)
        links = [*_questions(found.cubes.get(path), number), *_links(content, number)]
        new = [each for each in dict.fromkeys(links) if each not in seen]
        seen.update(new)
        for each in new:
            (tables if _OF_A_TABLE.search(each) else later).append(each)


def _questions(table: ReleasedTable | None, number: int) -> Iterable[str]:
    """Questions to ask of a table: its first indicator by every two of its axes, the others by the first two; in the newest quarter."""
    if table is None:
        return
    ways = [axis.ways[-1][0] for axis in table.axes if axis.ways]
    crossings = list(combinations(ways, 2)) or [(way, "") for way in ways]
    for place, indicator in enumerate(dict.fromkeys(indicator for indicator, _ in table.atoms)):
        period = max((period for each, period in table.atoms if each == indicator), key=_later)
        for rows, columns in crossings if place == 0 else crossings[:1]:
            asked = {"table": table.id, "period": period, "rows": rows, "columns": columns}
            yield f"/releases/{number}/indicators/{indicator}/table.csv?{urlencode({name: each for name, each in asked.items() if each})}"


def _later(period: str) -> tuple[bool, str]:
    return not period.startswith(YEAR_TO), period


def _links(content: bytes, number: int) -> Iterable[str]:
    if b"<html" not in content[:2000].lower():
        return
    for address in _LINK.findall(content.decode("utf-8", errors="replace")):
        path = address.replace("&amp;", "&")
        of_another = _RELEASE.search(path)
        if of_another and int(of_another.group(1)) != number:
            continue
        if _FILES.search(path) or _PAGES.match(path):
            yield path
