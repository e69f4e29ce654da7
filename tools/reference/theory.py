"""The theory of capacity from scipy: the bound of LocMoE's Theorem 1 in three forms (arXiv
2401.13920; LocMoE+ arXiv 2406.00023, Remark 7) and the success probabilities of LocMoE+'s proofs.
"""

import math

import numpy as np
from scipy import special, stats


def bound(n, d, delta):
    """p, exact, erfc, exp."""
    p = special.betaincc(0.5, (d - 1) / 2, delta ** 2) if hasattr(special, "betaincc") else \
        special.betainc((d - 1) / 2, 0.5, 1 - delta ** 2)
    exponent = d * delta ** 2 / (2 - delta ** 2)
    with np.errstate(divide="ignore", over="ignore"):
        return (p, 1 / (n * p) if p else math.inf,
                np.divide(1.0, n * special.erfc(math.sqrt(exponent))), np.exp(exponent) / n)


def token_choice(n, s, c, p):
    """(1/(n s)) sum_i sum_r p_i P(Bin(r-1, 1/n) < C) with equal p_i."""
    return p * stats.binom.cdf(c - 1, np.arange(s), 1 / n).sum() / s


def expert_choice(s, c, q):
    """P(Bin(s-1, q) <= C-1)."""
    return stats.binom.cdf(c - 1, s - 1, q)


def agree(ours, theirs, what):
    ours = float(ours)
    gap = abs(ours - theirs) / abs(theirs) if theirs else abs(ours)
    assert gap <= 1e-9 or ours == theirs, f"{what}: {ours}, expected {theirs}"
    return gap if math.isfinite(gap) else 0.0


def check(program, sample):
    """Compares tables; says how many figures agreed and the widest relative gap."""
    worst, count = 0.0, 0
    lists = lambda values: ",".join(map(str, values))
    n, s = [2, 7, 16], [1, 24, 1000] if sample else [1, 24, 1000, 8192]
    d = [2, 64, 384, 4096] if sample else [2, 3, 64, 384, 1024, 5120, 7168]
    delta = [0.001, 0.03, 0.125, 0.3, 0.9]
    c, p, q = [0, 1, 16, 36, 160], [0.125, 1.0], [0.01, 0.05, 0.125, 0.5]
    found = program.theory(
        experts=lists(n), hidden=lists(d), affinity=lists(delta), tokens=lists(s),
        capacity=lists(c), true_positive=lists(p), false_positive=lists(q),
    )
    for row in found["bound"]:
        wanted = bound(row["experts"], row["hidden"], row["affinity"])
        for name, value in zip(("tail", "exact", "erfc", "exp"), wanted):
            # Below and above the range of a double only the logarithm is known.
            if value == 0 or not math.isfinite(value) or value < 1e-290:
                continue
            where = f"{name} of n={row['experts']} d={row['hidden']} delta={row['affinity']}"
            worst = max(worst, agree(row[name], value, where))
            count += 1
    for row in found["success"]:
        where = f"n={row['experts']} s={row['tokens']} C={row['capacity']}"
        sizes = (row["tokens"], row["capacity"])
        for pair in row["token_choice"]:
            value = token_choice(row["experts"], *sizes, pair["share"])
            worst = max(worst, agree(pair["success"], value, f"TCR {where} p={pair['share']}"))
        for pair in row["expert_choice"]:
            value = expert_choice(*sizes, pair["share"])
            if value < 1e-290:
                continue
            worst = max(worst, agree(pair["success"], value, f"ECR {where} q={pair['share']}"))
        count += len(p) + len(q)
    assert count > 100, f"only {count} figures compared"
    return f"theory         {count} figures agree with scipy to {worst:.1e} of their value"
