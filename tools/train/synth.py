"""Synthetic leaks, ramps, plateaus, steps and transients on 10 s samples: what the ramp branch is trained on."""

import numpy as np

KINDS = ("leak", "leak_gc", "leak_stair", "leak_restart", "load", "plateau", "regime", "transient", "flat", "sawtooth")


def noise(r, n):
    sd = np.exp(r.uniform(np.log(0.25), np.log(3.0)))
    rho = r.choice([0.0, 0.0, 0.3, 0.6, 0.85])
    e = r.normal(0, 1, n)
    out = np.empty(n)
    s = r.normal()
    for i in range(n):
        s = rho * s + np.sqrt(1 - rho * rho) * e[i]
        out[i] = s
    if r.rand() < 0.25:
        out += (r.rand(n) < 0.01) * r.exponential(4, n)
    return out * sd


def series(r, kind=None, n=1440):
    kind = kind or KINDS[r.randint(len(KINDS))]
    t = np.arange(n, dtype=float)
    base = r.uniform(5, 50)
    y = np.full(n, base)
    start = r.randint(60, int(n * 0.6))
    if r.rand() < 0.4:
        y += r.uniform(0, 6) * np.sin(2 * np.pi * (t / r.uniform(100, 3000) + r.rand()))
    dur = np.exp(r.uniform(np.log(40), np.log(1100)))
    top = r.uniform(84, 100)
    if kind in ("leak", "leak_gc", "leak_stair"):
        ramp = np.clip((t - start) * (80 - base) / dur, 0, top - base)
        if kind == "leak_gc":
            per = r.uniform(8, 80)
            ramp = ramp + np.where(t > start, ((t % per) / per - 0.5) * r.uniform(2, 10), 0) * (ramp > 0)
        if kind == "leak_stair":
            per = r.uniform(15, 120)
            hop = (80 - base) / dur * per
            ramp = np.clip(np.floor(np.maximum(0, t - start) / per) * hop + 0, 0, top - base)
        if r.rand() < 0.25:
            stop = r.uniform(0.4, 1.2) * (80 - base)
            ramp = np.minimum(ramp, stop)  # a leak that ends
        y = y + ramp
    elif kind == "leak_restart":
        limit = r.uniform(70, 92)
        per = dur * (limit - base) / (80 - base)
        y = base + np.maximum(0, ((t - start) % per)) * (80 - base) / dur * (t > start)
        y += np.where(t > start, 0, 0)
    elif kind == "sawtooth":
        limit = r.uniform(35, 84)
        per = np.exp(r.uniform(np.log(20), np.log(300)))
        y = base * 0.5 + ((t + start) % per) / per * np.maximum(3, limit - base * 0.5)
    elif kind == "load":
        k = 1 / (dur / r.uniform(1, 3))
        goal = r.uniform(65, 130)
        y = (
            y
            + np.where(
                t > start,
                np.minimum(top - base, np.maximum(0, (np.exp(np.minimum(6, (t - start) * k)) - 1)) * r.uniform(1, 6)),
                0,
            )
            if r.rand() < 0.6
            else base + (min(goal, 100) - base) / (1 + np.exp(-(t - start - dur) * 4 / dur))
        )
    elif kind == "plateau":
        lvl = r.uniform(58, 81)
        y = y + np.clip((t - start) / dur, 0, 1) * (lvl - base)
        if r.rand() < 0.3:
            y += np.where(t > start + dur, r.uniform(-0.004, 0.006) * (t - start - dur), 0)
    elif kind == "regime":
        p = 0
        while p < n:
            q = p + int(np.exp(r.uniform(np.log(40), np.log(500))))
            y[p:q] = r.uniform(3, 90) if r.rand() < 0.25 else r.uniform(3, 70)
            p = q
    elif kind == "transient":
        for _ in range(r.randint(1, 4)):
            c = r.randint(100, n)
            h = r.uniform(10, 60)
            up = np.exp(r.uniform(np.log(8), np.log(200)))
            dn = np.exp(r.uniform(np.log(8), np.log(200)))
            y = y + h * np.where(t < c, np.maximum(0, 1 - (c - t) / up), np.maximum(0, 1 - (t - c) / dn))
    return kind, np.round(np.clip(y + noise(r, n), 0, 100), 2)
