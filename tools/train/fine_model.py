"""Trains the fine branch: real series at their own steps, five-minute series read as fine ones, generated lives."""

import lightgbm as lgb
import numpy as np

from fine import QUIET, fine, labels
from lives import life
from synth import series as synth
from yardstick import GRID, LIMIT, claims, gates, nested, pick, summary

EARLY, HORIZON, LONG, TREES = 8, 30, 180, 200
WEIGHTS = dict(F=10.0, A=0.5, synth=0.3, lives=0.3, lab=0.3)
CAP = 70_000
SHORT_THRESHOLD = 0.52
BOUNDS = (1.0, 0.4)
PARAMS = dict(
    objective="binary",
    learning_rate=0.05,
    num_leaves=31,
    min_data_in_leaf=150,
    feature_fraction=0.4,
    bagging_fraction=0.6,
    bagging_freq=1,
    lambda_l2=10,
    seed=1,
)
TIMES = dict(objective="quantile", learning_rate=0.08, num_leaves=8, min_data_in_leaf=200, feature_fraction=0.5, seed=1)
QUANTILES = dict(earliest=0.1, median=0.5, latest=0.9)


def rows(x, cpu, horizon, keep, keep_hits, weight, r, capped=True):
    """Steps from which a claim may open: features, label, weight, and the time of the breach as a share of the horizon."""
    f = fine(x, float(horizon), cpu)
    y, until, may = labels(x, horizon, EARLY)
    red = x > LIMIT
    events, below = 0, 0
    for t in range(len(x)):
        if red[t]:
            events += below >= QUIET
            below = 0
        else:
            below += 1
    hit, none = np.where(may & (y == 1))[0], np.where(may & (y == 0))[0]
    hit, none = hit[r.rand(len(hit)) < keep_hits], none[r.rand(len(none)) < keep]
    w = np.concatenate([np.full(len(hit), 1 / keep_hits), np.full(len(none), 1 / keep)])
    w *= weight * (min(1.0, 10 / max(1, events)) if capped else 1.0) * HORIZON / horizon
    at = np.concatenate([hit, none])
    return f[at], y[at].astype(np.float32), w, until[at] / horizon


def real(track, keep, r, weight):
    """Each series whole, in pieces that start over, and at the long horizon."""
    parts, groups = [], []
    for s in track:
        n = len(s["x"])
        share = keep if n > 1000 else min(0.4, 5 * keep)
        pieces = [s["x"]] if n <= 1000 else []
        at = 0
        while n > 1000 and at < n:
            length = int(np.exp(r.uniform(np.log(250), np.log(2500))))
            pieces.append(s["x"][at : at + length])
            at += length
        for x in pieces:
            if len(x) < 120:
                continue
            parts.append(rows(x, s["cpu"], HORIZON, share, 1.0, weight, r))
            parts.append(rows(x, s["cpu"], LONG, share * 0.3, 0.15, weight, r))
            groups += [s["group"]] * 2
    return parts, groups


def minutes(track, r, weight):
    """Track F: whole, at both horizons, and twice from somewhere else on."""
    parts, groups = [], []
    for s in track:
        x, n = s["x"], len(s["x"])
        parts.append(rows(x, s["cpu"], HORIZON, 0.3, 1.0, weight, r))
        parts.append(rows(x, s["cpu"], LONG, 0.1, 0.2, weight, r))
        for _ in range(2):
            at = r.randint(0, max(1, n - 200))
            parts.append(rows(x[at : at + 1500], s["cpu"], HORIZON, 0.15, 1.0, weight / 2, r))
        groups += [s["group"]] * 4
    return parts, groups


def generated(make, count, r, weight):
    parts = []
    for _ in range(count):
        x = make(r)[1]
        cpu = float(r.rand() < 0.3)
        parts.append(rows(x, cpu, HORIZON, 0.08, 0.6, weight, r, capped=False))
        parts.append(rows(x, cpu, LONG, 0.06, 0.12, weight, r, capped=False))
    return parts


