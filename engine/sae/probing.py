"""How well a few numbers of a representation tell known categories apart (sparse probing).

For each category the k dimensions are taken whose means differ most between its rows and the others, in
standard deviations, and a logistic regression is fitted on these alone (Gurnee et al. 2023,
arXiv:2305.01610). A dictionary whose features are the categories needs one each; in raw embeddings the same
knowledge is spread over all dimensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from engine.jobs import Job

Matrix: TypeAlias = Any
"""(N, F) numbers: a numpy array or a `scipy.sparse.csc_array`."""

TRAIN_ROWS, TEST_ROWS = 20, 5
"""Rows that a category must have to train and to test on."""


@dataclass(frozen=True)
class ProbeScore:
    """How well categories are told apart.

    Attributes:
        k: dimensions that each category's classifier sees; None for all.
        categories: how many categories have rows enough to train and test on.
        f1: macro-F1 of assigning each row to the category whose classifier is surest.
        auc: mean over categories of the area under the ROC curve of the category against the others.
    """

    k: int | None
    categories: int
    f1: float
    auc: float


def usable_rows(
    train_labels: Sequence[str | None], test_labels: Sequence[str | None]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows to train and to test on whose category has enough of both."""
    train, test = (np.array([label or "" for label in labels]) for labels in (train_labels, test_labels))
    kept = [
        name
        for name in np.unique(train)
        if name and (train == name).sum() >= TRAIN_ROWS and (test == name).sum() >= TEST_ROWS
    ]
    return np.flatnonzero(np.isin(train, kept)), np.flatnonzero(np.isin(test, kept))


def probe(
    train: Matrix,
    train_labels: npt.NDArray[np.str_],
    test: Matrix,
    test_labels: npt.NDArray[np.str_],
    k: int | None,
    job: Job | None = None,
) -> ProbeScore:
    """Fit one classifier a category on training rows and measure all of them on test rows.

    Each is a logistic regression with an L2 penalty of 1 on dimensions of unit deviation, the rows of the
    category weighing as much as all others together.

    Args:
        train: (M, F), dense or in sparse columns.
        train_labels: (M,) categories, at least two.
        test: (T, F), like `train`.
        test_labels: (T,), the same categories.
        k: dimensions for each classifier, chosen on the training rows; None for all.
        job: progress, and its cancel token.
    """
    job = job or Job()
    names = np.unique(train_labels)
    mean, deviation = _moments(train)
    dimensions = np.flatnonzero(deviation > 0)
    scores = np.empty((len(test_labels), len(names)))
    for number, name in enumerate(names):
        job.step("probing categories", number / len(names))
        inside = train_labels == name
        chosen = dimensions
        if k is not None:
            difference = np.abs(_column_means(train, inside) - _column_means(train, ~inside))
            order = np.argsort(-difference[dimensions] / deviation[dimensions], kind="stable")
            chosen = dimensions[order[:k]]
        model = LogisticRegression(class_weight="balanced", tol=1e-3, max_iter=300)
        # Sparse columns are only scaled: shifting them would make them dense.
        model.fit(_scaled(train, chosen, mean, deviation), inside)
        scores[:, number] = model.decision_function(_scaled(test, chosen, mean, deviation))
    auc = [roc_auc_score(test_labels == name, scores[:, number]) for number, name in enumerate(names)]
    f1 = f1_score(test_labels, names[scores.argmax(axis=1)], average="macro", zero_division=0.0)
    return ProbeScore(k, len(names), float(f1), float(np.mean(auc)))


def _column_means(values: Matrix, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the mean of each column over some rows."""
    means: npt.NDArray[np.float64] = (rows.astype(np.float64) / rows.sum()) @ values
    return means


def _moments(values: Matrix) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    everywhere = np.ones(values.shape[0], dtype=np.bool_)
    mean = _column_means(values, everywhere)
    squares = _column_means(
        values.power(2) if issparse(values) else np.square(values, dtype=float), everywhere
    )
    return mean, np.sqrt(np.maximum(squares - mean**2, 0.0) * (squares > mean**2 * (1 + 1e-9)))


def _scaled(
    values: Matrix,
    columns: npt.NDArray[np.int64],
    mean: npt.NDArray[np.float64],
    deviation: npt.NDArray[np.float64],
) -> Any:
    some = values[:, columns]
    if issparse(some) and len(columns) > 100:
        return (some.astype(np.float64) / deviation[columns][None, :]).tocsr()
    dense = np.asarray(some.todense() if issparse(some) else some, dtype=np.float64)
    return (dense - mean[columns]) / deviation[columns]
