"""The routers, written a second time in numpy from their formulas.

Nothing here was translated from the Swift sources: `check` compares the two. Everything is in
float64. Sources: GrAP and LocMoE arXiv 2401.13920 (Eq. 2, section 3.2), LocMoE+ arXiv 2406.00023
(Eq. 2-6), Switch 2101.03961, GShard 2006.16668, Expert Choice 2202.09368, RRE 2303.10845, SMILE
2212.05191, Ada-K 2410.10456, RMoE 2408.06793, Read-ME 2410.19123.

A router returns a list of rows (token, expert, score, weight, position, reason), in token order,
the k choices of a token best first; position is -1 and reason is said where a pair was dropped.
"""

import heapq
import math
from fractions import Fraction

import numpy as np
from scipy import special


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


def product(x, w):
    """x @ w.T, row by row in one order of sums: BLAS would give equal tokens unequal last bits,
    and ties must stay ties."""
    return np.stack([(x * row).sum(axis=1) for row in w], axis=1)


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
    logits = product(x, gate)
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


def hash_loads(counts, experts):
    """Tokens of each expert, ascending, if ids go by descending frequency to the emptiest one."""
    loads = [0] * experts
    for count in sorted(counts, reverse=True):
        heapq.heapreplace(loads, loads[0] + count)
    return sorted(loads)


class SplitMix:
    """SplitMix64 (Steele, Lea, Flood 2014) with a stream for a seed and a path of labels."""

    MASK = (1 << 64) - 1

    def __init__(self, seed, *labels):
        self.state = self.mix(seed + 0x9E3779B97F4A7C15)
        for label in labels:
            self.state = self.mix(self.state ^ ((label + 0xD1B54A32D192ED03) & self.MASK))

    @classmethod
    def mix(cls, z):
        z &= cls.MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & cls.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & cls.MASK
        return z ^ (z >> 31)

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        return self.mix(self.state)

    def unit(self):
        return (self.next() >> 11) * 2.0 ** -53

    def below(self, bound):
        """Lemire's method."""
        reject = (1 << 64) % bound
        while True:
            product = self.next() * bound
            if product & self.MASK >= reject:
                return product >> 64


# Streams of the run's seed: "ROUT", then the purpose.
ROUTING, SECOND_EXPERT, GROUP_EXPERTS = 0x524F5554, 7, 8


def gshard(x, gate, c, seed, label=0):
    """Algorithm 1: all first choices, then the second ones that 2 g2 > U(0, 1) lets through."""
    logits = product(x, gate)
    p = softmax(logits)
    chosen = best(logits, 2)
    g = np.take_along_axis(p, chosen, axis=1)
    g = g / g.sum(axis=1, keepdims=True)
    taken = np.zeros(gate.shape[0], int)
    position = np.full(chosen.shape, -1)
    reason = np.full(chosen.shape, "", dtype=object)
    for j in (0, 1):
        for t in range(len(x)):
            e = chosen[t, j]
            if j == 1 and not 2 * g[t, 1] > SplitMix(
                seed, ROUTING, SECOND_EXPERT, label, t
            ).unit():
                reason[t, j] = "threshold"
            elif taken[e] >= c:
                reason[t, j] = "capacity"
            else:
                position[t, j] = taken[e]
                taken[e] += 1
    return [
        (t, int(chosen[t, j]), g[t, j], g[t, j], int(position[t, j]), str(reason[t, j]))
        for t in range(len(x))
        for j in (0, 1)
    ]


def chosen_by_experts(ranking, score, weight, c):
    """Each expert takes its c best tokens of all; a token that none took stands there with its
    best expert."""
    s, n = ranking.shape
    position = np.full((s, n), -1)
    for e in range(n):
        order = np.argsort(-ranking[:, e], kind="stable")[:c]
        position[order, e] = np.arange(len(order))
    result = []
    for t in range(s):
        order = np.argsort(-ranking[t], kind="stable")
        took = [e for e in order if position[t, e] >= 0]
        for e in took or order[:1]:
            result.append((t, int(e), score[t, e], weight[t, e], int(position[t, e]),
                           "" if took else "capacity"))
    return result


def expert_choice(x, gate, c):
    """By S = softmax; ranked by its log odds, l_e - ln(sum over the others of exp l)."""
    logits = product(x, gate)
    p = softmax(logits)
    odds = np.full(p.shape, np.inf)
    for e in range(len(gate)):
        # Sorted, so that equal odds are summed alike: ties must stay ties.
        others = np.sort(np.delete(logits, e, axis=1), axis=1)
        if others.shape[1]:
            odds[:, e] = logits[:, e] - special.logsumexp(others, axis=1)
    return chosen_by_experts(odds, p, p, c)


def ecr(x, experts, c):
    delta = affinities(x, experts)
    return chosen_by_experts(delta, delta, softmax(delta), c)


