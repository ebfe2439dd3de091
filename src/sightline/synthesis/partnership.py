"""The whole invented partnership: the area, the truth block by block, every agency's returns, and the truth written apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from sightline.errors import EnvironmentProblem, InputRefused
from sightline.synthesis.block import Block, make_block
from sightline.synthesis.desk import Desk
from sightline.synthesis.errors_of_recording import LOCAL_FORMS
from sightline.synthesis.geography import make_area, write_geography
from sightline.synthesis.numbers import Scramble
from sightline.synthesis.people import BLOCK_CHILDREN, Registers
from sightline.synthesis.planted import planted_facts
from sightline.synthesis.returns import Return, all_returns
from sightline.synthesis.truth import TruthFiles, population_counts, total_population
from sightline.synthesis.writers import WRITERS
from sightline.synthesis.writers.voluntary import write as write_voluntary

FEWEST, MOST = 1_000, 12_000_000
OTHER_NUMBERS = ("families", "offences", "pnc", "occurrences", "cases", "hub", "custody", "disruption", "responses", "workers")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SynthesisSummary:
    """What was written: the folder, the children who live in the area, files, and returns in order of arrival."""

    folder: Path
    children: int
    files: int
    returns: int


def synthesise(out: Path, *, children: int, seed: int, progress: Progress | None = None) -> SynthesisSummary:
    """Invent a partnership of this many resident children and write its extracts, its geography and its truth under ``out``.

    The same ``children`` and ``seed`` give the same files, byte for byte. Memory depends on the size of a block, not on ``children``.

    Args:
        out: Folder to fill; an earlier partnership's ``extracts``, ``geography`` and ``truth`` in it are replaced.
        children: Children aged 0 to 17 who live in the area on 31 March 2026, 1,000 to 12,000,000.
        seed: Anything; another seed is another partnership.
        progress: Told what is being done, how much of it is done, and how much there is.

    Raises:
        InputRefused: If the number of children is outside those bounds.
        EnvironmentProblem: If the folder cannot be written.
    """
    if not FEWEST <= children <= MOST:
        raise InputRefused(f"{children} children cannot be invented.", hint=f"Ask for {FEWEST:,} to {MOST:,}.")
    try:
        _clear(out)
        files, returns = _write_all(out, children=children, seed=seed, progress=progress)
    except OSError as error:
        raise EnvironmentProblem(
            f"The folder {out} cannot be written ({error.strerror or 'the disk refused'}).",
            hint="Name a folder you may write to, with about 2 KB of room for each child.",
        ) from error
    return SynthesisSummary(folder=out, children=children, files=files, returns=returns)


def _write_all(out: Path, *, children: int, seed: int, progress: Progress | None) -> tuple[int, int]:
    """Everything, block by block; how many files and returns there are."""
    area_seed, register_seed, blocks_seed = np.random.SeedSequence(seed).spawn(3)
    area = make_area(np.random.default_rng(area_seed), children)
    registers = _registers(np.random.default_rng(register_seed))
    returns = all_returns()
    sizes = block_sizes(children)
    desk = Desk(out / "extracts")
    population: list[pl.DataFrame] = []
    support: list[pl.DataFrame] = []
    with TruthFiles(out / "truth") as truth:
        for index, (seed_of_block, size) in enumerate(zip(blocks_seed.spawn(len(sizes)), sizes, strict=True)):
            block = make_block(seed_of_block, area, registers, index=index, children=size)
            _write_returns(block, returns, desk)
            truth.add(block)
            population.append(population_counts(block))
            support.append(_support(block))
            if progress:
                progress("Inventing families and their histories", index + 1, len(sizes))
        truth.plant(planted_facts(area))
        files = truth.files
    write_voluntary(pl.concat(support), [sent for sent in returns if sent.dataset == "voluntary_counts"], desk)
    files += desk.close()
    files += write_geography(out / "geography", area, total_population(population, area.ward_codes))
    _write_arrivals(out / "extracts" / "returns.csv", returns)
    return files + 1, len(returns)


def block_sizes(children: int) -> list[int]:
    """Blocks of nearly equal size, each no larger than `BLOCK_CHILDREN`."""
    count = -(-children // BLOCK_CHILDREN)
    return [children // count + (index < children % count) for index in range(count)]


def _clear(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in ("extracts", "geography", "truth"):
        if (out / name).exists():
            shutil.rmtree(out / name)
        (out / name).mkdir()


def _registers(rng: np.random.Generator) -> Registers:
    local = {name: Scramble(rng) for name in (*LOCAL_FORMS, *OTHER_NUMBERS)}
    return Registers(nhs=Scramble(rng), upn=Scramble(rng), local=local)


def _write_returns(block: Block, returns: tuple[Return, ...], desk: Desk) -> None:
    for dataset, write in WRITERS.items():
        write(block, [sent for sent in returns if sent.dataset == dataset], desk)


def _support(block: Block) -> pl.DataFrame:
    """The block's support plans, with people told apart from those of other blocks."""
    return block.support.with_columns(pl.col("person").cast(pl.Int64) + block.index * 1_000_000)


def _write_arrivals(path: Path, returns: tuple[Return, ...]) -> None:
    rows = [
        (number, sent.arrived_on, sent.agency, sent.dataset, sent.period.name, sent.version, sent.folder)
        for number, sent in enumerate(returns, start=1)
    ]
    pl.DataFrame(rows, schema=["sequence", "arrived_on", "agency", "dataset", "period", "version", "folder"], orient="row").write_csv(path)
