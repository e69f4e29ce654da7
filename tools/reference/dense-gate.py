#!/usr/bin/env python3
"""The yardstick of tools/bench-routing: softmax-free logits of a dense gate, x @ W.T in float32
through numpy's BLAS, GrAP's affinities in numpy, and all of a locmoe+ decision in numpy. A line of
JSON for each measurement; seconds are CPU time of this process, which has one thread."""

import json
import time

import numpy as np


def measure(name, x, body, rounds=7, seconds=0.25):
    body()
    rates = []
    for _ in range(rounds):
        start, tokens = time.process_time(), 0
        while time.process_time() - start < seconds:
            body()
            tokens += len(x)
        rates.append(tokens / (time.process_time() - start))
    rates.sort()
    print(json.dumps({"name": name, "tokens": len(x), "width": x.shape[1],
                      "per_second": rates[rounds // 2], "min": rates[0], "max": rates[-1]}))


def affinities(x, experts):
    tokens, width = x.shape
    sums = x.reshape(tokens, experts, width // experts).sum(axis=2)
    norms = np.sqrt(np.einsum("td,td->t", x, x))
    return sums / (np.sqrt(width / experts) * norms)[:, None]


def decide(x, experts=16, factor=1.1, threshold=0.8):
    """Token side, k = 1, and expert side: kept, and weights."""
    delta = affinities(x, experts)
    chosen = delta.argmax(axis=1)
    score = delta[np.arange(len(x)), chosen]
    shares = np.exp(delta - delta.max(axis=1, keepdims=True))
    weight = shares[np.arange(len(x)), chosen] / shares.sum(axis=1)
    capacity = int(np.ceil(len(x) / experts * factor))
    kept = np.zeros(len(x), bool)
    order = np.lexsort((-score, chosen))
    for own in np.split(order, np.bincount(chosen, minlength=experts).cumsum()[:-1]):
        positive = score[own][score[own] > 0]
        sums = positive.cumsum()
        wanted = np.searchsorted(sums, threshold * sums[-1]) + 1 if len(sums) else 0
        kept[own[:min(max(wanted, 1), capacity)]] = True
    return kept, weight


random = np.random.default_rng(1)
for tokens in (256, 4096):
    x = random.normal(0, 1, (tokens, 4096)).astype(np.float32)
    w = random.normal(0, 1 / 64, (16, 4096)).astype(np.float32)
    out = np.empty((tokens, 16), np.float32)
    measure("dense", x, lambda: np.dot(x, w.T, out=out))

    measure("grap-numpy", x, lambda: affinities(x, 16))
for tokens in (512, 4096):
    x = random.normal(0, 1, (tokens, 384)).astype(np.float32)
    measure("locmoe+numpy", x, lambda: decide(x))