def tcr(x, experts, top_k, c):
    delta = affinities(x, experts)
    chosen = best(delta, top_k)
    return rows(chosen, delta, softmax(delta), *first_by_position(chosen, experts, c))


def rre(ids, domains, experts, top_k, c, seed):
    """Domain -> group, then a fixed random expert of the group for the id."""
    groups = min(int(domains.max()) + 1, experts)
    chosen = np.zeros((len(ids), top_k), int)
    for t, (token_id, domain) in enumerate(zip(ids, domains)):
        g = int(domain) % groups
        start, end = g * experts // groups, (g + 1) * experts // groups
        first = SplitMix(seed, ROUTING, GROUP_EXPERTS, g, int(token_id)).below(end - start)
        chosen[t] = [start + (first + j) % (end - start) for j in range(top_k)]
    position, reason = first_by_position(chosen, experts, c)
    one = np.ones((len(ids), experts))
    return rows(chosen, one, one / top_k, position, reason)


def smile(x, inter, intra, top_k, c):
    """p_i q_j over nodes and experts of a node, the experts numbered node by node."""
    p, q = softmax(product(x, inter)), softmax(product(x, intra))
    logits = ((product(x, inter))[:, :, None] + (product(x, intra))[:, None, :]).reshape(len(x), -1)
    both = (p[:, :, None] * q[:, None, :]).reshape(len(x), -1)
    chosen = best(logits, top_k)
    return rows(chosen, both, both, *first_by_position(chosen, both.shape[1], c))


def ada_k(x, gate, allocator, c, factor):
    """k_t = 1 + argmax of the allocator; c is None where it follows from the sum of k_t."""
    experts = len(gate)
    logits = product(x, gate)
    p = softmax(logits)
    wish = 1 + np.argmax(product(x, allocator), axis=1)
    if c is None:
        c = capacity(int(wish.sum()), experts, 1, factor)
    taken = np.zeros(experts, int)
    result = []
    for t in range(len(x)):
        order = np.argsort(-logits[t], kind="stable")[:wish[t]]
        for e in order:
            kept = taken[e] < c
            result.append((t, int(e), p[t, e], p[t, e] / p[t, order].sum(),
                           int(taken[e]) if kept else -1, "" if kept else "capacity"))
            taken[e] += kept
    return result


def gru(x, h, w, u, b, c):
    p = x.shape[1]
    wx, uh = product(x, w) + b, product(h, u) + c
    sigmoid = special.expit
    r = sigmoid(wx[:, :p] + uh[:, :p])
    z = sigmoid(wx[:, p:2 * p] + uh[:, p:2 * p])
    m = np.tanh(wx[:, 2 * p:] + r * uh[:, 2 * p:])
    return (1 - z) * m + z * h


def rmoe(x, projection, recurrence, gate, state, top_k, c):
    """Projection and state travel as float32, as documented."""
    p = projection.shape[0]
    narrow = lambda a: a.astype(np.float32).astype(np.float64)
    h = gru(narrow(product(x, projection)), state, recurrence[:, :p], recurrence[:, p:2 * p],
            recurrence[:, 2 * p], recurrence[:, 2 * p + 1])
    logits = product(narrow(h), gate)
    chosen = best(logits, top_k)
    shares = softmax(logits)
    return rows(chosen, shares, shares, *first_by_position(chosen, len(gate), c))


def pre_gated(x, gate, top_k, c):
    """Switch's arithmetic on features from before the first layer."""
    return switch(x, gate, top_k, c)


def resonance(delta, top_k, labels=None):
    """p_i and q_i: an expert's relevant tokens are the class that chooses it most."""
    s, n = delta.shape
    chosen = best(delta, top_k)
    labels = chosen[:, 0] if labels is None else labels
    p, q = [], []
    for e in range(n):
        takers = np.bincount(labels[(chosen == e).any(axis=1)], minlength=1)
        if takers.sum() == 0:
            p.append(None)
            q.append(None)
            continue
        own = labels == np.argmax(takers)
        p.append(takers.max() / own.sum())
        other = delta[~own, e]
        q.append((other[:, None] >= delta[own, e][None]).mean() if len(other) else None)
    return p, q


def adaptive(delta, top_k, c, floor, labels=None):
    """The first step of the rule of Corollary 6: token choice with c, or expert choice with the
    corollary's capacity: (mode, C)."""
    s = len(delta)
    known = [q for q in resonance(delta, top_k, labels)[1] if q is not None]
    # Less a hair: 2 s q is often a whole number, and binary fractions miss it.
    enough = math.ceil(2 * s * max(known) - 1e-9) if known else math.inf
    if c >= enough:
        return "ecr", min(max(enough, floor), max(s, floor))
    return "tcr", c
