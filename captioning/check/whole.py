"""The usual mistakes in putting the network together (chapter 8)."""

import numpy as np

from captioning.check import through_time
from captioning.check.embedding import gathered
from captioning.check.loss import log_sum
from captioning.check.program import Exercise, mistake

SIZES = (dict(N=3, T=4, F=5, E=2, H=6, V=8), dict(N=2, T=5, F=3, E=4, H=2, V=6),
         dict(N=1, T=3, F=2, E=3, H=4, V=5), dict(N=2, T=1, F=4, E=3, H=3, V=5),
         dict(N=5, T=5, F=5, E=5, H=5, V=5))
NAMES = ("W_proj", "b_proj", "W_embed", "Wx", "Wh", "b", "W_vocab", "b_vocab")


def draw(rng, N, T, F, E, H, V):
    """A network, pictures, and captions of several lengths: <START> 1, <END> 2, <NULL> 0."""
    shapes = dict(W_proj=(F, H), b_proj=(H,), W_embed=(V, E), Wx=(E, H), Wh=(H, H), b=(H,),
                  W_vocab=(H, V), b_vocab=(V,))
    params = {name: 0.7 * rng.standard_normal(shape) for name, shape in shapes.items()}
    captions = np.concatenate([np.ones((N, 1), int), rng.integers(3, V, (N, T))], axis=1)
    for n in range(N):
        end = max(1, T - (n + (N == 1)) % T)  # the last place, the one before it, ...
        captions[n, end], captions[n, end + 1:] = 2, 0
    return dict(params=params, features=rng.standard_normal((N, F)), captions=captions)


def parameter(name):
    """The line of one parameter."""
    return lambda params: params[name]


def judged(scores, asked, mask):
    """The loss and the gradient of the scores."""
    log_probs, onehot = scores - log_sum(scores), np.eye(scores.shape[-1])[asked]
    weight = mask[..., None] / len(mask)
    return -(log_probs * onehot * weight).sum(), (np.exp(log_probs) - onehot) * weight


LINES = {name: parameter(name) for name in NAMES} | dict(
    _read_asked=lambda captions: (captions[:, :-1], captions[:, 1:]),
    read=lambda _read_asked: _read_asked[0],
    asked=lambda _read_asked: _read_asked[1],
    mask=lambda asked: asked != 0,
    h0=lambda features, W_proj, b_proj: features @ W_proj + b_proj,
    x=lambda W_embed, read: W_embed[read],
    terms=lambda x, Wx, b: through_time.read(x, Wx, b),
    h=lambda terms, h0, Wh: through_time.states(terms, h0, Wh),
    scores=lambda h, W_vocab, b_vocab: h @ W_vocab + b_vocab,
    _judged=lambda scores, asked, mask: judged(scores, asked, mask),
    loss=lambda _judged: _judged[0],
    dscores=lambda _judged: _judged[1],
    dh=lambda dscores, W_vocab: dscores @ W_vocab.T,
    dW_vocab=lambda h, dscores: np.einsum("nth,ntv->hv", h, dscores),
    db_vocab=lambda dscores: dscores.sum(axis=(0, 1)),
    prev=lambda h, h0: through_time.shifted(h, h0),
    slope=lambda h: 1 - h**2,
    _walk=lambda dh, slope, Wh: through_time.back(dh, slope, Wh),
    da=lambda _walk: _walk[0],
    dh0=lambda _walk: _walk[1],
    dx=lambda da, Wx: da @ Wx.T,
    dWx=lambda x, da: np.einsum("nte,nth->eh", x, da),
    dWh=lambda prev, da: np.einsum("ntk,nth->kh", prev, da),
    db=lambda da: da.sum(axis=(0, 1)),
    dW_embed=lambda dx, read, V: gathered(read, dx, V),
    dW_proj=lambda features, dh0: features.T @ dh0,
    db_proj=lambda dh0: dh0.sum(axis=0),
)


def per_word(value, mask):
    """The mean over words instead of that over captions."""
    return tuple(part * len(mask) / mask.sum() for part in value)


SHIFT = ("The network reads a word and is asked for the one after it: which column of `captions` "
         "is never read, and which is never asked for?")
PROJ = "The picture's features are projected to `h0`; the gradient of `h0` is what goes back there."
WORDS = "Every word that is read has a row of `W_embed`, and its gradient is `dx` of that step."


