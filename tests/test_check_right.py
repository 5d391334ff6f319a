"""Right functions that are written in other sensible ways than the book's: all of them pass."""

import copy

import numpy as np
import pytest

from captioning import check, rnn_backward, rnn_step_backward


def states_in_a_list(x, h0, Wx, Wh, b):
    hs, h = [], h0
    for xt in np.swapaxes(x, 0, 1):
        h = np.tanh(np.dot(xt, Wx) + np.dot(h, Wh) + b)
        hs.append(h)
    H = np.stack(hs, axis=1)
    return H, {"x": x, "h": H, "h0": h0, "Wx": Wx, "Wh": Wh}


def sums_with_einsum(dh, cache):
    x, h, h0, Wx, Wh = (cache[k] for k in ("x", "h", "h0", "Wx", "Wh"))
    T = h.shape[1]
    da = np.zeros_like(dh)
    carry = 0
    for t in range(T - 1, -1, -1):
        da[:, t] = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
        carry = da[:, t] @ Wh.T
    prev = np.concatenate([h0[:, None], h[:, :-1]], 1)
    return (
        da @ Wx.T,
        carry,
        np.einsum("ntd,nth->dh", x, da),
        np.einsum("ntk,nth->kh", prev, da),
        da.sum((0, 1)),
    )


def last_step_first(dh, cache):
    N, T, H = dh.shape
    dx, dprev_h, dWx, dWh, db = rnn_step_backward(dh[:, -1], cache[-1])
    dxs = np.zeros((N, T, dx.shape[1]))
    dxs[:, -1] = dx
    for t in range(T - 2, -1, -1):
        dxs[:, t], dprev_h, a, b, c = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        dWx = dWx + a
        dWh = dWh + b
        db = db + c
    return dxs, dprev_h, dWx, dWh, db


def looked_up_one_by_one(x, W):
    N, T = x.shape
    out = np.zeros((N, T, W.shape[1]))
    for n in range(N):
        for t in range(T):
            out[n, t] = W[x[n, t]]
    return out, (x, W.shape)


def taken(x, W):
    return np.take(W, x, axis=0), [x, len(W)]


def one_hots(dout, cache):
    x, W = cache
    return np.eye(len(W))[x.ravel()].T @ dout.reshape(-1, W.shape[1])


def added_one_by_one(dout, cache):
    x, V = cache
    dW = np.zeros((V, dout.shape[-1]))
    for n, t in np.ndindex(x.shape):
        dW[x[n, t]] += dout[n, t]
    return dW


def flattened(x, w, b):
    return np.einsum("nd,dm->nm", x.reshape(x.shape[0], np.prod(x.shape[1:])), w) + b[None], (
        x,
        w,
        b,
    )


def outer_products(dout, cache):
    x, w, b = cache
    X = x.reshape(len(x), -1)
    dw = 0
    for n in range(len(x)):
        dw = dw + np.outer(X[n], dout[n])
    return np.dot(dout, w.T).reshape(*x.shape), dw, np.ones(len(x)) @ dout


def a_step_at_a_time(x, w, b):
    return np.stack([x[:, t] @ w + b for t in range(x.shape[1])], axis=1), (x, w)


def tensordot(dout, cache):
    x, w = cache
    return (
        np.einsum("ntm,dm->ntd", dout, w),
        np.tensordot(x, dout, ((0, 1), (0, 1))),
        np.sum(np.sum(dout, 0), 0),
    )


def shifted(x):
    m = np.max(x, axis=-1)[..., None]
    return x - m - np.log(np.sum(np.exp(x - m), axis=-1))[..., None]


def logaddexp(x):
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


def as_one_batch(x, y, mask):
    N, T, V = x.shape
    xf = x.reshape(N * T, V)
    yf = y.reshape(N * T)
    mf = mask.reshape(N * T)
    s = xf - xf.max(1, keepdims=True)
    lse = np.log(np.exp(s).sum(1))
    loss = -np.sum(mf * (s[np.arange(N * T), yf] - lse)) / N
    dx = np.exp(s - lse[:, None])
    dx[np.arange(N * T), yf] -= 1
    dx /= N
    dx *= mf[:, None]
    return loss, dx.reshape(N, T, V)


