"""Learn from texts whose code somebody has decided: a linear model for each list, and from held-out folds how sure it may be.

Multinomial logistic regression with a quadratic penalty on words, pairs and pieces of words, weighted by rarity; see
docs/methods/suggesting-codes.md. Deterministic: no random numbers but the folds, which go by a text's place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from sightline.intake.cells.codes import normalise
from sightline.intake.suggesting.features import features
from sightline.intake.suggesting.suggester import ListModel, Suggester

PENALTY = 8.0
"""How much a wrong text weighs against a large weight."""
FOLDS = 5
STEPS = 40
DOUBT = 0.45
"""A text whose own code gets less than this from all the others is doubtful."""
_BINS = 15


def learn(triples: Iterable[tuple[str, str, str]], *, titles: Iterable[tuple[str, str, str]] = ()) -> Suggester:
    """Train a suggester.

    Args:
        triples: List name, code and text, as somebody decided them.
        titles: The same for what a list itself says: its codes, titles and spellings. They are learned from and never doubted.
    """
    decided: dict[str, list[tuple[str, str]]] = defaultdict(list)
    own: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for list_name, code, text in triples:
        decided[list_name].append((text, code))
    for list_name, code, text in titles:
        own[list_name].append((text, code))
    return Suggester({name: _learn_list(decided.get(name, []), own.get(name, [])) for name in sorted({*decided, *own})})


def _learn_list(decided: Sequence[tuple[str, str]], own: Sequence[tuple[str, str]]) -> ListModel:
    codes = sorted({code for _, code in (*decided, *own)})
    model = _fit([*decided, *own], codes)
    under: dict[str, set[str]] = defaultdict(set)
    for text, code in (*decided, *own):
        under[normalise(text)].add(code)
    doubtful = {text for text, said in under.items() if len(said) > 1}
    held_out = _held_out(decided, own, codes)
    doubtful |= {normalise(text) for (text, _), (share, _, _) in zip(decided, held_out, strict=True) if share < DOUBT}
    doubtful -= {normalise(text) for text, _ in own if len(under[normalise(text)]) == 1}
    model.seen = {text: next(iter(said)) for text, said in under.items() if len(said) == 1 and text not in doubtful}
    model.doubtful = frozenset(doubtful)
    model.calibration = _calibration([(score, right) for _, score, right in held_out])
    return model


def _held_out(decided: Sequence[tuple[str, str]], own: Sequence[tuple[str, str]], codes: list[str]) -> list[tuple[float, float, bool]]:
    """For each decided text, from a model that did not learn from it: what its code got, what the best got, and whether that was right."""
    place_of = {code: place for place, code in enumerate(codes)}
    # Texts that are the same once normalised go into one fold: a text must not be judged by its own copy.
    fold_of = {text: number % FOLDS for number, text in enumerate(sorted({normalise(text) for text, _ in decided}))}
    answers: list[tuple[float, float, bool]] = [(0.0, 0.0, False)] * len(decided)
    for fold in range(FOLDS):
        inside = [number for number, (text, _) in enumerate(decided) if fold_of[normalise(text)] == fold]
        rest = [pair for pair in decided if fold_of[normalise(pair[0])] != fold]
        if not inside or not (rest or own):
            continue
        model = _fit([*rest, *own], codes)
        for number in inside:
            text, code = decided[number]
            scores = model.scores(text)
            best = int(scores.argmax())
            answers[number] = (float(scores[place_of[code]]), float(scores[best]), codes[best] == code)
    return answers


def _calibration(answers: Sequence[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    """Points from score to share right: bins of equal size, made never to fall (pool adjacent violators), pulled a little to the middle."""
    if len(answers) < 2 * _BINS:
        return ()
    ordered = sorted(answers)
    groups = [[*map(float, (sum(score for score, _ in part), sum(right for _, right in part), len(part)))] for part in _parts(ordered)]
    pooled: list[list[float]] = []
    for group in groups:
        pooled.append(group)
        while len(pooled) > 1 and pooled[-2][1] / pooled[-2][2] > pooled[-1][1] / pooled[-1][2]:
            last = pooled.pop()
            pooled[-1] = [one + other for one, other in zip(pooled[-1], last, strict=True)]
    return tuple((total / size, (right + 0.25) / (size + 0.5)) for total, right, size in pooled)


def _parts(ordered: Sequence[tuple[float, bool]]) -> list[Sequence[tuple[float, bool]]]:
    edges = np.linspace(0, len(ordered), _BINS + 1).astype(int)
    return [ordered[first:last] for first, last in pairwise(edges) if last > first]


def _fit(pairs: Sequence[tuple[str, str]], codes: list[str]) -> ListModel:
    found = [features(text) for text, _ in pairs]
    often: dict[str, int] = defaultdict(int)
    for each in found:
        for name in each:
            often[name] += 1
    # A piece of a word that stands in one text alone tells that text apart and nothing else; words that do are few.
    kept = sorted(name for name, times in often.items() if times > 1 or "=" in name)
    vocabulary = {name: place for place, name in enumerate(kept)}
    unknown = float(np.log(1 + len(found)) + 1)
    rarity = np.array([np.log((1 + len(found)) / (1 + often[name])) + 1 for name in vocabulary], dtype=np.float32)
    table = _table(found, vocabulary, rarity, unknown)
    place_of = {code: place for place, code in enumerate(codes)}
    answers = np.array([place_of[code] for _, code in pairs], dtype=np.int64)
    weights, bias = _regress(table, answers, len(codes))
    return ListModel(codes, vocabulary, rarity, weights.astype(np.float32), bias.astype(np.float32), unknown)


def _table(found: Sequence[dict[str, float]], vocabulary: dict[str, int], rarity: npt.NDArray[np.float32], unknown: float) -> csr_matrix:
    starts, places, values = [0], [], []
    for each in found:
        known = {vocabulary[name]: weight for name, weight in each.items() if name in vocabulary}
        own = list(known)
        weighted = np.array(list(known.values())) * rarity[own] if own else np.zeros(0)
        strange = sum((weight * unknown) ** 2 for name, weight in each.items() if name not in vocabulary)
        length = float(np.sqrt((weighted**2).sum() + strange)) or 1.0
        places += own
        values += (weighted / length).tolist()
        starts.append(len(places))
    return csr_matrix((values, places, starts), shape=(len(found), len(vocabulary)))


def _regress(table: csr_matrix, answers: npt.NDArray[np.int64], codes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    rows, columns = table.shape
    turned = table.T.tocsr()
    place = np.arange(rows)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights, bias = flat[: columns * codes].reshape(columns, codes), flat[columns * codes :]
        total = table @ weights + bias
        total -= total.max(axis=1, keepdims=True)
        shares = np.exp(total)
        shares /= shares.sum(axis=1, keepdims=True)
        value = -PENALTY * np.log(shares[place, answers] + 1e-12).sum() + 0.5 * float((weights**2).sum())
        shares[place, answers] -= 1.0
        shares *= PENALTY
        return float(value), np.concatenate([(turned @ shares + weights).ravel(), shares.sum(axis=0)])

    best = minimize(loss, np.zeros((columns + 1) * codes), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return best.x[: columns * codes].reshape(columns, codes), best.x[columns * codes :]
