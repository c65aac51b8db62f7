"""Features of the ramp branch, sample by sample: the same arithmetic as libs/prediction/fine-features.ts."""

import math

import numpy as np
from numba import njit

NR = 60
NFR = 56


@njit(cache=True)
def rampfeats(x, H):
    n = len(x)
    F = np.full((n, NFR), -1.0, np.float32)
    ring = np.zeros(NR)
    w = np.zeros(NR)
    sn = 0.0
    mt = 0.0
    mx = 0.0
    stt = 0.0
    stx = 0.0
    sxx = 0.0
    off = 0
    prior = 0.0
    sd = 2.0
    sdn = 0.0
    below = 0
    seen = 0
    peak = 0.0
    for t in range(n):
        v = math.floor(min(655.35, max(0.0, x[t])) * 100 + 0.5) / 100.0
        ring[t % NR] = v
        seen = min(seen + 1, 100000)
        m = min(seen, NR)
        for j in range(m):
            w[j] = ring[(t - m + 1 + j) % NR]
        if m >= 3:
            d = abs(v - 2 * w[m - 2] + w[m - 3])
            d = min(d, 9.8 * sd + 1)
            sdn = min(sdn + 1, 120.0)
            sd = float(np.float32(math.sqrt(max(0.01, sd * sd + (d * d / 6.0 - sd * sd) / max(sdn, 8.0)))))
        sn = sn + 1
        tt = float(t - off)
        dt = tt - mt
        dx = v - mx
        mt += dt / sn
        mx += dx / sn
        stt += dt * (tt - mt)
        stx += dt * (v - mx)
        sxx += dx * (v - mx)
        slope = stx / stt if sn >= 3 else 0.0
        if v > 80:
            below = 0
        else:
            below += 1
        peak = float(np.float32(max(v, peak * 0.9995)))
        # a change: the last eight against the line
        if sn >= 28:
            r = 0.0
            for j in range(8):
                r += w[m - 1 - j] - (mx + slope * ((t - j - off) - mt))
            r /= 8
            if abs(r) > 2.5 * sd + 1.0:
                if r < 0 and slope > 0 and sn > 60:
                    prior = float(np.float32(slope))
                sn = 0.0
                mt = 0.0
                mx = 0.0
                stt = 0.0
                stx = 0.0
                sxx = 0.0
                off = t - 11
                for j in range(12):
                    z = w[m - 12 + j]
                    sn += 1
                    dt = j - mt
                    dx = z - mx
                    mt += dt / sn
                    mx += dx / sn
                    stt += dt * (j - mt)
                    stx += dt * (z - mx)
                    sxx += dx * (z - mx)
                slope = stx / stt
        f = F[t]
        f[0] = v
        f[1] = below if below < 240 else 240
        f[2] = seen if seen < 600 else 600
        f[3] = sd
        f[4] = H
        k = 5
        for W in (3, 6, 12, 30, 60):
            c = min(W, m)
            a0 = m - c
            s = 0.0
            mxx = -1.0
            mn = 1e9
            ss = 0.0
            sxy = 0.0
            sad = 0.0
            for j in range(a0, m):
                z = w[j]
                s += z
                ss += z * z
                sxy += z * (j - a0)
                if z > mxx:
                    mxx = z
                if z < mn:
                    mn = z
                if j > a0:
                    sad += abs(z - w[j - 1])
            mean = s / c
            dev = math.sqrt(max(0.0, ss / c - mean * mean))
            den = c * (c * c - 1) / 12.0
            sl = (sxy - s * (c - 1) / 2.0) / den if c > 1 else 0.0
            lev = mean + sl * (c - 1) / 2.0
            f[k] = mean
            f[k + 1] = 80 - mxx
            f[k + 2] = mn
            f[k + 3] = dev
            f[k + 4] = sl * H
            f[k + 5] = sad / max(1, c - 1)
            f[k + 6] = 80 - lev - sl * H
            f[k + 7] = (80 - lev - sl * H) / (sd + 0.5)
            k += 8
        res = max(0.0, sxx - stx * stx / stt) if stt > 0 else 0.0
        se = math.sqrt(max(res, sd * sd * sn) / max(1.0, sn - 2) / stt) if stt > 0 else 1.0
        level = mx + slope * ((t - off) - mt)
        f[45] = sn if sn < 2000 else 2000
        f[46] = slope * H
        f[47] = slope / (se + 1e-6)
        f[48] = 1 - res / sxx if sxx > 0 else 0.0
        f[49] = 80 - level - slope * H
        f[50] = (80 - level - slope * H) / (sd + se * H + 0.2)
        f[51] = slope * (sn - 1)
        f[52] = math.sqrt(res / max(1.0, sn - 2))
        f[53] = prior * H
        f[54] = peak
        f[55] = (80 - level) / (sd + 0.5)
    return F


@njit(cache=True)
def labelsH(x, H):
    n = len(x)
    y = np.full(n, -1, np.int8)
    tte = np.full(n, 9999, np.int16)
    nxt = -1
    for t in range(n - 1, -1, -1):
        if x[t] > 80:
            nxt = t
            continue
        if nxt >= 0 and nxt - t <= H:
            y[t] = 1
            tte[t] = nxt - t
        elif t + H < n:
            y[t] = 0
    return y, tte