def word_by_word(x, y, mask):
    loss, dx = 0.0, np.zeros_like(x)
    for n in range(len(x)):
        for t in range(x.shape[1]):
            lp = shifted(x[n, t])
            loss -= mask[n, t] * lp[y[n, t]]
            dx[n, t] = np.exp(lp)
            dx[n, t, y[n, t]] -= 1
            dx[n, t] *= mask[n, t]
    return loss / len(x), dx / len(x)


def stable_sigmoid(a):
    z = np.exp(-np.abs(a))
    return np.where(a >= 0, 1 / (1 + z), z / (1 + z))


def gates_on_an_axis(x, ph, pc, Wx, Wh, b):
    H = ph.shape[1]
    a = np.hstack([x, ph]) @ np.vstack([Wx, Wh]) + b
    A = a.reshape(len(x), 4, H)
    i, f, o, g = (
        stable_sigmoid(A[:, 0]),
        stable_sigmoid(A[:, 1]),
        stable_sigmoid(A[:, 2]),
        np.tanh(A[:, 3]),
    )
    c = f * pc + i * g
    return o * np.tanh(c), c, dict(x=x, ph=ph, pc=pc, Wx=Wx, Wh=Wh, i=i, f=f, o=o, g=g, c=c)


def gates_filled_in(dh, dc, cache):
    i, f, o, g, c, pc = (cache[k] for k in "i f o g c pc".split())
    t = np.tanh(c)
    dct = dc + o * (1 - t * t) * dh
    da = np.zeros((len(dh), 4, dh.shape[1]))
    da[:, 0] = i * (1 - i) * g * dct
    da[:, 1] = f * (1 - f) * pc * dct
    da[:, 2] = o * (1 - o) * t * dh
    da[:, 3] = (1 - g * g) * i * dct
    da = da.reshape(len(dh), -1)
    return (
        da @ cache["Wx"].T,
        da @ cache["Wh"].T,
        dct * f,
        cache["x"].T @ da,
        cache["ph"].T @ da,
        da.sum(axis=0),
    )


