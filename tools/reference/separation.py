"""The Calinski-Harabasz index, as scikit-learn's calinski_harabasz_score defines it."""

import numpy as np


def index(points, labels):
    """Dispersion between groups over dispersion within, each over its degrees of freedom."""
    groups = np.unique(labels)
    n, k = len(points), len(groups)
    mean = points.mean(axis=0)
    between = within = 0.0
    for group in groups:
        members = points[labels == group]
        centre = members.mean(axis=0)
        between += len(members) * np.sum((centre - mean) ** 2)
        within += np.sum((members - centre) ** 2)
    return 1.0 if within == 0 else between * (n - k) / (within * (k - 1))


def check(program, features, sample):
    """Holds what `moecluster route` says of its kept tokens against the formula."""
    points = np.load(features)
    cases = [("switch", points[:512], 16, 7), ("locmoe+", points[:512], 16, 7)]
    random = np.random.default_rng(4)
    for seed in range(3 if sample else 20):
        width = 16 * int(random.integers(1, 5))
        tokens = random.normal(size=(int(random.integers(40, 300)), width)) * 3
        cases.append((["switch", "locmoe", "ecr"][seed % 3], tokens.astype(np.float32), 8, seed))
    worst = 0.0
    for router, tokens, experts, seed in cases:
        rows = program.route(router=router, features=tokens, experts=experts, seed=seed)
        kept = [row for row in rows if row["kept"] == "1"]
        chosen = tokens[[int(row["token"]) for row in kept]].astype(np.float64)
        expected = index(chosen, np.array([int(row["expert"]) for row in kept]))
        ours = float(program.notes.strip().split("by expert: ")[-1])
        gap = abs(ours - expected) / expected
        assert gap < 1e-9, f"{router}, seed {seed}: index {ours}, expected {expected}"
        worst = max(worst, gap)
    return f"separation     {len(cases):4} indices within {worst:.1e}"
