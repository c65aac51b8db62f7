"""Generated lives of programs beyond `synth.py`: leaks from the first sample, ageing, caches that fill, starts, idleness."""

import numpy as np

from synth import noise

KINDS = ("first_leak", "ageing", "cache", "startup", "plateau", "steps", "working", "idle")


def quantised(r, y):
    """A meter may move in steps: pages, megabytes, whole per cent."""
    return np.round(y / 0.5) * 0.5 if r.rand() < 0.1 else y


def teeth(r, n, y, top):
    """What a collector of garbage leaves of growth: saw teeth on the line, deeper the longer since the last one."""
    per = np.exp(r.uniform(np.log(4), np.log(120)))
    depth = r.uniform(1, 12)
    at, out = 0, np.zeros(n)
    while at < n:
        end = at + max(2, int(per * r.uniform(0.6, 1.4)))
        m = min(end, n) - at
        out[at : at + m] = (np.arange(m) / (end - at) - 0.5) * depth * r.uniform(0.7, 1.3)
        at = end
    return np.minimum(y + out, top)


def life(r, kind=None):
    kind = kind or KINDS[r.choice(len(KINDS), p=[0.2, 0.13, 0.18, 0.1, 0.2, 0.04, 0.05, 0.1])]
    base = r.uniform(4, 60)
    quiet = np.exp(r.uniform(np.log(0.06), np.log(2.5)))
    if kind == "first_leak":
        rise = np.exp(r.uniform(np.log(18), np.log(900)))
        n = int(min(1400, rise * r.uniform(1.02, 1.5) + 20))
        start = 0 if r.rand() < 0.6 else int(r.exponential(25))
        t = np.maximum(0.0, np.arange(n) - start)
        shape = r.choice([1.0, 1.0, 1.0, 0.8, 1.3])
        y = base + (80 - base) * (t / rise) ** shape
        if r.rand() < 0.4:  # it ends before the limit, or near it
            y = np.minimum(y, base + (80 - base) * r.uniform(0.25, 1.0))
    elif kind == "ageing":
        n = r.randint(500, 1440)
        limit = r.uniform(78, 97) if r.rand() < 0.75 else r.uniform(45, 78)
        rise = np.exp(r.uniform(np.log(60), np.log(1600)))
        low = r.uniform(10, max(11, limit - 15))
        y, at = np.zeros(n), int(-r.uniform(0, rise))
        while at < n:
            life_ = rise * r.uniform(0.8, 1.25)
            lo = low * r.uniform(0.9, 1.1)
            curve = r.choice([1.0, 1.0, 0.7, 1.4])
            for i in range(max(0, at), min(n, int(at + life_) + 1)):
                y[i] = lo + (limit - lo) * ((i - at) / life_) ** curve
            at = int(at + life_) + 1
    elif kind == "cache":
        n = r.randint(120, 1000)
        start = 0 if r.rand() < 0.5 else r.randint(0, n // 2)
        tau = np.exp(r.uniform(np.log(6), np.log(350)))
        full = r.uniform(base + 5, max(base + 6, r.uniform(55, 80)))
        y = base + (min(full, 79) - base) * (1 - np.exp(-np.maximum(0, np.arange(n) - start) / tau))
        if r.rand() < 0.35:  # filled in a line, then evicting
            y = np.minimum(base + np.maximum(0, np.arange(n) - start) * (full - base) / tau, min(full, 79))
    elif kind == "startup":
        n = r.randint(60, 800)
        level = r.uniform(8, 76)
        k = np.exp(r.uniform(np.log(2), np.log(60)))
        over = r.uniform(0, 12) if r.rand() < 0.4 else 0.0
        t = np.arange(n)
        y = level * (1 - np.exp(-t / k)) + over * (t / k) * np.exp(1 - t / k) / 2
    elif kind == "plateau" and r.rand() < 0.6:  # one rise that stops
        n = r.randint(150, 900)
        start, ramp = int(r.exponential(50)), np.exp(r.uniform(np.log(1), np.log(120)))
        goal = r.uniform(min(base + 5, 60), 78)
        y = base + (goal - base) * np.clip((np.arange(n) - start) / ramp, 0, 1)
    elif kind == "plateau":
        n = r.randint(200, 1200)
        y, at, level = np.zeros(n), 0, base
        while at < n:
            to = int(np.exp(r.uniform(np.log(20), np.log(400))))
            goal = r.uniform(5, 78)
            ramp = max(1, int(to * r.uniform(0.05, 0.9)))
            seg = np.concatenate([np.linspace(level, goal, ramp), np.full(max(0, to - ramp), goal)])[: n - at]
            y[at : at + len(seg)] = seg
            at, level = at + len(seg), goal
    elif kind == "steps":
        n = r.randint(200, 1200)
        y = np.full(n, base)
        for at in np.sort(r.randint(0, n, r.randint(2, 14))):
            y[at:] += r.exponential(7) if r.rand() < 0.75 else -r.exponential(10)
        y = np.clip(y, 2, 97)
    elif kind == "idle":  # what most programs do: next to nothing, and now and then a burst
        n = r.randint(200, 1200)
        base = np.exp(r.uniform(np.log(0.02), np.log(8)))
        quiet = base * r.uniform(0.02, 0.6)
        often = np.exp(r.uniform(np.log(0.0005), np.log(0.03)))
        height = np.exp(r.uniform(np.log(1), np.log(70)))
        y = base + (r.rand(n) < often) * r.exponential(height, n)
        y = np.minimum(y, r.uniform(20, 79))
    else:
        n = r.randint(300, 1200)
        y = np.full(n, r.uniform(10, 70)) + r.uniform(0, 12) * np.sin(2 * np.pi * (np.arange(n) / r.uniform(60, 2500) + r.rand()))
    if kind in ("first_leak", "ageing", "cache", "startup") and r.rand() < 0.45:
        y = teeth(r, n, y, 99.0)
    e = noise(r, n)
    y = y + e / max(1e-9, np.std(e)) * quiet
    return kind, np.round(np.clip(quantised(r, y), 0, 100), 2)
