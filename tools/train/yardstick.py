"""The yardstick's rules and the gate, compiled: data in, claims and scores out."""

import csv
import gzip
import os

import numpy as np
from numba import njit

HORIZON, LIMIT, CAP = 30, 80.0, 10
csv.field_size_limit(1 << 30)


def load(folder, track):
    return load_file(os.path.join(folder, f"dev_{track}.csv"))


def load_file(path):
    rows = []
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", newline="") as fh:
        for r in csv.DictReader(fh):
            rows.append(
                dict(
                    id=r["id"],
                    source=r["source"],
                    cpu=1.0 if r["metric"] == "cpu" else 0.0,
                    step=int(r["step_s"]),
                    warm=int(r["warmup"]),
                    tod=int(r["tod_s"]),
                    group=r["group"],
                    x=np.array([float(v) for v in r["values"].split(" ")]),
                )
            )
    return sorted(rows, key=lambda s: s["id"])


@njit(cache=True)
def claims(p, x, threshold, raise_, decay, ease, top, horizon=30):
    """`p` is zero where no claim may open. AMBER by step, and the claims: opened at, hit (1), false (0) or undecided (-1)."""
    n = len(p)
    amber = np.zeros(n, np.bool_)
    opened = np.zeros(n, np.int32)
    result = np.zeros(n, np.int8)
    count = 0
    bar = 0.0
    claim = -1
    for t in range(n):
        bar *= decay
        if x[t] > 80:
            if claim >= 0:
                bar *= ease
                result[count - 1] = 1
            claim = -1
            continue
        if claim >= 0 and t - claim >= horizon:
            claim = -1
            bar = min(top, bar + raise_)
            result[count - 1] = 0
        if claim >= 0:
            amber[t] = True
        elif p[t] > 0 and p[t] >= threshold * (1 + bar):
            amber[t] = True
            claim = t
            opened[count] = t
            result[count] = -1
            count += 1
    return amber, opened[:count], result[:count]


@njit(cache=True)
def score_series(x, amber, warm):
    hits = false = events = scored = 0
    below = 0
    claim = last = -1
    leads = np.zeros(400, np.int64)
    k = 0
    for t in range(len(x)):
        if x[t] > 80:
            if t >= warm + 1 and below >= 30:
                events += 1
                for j in range(max(warm, t - 30, last + 1), t):
                    if amber[j]:
                        hits += 1
                        if k < 400:
                            leads[k] = t - j
                            k += 1
                        break
            claim = -1
            below = 0
            last = t
            continue
        below += 1
        if t < warm:
            continue
        scored += 1
        if claim >= 0 and t - claim >= 30:
            false += 1
            claim = -1
        if claim < 0 and amber[t]:
            claim = t
    return hits, false, events, scored, leads[:k]


def counts(series, ambers):
    """For each series: weighted hits, weighted false claims, weighted events, false claims, days."""
    out = np.zeros((len(series), 5))
    for i, (s, a) in enumerate(zip(series, ambers)):
        hits, false, events, scored, _ = score_series(s["x"], a, s["warm"])
        w = min(1.0, CAP / max(1, events))
        out[i] = w * hits, w * false, w * events, false, scored * s["step"] / 86400
    return out


def f1(total):
    return 2 * total[0] / (total[0] + total[1] + total[2]) if total[0] else 0.0


def summary(series, ambers):
    c = counts(series, ambers)
    total = c.sum(0)
    leads = sorted(
        (int(v), min(1.0, CAP / max(1, r[2])))
        for s, a in zip(series, ambers)
        for r in [score_series(s["x"], a, s["warm"])]
        for v in r[4]
    )
    half = sum(w for _, w in leads) / 2
    acc, lead = 0.0, None
    for v, w in leads:
        acc += w
        if acc >= half:
            lead = v
            break
    return dict(
        precision=float(total[0] / max(1e-9, total[0] + total[1])),
        recall=float(total[0] / total[2]),
        f1=float(f1(total)),
        interval95=interval(series, c),
        medianLeadSteps=lead,
        falsePerSeriesDay=float(total[3] / total[4]),
    )


def interval(series, c, n=1000):
    """95 % bootstrap over groups."""
    groups = sorted({s["group"] for s in series})
    index = {g: i for i, g in enumerate(groups)}
    by = np.zeros((len(groups), 3))
    for s, row in zip(series, c):
        by[index[s["group"]]] += row[:3]
    rng = np.random.RandomState(0)
    got = sorted(f1(by[rng.randint(0, len(groups), len(groups))].sum(0)) for _ in range(n))
    return [float(got[int(0.025 * n)]), float(got[int(0.975 * n) - 1])]


GRID = [(th, up, 0.99, 0.5, 9.0) for up in (0.5, 1.0) for th in np.arange(0.12, 0.42, 0.02).round(2).tolist()]
MAX_FALSE, MIN_RECALL = 0.18, 0.48


def worth(c, max_false, min_recall):
    """F1 of summed counts, less half where a limit on false claims or recall is missed; kept a little inside the targets."""
    total = c.sum(0)
    missed = total[3] / total[4] > max_false or total[0] / total[2] < min_recall
    return f1(total) - (0.5 if missed else 0)


def gates(series, probabilities, grid=GRID):
    """Counts of each series under each gate of the grid."""
    return [counts(series, [claims(p, s["x"], *g)[0] for s, p in zip(series, probabilities)]) for g in grid]


def pick(table, chosen, bounds=(MAX_FALSE, MIN_RECALL)):
    """Index of the best gate on the chosen series, smoothed over neighbouring thresholds."""
    score = np.array([worth(c[chosen], *bounds) for c in table])
    best = (-9.0, 0)
    for up in sorted({g[1] for g in GRID}):
        at = [i for i, g in enumerate(GRID) if g[1] == up]
        smooth = np.convolve(np.pad(score[at], 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], "valid")
        k = int(np.argmax(smooth))
        best = max(best, (float(smooth[k]), at[k]))
    return best[1]


def nested(series, table, probabilities, folds, bounds=(MAX_FALSE, MIN_RECALL)):
    """Decisions of each fold with the gate that was best on the others; and those gates."""
    ambers, picked = [None] * len(series), []
    for k in range(max(folds) + 1):
        g = pick(table, folds != k, bounds)
        picked.append(GRID[g])
        for i in np.where(folds == k)[0]:
            ambers[i] = claims(probabilities[i], series[i]["x"], *GRID[g])[0]
    return ambers, picked
