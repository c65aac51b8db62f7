"""Trains the ramp branch on generated leaks, ramps and look-alikes only; the yardstick's synthetic track stays unseen."""

import lightgbm as lgb
import numpy as np

from fine import rampfeats
from synth import series
from yardstick import labels, summary

TRAIN, TEST = 1200, 300
HORIZONS = {30: 0.5, 180: 0.08}
KEEP_QUIET = 0.06
PARAMS = dict(
    objective="binary",
    learning_rate=0.06,
    num_leaves=15,
    min_data_in_leaf=60,
    feature_fraction=0.5,
    bagging_fraction=0.7,
    bagging_freq=1,
    lambda_l2=5,
    seed=1,
)


def train(fixed, log):
    r, q = np.random.RandomState(7), np.random.RandomState(3)
    made = [series(r) for _ in range(TRAIN + TEST)]
    xs, ys, ws = [], [], []
    for _, x in made[:TRAIN]:
        for horizon, keep in HORIZONS.items():
            f = rampfeats(x, horizon)
            y, _, quiet = labels(x, horizon, 1)
            ok = (y >= 0) & (quiet >= 30)
            pos, neg = np.where(ok & (y == 1))[0], np.where(ok & (y == 0))[0]
            pos, neg = pos[q.rand(len(pos)) < keep], neg[q.rand(len(neg)) < KEEP_QUIET]
            xs += [f[pos], f[neg]]
            ys += [np.ones(len(pos)), np.zeros(len(neg))]
            ws += [np.full(len(pos), 1 / keep / horizon), np.full(len(neg), 1 / KEEP_QUIET / horizon)]
    w = np.concatenate(ws)
    model = lgb.train(
        dict(fixed, **PARAMS), lgb.Dataset(np.concatenate(xs), np.concatenate(ys), weight=w / w.mean()), 200
    )
    test = [dict(x=x, warm=120, step=10, group=str(i)) for i, (_, x) in enumerate(made[TRAIN:])]
    p = []
    for s in test:
        raw = model.predict(rampfeats(s["x"], 30), num_threads=1)
        p.append(np.where(labels(s["x"], 30, 1)[2] >= 30, raw, 0))
    score, threshold = max((summary(test, [q >= t for q in p])["f1"], t) for t in (0.5, 0.55, 0.6, 0.65, 0.7))
    log(f"ramp: threshold {threshold}, F1 {score:.3f} on {TEST} generated series that it was not trained on")
    return model, threshold, dict(series=TEST, f1=round(score, 4))
