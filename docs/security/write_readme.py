"""Write the counts of docs/security/README.md from docs/security/asvs.csv.

python docs/security/write_readme.py          # write them
python docs/security/write_readme.py --check  # say whether they are up to date (exit code 1 when not)
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ANSWERS = ("met", "partly", "not met", "does not apply")
BEGIN, END = "<!-- counts: written by write_readme.py -->", "<!-- end of counts -->"
CHAPTERS = {
    "V1": "Encoding and injection",
    "V2": "Validation and business logic",
    "V3": "Browsers",
    "V4": "Interfaces",
    "V5": "Files",
    "V6": "Signing in",
    "V7": "Sessions",
    "V8": "Permissions",
    "V9": "Self-contained tokens",
    "V10": "OAuth and OpenID Connect",
    "V11": "Cryptography",
    "V12": "Connections",
    "V13": "Configuration",
    "V14": "Data protection",
    "V15": "Code and dependencies",
    "V16": "Logs and errors",
    "V17": "WebRTC",
}


def rows() -> list[dict[str, str]]:
    """The table, a row for each requirement."""
    with (HERE / "asvs.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def counts(found: list[dict[str, str]]) -> str:
    """A table of how many requirements of each chapter have each answer."""
    answers = Counter((row["id"].partition(".")[0], row["answer"]) for row in found)
    lines = [f"| chapter | {' | '.join(ANSWERS)} |", f"|---|{'---:|' * len(ANSWERS)}"]
    for id, title in CHAPTERS.items():
        lines.append(f"| {id} {title} | {' | '.join(str(answers[id, answer]) for answer in ANSWERS)} |")
    for level in ("1", "2"):
        of_level = Counter(row["answer"] for row in found if row["level"] == level)
        lines.append(f"| all of level {level} | {' | '.join(str(of_level[answer]) for answer in ANSWERS)} |")
    return "\n".join(lines)


def main() -> int:
    """Write or check; 1 when a check finds other counts."""
    path = HERE / "README.md"
    old = path.read_text(encoding="utf-8")
    before, _, rest = old.partition(BEGIN)
    new = f"{before}{BEGIN}\n\n{counts(rows())}\n\n{END}{rest.partition(END)[2]}"
    if new != old and "--check" in sys.argv:
        sys.stderr.write("Stale: docs/security/README.md. Run python docs/security/write_readme.py and commit what it writes.\n")
        return 1
    path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
