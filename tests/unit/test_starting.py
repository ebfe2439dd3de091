from __future__ import annotations

import builtins
from typing import Any

import pytest

from sightline.cli import __main__ as program


def test_a_stop_while_the_program_is_still_starting_is_one_line_and_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def stopped(name: str, *rest: Any, **more: Any) -> Any:
        if name == "sightline.cli.main":
            raise KeyboardInterrupt
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", stopped)

    with pytest.raises(SystemExit) as ended:
        program.run()

    assert ended.value.code == 130
    assert capsys.readouterr().err == "Stopped. Nothing was begun.\n"
