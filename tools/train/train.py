#!/usr/bin/env python3
"""Trains the model that Amberwatch ships, and measures it by cross-validation over groups of series.

  python3 tools/train/train.py --data DIR                     writes libs/prediction/model/model.json
  python3 tools/train/train.py --data DIR --out-of-fold OUT   also the decisions of each fold, for the yardstick's scorer

Single-threaded with fixed seeds: the same machine and versions give the same bytes.
"""

import argparse
import concurrent.futures
import json
import os
import sys
import time

import lightgbm as lgb
import numpy as np

import export
import fine_model
from features import LV, stream
from fine import labels
from lives import life
from yardstick import GRID, claims, gates, load, load_file, nested, pick, summary

FOLDS, QUIET, EARLY = 5, 30, 10
LIVES, LIVES_WEIGHT = 1200, 0.3
FIXED = dict(num_threads=1, deterministic=True, force_row_wise=True, verbose=-1, max_bin=127)
TREES = dict(
    FIXED,
    objective="binary",
    learning_rate=0.04,
    num_leaves=31,
    min_data_in_leaf=100,
    feature_fraction=0.4,
    bagging_fraction=0.6,
    bagging_freq=1,
    lambda_l2=10,
)
TIMES = dict(
    FIXED, objective="quantile", learning_rate=0.08, num_leaves=8, min_data_in_leaf=200, feature_fraction=0.5, seed=1
)
QUANTILES = dict(earliest=0.1, median=0.5, latest=0.9)


def log(text, since=[time.time()]):
    print(f"{time.time() - since[0]:6.0f} s  {text}", file=sys.stderr, flush=True)


def prepare(s):
    y, until, may = labels(s["x"], 30, EARLY)
    quiet = np.where(may, QUIET, 0)
    return dict(s, F=stream(s["x"], s["tod"], s["cpu"], LV), y=y, until=until, quiet=quiet)


def rows(s, keep, weight, seed, cap=None):
    """Steps from which a claim may be opened: all before a breach, a share of the rest; a series weighs as ten events."""
    y, n = s["y"], len(s["x"])
    ok = (y >= 0) & (s["quiet"] >= QUIET) & (np.arange(n) >= EARLY)
    events = np.sum((s["x"][1:] > 80) & (s["quiet"][:-1] >= QUIET) & (np.arange(1, n) > s["warm"]))
    r = np.random.RandomState(seed)
    pos, neg = np.where(ok & (y == 1))[0], np.where(ok & (y == 0))[0]
    neg = neg[r.rand(len(neg)) < keep]
    idx = np.concatenate([pos, neg])
    w = np.concatenate([np.ones(len(pos)), np.full(len(neg), 1 / keep)]) * weight * min(1.0, 10 / max(1, events))
    if cap and len(idx) > cap:
        some = np.sort(r.choice(len(idx), cap, replace=False))
        idx, w = idx[some], w[some] * len(w) / cap
    return s["F"][idx], y[idx].astype(np.float32), w, s["until"][idx]


def lives_in_steps(count, weight):
    """Generated lives as five-minute steps, so that leaks are known before a day has passed."""
    r = np.random.RandomState(21)
    out = []
    for i in range(count):
        x = life(r)[1][:600]
        y, until, may = labels(x, 30, EARLY)
        f = stream(x, 300 * int(r.randint(288)), float(r.rand() < 0.2), LV)
        made = dict(x=x, F=f, y=y, until=until, quiet=np.where(may, QUIET, 0), warm=0)
        out.append(rows(made, 0.15, weight, i))
    return out


def stack(parts):
    return [np.concatenate([p[i] for p in parts]) for i in range(4)]


