"""How much a foreign file may take while it is read: memory, processor time, wall time, output. Declared here and nowhere else.

Each limit can be set in the environment (``SIGHTLINE_LIMIT_MEMORY=12G``); `docs/reference/limits.md` lists them with the reasons.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sightline.errors import InputRefused

MIB, GIB = 1 << 20, 1 << 30
_UNITS = {"": 1, "K": 1 << 10, "M": MIB, "G": GIB}
PREFIX = "SIGHTLINE_LIMIT_"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file, one request and one reading process may take.

    ``memory`` is held by the system (RLIMIT_DATA): it counts private memory, also what allocators only reserve, which is about 1.3 GB for
    an idle reader; RLIMIT_AS would also count mapped libraries and files, and a watchdog on resident memory would come too late for one
    allocation of 400 GB. ``seconds`` and ``cpu_seconds`` are a floor to which ``seconds_per_mib`` is added for each MiB of the files.
    """

    memory: int = 12 * GIB
    seconds: int = 120
    cpu_seconds: int = 240
    seconds_per_mib: int = 20
    longest_seconds: int = 2 * 60 * 60
    output: int = 4 * GIB
    answer: int = 64 * MIB
    written: int = 16 * MIB
    open_files: int = 256
    requests: int = 500
    """After how many requests a reading process is replaced by a fresh one."""
    kept_memory: int = 1 * GIB
    """A reading process that holds more than this after an answer is replaced, so that a large return does not keep its memory."""

    def seconds_for(self, size: int) -> int:
        """Wall time for files of so many bytes together."""
        return min(self.seconds + self.seconds_per_mib * (size // MIB), self.longest_seconds)

    def cpu_seconds_for(self, size: int) -> int:
        """Processor time for the same, of all threads together."""
        return min(self.cpu_seconds + 2 * self.seconds_per_mib * (size // MIB), 4 * self.longest_seconds)

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def machine_limits(environment: Mapping[str, str] | None = None) -> Limits:
    """The limits for this machine: the defaults, never more than most of its memory, and what the environment sets.

    Raises:
        InputRefused: If the environment sets one to something that is no number.
    """
    given = os.environ if environment is None else environment
    limits = Limits()
    there = _memory_of_the_machine()
    if there is not None:
        limits = replace(limits, memory=min(limits.memory, max(there * 3 // 4, 2 * GIB)))
    set_here = {field.name: _number(PREFIX + field.name.upper(), given[PREFIX + field.name.upper()]) for field in _set_in(given)}
    return replace(limits, **set_here)


def _set_in(environment: Mapping[str, str]) -> list[Any]:
    return [field for field in fields(Limits) if environment.get(PREFIX + field.name.upper())]


def _number(name: str, text: str) -> int:
    match = re.fullmatch(r"(\d{1,12})\s*([KMG]?)(i?B)?", text.strip(), re.IGNORECASE)
    if not match or not int(match[1]):
        raise InputRefused(
            f'{name} is "{text}", which is not a limit.', hint="Write a whole number above 0, for memory with K, M or G: 12G."
        )
    return int(match[1]) * _UNITS[match[2].upper()]


def _memory_of_the_machine() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def not_enforced() -> tuple[str, ...]:
    """Which limits this system cannot hold; reading is still done apart, and wall time and output are always held."""
    if sys.platform == "win32":
        return ("memory", "processor time", "files written", "open files")
    return () if sys.platform.startswith("linux") else ("memory",)


def hold_self_to(limits: Limits) -> None:
    """Put the limits on this process. Called by the reading process before it reads anything."""
    if sys.platform == "win32":
        return
    import resource  # does not exist on Windows

    wanted = {
        resource.RLIMIT_DATA: limits.memory,
        resource.RLIMIT_FSIZE: limits.written,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,  # a core file would put what was read on the disk
    }
    for kind, most in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue  # macOS refuses some; `not_enforced` says so in `sightline doctor`


def allow_processor_seconds(seconds: int) -> None:
    """Let this process use so many more seconds of processor time from now on."""
    if sys.platform == "win32":
        return
    import resource  # does not exist on Windows

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def memory_held() -> int:
    """The resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - not a file of the product's
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return 0
