#!/usr/bin/env python3
"""Holds a budget of false claims on out-of-fold probabilities, and compares what was asked with what came.

  python3 tools/train/budget.py --probabilities DIR

DIR holds a file for each track, such as A.npz and F.npz, with the arrays id, group, step_s and warm by series, and for
series i its values x_i and its probabilities p_i by step, 0 where no claim may be opened. The controller is that of
libs/prediction/false-budget.ts. It runs in two ways: all series as one host, one after the other (also in shuffled orders
of the groups), as `predict:stream` sees them; and each group as one host whose series run side by side, all hosts at once.
A false claim counts as the yardstick counts it, after the first day.
"""

import argparse
import os

import numpy as np
from numba import njit

# As in libs/prediction/false-budget.ts.
OWN_GAIN, COMMON_GAIN, MAX_OWN, MAX_COMMON = 0.1, 0.05, 4.0, 3.0
# Offset to start with where one false claim a week is asked for, and by how much less where e are.
START = dict(coarse=(0.15, 1.1), fine=(1.3, 1.25))
WEEK, DAY = 7 * 86400, 86400
RATES = (0.5, 2.0, 7.0)


def load(path):
    z = np.load(path)
    n = np.array([len(z[f"x_{i}"]) for i in range(len(z["id"]))])
    join = lambda k: np.concatenate([z[f"{k}_{i}"] for i in range(len(n))]).astype(np.float64)
    return dict(
        group=np.unique(z["group"], return_inverse=True)[1],
        step=z["step" if "step" in z.files else "step_s"].astype(np.int64),
        warm=z["warm"].astype(np.int64),
        n=n,
        at=np.concatenate([[0], np.cumsum(n)[:-1]]),
        x=join("x"),
        p=np.minimum(join("p"), 1 - 1e-9),
    )


def timeline(d, apart, shuffle=None):
    """Series, step and time of every sample in order of time; the host and the first second of each series."""
    s = np.repeat(np.arange(len(d["n"])), d["n"])
    i = np.arange(len(s)) - d["at"][s]
    if not apart:
        rank = np.arange(len(d["n"]))
        if shuffle is not None:
            random = np.random.RandomState(shuffle)
            rank = np.argsort(random.permutation(d["group"].max() + 1)[d["group"]], kind="stable")
        first = np.zeros(len(rank), np.int64)
        first[rank] = np.concatenate([[0], np.cumsum((d["n"] * d["step"])[rank])[:-1]])
        host = np.zeros(len(rank), np.int64)
    else:
        first, host = np.zeros(len(d["n"]), np.int64), d["group"]
    t = first[s] + (i + 1) * d["step"][s]
    order = np.lexsort((s, t))
    return s[order], i[order], t[order], host, first


@njit(cache=True)
def run(s, i, t, host, at, x, p, threshold, rate, start, common_gain, own_gain, max_own, max_common, alone):
    """AMBER by step, with the gate of the predictor and the offset of the controller."""
    bar, claim = np.zeros(len(host)), np.full(len(host), -1)
    own, last = np.zeros(host.max() + 1), np.zeros(host.max() + 1)
    common = 0.0
    amber = np.zeros(len(x), np.bool_)
    for k in range(len(s)):
        j, h, v = s[k], host[s[k]], x[at[s[k]] + i[k]]
        # Where series follow each other, time above the limit is one in which no claim can be made.
        if t[k] > last[h]:
            if v <= 80 or not alone:
                due = rate * (t[k] - last[h]) / 604800
                own[h] = max(-max_own, own[h] - own_gain * due)
                common = max(-max_common, common - common_gain * due)
            last[h] = t[k]
        bar[j] *= 0.99
        if v > 80:
            if claim[j] >= 0:
                bar[j] *= 0.5
            claim[j] = -1
            continue
        if claim[j] >= 0 and i[k] - claim[j] >= 30:
            claim[j] = -1
            bar[j] = min(9.0, bar[j] + 1)
            own[h] = min(max_own, own[h] + own_gain)
            common = min(max_common, common + common_gain)
        q, bound = p[at[j] + i[k]], threshold * (1 + bar[j])
        if claim[j] < 0 and q > 0 and bound < 1:
            if np.log(q / (1 - q)) >= np.log(bound / (1 - bound)) + start + common + own[h]:
                claim[j] = i[k]
        amber[at[j] + i[k]] = claim[j] >= 0
    return amber


