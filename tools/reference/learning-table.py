#!/usr/bin/env python3
"""A table of the training runs that tools/bench-learning keeps in a folder, over their seeds.

Each row but the controls is compared with switch of the same data layout, seed by seed: mean of the
differences with its 95 % interval (Student's t). Slots are those of capacity factor 1.1.
"""

import glob
import json
import os
import sys
from statistics import mean, stdev

# Quantiles of Student's t at 97.5 %, by degrees of freedom.
T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
SLOTS = 1.1


def load(folder):
    runs = {}
    for path in glob.glob(os.path.join(folder, "*.json")):
        name, seed = os.path.basename(path)[: -len(".json")].rsplit("-", 1)
        with open(path) as file:
            runs.setdefault(name, {})[int(seed)] = json.load(file)[0]
    if not runs:
        sys.exit(f"{folder}: holds no runs, expected NAME-SEED.json of tools/bench-learning")
    return runs


def interval(values):
    if len(values) < 2:
        return f"{100 * values[0]:+.2f} %"
    half = T[len(values) - 1] * stdev(values) / len(values) ** 0.5
    return f"{100 * mean(values):+.2f} % ({100 * (mean(values) - half):+.2f} to {100 * (mean(values) + half):+.2f})"


def away(run):
    """Tokens sent to another node, of all tokens: what bytes between nodes are proportional to."""
    return run["kept_share"] * run["away_kept_share"]


def row(name, runs, base):
    pairs = [(run, base[seed]) for seed, run in sorted(runs.items()) if seed in base]
    cells = [name, str(len(runs)), f"{mean(r['held_out_loss'] for r in runs.values()):.4f}"]
    cells.append(interval([r["held_out_loss"] / b["held_out_loss"] - 1 for r, b in pairs]) if pairs else "")
    if all("kept_share" in run for run in runs.values()):
        cells.append(f"{mean(r['kept_share'] for r in runs.values()):.3f}")
        cells.append(interval([r["kept_share"] / SLOTS - 1 for r in runs.values()]))
        cells.append(interval([away(r) / away(b) - 1 for r, b in pairs]) if pairs else "")
    else:
        cells += ["", "", ""]
    return cells


def main():
    runs = load(sys.argv[1])
    print("| layout, router, τ | seeds | held-out loss | against switch | kept | computed against slots of cf 1.1 | between nodes against switch |")
    print("|---|---|---|---|---|---|---|")
    for name in sorted(runs):
        base = runs.get(name.split(",")[0] + ",switch", {})
        print("| " + " | ".join(row(name.replace(",", ", "), runs[name], base)) + " |")


main()
