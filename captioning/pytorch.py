"""Weights to and from PyTorch (the page "Coming from PyTorch").

A captioner there holds the numbers that one here holds, in another layout: matrices transposed,
two biases where one would do, and an LSTM's gates in the order i, f, g, o. Both functions take and
return dicts of NumPy arrays, so that neither needs PyTorch. Its side is a state dict of four
modules named ``project``, ``embed``, ``recur`` and ``score``.
"""

import numpy as np

NAMES = {"W_proj": "project.weight", "b_proj": "project.bias", "W_embed": "embed.weight",
         "Wx": "recur.weight_ih_l0", "Wh": "recur.weight_hh_l0", "b": "recur.bias_ih_l0",
         "W_vocab": "score.weight", "b_vocab": "score.bias"}
SECOND_BIAS = "recur.bias_hh_l0"
GATED, TRANSPOSED = ("Wx", "Wh", "b"), ("W_proj", "Wx", "Wh", "W_vocab")


def from_pytorch(state):
    """Turn a captioner's state dict into the parameters of a `CaptioningRNN`.

    Parameters
    ----------
    state : dict of str to ndarray
        ``{name: value.numpy() for name, value in module.state_dict().items()}`` of a module with
        ``project = nn.Linear(F, H)``, ``embed = nn.Embedding(V, E)``, ``recur = nn.RNN(E, H)`` or
        ``nn.LSTM(E, H)``, and ``score = nn.Linear(H, V)``.

    Returns
    -------
    params : dict of str to ndarray
        The keys and shapes of `CaptioningRNN.params`; arrays of their own.

    Raises
    ------
    ValueError
        An array is missing, there is one too many, or the recurrence is neither of the two.
    """
    check_names(state)
    params = {}
    for ours, theirs in NAMES.items():
        value = state[theirs] + (state[SECOND_BIAS] if ours == "b" else 0)
        if ours in GATED:
            value = swap_gates(value, H=len(state["project.bias"]))
        params[ours] = np.ascontiguousarray(value.T if ours in TRANSPOSED else value)
    return params


def to_pytorch(params):
    """Turn the parameters of a `CaptioningRNN` into a state dict for PyTorch.

    Parameters
    ----------
    params : dict of str to ndarray

    Returns
    -------
    state : dict of str to ndarray
        For ``module.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})``; the
        second bias of the recurrence is zero.
    """
    state = {SECOND_BIAS: np.zeros_like(params["b"])}
    for ours, theirs in NAMES.items():
        value = params[ours].T if ours in TRANSPOSED else params[ours]
        if ours in GATED:
            value = swap_gates(value, H=len(params["b_proj"]))
        state[theirs] = np.array(value, order="C")
    return state


def swap_gates(rows, H):
    """Reorder the row blocks of an LSTM from i, f, g, o to i, f, o, g, or back; an RNN has one.

    Parameters
    ----------
    rows : ndarray, (H, ...) or (4H, ...)
    H : int

    Returns
    -------
    ndarray, the shape of rows

    Raises
    ------
    ValueError
        rows has another number of rows.
    """
    if len(rows) == H:
        return rows
    if len(rows) != 4 * H:
        raise ValueError(f"the recurrence has {len(rows)} rows and H = {H}; wanted H "
                         "(an RNN) or 4H (an LSTM)")
    first, last = rows[:2 * H], rows[2 * H:]
    return np.concatenate([first, last[H:], last[:H]])


def check_names(state):
    """Raise ValueError unless a state dict has exactly the names that are known here."""
    known = {*NAMES.values(), SECOND_BIAS}
    for what, names in {"lacks": known - set(state), "has": set(state) - known}.items():
        if names:
            raise ValueError(f"state {what} {', '.join(sorted(names))}; wanted the arrays of one "
                             f"layer with biases, {', '.join(sorted(known))}")