def lstm_states(x, h0, Wx, Wh, b):
    h, c, hs, cs = h0, np.zeros(h0.shape), [], []
    for t in range(x.shape[1]):
        h, c, k = gates_on_an_axis(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        cs.append(k)
    return np.array(hs).transpose(1, 0, 2), cs


def lstm_steps_back(dh, cache):
    dprev, dc, dxs = 0, 0, []
    dWx = dWh = db = 0
    for t in range(len(cache) - 1, -1, -1):
        dx, dprev, dc, a, b, c = gates_filled_in(dh[:, t] + dprev, dc, cache[t])
        dxs.insert(0, dx)
        dWx = dWx + a
        dWh = dWh + b
        db = db + c
    return np.stack(dxs, 1), dprev, dWx, dWh, db


def down(w, dw, config):
    return w - config["learning_rate"] * dw, config


def velocity_without_a_rate(w, dw, config):
    v = config["momentum"] * config.get("v", 0) + dw
    return w - config["learning_rate"] * v, dict(config, v=v)


def root_by_power(w, dw, config):
    c = dict(config)
    c["cache"] = c["decay_rate"] * c.get("cache", 0.0) + (1 - c["decay_rate"]) * dw**2
    return w - c["learning_rate"] * dw / (c["cache"] ** 0.5 + c["epsilon"]), c


def means_by_difference(w, dw, config):
    c = {"m": 0, "v": 0, "t": 0} | config
    c["t"] += 1
    c["m"] = c["m"] + (1 - c["beta1"]) * (dw - c["m"])
    c["v"] = c["v"] + (1 - c["beta2"]) * (dw * dw - c["v"])
    return w - c["learning_rate"] * c["m"] / (1 - c["beta1"] ** c["t"]) / (
        np.sqrt(c["v"] / (1 - c["beta2"] ** c["t"])) + c["epsilon"]
    ), c


def joined(grads, most):
    n = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    f = min(1.0, most / n) if n else 1.0
    return {k: f * g for k, g in grads.items()}, n


def filled_in(words, w2i, length):
    row = np.zeros(length, dtype=np.int32)
    row[0] = w2i["<START>"]
    kept = words[: length - 2]
    for k, w in enumerate(kept, 1):
        row[k] = w2i[w] if w in w2i else w2i["<UNK>"]
    row[len(kept) + 1] = w2i["<END>"]
    return row


def counted_by_hand(sentences, min_count=1):
    c = {}
    for s in sentences:
        for w in s:
            c[w] = c.get(w, 0) + 1
    special = ("<NULL>", "<START>", "<END>", "<UNK>")
    return tuple(special) + tuple(
        w
        for w, n in sorted(c.items(), key=lambda p: (-p[1], p[0]))
        if n >= min_count and w not in special
    )


def added_up(grid):
    N, h, w, C = grid.shape
    out = np.zeros((N, C))
    for i in range(h):
        for j in range(w):
            out += grid[:, i, j] / (h * w)
    return out


def patch_by_patch(x, w, b, stride=1):
    N, H, W, C = x.shape
    K, _, _, M = w.shape
    p = K // 2
    xp = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
    P, Q = (H + stride - 1) // stride, (W + stride - 1) // stride
    out = np.zeros((N, P, Q, M))
    for i in range(P):
        for j in range(Q):
            out[:, i, j] = (
                np.tensordot(xp[:, i * stride : i * stride + K, j * stride : j * stride + K], w, 3)
                + b
            )
    return out, (x, w, stride)


def patches_back(dout, cache):
    x, w, s = cache
    N, H, W, C = x.shape
    K = len(w)
    p = K // 2
    _, P, Q, M = dout.shape
    xp = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(P):
        for j in range(Q):
            a = slice(i * s, i * s + K), slice(j * s, j * s + K)
            dw += np.tensordot(xp[:, a[0], a[1]], dout[:, i, j], ((0,), (0,)))
            dxp[:, a[0], a[1]] += np.tensordot(dout[:, i, j], w, ((1,), (3,)))
    return dxp[:, p : p + H, p : p + W], dw, dout.reshape(-1, M).sum(0)


def masked(x):
    return x * (x > 0), x


def chosen(dout, cache):
    return np.where(cache > 0, dout, 0)


def sentence_by_sentence(model, features, max_length):
    out = np.zeros((len(features), max_length), dtype=int)
    for n in range(len(features)):
        state = model.start(features[n : n + 1])
        word = model.word_to_idx["<START>"]
        for t in range(max_length):
            lp, state = model.step(np.array([word]), state)
            word = 2 + int(lp[0, 2:].argmax())
            out[n, t] = word
            if word == model.word_to_idx["<END>"]:
                break
    return out


def renormalised(lp, T):
    return lp / T - np.logaddexp.reduce(lp / T, axis=-1)[..., None]


def all_rows_at_once(log_probs, p):
    """A logarithm of 1 may come out a hair below 0."""
    order = np.argsort(-log_probs, axis=1, kind="stable")
    probs = np.exp(np.take_along_axis(log_probs, order, axis=1))
    before = np.zeros_like(probs)
    before[:, 1:] = probs.cumsum(axis=1)[:, :-1]
    keep = np.zeros(log_probs.shape, dtype=bool)
    np.put_along_axis(keep, order, before < p, axis=1)
    kept = np.where(keep, log_probs, -np.inf)
    return kept - np.log(np.exp(kept).sum(axis=1, keepdims=True))


def row_by_row(log_probs, p):
    out = []
    for row in log_probs:
        likeliest = np.argsort(row)[::-1]
        enough = np.flatnonzero(np.exp(row[likeliest]).cumsum() >= p)[0] + 1
        q = np.zeros(len(row))
        q[likeliest[:enough]] = np.exp(row[likeliest[:enough]])
        with np.errstate(divide="ignore"):
            out.append(np.log(q) - np.log(q.sum()))
    return np.array(out)


def from_a_list(totals, log_probs):
    K = totals.shape[1]
    rows, words, sums = [], [], []
    for n, row in enumerate(totals):
        every = [(-(total + log_p), k, word) for k, total in enumerate(row)
                 for word, log_p in enumerate(log_probs[n * K + k])]
        for target, part in zip((sums, rows, words), zip(*sorted(every)[:K], strict=True),
                                strict=True):
            target.append(part)
    return np.array(rows), np.array(words), -np.array(sums)


def chunks_from_the_last(dh, cache, k):
    dx, sums = np.zeros((*dh.shape[:2], cache[0][0].shape[1])), 0
    for t in reversed(range(0, len(cache), k)):
        dx[:, t : t + k], dh0, *more = rnn_backward(dh[:, t : t + k], cache[t : t + k])
        sums = more if t + k >= len(cache) else [a + b for a, b in zip(sums, more, strict=True)]
    return dx, dh0, *sums


def by_a_loop(train, features):
    spread = train.std(axis=0)
    known = (train - train.mean(axis=0)) / spread
    rows = []
    for row in (features - train.mean(axis=0)) / spread:
        cosines = [row @ k / np.linalg.norm(row) / np.linalg.norm(k) for k in known]
        rows.append(int(np.argmax(cosines)))
    return np.array(rows)


def weighed_and_subtracted(dy, y):
    g = dy * y
    return g - y * g.sum(-1)[:, None]


def through_mean_and_variance(dy, x):
    K = x.shape[1]
    c = x - x.mean(1, keepdims=True)
    s = np.sqrt((c * c).sum(1, keepdims=True) / K)
    ds = -(dy * c).sum(1, keepdims=True) / s**2
    dc = dy / s + ds * c / (K * s)
    return dc - dc.sum(1, keepdims=True) / K


def where_it_is_two(captions):
    return np.where(captions == 2, np.zeros_like(captions), captions)


def crossed_off(candidate, references, n):
    def runs(sentence):
        words = sentence.split()
        return [" ".join(words[k:k + n]) for k in range(len(words) - n + 1)]

    mine, free = runs(candidate), [runs(reference) for reference in references]
    matches = 0
    for gram in mine:
        matches += any(gram in left for left in free)
        for left in free:
            if gram in left:
                left.remove(gram)
    return matches


def from_the_end(one, other):
    if not one or not other:
        return 0
    if one[-1] == other[-1]:
        return from_the_end(one[:-1], other[:-1]) + 1
    return max(from_the_end(one[:-1], other), from_the_end(one, other[:-1]))


def best_of_three(one, other):
    table = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    for i, word in enumerate(one):
        for k, rival in enumerate(other):
            table[i + 1, k + 1] = max(table[i, k + 1], table[i + 1, k],
                                      table[i, k] + (word == rival))
    return table[-1, -1]


def pieces_in_lists(words, merges):
    spelt, made = [[*word, "_"] for word in words], []
    for _ in range(merges):
        counts = {}
        for s in spelt:
            for a, b in zip(s[:-1], s[1:], strict=True):
                counts[a, b] = counts.get((a, b), 0) + 1
        a, b = sorted(counts, key=counts.get)[-1]
        made.append(a + b)
        for s in spelt:
            k = 0
            while k < len(s) - 1:
                if s[k : k + 2] == [a, b]:
                    s[k : k + 2] = [a + b]
                k += 1
    return made


def read_first_then_free(captioner, vector, words):
    net, known, said = captioner.model, captioner.model.word_to_idx, list(words)
    state = net.start((vector - captioner.scale.mean) / captioner.scale.spread)
    for word in ("<START>", *words):
        lp, state = net.step(np.array([known[word]]), state)
    for _ in range(30):
        lp[:, [known[mark] for mark in ("<NULL>", "<START>", "<UNK>")]] = -np.inf
        best = lp.argmax(1)
        if best[0] == known["<END>"]:
            break
        said.append(captioner.words[best[0]])
        lp, state = net.step(best, state)
    return said


def smoothed_as_two_losses(s, y, epsilon):
    log_probs = s - np.logaddexp.reduce(s)
    ds = np.exp(log_probs) - epsilon / len(s)
    ds[y] -= 1 - epsilon
    return -(1 - epsilon) * log_probs[y] - epsilon * log_probs.mean(), ds


def other_arrays_in_the_dict(loss, params, grads, v, nudge):
    kept = dict(params)
    params.update({name: kept[name] + nudge * v[name] for name in kept})
    above = loss()
    params.update({name: kept[name] - nudge * v[name] for name in kept})
    below = loss()
    params.update(kept)
    return 0.5 * (above - below) / nudge, sum(np.vdot(grads[name], v[name]) for name in v)


def by_equal_scores(model, features, captions):
    """All scores are the same, and not 0; the words are counted in a loop."""
    even = copy.copy(model)
    even.params = model.params | {"W_vocab": 0 * model.params["W_vocab"],
                                  "b_vocab": np.ones(model.params["W_vocab"].shape[1])}
    words = sum(word != 0 for row in captions for word in row) - len(captions)
    return even.loss(features, captions)[0] / np.log(even.params["b_vocab"].sum()) - (
        words / len(captions))


RIGHT = [
    ("asked", by_equal_scores),
    ("lead", read_first_then_free),
    ("smoothed_loss", smoothed_as_two_losses),
    ("directional", other_arrays_in_the_dict),
    ("chunked_backward", chunks_from_the_last),
    ("nearest", by_a_loop),
    ("softmax_backward", weighed_and_subtracted),
    ("normalise_backward", through_mean_and_variance),
    ("without_end", where_it_is_two),
    ("pieces", pieces_in_lists),
    ("clipped_matches", crossed_off),
    ("longest_common_subsequence", from_the_end),
    ("longest_common_subsequence", best_of_three),
    ("rnn_forward", states_in_a_list),
    ("word_embedding_forward", looked_up_one_by_one),
    ("word_embedding_forward", taken),
    ("affine_forward", flattened),
    ("temporal_affine_forward", a_step_at_a_time),
    ("log_softmax", shifted),
    ("log_softmax", logaddexp),
    ("temporal_softmax_loss", as_one_batch),
    ("temporal_softmax_loss", word_by_word),
    ("lstm_step_forward", gates_on_an_axis),
    ("lstm_forward", lstm_states),
    ("sgd", down),
    ("momentum", velocity_without_a_rate),
    ("rmsprop", root_by_power),
    ("adam", means_by_difference),
    ("clip_by_global_norm", joined),
    ("encode", filled_in),
    ("build_vocabulary", counted_by_hand),
    ("pool", added_up),
    ("conv_forward", patch_by_patch),
    ("relu_forward", masked),
    ("greedy", sentence_by_sentence),
    ("temper", renormalised),
    ("nucleus", row_by_row),
    ("nucleus", all_rows_at_once),
    ("extend", from_a_list),
    ("rnn_backward", last_step_first),
    ("word_embedding_backward", one_hots),
    ("temporal_affine_backward", tensordot),
    ("relu_backward", chosen),
    ("rnn_backward", sums_with_einsum, states_in_a_list),
    ("word_embedding_backward", added_one_by_one, taken),
    ("affine_backward", outer_products, flattened),
    ("temporal_affine_backward", tensordot, a_step_at_a_time),
    ("lstm_step_backward", gates_filled_in, gates_on_an_axis),
    ("lstm_backward", lstm_steps_back, lstm_states),
    ("conv_backward", patches_back, patch_by_patch),
    ("relu_backward", chosen, masked),
]


@pytest.mark.parametrize(
    "name, functions",
    [(name, functions) for name, *functions in RIGHT],
    ids=lambda value: value if isinstance(value, str) else value[0].__name__,
)
@pytest.mark.parametrize("seed", (0, 1))
def test_another_right_way_passes(name, functions, seed):
    verdict = getattr(check, name)(*functions, seed=seed)
    assert verdict.ok and not verdict.reasons, str(verdict)
