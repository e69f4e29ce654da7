"""Cases for every router: options of `moecluster route` and the rows the reference expects."""

import dataclasses
import typing

import numpy as np

import routers

#: Routers with a reference; hash has properties instead.
ROUTERS = (
    "switch", "gshard", "expert-choice", "locmoe", "locmoe+", "tcr", "ecr", "rre", "smile",
    "ada-k", "rmoe", "pre-gated",
)
#: Those whose gate needs n to divide d.
POOLED = ("locmoe", "locmoe+", "tcr", "ecr")


@dataclasses.dataclass
class Case:
    options: dict
    expected: typing.Callable

    def __str__(self):
        shown = {
            name: list(value.shape) if isinstance(value, np.ndarray) else value
            for name, value in self.options.items()
        }
        return str(shown)


def features(random, index, s, d):
    """Tokens of many kinds, as float16 or float32."""
    kind = index % 6
    if kind == 0:
        x = random.normal(0.2, 1, (s, d))
    elif kind == 1:
        x = np.zeros((s, d))
    elif kind == 2:
        x = np.tile(random.normal(0, 1, d), (s, 1))
    elif kind == 3:  # few values: exact ties everywhere
        x = random.integers(-2, 3, (s, d))
    elif kind == 4:  # some tokens of zeros, some twice, some mirrored
        x = random.normal(0, 1, (s, d))
        x[:: 5] = 0
        x[1:: 7] = x[0:: 7][: len(x[1:: 7])]
        x[2:: 9] = -x[0:: 9][: len(x[2:: 9])]
    else:
        x = random.normal(0, 1, (s, d)) * 10.0 ** random.integers(-2, 3, (s, 1))
    return x.astype(np.float16 if random.integers(2) else np.float32)


def random_case(name, random, index):
    s = [1, 1, 2, 7, 37, 64, 101, 257][random.integers(8)]
    n = [1, 2, 3, 5, 7, 12, 16, 33][random.integers(8)]
    if name == "gshard":
        n = max(n, 2)
    d = n * int(random.integers(1, 9)) + (0 if name in POOLED else int(random.integers(3)))
    top_k = [1, min(2, n), n, int(random.integers(1, n + 1))][random.integers(4)]
    choice = random.integers(6)
    if choice < 2:
        sizes = {"capacity_factor": [0.5, 1.1, 1.25, 2.0][random.integers(4)]}
    else:
        sizes = {"capacity": [0, s + 9, 1, int(random.integers(0, s + 1))][choice - 2]}
    return case(name, random, features(random, index, s, d), n, top_k, sizes)


