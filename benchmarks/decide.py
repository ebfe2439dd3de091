"""How long one decision takes with fifty agreements that all cover the dataset asked about: the most that there is to do.

Run as ``python -m benchmarks.decide``; processor time, so that what else the machine does tells little.
"""

from __future__ import annotations

import time

from tests.support.agreements import DURING, HUB, POLICE, dataset, signed, terms

from sightline.governance import Action, decide
from sightline.model.agreements import Tier

AGREEMENTS, DECISIONS, ROUNDS = 50, 50, 20


def main() -> None:
    agreements = [signed(terms(id=f"sharing_{n}", datasets=[dataset(fields=[f"flag.f{n}"])])) for n in range(AGREEMENTS)]
    fields = {f"flag.f{n}" for n in range(AGREEMENTS)}
    for name, purpose in (("allow", "scrutiny"), ("deny", "disrupt_harm")):
        spent = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            for _ in range(DECISIONS):
                decide(HUB, Action.COUNT, POLICE, purpose, Tier.STRATEGIC, fields, DURING, agreements)
            spent.append((time.process_time() - begun) / DECISIONS * 1000)
        print(f"{name}: {min(spent):.3f} ms at best, {sorted(spent)[ROUNDS // 2]:.3f} ms in the middle of {ROUNDS} rounds")


if __name__ == "__main__":
    main()
