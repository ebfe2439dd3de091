"""A pytest plugin for CI: a skipped test, or an expected failure, fails the run."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker process: the controller decides
        return
    skipped = [*reporter.stats.get("skipped", []), *reporter.stats.get("xfailed", [])]
    if skipped and exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(skipped)} skipped or expected to fail: not allowed here.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
