"""Rows of tools/bench-peers: `table.py` prints the head, `table.py RANKS LABEL FIGURES` a case.

FIGURES holds lines of `name median-us min-us max-us cpu-seconds-per-GB wrong-bytes`, a line for
each round. A time is the median over rounds of the medians of a round; ratio = its time / ours,
above 1 where ours is faster; spread = the least and the greatest median of a round.
"""

import sys
from statistics import median

COLUMNS = "{:>5} {:>7} {:<17} {:>11} {:>6} {:>21} {:>10}"


def head():
    print(COLUMNS.format("ranks", "a pair", "exchange", "time, us", "ratio", "spread, us", "CPU s/GB"))


def rows(ranks, label, path):
    figures = {}
    with open(path) as lines:
        for line in lines:
            name, *values = line.split()
            figures.setdefault(name, []).append([float(value) for value in values])
    ours = median(row[0] for row in figures["ours"])
    for name, rounds in figures.items():
        times = [row[0] for row in rounds]
        time = median(times)
        print(
            COLUMNS.format(
                ranks,
                label,
                name,
                f"{time:,.0f}",
                f"{time / ours:.2f}",
                f"{min(times):,.0f} - {max(times):,.0f}",
                f"{median(row[3] for row in rounds):.3f}",
            ),
            flush=True,
        )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        rows(*sys.argv[1:])
    else:
        head()