captioning_loss = Exercise(
    "captioning_loss", ("params", "features", "captions"), ("loss", "grads"), draw, LINES, (
        mistake("The words asked for are the words just read: the captions are not shifted.", SHIFT,
                _read_asked=(lambda captions: (captions[:, :-1], captions[:, :-1]),
                             lambda captions: (captions[:, 1:], captions[:, 1:]),
                             lambda captions: (captions, captions))),
        mistake("The network is asked for the word before the one that it reads.", SHIFT,
                _read_asked=lambda captions: (captions[:, 1:], captions[:, :-1])),
        mistake("The mask is made from the words that are read.",
                "What counts is whether something is to be said: `<NULL>` is never asked for.",
                mask=lambda read: read != 0),
        mistake("There is no mask: `<NULL>` is asked for too.",
                "What counts is whether something is to be said: `<NULL>` is never asked for.",
                mask=lambda asked: np.ones(asked.shape, bool)),
        mistake("The mask leaves out `<END>` too.",
                "That the sentence ends has to be learnt.",
                mask=lambda asked: (asked != 0) & (asked != 2)),
        mistake("The mask is used the wrong way round.",
                "It is true where a word is to be said.",
                mask=lambda asked: asked == 0),
        mistake("`b_proj` is forgotten.", PROJ, h0=lambda features, W_proj: features @ W_proj),
        mistake("The picture is not looked at: `h0` is 0.", PROJ,
                h0=lambda value: np.zeros_like(value)),
        mistake("A tanh is applied to `h0`.", "The projection is affine, and no more.",
                h0=lambda value: np.tanh(value)),
        mistake("The bias of the step, `b`, is forgotten.", "Each step adds three terms.",
                terms=lambda x, Wx: through_time.read(x, Wx, 0)),
        mistake("`b_vocab` is forgotten.", "The scores are affine: a product and a bias.",
                scores=lambda h, W_vocab: h @ W_vocab),
        mistake("The words are scored from the states before the steps.",
                "The state that has read a word says the next one.",
                scores=lambda h, h0, W_vocab, b_vocab: np.concatenate(
                    [h0[:, None], h[:, :-1]], axis=1) @ W_vocab + b_vocab),
        mistake("A softmax is applied to the scores before the loss.",
                "The loss takes scores and makes probabilities of them itself.",
                _judged=lambda scores, asked, mask: judged(
                    np.exp(scores - log_sum(scores)), asked, mask)),
        mistake("The loss is averaged over the words.",
                "It is summed over time and averaged over the captions.",
                _judged=lambda value, mask: per_word(value, mask)),
        mistake("The gradient is not that of the mean over the batch: a factor N in everything.",
                "The loss has divided by N already, and once is enough.",
                dscores=(lambda value, N: value * N, lambda value, N: value / N)),
        mistake("Nothing is carried back through time.",
                "Each state has two readers, its word and the next step: `rnn_backward` adds them.",
                _walk=lambda dh, slope, Wh: (dh * slope, (dh * slope)[:, 0] @ Wh.T)),
        mistake("`dh0` does not reach the projection: its gradients are 0.", PROJ,
                dh0=lambda value: np.zeros_like(value)),
        mistake("The projection gets the gradient of the first state instead of `dh0`.", PROJ,
                dh0=lambda dh: dh[:, 0]),
        mistake("The gradient of `W_embed` is lost: it is 0.", WORDS,
                dW_embed=lambda value: np.zeros_like(value)),
        mistake("Of a word that is read more than once only one use counts in `W_embed`.",
                "`dW[x] += ...` writes a row named twice from the same old value.",
                dW_embed=lambda value, dx, read: np.stack([
                    dx[read == word][-1] if (read == word).any() else 0 * value[word]
                    for word in range(len(value))])),
        mistake("The gradient of `W_embed` goes to the words asked for.", WORDS,
                dW_embed=lambda dx, asked, V: gathered(asked, dx, V)),
        mistake("The gradient of the states, not of the words, goes to `W_embed`.", WORDS,
                dW_embed=lambda dh, read, V, E: gathered(read, dh[:, :, :E], V)),
        mistake("The sum over the batch or over time is missing in {lines}.",
                "A gradient has the shape of its variable; what was used often adds up.",
                db_vocab=(lambda dscores: dscores.sum(axis=0), lambda dscores: dscores.sum(axis=1),
                          lambda dscores: dscores),
                db_proj=lambda dh0: dh0),
        mistake("Only the last time step counts in {lines}.",
                "Every step used the same parameters, so all its shares add up.",
                dW_vocab=lambda h, dscores: h[:, -1].T @ dscores[:, -1],
                db_vocab=lambda dscores: dscores[:, -1].sum(axis=0)),
        mistake("A parameter is returned as its own gradient: {lines}.",
                "Look at what goes into the dict under that name.",
                **{f"d{name}": parameter(name) for name in NAMES}),
    ), SIZES, keys=dict(grads={name: f"d{name}" for name in NAMES}))
