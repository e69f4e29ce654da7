#!/usr/bin/env python3
"""Lines of JSON from tools/bench-routing as a table: the median of all rounds and its spread."""

import collections
import json
import statistics
import sys

rates = collections.defaultdict(list)
for line in sys.stdin:
    row = json.loads(line)
    rates[row["name"], row["tokens"], row["width"]].append(row)

median = {key: statistics.median(row["per_second"] for row in rows) for key, rows in rates.items()}
print(f"{'':12} {'tokens':>6} {'d':>5} {'tokens/s':>10} {'least':>10} {'most':>10}  over dense gate")
for (name, tokens, width), rows in rates.items():
    least, most = min(row["min"] for row in rows), max(row["max"] for row in rows)
    dense = median.get(("dense", tokens, width))
    ratio = f"{median[name, tokens, width] / dense:.2f}x" if dense else ""
    print(f"{name:12} {tokens:6} {width:5} {median[name, tokens, width]:10.3g} "
          f"{least:10.3g} {most:10.3g}  {ratio}")