def shared_cases(name, x, folder, sample):
    """Real tokens: a batch of 512 with every router, half of them all tokens as well."""
    random = np.random.default_rng(11)
    real = {
        "ids": np.load(folder / "token_ids.npy"), "domains": np.load(folder / "domains.npy"),
    }
    part = slice(3000, 3512)
    cut = {key: value[part] for key, value in real.items()}
    cases = [
        case(name, random, x[part], n, k, {"capacity_factor": 1.1}, **cut)
        for n, k in ([(16, 1)] if sample else [(16, 1), (48, 2), (8, 8)])
        if not (name == "rre" and k > max(1, n // 8))
    ]
    if not sample:
        cases.append(case(name, random, x, 16, 1, {"capacity_factor": 1.1}, **real))
    return cases


def weights(random, rows, columns):
    return random.normal(0, columns ** -0.5, (rows, columns)).astype(np.float32)


def case(name, random, stored, n, top_k, sizes, ids=None, domains=None):
    """One case; sizes say C or cf."""
    x = stored.astype(np.float64)
    s, d = x.shape
    factor = sizes.get("capacity_factor")
    c = sizes["capacity"] if factor is None else routers.capacity(s, n, top_k, factor)
    options = dict(features=stored, experts=n, **sizes)
    wide = lambda a: a.astype(np.float64)
    if name not in ("gshard", "expert-choice"):
        options["top_k"] = top_k
    gate = weights(random, n, d)
    if name in ("switch", "pre-gated"):
        rule = routers.switch if name == "switch" else routers.pre_gated
        return Case(dict(options, gate=gate), lambda: rule(x, wide(gate), top_k, c))
    if name == "gshard":
        seed = int(random.integers(1 << 40))
        c = c if factor is None else routers.capacity(s, n, 2, factor)
        return Case(dict(options, gate=gate, seed=seed),
                    lambda: routers.gshard(x, wide(gate), c, seed))
    if name == "expert-choice":
        c = c if factor is None else routers.capacity(s, n, 1, factor)
        return Case(dict(options, gate=gate), lambda: routers.expert_choice(x, wide(gate), c))
    if name == "locmoe":
        return Case(options, lambda: routers.locmoe(x, n, top_k, c))
    if name in ("tcr", "ecr"):
        return Case(options, lambda: routers.tcr(x, n, top_k, c) if name == "tcr"
                    else routers.ecr(x, n, c))
    if name == "locmoe+":
        return locmoe_plus(random, options, x, n, top_k, c, factor, domains)
    if name == "rre":
        return rre(random, options, s, n, factor, c, ids, domains)
    if name == "smile":
        nodes = int(random.choice([i for i in range(1, n + 1) if n % i == 0]))
        both = weights(random, nodes + n // nodes, d)
        return Case(dict(options, gate=both, nodes=nodes), lambda: routers.smile(
            x, wide(both[:nodes]), wide(both[nodes:]), top_k, c))
    if name == "ada-k":
        allocator = weights(random, int(random.integers(1, n + 1)), d)
        return Case(dict(options, gate=gate, allocator=allocator), lambda: routers.ada_k(
            x, wide(gate), wide(allocator), c if factor is None else None, factor))
    return rmoe(random, options, x, n, top_k, c)


def locmoe_plus(random, options, x, n, top_k, c, factor, domains):
    floor, scale = int(random.integers(0, 5)), float(random.choice([1.0, 30.0]))
    threshold = float(random.choice([0.1, 0.5, 0.8, 1.0]))
    mode, policy = str(random.choice(["tcr", "ecr", "adaptive"])), str(
        random.choice(["drop", "reroute"]))
    options = dict(options, capacity_floor=floor, threshold=threshold, mode=mode, policy=policy,
                   softmax_scale=scale)
    if domains is not None and mode == "adaptive":
        options["domains"] = domains

    def expected():
        used, slots = mode, c
        if mode == "adaptive":
            delta = routers.affinities(x, n)
            labels = None if domains is None else domains.astype(int)
            start = c if factor is None else min(max(c, floor), max(len(x), floor))
            used, slots = routers.adaptive(delta, top_k, start, floor, labels)
            slots = c if factor is None else slots
        return routers.locmoe_plus(x, n, top_k, slots, floor, threshold, used, policy, scale)

    return Case(options, expected)


def rre(random, options, s, n, factor, c, ids, domains):
    if ids is None:
        ids = random.integers(0, 60, s).astype(np.uint16)
        domains = random.integers(0, random.integers(1, 11), s).astype(np.uint8)
    top_k = min(options["top_k"], n // min(int(domains.max()) + 1, n))
    c = c if factor is None else routers.capacity(s, n, top_k, factor)
    seed = int(random.integers(1 << 40))
    options = dict(options, top_k=top_k, token_ids=ids, domains=domains, seed=seed)
    return Case(options, lambda: routers.rre(ids, domains, n, top_k, c, seed))


def rmoe(random, options, x, n, top_k, c):
    p = int(random.integers(1, 20))
    projection, gate = weights(random, p, x.shape[1]), weights(random, n, p)
    recurrence = random.normal(0, 0.5, (3 * p, 2 * p + 2)).astype(np.float32)
    state = np.zeros((len(x), p), np.float32)
    options = dict(options, projection=projection, gate=gate, recurrence=recurrence)
    if random.integers(2):
        state = np.tanh(random.normal(0, 1, (len(x), p))).astype(np.float32)
        options["state"] = state
    wide = lambda a: a.astype(np.float64)
    return Case(options, lambda: routers.rmoe(
        x, wide(projection), wide(recurrence), wide(gate), wide(state), top_k, c))
