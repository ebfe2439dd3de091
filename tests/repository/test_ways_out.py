"""Every way in which bytes leave Sightline stands in docs/reference/ways-out.md with its rule; a new one without a row fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "sightline"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "ways-out.md"
WRITERS = frozenset(
    {"write_files", "write_durably", "write_bytes", "write_text", "fdopen", "write_csv", "write_parquet", "copyfile", "copy2"}
)
ANSWERS = frozenset({"HttpResponse", "JsonResponse", "FileResponse", "StreamingHttpResponse", "download"})
"""What a page returns besides a drawn template, which `permissions.PAGES` governs."""
NOT_OUT = ("synthesis/", "store/objects.py", "intake/worker.py", "web/page.py", "web/audit_reads.py")
"""Invents a partnership; keeps objects; a pipe to the program that reads extracts; draws pages; looks at answers that others made."""


def ways(source: Path = SOURCE) -> Iterator[str]:
    """Each function that writes a file or answers with one, as ``app/report.py board_report``."""
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source).as_posix()
        if name.startswith(NOT_OUT):
            continue
        looked_for = WRITERS | (ANSWERS if name.startswith("web/") else frozenset())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(_called(inner) in looked_for for inner in ast.walk(node)):
                yield f"{name} {node.name}"


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    if any(isinstance(each, ast.Constant) and each.value == "rb" for each in node.args):
        return ""  # opened to be read
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def rows() -> dict[str, list[str]]:
    """The table: function → its other cells."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text(encoding="utf-8").splitlines() if "| `" in line
    ]
    return {re.sub("`", "", cells[0]): cells[1:] for cells in lines}


def test_every_way_in_which_bytes_leave_has_a_row_with_who_and_by_which_rule() -> None:
    listed = rows()

    assert set(ways()) - set(listed) == set(), "write a row in docs/reference/ways-out.md"
    assert all(len(cells) == 3 and all(cells) for cells in listed.values())


def test_no_row_tells_of_a_way_that_is_gone() -> None:
    there = {row for row in rows() if (SOURCE / row.partition(" ")[0]).exists()}

    assert there <= set(ways())


def test_a_new_download_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "web" / "pages" / "new.py"
    page.parent.mkdir(parents=True)
    page.write_text("def everything(request):\n    return HttpResponse(b'all of it')\n", encoding="utf-8")

    assert list(ways(tmp_path)) == ["web/pages/new.py everything"]
