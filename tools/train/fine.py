"""Features of the fine branch, sample by sample: the same arithmetic on the same compact state as
libs/prediction/fine-features.ts and its neighbours, which a test holds to the same numbers."""

import math

import numpy as np
from numba import njit

RING = 60
BLOCKS = 32
PER_BLOCK = 30
QUIET = 30
# scalar slots
(
    N,
    BELOW,
    SINCE_RED,
    SINCE_EVENT,
    GAP1,
    GAP2,
    EVENTS,
    MEAN_S,
    VAR_S,
    MEAN_L,
    VAR_L,
    S80,
    S70,
    S60,
    L80,
    L70,
    TRIED,
    HIT,
    JUMP,
    ROUGH,
    NOISE,
    NOISE_N,
    PRIOR,
    PEAK,
) = range(24)
NF = 128


@njit(cache=True)
def fine(x, H, cpu):
    n = len(x)
    F = np.full((n, NF), -1.0, np.float32)
    ring = np.zeros(RING, np.uint16)
    top = np.zeros(BLOCKS, np.uint8)
    low = np.zeros(BLOCKS, np.uint8)
    tried = np.zeros(18, np.uint8)
    hits = np.zeros(18, np.uint8)
    hist = np.zeros(32, np.uint8)
    S = np.zeros(24, np.float32)
    S[SINCE_RED] = 9999
    S[SINCE_EVENT] = 9999
    S[GAP1] = -1
    S[GAP2] = -1
    S[NOISE] = 2.0
    w = np.zeros(RING)
    tp = np.zeros(BLOCKS)
    lw = np.zeros(BLOCKS)
    sn = 0.0
    mt = 0.0
    mx = 0.0
    stt = 0.0
    stx = 0.0
    sxx = 0.0
    age = 0.0
    for t in range(n):
        q = int(math.floor(min(655.35, max(0.0, x[t])) * 100 + 0.5))
        ring[t % RING] = q
        v = q / 100.0
        red = q > 8000
        c = float(S[N]) + 1
        S[N] = min(c, 60000.0)
        m = int(min(c, RING))
        for j in range(m):
            w[j] = ring[(t - m + 1 + j) % RING] / 100.0
        # noise, from second differences
        if m >= 3:
            sd = float(S[NOISE])
            d = min(abs(v - 2 * w[m - 2] + w[m - 3]), 9.8 * sd + 1)
            S[NOISE_N] = min(float(S[NOISE_N]) + 1, 120.0)
            S[NOISE] = math.sqrt(max(0.0025, sd * sd + (d * d / 6.0 - sd * sd) / max(float(S[NOISE_N]), 8.0)))
        noise = float(S[NOISE])
        # blocks
        b = t // PER_BLOCK
        z = int(min(255.0, v * 2.5))
        if t % PER_BLOCK == 0:
            top[b % BLOCKS] = z
            low[b % BLOCKS] = z
        else:
            top[b % BLOCKS] = max(z, top[b % BLOCKS])
            low[b % BLOCKS] = min(z, low[b % BLOCKS])
        S[SINCE_RED] = min(9999.0, float(S[SINCE_RED]) + 1)
        S[SINCE_EVENT] = min(9999.0, float(S[SINCE_EVENT]) + 1)
        event = red and S[BELOW] >= QUIET
        if event:
            S[GAP2] = S[GAP1]
            S[GAP1] = S[SINCE_EVENT] if S[EVENTS] > 0 else -1
            S[SINCE_EVENT] = 0
            S[EVENTS] = min(1000.0, float(S[EVENTS]) + 1)
        if m >= 37:
            j = m - 31
            if w[j] <= 80.0:
                hit = S[SINCE_EVENT] < 30
                anyred = False
                for i in range(j + 1, m):
                    if w[i] > 80.0:
                        anyred = True
                if hit or not anyred:
                    mean = 0.0
                    for i in range(j - 5, j + 1):
                        mean += w[i]
                    k = int(min(8.0, w[j] / 10.0)) * 2 + (1 if w[j] - mean / 6 > 2 else 0)
                    if tried[k] == 255:
                        tried[k] = 127
                        hits[k] = hits[k] >> 1
                    tried[k] += 1
                    S[TRIED] = min(1e6, float(S[TRIED]) + 1)
                    if hit:
                        hits[k] += 1
                        S[HIT] = min(1e6, float(S[HIT]) + 1)
        if red:
            S[BELOW] = 0
            S[SINCE_RED] = 0
        else:
            S[BELOW] = min(9999.0, float(S[BELOW]) + 1)
        hb = int(min(31.0, v / 3.125))
        if hist[hb] == 255:
            for i in range(32):
                hist[i] = hist[i] >> 1
        hist[hb] += 1
        al = 1 / min(c, 120.0)
        be = 1 / min(c, 960.0)
        d = v - float(S[MEAN_S])
        S[MEAN_S] = float(S[MEAN_S]) + al * d
        S[VAR_S] = (1 - al) * (float(S[VAR_S]) + al * d * d)
        d = v - float(S[MEAN_L])
        S[MEAN_L] = float(S[MEAN_L]) + be * d
        S[VAR_L] = (1 - be) * (float(S[VAR_L]) + be * d * d)
        ga = 1 / min(c, 288.0)
        S[S80] = float(S[S80]) + ga * ((1.0 if red else 0.0) - float(S[S80]))
        S[S70] = float(S[S70]) + ga * ((1.0 if v > 70 else 0.0) - float(S[S70]))
        S[S60] = float(S[S60]) + ga * ((1.0 if v > 60 else 0.0) - float(S[S60]))
        ga = 1 / min(c, 1920.0)
        S[L80] = float(S[L80]) + ga * ((1.0 if red else 0.0) - float(S[L80]))
        S[L70] = float(S[L70]) + ga * ((1.0 if v > 70 else 0.0) - float(S[L70]))
        jump = v - w[m - 2] if m > 1 else 0.0
        S[JUMP] = max(jump, float(S[JUMP]) * 0.997)
        S[ROUGH] = float(S[ROUGH]) + al * (abs(jump) - float(S[ROUGH]))
        S[PEAK] = max(v, float(S[PEAK]) * 0.9995)
        # line through the segment
        age = 0.0 if sn == 0 else age + 1
        sn += 1
        dt = age - mt
        dx = v - mx
        mt += dt / sn
        mx += dx / sn
        stt += dt * (age - mt)
        stx += dt * (v - mx)
        sxx += dx * (v - mx)
        slope = stx / stt if sn >= 3 else 0.0
        if sn >= 28:
            r = 0.0
            for j in range(8):
                r += w[m - 1 - j] - (mx + slope * (age - j - mt))
            r /= 8
            if abs(r) > 2.5 * noise + 1.0:
                if r < 0 and slope > 0 and sn > 60:
                    S[PRIOR] = slope
                sn = 0.0
                mt = 0.0
                mx = 0.0
                stt = 0.0
                stx = 0.0
                sxx = 0.0
                for j in range(12):
                    z2 = w[m - 12 + j]
                    sn += 1
                    dt = j - mt
                    dx = z2 - mx
                    mt += dt / sn
                    mx += dx / sn
                    stt += dt * (j - mt)
                    stx += dt * (z2 - mx)
                    sxx += dx * (z2 - mx)
                age = 11.0
                slope = stx / stt
        # ---------------- features
        f = F[t]
        f[0] = v
        f[1] = v - w[m - 2] if m > 1 else 0.0
        f[2] = v - w[m - 3] if m > 2 else 0.0
        f[3] = v - w[m - 4] if m > 3 else 0.0
        f[4] = v - w[m - 7] if m > 6 else 0.0
        k = 5
        for W in (3, 6, 12, 30, 60):
            cc = min(W, m)
            a0 = m - cc
            s = 0.0
            hi = -1.0
            lo = 1e9
            ss = 0.0
            sxy = 0.0
            sad = 0.0
            for j in range(a0, m):
                y = w[j]
                s += y
                ss += y * y
                sxy += y * (j - a0)
                if y > hi:
                    hi = y
                if y < lo:
                    lo = y
                if j > a0:
                    sad += abs(y - w[j - 1])
            mean = s / cc
            sd = math.sqrt(max(0.0, ss / cc - mean * mean))
            sl = (sxy - s * (cc - 1) / 2.0) / (cc * (cc * cc - 1) / 12.0) if cc > 1 else 0.0
            ahead = 80 - (mean + sl * (cc - 1) / 2.0) - sl * H
            f[k] = mean
            f[k + 1] = hi
            f[k + 2] = lo
            f[k + 3] = sd
            f[k + 4] = sl * H
            f[k + 5] = sad / max(1, cc - 1)
            f[k + 6] = (80 - mean) / (sd + 1.0)
            f[k + 7] = (80 - hi) / (sd + 1.0)
            f[k + 8] = ahead
            f[k + 9] = ahead / (noise + 0.5)
            k += 10
        c80 = 0
        c70 = 0
        am = m - 1
        mj = 0.0
        for j in range(m):
            if w[j] > 80:
                c80 += 1
            if w[j] > 70:
                c70 += 1
            if w[j] >= w[am]:
                am = j
            if j > 0 and w[j] - w[j - 1] > mj:
                mj = w[j] - w[j - 1]
        f[55] = c80
        f[56] = c70
        f[57] = m - 1 - am
        f[58] = mj
        f[59] = 80 - v - mj
        num = 0.0
        mean = float(f[45])
        sd = float(f[48])
        for j in range(1, m):
            num += (w[j] - mean) * (w[j - 1] - mean)
        f[60] = num / (m * sd * sd + 0.000001)
        # line
        rest = max(0.0, sxx - stx * stx / stt) if stt > 0 else 0.0
        se = math.sqrt(max(rest, noise * noise * sn) / max(1.0, sn - 2) / stt) if stt > 0 else 1.0
        level = mx + slope * (age - mt)
        ahead = 80 - level - slope * H
        f[61] = min(sn, 2000.0)
        f[62] = slope * H
        f[63] = slope / (se + 1e-6)
        f[64] = 1 - rest / sxx if sxx > 0 else 0.0
        f[65] = ahead
        f[66] = ahead / (noise + se * H + 0.2)
        f[67] = slope * (sn - 1)
        f[68] = math.sqrt(rest / max(1.0, sn - 2))
        f[69] = float(S[PRIOR]) * H
        f[70] = S[PEAK]
        f[71] = (80 - level) / (noise + 0.5)
        f[72] = noise
        f[73] = min(8.0, (80 - level) / (slope * H)) if slope > 0 else 9.0
        # blocks: 1, 2, 4, 8, 16, 32 newest
        nb = min(b + 1, BLOCKS)
        for i in range(nb):
            tp[i] = top[(b - i) % BLOCKS] / 2.5
            lw[i] = low[(b - i) % BLOCKS] / 2.5
        hi = -1.0
        lo = 1e9
        cr = 0
        sm = 0.0
        sm2 = 0.0
        nxt = 2
        k = 74
        for i in range(nb):
            if tp[i] > hi:
                hi = tp[i]
            if lw[i] < lo:
                lo = lw[i]
            if tp[i] > 80:
                cr += 1
            sm += tp[i]
            sm2 += tp[i] * tp[i]
            if i + 1 == nxt:
                f[k] = hi
                f[k + 1] = lo
                k += 2
                nxt *= 2
        while k < 84:
            f[k] = hi
            f[k + 1] = lo
            k += 2
        f[84] = cr
        mean = sm / nb
        sd = math.sqrt(max(0.0, sm2 / nb - mean * mean))
        f[85] = mean
        f[86] = sd
        f[87] = (80 - mean) / (sd + 2)
        # lines through the lows and the tops of 8 and 32 blocks, the open block left out
        k = 88
        for W in (8, 32):
            cc = min(W, nb - 1)
            sl = 0.0
            st = 0.0
            if cc >= 3:
                den = cc * (cc * cc - 1) / 12.0
                for i in range(cc):
                    sl += lw[cc - i] * (i - (cc - 1) / 2.0)
                    st += tp[cc - i] * (i - (cc - 1) / 2.0)
                sl = sl / den / PER_BLOCK
                st = st / den / PER_BLOCK
            f[k] = sl * H
            f[k + 1] = st * H
            f[k + 2] = 80 - tp[1] - st * H if cc >= 3 else -1.0
            k += 3
        f[94] = S[SINCE_RED]
        f[95] = min(120.0, float(S[BELOW]))
        f[96] = S[SINCE_EVENT]
        f[97] = S[EVENTS]
        if S[GAP1] >= 0:
            f[98] = S[GAP1]
            f[99] = float(S[GAP1]) - float(S[SINCE_EVENT])
        else:
            f[99] = -9999.0
        if S[GAP2] >= 0:
            f[100] = S[GAP2]
            f[101] = abs(float(S[GAP1]) - float(S[GAP2]))
        f[102] = (float(S[EVENTS]) + 0.5) / (min(c, 20000.0) + 288.0) * 288
        base = (float(S[HIT]) + 1.0) / (float(S[TRIED]) + 12.0)
        mean = float(f[15])
        kk = int(min(8.0, v / 10.0)) * 2 + (1 if v - mean > 2 else 0)
        f[103] = base
        f[104] = (hits[kk] + base * 10) / (tried[kk] + 10)
        f[105] = tried[kk]
        tot = 0.0
        rank = 0.0
        for i in range(32):
            tot += hist[i]
            if i < hb:
                rank += hist[i]
        s = 0.0
        k = 0
        for i in range(32):
            s += hist[i]
            while k < 4 and s >= (0.5 if k == 0 else (0.9 if k == 1 else (0.95 if k == 2 else 0.99))) * tot:
                f[106 + k] = i * 3.125
                k += 1
        f[110] = (rank + 0.5 * hist[hb]) / tot
        sds = math.sqrt(float(S[VAR_S]))
        sdl = math.sqrt(float(S[VAR_L]))
        f[111] = S[MEAN_S]
        f[112] = sds
        f[113] = S[MEAN_L]
        f[114] = sdl
        f[115] = (80 - v) / (sds + 1)
        f[116] = (v - float(S[MEAN_L])) / (sdl + 1)
        f[117] = S[S80]
        f[118] = S[S70]
        f[119] = S[S60]
        f[120] = S[L80]
        f[121] = S[L70]
        f[122] = S[JUMP]
        f[123] = (80 - v) / (float(S[JUMP]) + 1)
        f[124] = (80 - v) / (float(S[ROUGH]) + 0.5)
        f[125] = cpu
        f[126] = min(c, 2000.0)
        f[127] = H
    return F


@njit(cache=True)
def labels(x, H, early):
    """1: a fresh breach within H steps; 0: none; -1: RED, cut off by the end, or no fresh breach. Steps until it, and
    whether a claim may open: after QUIET steps below the limit, or `early` ones where it was never above."""
    n = len(x)
    y = np.full(n, -1, np.int8)
    until = np.full(n, 9999, np.int16)
    may = np.zeros(n, np.bool_)
    event = np.zeros(n, np.bool_)
    below = 0
    never = True
    for t in range(n):
        if x[t] > 80:
            event[t] = below >= QUIET or (never and below >= early)
            below = 0
            never = False
        else:
            below += 1
            may[t] = below >= QUIET or (never and below >= early)
    after = -1
    for t in range(n - 1, -1, -1):
        if x[t] > 80:
            after = t
        elif after >= 0 and after - t <= H:
            until[t] = after - t
            if event[after]:
                y[t] = 1
        elif t + H < n:
            y[t] = 0
    return y, until, may