@njit(cache=True)
def judge(x, amber, warm, since):
    """Hits, false claims, breaches and judged steps of one series by the yardstick, from step `since` on."""
    hits = false = events = steps = below = 0
    claim = last = -1
    for t in range(len(x)):
        if x[t] > 80:
            if t >= warm + 1 and below >= 30 and t >= since:
                events += 1
                for j in range(max(warm, t - 30, last + 1), t):
                    if amber[j]:
                        hits += 1
                        break
            claim, below, last = -1, 0, t
            continue
        below += 1
        if t < warm:
            continue
        steps += t >= since
        if claim >= 0 and t - claim >= 30:
            false += t >= since
            claim = -1
        if claim < 0 and amber[t]:
            claim = t
    return hits, false, events, steps


def score(d, amber, first, apart):
    """False claims and weeks after the first day of each host, and hits and breaches."""
    total = np.zeros(4)
    span = {}
    for k in range(len(d["n"])):
        since = max(0, -(-(DAY - first[k]) // d["step"][k]))
        part = slice(d["at"][k], d["at"][k] + d["n"][k])
        hits, false, events, steps = judge(d["x"][part], amber[part], d["warm"][k], since)
        total += hits, false, events, steps * d["step"][k] / WEEK
        low, high = span.get(d["group"][k], (1 << 60, 0))
        span[d["group"][k]] = min(low, max(DAY, d["warm"][k] * d["step"][k])), max(high, d["n"][k] * d["step"][k])
    weeks = sum(max(0, high - low) for low, high in span.values()) / WEEK if apart else total[3]
    return total[1], weeks, total[0], total[2]


def line(name, rate, counts):
    false, weeks, hits, events = np.sum(counts, 0)
    came = false / weeks
    print(f"{name:34s} asked {rate:4.1f}  came {came:5.2f} ({came / rate:4.2f} of it; {false:.0f} false in {weeks:.1f} weeks)"
          f"  recall {hits / max(1, events):.2f} ({hits:.0f} of {events:.0f})")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--probabilities", required=True)
    ap.add_argument("--tracks", default="AF")
    ap.add_argument("--threshold", type=float, default=0.26, help="of the gate")
    ap.add_argument("--orders", type=int, default=10, help="shuffled orders of the groups")
    opt = ap.parse_args()
    for track in opt.tracks:
        d = load(os.path.join(opt.probabilities, f"{track}.npz"))
        hold = lambda order, rate, start, gains, alone: run(
            *order[:4], d["at"], d["x"], d["p"], opt.threshold, rate, start, *gains, MAX_OWN, MAX_COMMON, alone
        )
        order = timeline(d, False)
        print(f"track {track}: a fixed offset")
        for offset in np.arange(-4, 3.1, 0.5):
            false, weeks, hits, events = score(d, hold(order, 0.0, offset, (0.0, 0.0), True), order[4], False)
            print(f"  {offset:5.1f}  {false / weeks:6.2f} false a week ({false:.0f})  recall {hits / events:.2f}")
        for rate in RATES:
            at1, per_e = START["coarse" if d["step"].min() >= 150 else "fine"]
            start = at1 - per_e * np.log(rate)
            gains = COMMON_GAIN, OWN_GAIN
            line(f"track {track}, as the file has them,", rate, [score(d, hold(order, rate, start, gains, True), order[4], False)])
            shuffled = [timeline(d, False, seed) for seed in range(1, opt.orders + 1)]
            line(f"track {track}, {opt.orders} orders of the groups,", rate, [score(d, hold(o, rate, start, gains, True), o[4], False) for o in shuffled])
            apart = timeline(d, True)
            line(f"track {track}, a group a host,", rate, [score(d, hold(apart, rate, start, gains, False), apart[4], True)])


if __name__ == "__main__":
    main()
