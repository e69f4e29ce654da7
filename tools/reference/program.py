"""The program under test: runs it, reads what it writes, compares rows."""

import csv
import json
import subprocess

import numpy as np


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def route(self, **options):
        """Rows of `moecluster route`; arrays among the options are handed in as .npy files. The
        last run's notes stay in `notes`."""
        out = self.folder / "assignment.csv"
        command = [self.path, "route", "--out", out]
        for name, value in options.items():
            if isinstance(value, np.ndarray):
                path = self.folder / f"{name}.npy"
                np.save(path, value)
                value = path
            command += ["--" + name.replace("_", "-"), value]
        self.notes = self.run(command).stderr
        with open(out, newline="") as file:
            return list(csv.DictReader(file))

    def theory(self, **options):
        """`moecluster theory --json`."""
        command = [self.path, "theory", "--json"]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), value]
        return json.loads(self.run(command).stdout)

    @staticmethod
    def run(command):
        run = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if run.returncode != 0:
            raise AssertionError(f"exit {run.returncode}: {run.stderr.strip()}")
        return run


def compare(ours, theirs):
    """Raises where rows differ; returns the widest gap of scores and weights."""
    assert len(ours) == len(theirs), f"{len(ours)} rows, expected {len(theirs)}"
    worst = 0.0
    for line, (a, b) in enumerate(zip(ours, theirs), start=2):
        token, expert, score, weight, position, reason = b
        seen = (int(a["token"]), int(a["expert"]), int(a["position"]), a["kept"], a["reason"])
        wanted = (token, expert, position, "1" if position >= 0 else "0", reason)
        assert seen == wanted, f"line {line}: {seen}, expected {wanted}"
        gap = max(abs(float(a["score"]) - score), abs(float(a["weight"]) - weight))
        assert gap <= 1e-6, f"line {line}: score or weight off by {gap}"
        worst = max(worst, gap)
    return worst
