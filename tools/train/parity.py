#!/usr/bin/env python3
"""Writes what Python makes of generated series, for the test that TypeScript makes the same of them."""
import json
import os

import numpy as np

from features import LV, stream
from fine import fine
from lives import life
from synth import series

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "../../libs/prediction/model/model.json")
OUT = os.path.join(HERE, "../../libs/prediction/parity.fixture.json")


def total(forest, x):
    s = 0.0
    for node in forest["roots"]:
        while node >= 0:
            left = x[forest["feature"][node]] <= forest["threshold"][node]
            node = forest["left" if left else "right"][node]
        s += forest["leaf"][-1 - node]
    return s


def days(r, n):
    """Nights, a daily job and noise on five-minute steps."""
    t = np.arange(n)
    x = 35 + 15 * np.sin(2 * np.pi * t / 288) + r.normal(0, 6, n) + np.where(t % 288 // 6 == 20, 45, 0)
    return np.round(np.clip(x, 0, 100), 2)


def case(kind, x, f, forest, at, **more):
    rows = [dict(step=int(t), features=[float(v) for v in f[t]], sum=total(forest, f[t])) for t in at]
    return dict(kind=kind, values=x.tolist(), rows=rows, **more)


def main():
    with open(MODEL) as fh:
        model = json.load(fh)
    r = np.random.RandomState(42)
    cases = []
    for n, start, cpu in ((2500, 0, 1.0), (400, 50_100, 0.0)):
        x = days(r, n)
        f = stream(x, start, cpu, LV)
        cases.append(case("coarse", x, f, model["coarse"]["probability"], range(3, n, n // 12), start=start, cpu=bool(cpu)))
    for make, kind, cpu, horizon in ((series, "leak_restart", 1.0, 30), (life, "ageing", 0.0, 180), (life, "first_leak", 0.0, 180)):
        x = make(r, kind)[1]
        f = fine(x, float(horizon), cpu)
        at = range(3, len(x), max(1, len(x) // 14))
        cases.append(case("fine", x, f, model["fine"]["probability"], at, horizon=horizon, cpu=bool(cpu)))
    with open(OUT, "w") as fh:
        json.dump(dict(checksum=model["checksum"], cases=cases), fh, separators=(",", ":"))
        fh.write("\n")


if __name__ == "__main__":
    main()