def recorded(series, r, weight):
    """Recordings of the lab at 1 s and at 10 s, whole and from somewhere else on, at both horizons."""
    parts = []
    for s in series:
        for x in (s["x"], s["x"][r.randint(0, max(1, len(s["x"]) // 3)) :]):
            parts.append(rows(x, s["cpu"], HORIZON, 0.15, 0.8, weight, r))
            parts.append(rows(x, s["cpu"], LONG, 0.1, 0.2, weight, r))
    return parts


def stack(parts, cap=None, r=None):
    whole = [np.concatenate([p[i] for p in parts]) for i in range(4)]
    n = len(whole[1])
    if cap and n > cap:
        some = np.sort(r.choice(n, cap, replace=False))
        whole = [v[some] for v in whole]
        whole[2] = whole[2] * n / cap
    return whole


def fit(fixed, sets):
    x, y, w, _ = stack(sets)
    return lgb.train(dict(fixed, **PARAMS), lgb.Dataset(x, y, weight=w), TREES)


def fit_times(fixed, sets):
    x, y, w, share = stack(sets)
    hit = y == 1
    data = lgb.Dataset(x[hit], share[hit], weight=w[hit], free_raw_data=False)
    return {k: lgb.train(dict(fixed, **dict(TIMES, alpha=a)), data, 50) for k, a in QUANTILES.items()}


def probability(model, x, cpu, horizon):
    may = labels(x, horizon, EARLY)[2]
    p = np.zeros(len(x))
    if may.any():
        p[may] = model.predict(fine(x, float(horizon), cpu)[may], num_threads=1)
    return p


def folds_of(track, count=5):
    """Groups to folds, those with most breaches first, so that each fold has some."""
    events = {}
    for s in track:
        red = s["x"] > LIMIT
        below, n = 0, 0
        for t, over in enumerate(red):
            n += over and below >= QUIET and t > s["warm"]
            below = 0 if over else below + 1
        events[s["group"]] = events.get(s["group"], 0) + min(10, n)
    order = sorted(events)
    np.random.RandomState(0).shuffle(order)
    order.sort(key=lambda g: -events[g])
    load, members, fold = np.zeros(count), np.zeros(count), {}
    for g in order:
        k = int(np.lexsort((members, load))[0]) if events[g] > 0 else int(np.argmin(members))
        fold[g] = k
        load[k] += events[g]
        members[k] += 1
    return fold


def outcomes(track, ps, gate, horizon=HORIZON):
    pairs = []
    for s, p in zip(track, ps):
        _, opened, result = claims(p, s["x"], *gate, horizon)
        pairs += [(float(p[t]), int(v), 1.0) for t, v in zip(opened, result) if v >= 0 and t >= s["warm"]]
    return pairs


def train(fixed, f, a, lab, log):
    r = np.random.RandomState(5)
    f_parts, f_groups = minutes(f, r, WEIGHTS["F"])
    rest = [
        stack(real(a, 0.06, r, WEIGHTS["A"])[0], CAP, r),
        stack(generated(synth, 800, r, WEIGHTS["synth"]), CAP, r),
        stack(generated(life, 2500, r, WEIGHTS["lives"]), CAP, r),
        stack(recorded(lab, r, WEIGHTS["lab"]), CAP, r),
    ]
    log(f"fine: {sum(len(p[1]) for p in f_parts + rest)} steps to train on")
    fold = folds_of(f)
    ps = [None] * len(f)
    for k in range(5):
        model = fit(fixed, [p for p, g in zip(f_parts, f_groups) if fold[g] != k] + rest)
        for i, s in enumerate(f):
            if fold[s["group"]] == k:
                ps[i] = probability(model, s["x"], s["cpu"], HORIZON)
        log(f"fine: fold {k}")
    table = gates(f, ps)
    of = np.array([fold[s["group"]] for s in f])
    ambers, picked = nested(f, table, ps, of, BOUNDS)
    gate = GRID[pick(table, np.ones(len(f), bool), BOUNDS)]
    measured = summary(f, ambers)
    log(f"track F, out of fold: {measured}, gates {picked}, shipped {gate}")
    model = fit(fixed, f_parts + rest)
    times = fit_times(fixed, f_parts + rest)
    short = (SHORT_THRESHOLD, 1.0, 0.99, 0.5, 9.0)
    # Claims on generated series that it was not trained on, for what short steps are worth.
    q = np.random.RandomState(17)
    fresh = []
    for i in range(500):
        x = (life(q) if i % 2 else synth(q))[1]
        fresh.append(dict(x=x, warm=0, cpu=0.0))
    made = outcomes(fresh, [probability(model, s["x"], s["cpu"], LONG) for s in fresh], short, LONG)
    made += outcomes(fresh, [probability(model, s["x"], s["cpu"], HORIZON) for s in fresh], short)
    real_pairs = outcomes(f, ps, gate)
    by_fold = [outcomes([s for s, k in zip(f, of) if k == j], [p for p, k in zip(ps, of) if k == j], gate) for j in range(5)]
    return dict(
        model=model, times=times, gate=gate, short=short, measured=measured, pairs=real_pairs, by_fold=by_fold,
        made=made, decisions=ambers, probabilities=ps, rows=sum(len(p[1]) for p in f_parts + rest),
    )
