"""A trained suggester: what each list's texts look like, and how sure it may be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sightline.intake.cells.codes import normalise
from sightline.intake.suggesting.features import features, leading_code

AUTOMATIC = 0.97
"""Confidence from which a suggestion may be taken without a person looking: of those, 99 in 100 were right when measured."""

SHIPPED = Path(__file__).resolve().parents[2] / "catalogue" / "spellings" / "spellings.npz"
_SEEN = 0.995


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code a text may be meant for. ``confidence`` is the share of such suggestions that were right when measured, 0 to 1."""

    code: str
    confidence: float

    @property
    def is_automatic(self) -> bool:
        return self.confidence >= AUTOMATIC


@dataclass
class ListModel:
    """What was learned about one code list.

    ``weights`` has a row for each feature and a column for each code; ``rarity`` says how much a feature weighs, ``unknown`` what one that
    was never seen does. ``seen`` holds the code of every text that stood under one code and fitted it; ``doubtful`` those that stood under
    two, or under one that nothing else about them speaks for: they are never taken without a person.
    """

    codes: list[str]
    vocabulary: dict[str, int]
    rarity: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    unknown: float
    seen: dict[str, str] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()
    calibration: tuple[tuple[float, float], ...] = ()

    def scores(self, text: str) -> npt.NDArray[np.float64]:
        """Probabilities of the codes as the model has them, before they are calibrated."""
        found = features(text)
        known = [(self.vocabulary[name], weight) for name, weight in found.items() if name in self.vocabulary]
        places = np.array([place for place, _ in known], dtype=np.int64)
        values = np.array([weight for _, weight in known]) * self.rarity[places] if known else np.zeros(0)
        strange = sum((weight * self.unknown) ** 2 for name, weight in found.items() if name not in self.vocabulary)
        length = float(np.sqrt((values**2).sum() + strange)) or 1.0
        total = self.bias.astype(np.float64) + (values / length) @ self.weights[places] if known else self.bias.astype(np.float64)
        raised = np.exp(total - total.max())
        return np.asarray(raised / raised.sum())

    def is_named_otherwise(self, text: str, code: str) -> bool:
        """Whether a text begins with the code of another entry of the list: two things then speak for two codes."""
        named = leading_code(text)
        return bool(named) and leading_code(code) != named and any(leading_code(each) == named for each in self.codes)

    def calibrated(self, score: float) -> float:
        """How often a suggestion of this score was right."""
        if not self.calibration:
            return score
        return float(np.interp(score, [point for point, _ in self.calibration], [share for _, share in self.calibration]))


class Suggester:
    """Suggests codes for texts, list by list."""

    def __init__(self, models: dict[str, ListModel]) -> None:
        self.models = models

    def suggest(self, list_name: str, text: str, *, most: int = 3, among: Sequence[str] | None = None) -> tuple[Suggestion, ...]:
        """The likeliest codes of a list for a text, best first; nothing for a list that was not learned.

        Args:
            list_name: The code list, as it was named in training.
            text: The text as received.
            most: How many at most.
            among: Only these codes.
        """
        model = self.models.get(list_name)
        if model is None or not text.strip():
            return ()
        key = normalise(text)
        if key in model.seen and key not in model.doubtful and (among is None or model.seen[key] in among):
            return (Suggestion(model.seen[key], _SEEN),)
        scores = model.scores(text)
        order = [place for place in np.argsort(-scores, kind="stable") if among is None or model.codes[place] in among]
        best = tuple(Suggestion(model.codes[place], model.calibrated(float(scores[place]))) for place in order[:most])
        if key in model.doubtful or (best and model.is_named_otherwise(text, best[0].code)):
            return tuple(Suggestion(each.code, min(each.confidence, 0.5)) for each in best)
        return best

    def save(self, path: Path) -> None:
        """Write it as compressed arrays, small weights left out; no text of the training but those seen with one code, normalised."""
        arrays: dict[str, Any] = {}
        about = {}
        for number, (name, model) in enumerate(sorted(self.models.items())):
            rows, columns = np.nonzero(np.abs(model.weights) > _SMALL)
            arrays |= {
                f"rows{number}": rows.astype(np.int32),
                f"columns{number}": columns.astype(np.int16),
                f"weights{number}": model.weights[rows, columns].astype(np.float16),
                f"rarity{number}": model.rarity.astype(np.float16),
                f"bias{number}": model.bias.astype(np.float32),
            }
            about[name] = {
                "codes": model.codes,
                "vocabulary": list(model.vocabulary),
                "unknown": model.unknown,
                "doubtful": sorted(model.doubtful),
                "calibration": model.calibration,
            }
        arrays["about"] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), dtype=np.uint8)
        held = BytesIO()
        np.savez_compressed(held, **arrays)
        path.write_bytes(held.getvalue())


_SMALL = 0.02


@lru_cache(maxsize=4)
def load(path: Path) -> Suggester:
    """Read a suggester that was saved. Nothing in the file is code: it is arrays and JSON."""
    with np.load(path, allow_pickle=False) as held:
        about = json.loads(held["about"].tobytes())
        models = {}
        for number, (name, said) in enumerate(sorted(about.items())):
            weights = np.zeros((len(said["vocabulary"]), len(said["codes"])), dtype=np.float32)
            weights[held[f"rows{number}"], held[f"columns{number}"]] = held[f"weights{number}"]
            models[name] = ListModel(
                codes=said["codes"],
                vocabulary={feature: place for place, feature in enumerate(said["vocabulary"])},
                rarity=held[f"rarity{number}"].astype(np.float32),
                weights=weights,
                bias=held[f"bias{number}"],
                unknown=said["unknown"],
                doubtful=frozenset(said["doubtful"]),
                calibration=tuple((point, share) for point, share in said["calibration"]),
            )
    return Suggester(models)


def shipped() -> Suggester:
    """The suggester that comes with Sightline."""
    return load(SHIPPED)
