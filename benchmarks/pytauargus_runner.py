"""Run pytauargus on one question of `disclosure_beside.py`; needs no Sightline, and is never imported by it."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(path: str) -> None:
    # Imported here, as only the environment that this file is run in has it.
    from pytauargus import protect
    from pytauargus.engine import run_batch
    from pytauargus.result import parse_simple_tab

    asked = json.loads(Path(path).read_text())
    folder, names = Path(asked["folder"]), asked["names"]
    records = {**asked["records"], "n": [1] * len(asked["records"][names[0]])}
    protect(
        records,
        names,
        response="n",
        safety_rules=f"FREQ({asked['threshold']},10)",
        suppress=asked["suppress"],
        hrc={"place": str(folder / "place.hrc")},
        hierleadstring="@",
        workdir=str(folder / "work"),
        run=False,
    )
    # How far each primary must be able to rise can only be told by an a-priori file, which the batch then reads before it suppresses.
    levels = folder / "levels.hst"
    # Its first line may have one number only: a cost, which is what it is anyway.
    first = ";".join([*asked["levels"][0][:-1], "C", "1"])
    levels.write_text("\n".join([first, *(";".join([*codes, "PL", "0", str(width)]) for *codes, width in asked["levels"])]) + "\n")
    batch = folder / "work" / "batch.arb"
    # Every cell costs the same: fewest cells, not fewest children.
    lines = [line + "-2" if line.startswith("<SPECIFYTABLE>") else line for line in batch.read_text().splitlines()]
    place = next(at for at, line in enumerate(lines) if line.startswith("<SUPPRESS>"))
    batch.write_text("\n".join([*lines[:place], f'<APRIORI> "{levels}",1,";",0,0', *lines[place:]]) + "\n")
    run_batch(str(batch))
    rows = parse_simple_tab(folder / "work" / "tab1.tab", names, "n")
    withheld = [[row[name] for name in names] for row in rows if row["status"] in {"U", "M"}]
    (folder / "answer.json").write_text(json.dumps({"withheld": withheld}))


if __name__ == "__main__":
    main(sys.argv[1])
