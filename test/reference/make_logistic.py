"""Writes logistic.json: what scikit-learn's LogisticRegression makes of small data sets, for trainer/train/probe.

    python make_logistic.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

UNIT = 64  # features are whole numbers of 1/64, so that float32 holds them


def record(name: str, counts: list[int], width: int, distance: float, seed: int) -> dict:
    """Clusters of rows, one a class and `distance` apart, around a mean that is not zero; every fifth row is held out."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((len(counts), width)) * distance
    labels = random.permutation(np.repeat(np.arange(len(counts)), counts))
    spread = np.arange(1, width + 1) ** -0.5  # features of different variance
    features = np.round((centres[labels] + random.standard_normal((len(labels), width)) * spread + 2) * UNIT)
    held_out = np.arange(len(labels)) % 5 == 4
    x, y = features[~held_out] / UNIT, labels[~held_out]
    return {
        "name": name, "classes": len(counts), "width": width, "unit": 1 / UNIT,
        "train": {"features": features[~held_out].astype(int).flatten().tolist(), "labels": y.tolist()},
        "heldOut": {"features": features[held_out].astype(int).flatten().tolist(), "labels": labels[held_out].tolist()},
        "fits": [fit(x, y, features[held_out] / UNIT, C) for C in (1, 10, 100)],
    }  # fmt: skip


def fit(x: np.ndarray, y: np.ndarray, held_out: np.ndarray, C: float) -> dict:
    # of two classes scikit-learn fits the difference of their rows: half of it at twice the C is the softmax over two rows
    two = y.max() == 1
    model = LogisticRegression(C=2 * C if two else C, tol=1e-10, max_iter=100_000).fit(x, y)
    rows, bias = model.coef_, model.intercept_
    if two:
        rows, bias = np.concatenate([-rows, rows]) / 2, np.concatenate([-bias, bias]) / 2
    scores = x @ rows.T + bias
    losses = np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(y)), y]
    return {
        "C": C, "labelRows": rows.flatten().tolist(), "bias": bias.tolist(),
        "objective": losses.sum() + (rows**2).sum() / (2 * C), "predictions": model.predict(held_out).tolist(),
    }  # fmt: skip


cases = [
    record("three classes that overlap", [30, 30, 30], 5, 0.5, 1),
    record("two classes", [30, 30], 4, 0.5, 2),
    record("imbalanced classes", [100, 20, 10, 5, 3], 6, 0.6, 3),
    record("separable classes", [15, 15, 15, 15], 8, 3.0, 4),
]
Path(__file__).with_name("logistic.json").write_text(json.dumps(cases) + "\n")
