"""The routers, written a second time in numpy from their formulas.

Nothing here was translated from the Swift sources: `check` compares the two. Everything is in
float64. Sources: GrAP and LocMoE arXiv 2401.13920 (Eq. 2, section 3.2), LocMoE+ arXiv 2406.00023
(Eq. 2-6), Switch arXiv 2101.03961.

A router returns a list of rows (token, expert, score, weight, position, reason), in token order,
the k choices of a token best first; position is -1 and reason is said where a pair was dropped.
"""

import math
from fractions import Fraction

import numpy as np


def capacity(tokens, experts, top_k, factor):
    """C = ceil(k s / n * cf), exact: cf is the decimal that was typed."""
    return math.ceil(Fraction(str(factor)) * top_k * tokens / experts)


def gating_vectors(experts, width):
    """w_i[j] = n/d on the i-th slice, else 0: [n, d]."""
    w = np.zeros((experts, width))
    for i in range(experts):
        w[i, i * width // experts:(i + 1) * width // experts] = experts / width
    return w


def affinities(x, experts):
    """delta_ti = sqrt(n/d) * (sum of slice i of x_t) / |x_t|, 0 for a zero token: [s, n]."""
    s, d = x.shape
    sums = x.reshape(s, experts, d // experts).sum(axis=2)
    norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
    safe = np.where(norm > 0, norm, 1.0)
    return np.where(norm > 0, math.sqrt(experts / d) * sums / safe, 0.0)


def softmax(z, scale=1.0):
    e = np.exp(scale * (z - z.max(axis=1, keepdims=True)))
    return e / e.sum(axis=1, keepdims=True)


def best(values, k):
    """Columns of the k largest of each row, best first; ties to the lower column."""
    return np.argsort(-values, axis=1, kind="stable")[:, :k]


def first_by_position(chosen, experts, c):
    """Each expert keeps the first c tokens that chose it: positions and reasons, [s, k]."""
    position = np.full(chosen.shape, -1)
    for e in range(experts):
        t, j = np.nonzero(chosen == e)
        kept = min(c, len(t))
        position[t[:kept], j[:kept]] = np.arange(kept)
    reason = np.where(position < 0, "capacity", "")
    return position, reason


def kept_by_affinity(chosen, score, experts, c, floor, threshold):
    """Each expert keeps the shortest prefix, by score, that reaches the share of its positive
    total, clamped to [floor, c]: positions and reasons, [s, k]."""
    position = np.full(chosen.shape, -1)
    reason = np.full(chosen.shape, "", dtype=object)
    for e in range(experts):
        t, j = np.nonzero(chosen == e)
        order = np.lexsort((t, -score[t, j]))
        t, j = t[order], j[order]
        positive = score[t, j][score[t, j] > 0]
        running = np.cumsum(positive)
        if threshold >= 1 or len(positive) == 0:
            prefix = len(positive)
        else:
            prefix = 1 + int(np.argmax(running >= threshold * running[-1]))
        wanted = min(max(prefix, floor), len(t))
        kept = min(wanted, c)
        position[t[:kept], j[:kept]] = np.arange(kept)
        reason[t[kept:wanted], j[kept:wanted]] = "capacity"
        reason[t[wanted:], j[wanted:]] = "threshold"
    return position, reason


def reroute(chosen, position, reason, delta, c):
    """Pairs cut for capacity, in token order, go to the best expert by delta that has room and
    that the token did not choose; they are appended to its buffer."""
    experts = delta.shape[1]
    load = np.bincount(chosen[position >= 0], minlength=experts)
    for t, j in np.argwhere(reason == "capacity"):
        open_to = [e for e in range(experts) if load[e] < c and e not in chosen[t]]
        if not open_to:
            continue
        e = max(open_to, key=lambda i: (delta[t, i], -i))
        chosen[t, j], position[t, j], reason[t, j] = e, load[e], ""
        load[e] += 1


def rows(chosen, score, weight, position, reason):
    pick = lambda table: np.take_along_axis(table, chosen, axis=1)
    score, weight = pick(score), pick(weight)
    return [
        (t, int(chosen[t, j]), score[t, j], weight[t, j], int(position[t, j]), str(reason[t, j]))
        for t in range(chosen.shape[0])
        for j in range(chosen.shape[1])
    ]


def switch(x, gate, top_k, c):
    logits = x @ gate.T
    p = softmax(logits)
    chosen = best(logits, top_k)
    return rows(chosen, p, p, *first_by_position(chosen, gate.shape[0], c))


def locmoe(x, experts, top_k, c):
    s, d = x.shape
    logits = np.maximum(0, x.reshape(s, experts, d // experts).mean(axis=2))
    p = softmax(logits)
    chosen = best(logits, top_k)
    return rows(chosen, p, p, *first_by_position(chosen, experts, c))


def locmoe_plus(x, experts, top_k, c, floor, threshold, mode, policy, scale=1.0):
    delta = affinities(x, experts)
    chosen = best(delta, top_k)
    if mode == "tcr":
        position, reason = first_by_position(chosen, experts, c)
    else:
        score = np.take_along_axis(delta, chosen, axis=1)
        position, reason = kept_by_affinity(chosen, score, experts, c, floor, threshold)
    if policy == "reroute":
        reroute(chosen, position, reason, delta, c)
    return rows(chosen, delta, softmax(delta, scale), position, reason)
