"""Files sent through the pages: no page takes one, whoever sends it to whichever form, and nothing of it is kept."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver

from sightline.app.roles import Role
from sightline.web.permissions import FORMS, PUBLIC
from tests.support import hostile

pytestmark = pytest.mark.django_db
FAR = hostile.far_corner()
HOSTILE: dict[str, bytes] = {
    "far-corner.xlsx": FAR,
    "overlapping.xlsx": hostile.overlapping(FAR),
    "says-encrypted.xlsx": hostile.marked_encrypted(FAR),
    "slips.zip": hostile.packed({"../../../../etc/cron.d/x": b"* * * * * root true"}),
    "bomb.zip": hostile.packed({"zeros": bytes(2_000_000)}),
    "absurd.xls": hostile.xls_with_dimensions(2**31, 2**15, [(0, 0, 1.0)]),
    "laughs.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>',
    "reads-a-file.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>',
    "page.html": b"<script>fetch('/audit')</script>",
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "formula.csv": b'name\r\n=HYPERLINK("https://example.org","x")\r\n',
    "shell.php": b"<?php system($_GET['c']);",
    "program.exe": b"MZ" + struct.pack("<60xI", 64),
    "../../workspace.json": b'{"layout": 99}',
    "nul\x00.csv": b"a,b\r\n1,2\r\n",
    "keys/identity": b"0" * 64,
    "empty.csv": b"",
}


def address_of(page: str) -> str:
    """Any address of a page."""
    ((template, names), *_), *_ = get_resolver().reverse_dict.getlist(page)[0]
    return "/" + str(template) % dict.fromkeys(names, "1")


@pytest.mark.parametrize("page", sorted(FORMS))
def test_no_form_takes_a_file_and_nothing_of_it_is_kept(page, pages, sign_in, tmp_path, settings, monkeypatch):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    client = Client() if FORMS[page] is PUBLIC else sign_in(next(role for role in Role if role in FORMS[page]))
    for name, content in HOSTILE.items():
        for field in ("file", "csrfmiddlewaretoken"):
            answer = client.post(address_of(page), {field: SimpleUploadedFile("a.csv", content), "q": "1"})
            assert answer.status_code == 400, (page, name, field)

    assert list(Path(tmp_path).iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_a_file_reaches_nothing(name, pages, sign_in):
    """A request written by hand, as no browser writes it: the name goes out as it is."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    body = head.encode() + HOSTILE[name] + b"\r\n--b--\r\n"

    answer = sign_in().post("/account", body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 400