def train(parts, trees, leaves, seeds=(1,)):
    x, y, w, _ = stack(parts)
    data = lgb.Dataset(x, y, weight=w, free_raw_data=False)
    return [
        lgb.train(dict(TREES, num_leaves=leaves, min_data_in_leaf=3100 // leaves, seed=seed), data, trees)
        for seed in seeds
    ]


def train_times(parts, which=QUANTILES):
    x, y, w, until = stack(parts)
    hit = y == 1
    data = lgb.Dataset(x[hit], until[hit].astype(np.float64), weight=w[hit], free_raw_data=False)
    return {k: lgb.train(dict(TIMES, alpha=a), data, 60) for k, a in which.items()}


def probability(models, s):
    """By step; zero where no claim can be open."""
    p = np.zeros(len(s["x"]))
    ok = s["quiet"] >= QUIET
    if ok.any():
        raw = np.mean([m.predict(s["F"][ok], raw_score=True, num_threads=1) for m in models], 0)
        p[ok] = 1 / (1 + np.exp(-raw))
    return p


def fold_of(groups, seed):
    unique = sorted(set(groups))
    np.random.RandomState(seed).shuffle(unique)
    at = {g: i % FOLDS for i, g in enumerate(unique)}
    return at


def cross_validate(a, b, part, extra, opt, seed):
    fold = fold_of([s["group"] for s in a + b], seed)
    names = {s["id"] for s in a}
    p = {}
    covered = []
    for k in range(FOLDS):
        own = [part[s["id"]] for s in a + b if fold[s["group"]] != k]
        models = train(own + extra, opt.trees, opt.leaves, range(1, opt.bag + 1))
        times = train_times(own) if seed == 0 else None
        for s in a + b:
            if fold[s["group"]] == k:
                p[s["id"]] = probability(models, s)
                if times and s["id"] in names:
                    covered.append(coverage(times, s))
        log(f"partition {seed}, fold {k}")
    return p, fold, covered


def coverage(times, s):
    """Of the steps before a breach: how many had it inside the predicted interval, and the error of the median."""
    ok = (s["y"] == 1) & (s["quiet"] >= QUIET) & (np.arange(len(s["x"])) >= s["warm"])
    if not ok.any():
        return 0, 0, 0.0
    q = {k: np.clip(m.predict(s["F"][ok], num_threads=1), 1, 30) for k, m in times.items()}
    t = s["until"][ok]
    return (
        int(ok.sum()),
        int(np.sum((t >= np.floor(q["earliest"])) & (t <= np.ceil(q["latest"])))),
        float(np.abs(t - q["median"]).sum()),
    )


def outcomes(series, probabilities, gate):
    """(claimed, came true) of every decided claim after the warm-up."""
    pairs = []
    for s in series:
        _, opened, result = claims(probabilities[s["id"]], s["x"], *gate)
        w = min(1.0, 10 / max(1, int(np.sum(result == 1))))
        pairs += [
            (float(probabilities[s["id"]][t]), int(r), w) for t, r in zip(opened, result) if r >= 0 and t >= s["warm"]
        ]
    return sorted(pairs)


def isotonic(pairs, bands=10, prior=10):
    """Claimed against true probability of the claims, ascending."""
    pools = []
    for part in np.array_split(np.array(pairs), bands):
        pools.append([part[:, 2].sum(), (part[:, 0] * part[:, 2]).sum(), (part[:, 1] * part[:, 2]).sum()])
        while len(pools) > 1 and worth(pools[-2], prior) >= worth(pools[-1], prior):
            last = pools.pop()
            pools[-1] = [u + v for u, v in zip(pools[-1], last)]
    return [[round(q[1] / q[0], 4), round(worth(q, prior), 4)] for q in pools]


def worth(pool, prior):
    return (pool[2] + prior * pool[1] / pool[0]) / (pool[0] + prior)


def write_decisions(path, series, ambers):
    with open(path, "w") as fh:
        for s, amber in zip(series, ambers):
            for t in np.where(amber)[0]:
                fh.write(f"{s['id']},{t},1\n")


def train_coarse(opt):
    a, b = ([prepare(s) for s in load(opt.data, track)] for track in "AB")
    part = {}
    for track, weight in ((a, 1.0), (b, 0.3)):
        for i, s in enumerate(track):
            part[s["id"]] = rows(s, 0.12 if len(s["x"]) > 1000 else 0.5, weight, i)
    extra = lives_in_steps(LIVES, LIVES_WEIGHT)
    log(f"coarse: {sum(len(r[1]) for r in part.values())} steps to train on, {sum(len(r[1]) for r in extra)} generated")
    measured, tables, first, covered = [], [], None, []
    for seed in range(opt.partitions):
        p, fold, cover = cross_validate(a, b, part, extra, opt, seed)
        result = {"partition": seed}
        for name, track in (("A", a), ("B", b)):
            folds = np.array([fold[s["group"]] for s in track])
            of_track = [p[s["id"]] for s in track]
            if name == "B":
                # Track B is judged with the gate of track A: one gate is shipped.
                ambers = [claims(p[s["id"]], s["x"], *result["gates"][f])[0] for s, f in zip(track, folds)]
            else:
                table = gates(track, of_track)
                tables.append(table)
                ambers, result["gates"] = nested(track, table, of_track, folds)
            result[name] = summary(track, ambers)
            log(f"partition {seed}, track {name}, out of fold: {json.dumps(result[name])}")
            if opt.out_of_fold:
                write_decisions(os.path.join(opt.out_of_fold, f"{name}-{seed}.csv"), track, ambers)
        measured.append(result)
        first = first or (p, fold)
        covered = covered or cover
    # The gate that is shipped: best over all partitions at once.
    gate = GRID[pick(np.mean(tables, 0), np.ones(len(a), bool))]
    p, fold = first
    by_fold = [outcomes([s for s in a + b if fold[s["group"]] == k], p, gate) for k in range(FOLDS)]
    log(f"coarse: gate {gate}; {sum(map(len, by_fold))} claims")
    own = list(part.values())
    models = train(own + extra, opt.trees, opt.leaves, range(1, opt.bag + 1))
    total = np.array(covered).sum(0)
    times = dict(
        steps=int(total[0]), insideInterval=float(total[1] / total[0]), medianErrorSteps=float(total[2] / total[0])
    )
    log("coarse: trained on everything")
    return dict(
        models=models, times=train_times(own), gate=gate, by_fold=by_fold, measured=measured, covered=times,
        data=dict(trackA=len(a), trackB=len(b), rows=int(sum(len(r[1]) for r in part.values()))),
        probabilities=[p[s["id"]] for s in a],
    )


def train_fine(opt):
    f, a, lab = load(opt.data, "F"), load(opt.data, "A"), load_file(opt.lab)
    made = fine_model.train(FIXED, f, a, lab, log)
    if opt.out_of_fold:
        write_decisions(os.path.join(opt.out_of_fold, "F-0.csv"), f, made["decisions"])
    return dict(made, series=len(f), recordings=len(lab))


def corrected(by_fold):
    """Claims of each fold, corrected by what became of those of the others."""
    out = []
    for k, own in enumerate(by_fold):
        knots = np.array(isotonic(sorted(q for j, other in enumerate(by_fold) if j != k for q in other)))
        out += [(float(np.interp(p, knots[:, 0], knots[:, 1])), hit, w) for p, hit, w in own]
    return out


def write_probabilities(folder, data, track, ps):
    """For those who study claims out of fold: ids, groups, values and probabilities of each series."""
    series = load(data, track)
    named = {k: np.array([s[k] for s in series]) for k in ("id", "group", "step", "warm")}
    named |= {f"x_{i}": s["x"].astype(np.float32) for i, s in enumerate(series)}
    named |= {f"p_{i}": np.asarray(p, np.float32) for i, p in enumerate(ps)}
    np.savez_compressed(os.path.join(folder, f"{track}.npz"), **named)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True, help="folder with dev_A.csv, dev_B.csv and dev_F.csv")
    here = os.path.dirname(os.path.abspath(__file__))
    ap.add_argument("--out", default=os.path.join(here, "../../libs/prediction/model/model.json"))
    ap.add_argument(
        "--lab", default=os.path.join(here, "../lab/recordings/train.csv.gz"), help="recordings of the lab to train on"
    )
    ap.add_argument("--out-of-fold", help="folder for decisions and probabilities out of fold")
    ap.add_argument("--date", default="", help="written into the model card")
    ap.add_argument("--trees", type=int, default=250)
    ap.add_argument("--leaves", type=int, default=31)
    ap.add_argument("--bag", type=int, default=1, help="models averaged, each with its own seed")
    ap.add_argument("--partitions", type=int, default=1, help="partitions into folds that are measured")
    opt = ap.parse_args()
    if opt.out_of_fold:
        os.makedirs(opt.out_of_fold, exist_ok=True)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        coarse, fine = pool.submit(train_coarse, opt), pool.submit(train_fine, opt)
        fine, coarse = fine.result(), coarse.result()
    if opt.out_of_fold:
        write_probabilities(opt.out_of_fold, opt.data, "A", coarse["probabilities"])
        write_probabilities(opt.out_of_fold, opt.data, "F", fine["probabilities"])
    pooled = [q for by in (coarse["by_fold"], fine["by_fold"]) for fold in by for q in fold]
    right = corrected(coarse["by_fold"]) + corrected(fine["by_fold"])
    card = dict(
        trained=opt.date,
        command="python3 tools/train/train.py --data DIR "
        + " ".join(f"--{k} {getattr(opt, k)}" for k in ("trees", "leaves", "bag", "partitions")),
        data=dict(coarse["data"], trackF=fine["series"], recordings=fine["recordings"], rowsFine=fine["rows"]),
        outOfFold=coarse["measured"],
        outOfFoldFine=fine["measured"],
        timeOfBreach=coarse["covered"],
        reliability=export.reliability(sorted(pooled)),
        reliabilityCorrected=export.reliability(sorted(right)),
    )
    sets = dict(
        coarse=[sorted(q for fold in coarse["by_fold"] for q in fold)],
        fine=[sorted(fine["made"]), sorted(fine["pairs"])],
    )
    export.write(opt.out, coarse, fine, {k: [isotonic(q) for q in v] for k, v in sets.items()}, card)
    log(f"wrote {os.path.basename(opt.out)}")


if __name__ == "__main__":
    main()
