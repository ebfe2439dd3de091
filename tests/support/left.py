"""What is left of somebody: every byte of a workspace, to be searched."""

from __future__ import annotations

from django.db import connection

from sightline.app.sweep import named_objects
from sightline.app.workspace import Workspace


def everything(workspace: Workspace) -> bytes:
    """Every byte that is left: objects as they are opened, rows of tables as text, the ledger, every file of the workspace."""
    found = []
    for digest in sorted(named_objects()):
        content = workspace.objects.get_bytes(digest)
        found.append(content)
        if content[:4] == b"PAR1":
            found.append(str(workspace.objects.get_table(digest).to_pydict()).encode())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select * from "{table}"')
            found.append(repr(cursor.fetchall()).encode())
    found += [path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()]
    return b"\n".join(found)
