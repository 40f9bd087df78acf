"""Writes metrics.json: what scikit-learn and SciPy make of small predictions, for trainer/evaluate.

    python make_metrics.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.special import expit, softmax
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support

UNIT = 8  # scores are whole numbers of 1/8, so that every machine has the same
BINS = 15


def record(name: str, scores: np.ndarray, labels: np.ndarray) -> dict:
    probabilities = softmax(scores / UNIT, axis=1)
    answers = np.argmax(scores, axis=1)  # the first of equals
    classes = np.arange(scores.shape[1])
    macro_precision, macro_recall, macro_f1, _ = precision_recall_fscore_support(labels, answers, average="macro", zero_division=0)
    each = precision_recall_fscore_support(labels, answers, labels=classes, zero_division=np.nan)
    return {
        "name": name, "unit": 1 / UNIT, "scores": scores.tolist(), "labels": labels.tolist(),
        "metrics": {
            "accuracy": accuracy_score(labels, answers),
            "calibrationError": calibration_error(probabilities.max(axis=1), answers == labels),
            "loss": log_loss(labels, probabilities, labels=classes),
            "macroF1": macro_f1, "macroPrecision": macro_precision, "macroRecall": macro_recall,
            "majority": np.bincount(labels).max() / len(labels),
            "microF1": f1_score(labels, answers, average="micro"),
        },
        "byLabel": [
            {"precision": figure(p), "recall": figure(r), "f1": figure(f), "support": int(s)} for p, r, f, s in zip(*each, strict=True)
        ],
        "confusion": confusion_matrix(labels, answers, labels=classes).tolist(),
    }  # fmt: skip


def record_sets(name: str, scores: np.ndarray, there: np.ndarray) -> dict:
    """Of texts that may have several labels: `there` [N, C] is 1 where a text has a label. A label is given where it is likelier than not."""
    probabilities = expit(scores / UNIT)
    given = (probabilities >= 0.5).astype(int)
    mentioned = np.flatnonzero(there.any(axis=0) | given.any(axis=0))
    macro_precision, macro_recall, macro_f1, _ = precision_recall_fscore_support(there, given, labels=mentioned, average="macro", zero_division=0)
    each = precision_recall_fscore_support(there, given, zero_division=np.nan)
    _, sets = np.unique(there, axis=0, return_counts=True)
    return {
        "name": name, "unit": 1 / UNIT, "scores": scores.tolist(), "there": [np.flatnonzero(row).tolist() for row in there],
        "metrics": {
            "accuracy": accuracy_score(there, given),
            "calibrationError": calibration_error(probabilities.ravel(), there.ravel() == 1),
            "loss": np.mean([log_loss(there[:, c], probabilities[:, c], labels=[0, 1]) for c in range(there.shape[1])]),
            "macroF1": macro_f1, "macroPrecision": macro_precision, "macroRecall": macro_recall,
            "majority": float(sets.max() / len(there)),
            "microF1": f1_score(there, given, average="micro"),
        },
        "byLabel": [
            {"precision": figure(p), "recall": figure(r), "f1": figure(f), "support": int(s)} for p, r, f, s in zip(*each, strict=True)
        ],
    }  # fmt: skip


def drawn_sets(rows: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    there = (random.random((rows, classes)) < np.linspace(0.1, 0.6, classes)).astype(int)
    scores = random.standard_normal((rows, classes)) + 1.5 * (2 * there - 1)
    return np.round(scores * UNIT).astype(int), there


def figure(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Guo et al. 2017, eq. 5: the curve is scikit-learn's, which leaves empty bins out and does not say how many are in the others."""
    share_right, mean_confidence = calibration_curve(right, confidence, n_bins=BINS, strategy="uniform")
    counts = np.bincount(np.searchsorted(np.arange(1, BINS) / BINS, confidence), minlength=BINS)
    return float((counts[counts > 0] * abs(share_right - mean_confidence)).sum() / len(right))


def drawn(rows: int, classes: int, seed: int, sharpness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that say something of the labels, and labels of different frequency."""
    random = np.random.default_rng(seed)
    labels = random.choice(classes, rows, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    scores = random.standard_normal((rows, classes)) * sharpness
    scores[np.arange(rows), labels] += sharpness
    return np.round(scores * UNIT).astype(int), labels


def changed(scores: np.ndarray, labels: np.ndarray, *, never_occurs=None, never_answered=None, equal=False):
    if never_occurs is not None:
        labels = np.where(labels == never_occurs, 0, labels)
    if never_answered is not None:
        scores[:, never_answered] = scores.min() - 1
    if equal:
        scores = scores // UNIT  # few values, so many rows have two largest
    return scores, labels


cases = [
    record("three labels", *drawn(60, 3, 1)),
    record("two labels, sure of itself", *drawn(50, 2, 2, 4.0)),
    record("a label that is answered and never occurs", *changed(*drawn(60, 4, 3), never_occurs=2)),
    record("a label that occurs and is never answered", *changed(*drawn(60, 4, 4), never_answered=3)),
    record("a label that neither occurs nor is answered", *changed(*drawn(60, 4, 5), never_occurs=1, never_answered=1)),
    record("ties", *changed(*drawn(80, 5, 6), equal=True)),
    record("probabilities on the borders of bins", np.zeros((12, 3), int), np.arange(12) % 3),
    record("one row, right", np.array([[8, 0]]), np.array([0])),
    record("one row, wrong", np.array([[8, 0]]), np.array([1])),
    record("twelve labels", *drawn(120, 12, 7, 1.5)),
]
scores, there = drawn_sets(60, 4, 9)
rare = there.copy()
rare[:, 0] = 0
never = scores.copy()
never[:, 0] = -UNIT
several = [
    record_sets("four labels", scores, there),
    record_sets("a label that never occurs", scores, rare),
    record_sets("a label that is never given", never, there),
    record_sets("a label that neither occurs nor is given", never, rare),
    record_sets("nine labels", *drawn_sets(100, 9, 10)),
]
pairs = [(0, 0), (1, 0), (0, 5), (6, 6), (3, 12), (12, 3), (8, 20), (100, 60), (700, 600), (0, 900), (5000, 5200)]
mcnemar = [{"onlyA": a, "onlyB": b, "p": float(binomtest(a, a + b).pvalue) if a + b > 0 else 1.0} for a, b in pairs]
Path(__file__).with_name("metrics.json").write_text(json.dumps({"cases": cases, "several": several, "mcnemar": mcnemar}) + "\n")
