#!/usr/bin/env python3
"""The yardstick of tools/bench-routing: softmax-free logits of a dense gate, x @ W.T in float32
through numpy's BLAS, and GrAP's affinities in numpy. A line of JSON for each measurement;
seconds are CPU time of this process, which has one thread."""

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


random = np.random.default_rng(1)
for tokens in (256, 4096):
    x = random.normal(0, 1, (tokens, 4096)).astype(np.float32)
    w = random.normal(0, 1 / 64, (16, 4096)).astype(np.float32)
    out = np.empty((tokens, 16), np.float32)
    measure("dense", x, lambda: np.dot(x, w.T, out=out))

    def grap():
        sums = x.reshape(tokens, 16, 256).sum(axis=2)
        return sums / (16 * np.sqrt(np.einsum("td,td->t", x, x)))[:, None]

    measure("grap-numpy", x, grap)
