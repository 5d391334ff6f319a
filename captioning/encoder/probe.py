"""A linear probe: what a vector knows of a question, asked by ridge regression (chapter 3)."""

import numpy as np

from captioning.captioner import FeatureScale


def probe(features, targets, fit):
    """Fit targets by ridge regression on the first ``fit`` rows; return the scores of all rows.

    Parameters
    ----------
    features : ndarray (N, F)
    targets : ndarray (N, M)
    fit : int

    Returns
    -------
    ndarray (N, M)
    """
    x = FeatureScale.of(features[:fit]).apply(features)
    mean = targets[:fit].mean(axis=0)
    penalty = features.shape[1] / 10 * np.eye(features.shape[1])
    weights = np.linalg.solve(x[:fit].T @ x[:fit] + penalty, x[:fit].T @ (targets[:fit] - mean))
    return x @ weights + mean
