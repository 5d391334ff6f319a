"""Is everything a number? NaN and infinity spread to whatever they touch (chapter 19)."""

import numpy as np

from captioning.diagnose.finding import at_most


def finite(case):
    """Count what is not finite: features, parameters, a loss and its gradients, the log.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Finding
    """
    places = {f"{case.split} features": case.data[f"{case.split}_features"],
              "training features": case.data["train_features"], **case.captioner.model.params}
    places["log"] = np.array([entry[key] for entry in case.log
                              for key in ("loss", "gradient_norm") if key in entry])
    if not any(map(spoilt, places.values())):
        loss, grads = case.captioner.model.loss(*case.batch("train", 50))
        places |= {"loss": np.array(loss)} | {f"gradient of {k}": g for k, g in grads.items()}
    wrong = {name: spoilt(values) for name, values in places.items() if spoilt(values)}
    means = (f"not finite: {', '.join(wrong)}" if wrong else
             "features, parameters, loss and gradients are finite")
    return at_most("finite", sum(wrong.values()), 0, means, "wrong-nan")


def spoilt(values):
    """How many entries are not finite."""
    return int((~np.isfinite(values)).sum())
