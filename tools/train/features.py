"""Features of the trained branch, computed step by step: the same arithmetic on the same compact state as
libs/prediction/step-features.ts and its neighbours, which a test holds to the same numbers."""

import math

import numpy as np
from numba import njit

RING = 60
DAYS = 7
BLK = 48 * DAYS
BITS = 144 * DAYS
NS = 32
# scalar slots
(
    I_N,
    I_BELOW,
    I_SRED,
    I_SEV,
    I_I1,
    I_I2,
    I_NEV,
    I_M1,
    I_V1,
    I_M2,
    I_V2,
    I_A80,
    I_A70,
    I_A60,
    I_B80,
    I_B70,
    I_B60,
    I_AT,
    I_AH,
    I_JUMP,
    I_MAD,
    I_EVR,
    I_PREV,
) = range(23)
NF = 116


@njit(cache=True)
def quant(v):
    """level of a block maximum, 0 (nothing seen) .. 15; 12 and above are RED"""
    if v <= 10:
        return 1
    if v <= 20:
        return 2
    if v <= 30:
        return 3
    if v <= 40:
        return 4
    if v <= 50:
        return 5
    if v <= 55:
        return 6
    if v <= 60:
        return 7
    if v <= 65:
        return 8
    if v <= 70:
        return 9
    if v <= 75:
        return 10
    if v <= 80:
        return 11
    if v <= 85:
        return 12
    if v <= 90:
        return 13
    if v <= 95:
        return 14
    return 15


LV = np.array([0.0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100])


@njit(cache=True)
def stream(x, start, cpu, LV):
    n = len(x)
    F = np.full((n, NF), -1.0, np.float32)
    ring = np.zeros(RING, np.uint16)
    blk = np.zeros(BLK, np.uint8)
    bits = np.zeros(BITS, np.uint8)
    lvT = np.zeros(18, np.uint8)
    lvH = np.zeros(18, np.uint8)
    hhT = np.zeros(48, np.uint8)
    hhH = np.zeros(48, np.uint8)
    hist = np.zeros(32, np.uint8)
    S = np.zeros(NS, np.float32)
    S[I_SRED] = 9999
    S[I_SEV] = 9999
    S[I_I1] = -1
    S[I_I2] = -1
    base_step = start // 300
    w = np.zeros(RING)
    lastb = -1
    for t in range(n):
        a = base_step + t
        q = int(math.floor(min(655.35, max(0.0, x[t])) * 100 + 0.5))
        ring[a % RING] = q
        v = q / 100.0
        red = q > 8000
        N = float(S[I_N]) + 1
        S[I_N] = min(N, 100000.0)
        m = int(min(N, RING))
        # w[0..m-1] newest last
        for j in range(m):
            w[j] = ring[(a - m + 1 + j) % RING] / 100.0
        b = a // 6
        if b != lastb:
            blk[b % BLK] = 0
            lastb = b
        lv = quant(v)
        if lv > blk[b % BLK]:
            blk[b % BLK] = lv
        h2 = a // 2
        if a % 2 == 0:
            bits[h2 % BITS] = 0
        if red:
            bits[h2 % BITS] = 1
        S[I_SRED] = min(9999.0, float(S[I_SRED]) + 1)
        S[I_SEV] = min(9999.0, float(S[I_SEV]) + 1)
        event = red and S[I_BELOW] >= 30
        if event:
            S[I_I2] = S[I_I1]
            S[I_I1] = S[I_SEV] if S[I_NEV] > 0 else -1
            S[I_SEV] = 0
            S[I_NEV] = min(1000.0, float(S[I_NEV]) + 1)
        # outcome of the step 30 steps ago
        if m >= 37:
            j = m - 31
            if w[j] <= 80.0:
                hit = S[I_SEV] < 30
                anyred = False
                for i in range(j + 1, m):
                    if w[i] > 80.0:
                        anyred = True
                if hit or not anyred:
                    mean = 0.0
                    for i in range(j - 5, j + 1):
                        mean += w[i]
                    c = int(min(8.0, w[j] / 10.0)) * 2 + (1 if w[j] - mean / 6 > 2 else 0)
                    g = ((a - 30) % 288) // 6
                    if lvT[c] == 255:
                        lvT[c] = 127
                        lvH[c] = lvH[c] >> 1
                    lvT[c] += 1
                    if hhT[g] == 255:
                        hhT[g] = 127
                        hhH[g] = hhH[g] >> 1
                    hhT[g] += 1
                    S[I_AT] = min(1e6, float(S[I_AT]) + 1)
                    if hit:
                        lvH[c] += 1
                        hhH[g] += 1
                        S[I_AH] = min(1e6, float(S[I_AH]) + 1)
        if red:
            S[I_BELOW] = 0
            S[I_SRED] = 0
        else:
            S[I_BELOW] = min(9999.0, float(S[I_BELOW]) + 1)
        hb = int(min(31.0, v / 3.125))
        if hist[hb] == 255:
            for i in range(32):
                hist[i] = hist[i] >> 1
        hist[hb] += 1
        al = 1 / min(N, 288.0)
        be = 1 / min(N, 2016.0)
        ga = 1 / min(N, 1152.0)
        d = v - float(S[I_M1])
        S[I_M1] = float(S[I_M1]) + al * d
        S[I_V1] = (1 - al) * (float(S[I_V1]) + al * d * d)
        d = v - float(S[I_M2])
        S[I_M2] = float(S[I_M2]) + be * d
        S[I_V2] = (1 - be) * (float(S[I_V2]) + be * d * d)
        S[I_A80] = float(S[I_A80]) + al * ((1.0 if red else 0.0) - float(S[I_A80]))
        S[I_A70] = float(S[I_A70]) + al * ((1.0 if v > 70 else 0.0) - float(S[I_A70]))
        S[I_A60] = float(S[I_A60]) + al * ((1.0 if v > 60 else 0.0) - float(S[I_A60]))
        S[I_B80] = float(S[I_B80]) + ga * ((1.0 if red else 0.0) - float(S[I_B80]))
        S[I_B70] = float(S[I_B70]) + ga * ((1.0 if v > 70 else 0.0) - float(S[I_B70]))
        S[I_B60] = float(S[I_B60]) + ga * ((1.0 if v > 60 else 0.0) - float(S[I_B60]))
        S[I_EVR] = float(S[I_EVR]) + ga * ((1.0 if event else 0.0) - float(S[I_EVR]))
        jump = v - w[m - 2] if m > 1 else 0.0
        S[I_JUMP] = max(jump, float(S[I_JUMP]) * 0.997)
        S[I_MAD] = float(S[I_MAD]) + al * (abs(jump) - float(S[I_MAD]))
        # ---------------- features
        f = F[t]
        f[83] = -9999.0
        f[0] = v
        f[1] = v - w[m - 2] if m > 1 else 0.0
        f[2] = v - w[m - 3] if m > 2 else 0.0
        f[3] = v - w[m - 4] if m > 3 else 0.0
        f[4] = v - w[m - 7] if m > 6 else 0.0
        k = 5
        for W in (3, 6, 12, 30, 60):
            c = min(W, m)
            a0 = m - c
            s = 0.0
            mx = -1.0
            mn = 1e9
            ss = 0.0
            sxy = 0.0
            sad = 0.0
            for j in range(a0, m):
                z = w[j]
                s += z
                ss += z * z
                sxy += z * (j - a0)
                if z > mx:
                    mx = z
                if z < mn:
                    mn = z
                if j > a0:
                    sad += abs(z - w[j - 1])
            mean = s / c
            sd = math.sqrt(max(0.0, ss / c - mean * mean))
            den = c * (c * c - 1) / 12.0
            f[k] = mean
            f[k + 1] = mx
            f[k + 2] = mn
            f[k + 3] = sd
            f[k + 4] = (sxy - s * (c - 1) / 2.0) / den if c > 1 else 0.0
            f[k + 5] = sad / max(1, c - 1)
            f[k + 6] = (80 - mean) / (sd + 1.0)
            f[k + 7] = (80 - mx) / (sd + 1.0)
            k += 8
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
        f[45] = c80
        f[46] = c70
        f[47] = m - 1 - am
        f[48] = mj
        f[49] = 80 - v - mj
        num = 0.0
        mean = float(f[37])
        sd = float(f[40])
        for j in range(1, m):
            num += (w[j] - mean) * (w[j - 1] - mean)
        f[50] = num / (m * sd * sd + 0.000001)
        # blocks back in time
        seen = int(min(N + 5, BLK * 6.0)) // 6
        seen = min(seen, BLK)
        mx = 0
        cr = 0
        ww = 0
        wm = 0.0
        wm2 = 0.0
        wr = 0
        wcur = 0
        for i in range(seen):
            z = blk[(b - i) % BLK]
            if z > mx:
                mx = z
            if z >= 12:
                cr += 1
            if i == 23:
                f[51] = LV[mx]
            if i == 47:
                f[52] = LV[mx]
                f[56] = cr
            if i == 95:
                f[53] = LV[mx]
            if i == 191:
                f[54] = LV[mx]
            if i < 45:
                if z > wcur:
                    wcur = z
                if i % 5 == 4:
                    ww += 1
                    wm += LV[wcur]
                    wm2 += LV[wcur] * LV[wcur]
                    if wcur >= 12:
                        wr += 1
                    wcur = 0
        if seen <= 23:
            f[51] = LV[mx]
        if seen <= 47:
            f[52] = LV[mx]
            f[56] = cr
        if seen <= 95:
            f[53] = LV[mx]
        if seen <= 191:
            f[54] = LV[mx]
        f[55] = LV[mx]
        f[57] = cr / seen
        if ww > 0:
            mean = wm / ww
            sd = math.sqrt(max(0.0, wm2 / ww - mean * mean))
            f[58] = wr / ww
            f[59] = mean
            f[60] = sd
            f[61] = (80 - mean) / (sd + 2)
        # other days, same time: the coming 30 steps
        cd = 0
        sm = 0.0
        sx = -1.0
        rd = 0
        c6 = 0
        ce = 0
        mn = 99.0
        sfr = 0.0
        c15 = 0
        for dd in range(1, DAYS + 1):
            if N > 288 * dd and dd < DAYS:
                c0 = a - 288 * dd
                mx = 0
                for z in range((c0 + 1) // 6, (c0 + 30) // 6 + 1):
                    if blk[z % BLK] > mx:
                        mx = blk[z % BLK]
                fr = 99
                prior = False
                for z in range((c0 + 1) // 2, (c0 + 30) // 2 + 1):
                    if bits[z % BITS] == 1:
                        fr = max(1, z * 2 - c0)
                        break
                for z in range((c0 - 30) // 2, (c0) // 2 + 1):
                    if bits[z % BITS] == 1:
                        prior = True
                cd += 1
                sm += LV[mx]
                if LV[mx] > sx:
                    sx = LV[mx]
                if fr < 99:
                    rd += 1
                    sfr += fr
                    if not prior:
                        ce += 1
                    if fr <= 6:
                        c6 += 1
                    if fr <= 15:
                        c15 += 1
                    if dd <= 3 and fr < mn:
                        mn = fr
                if dd <= 3:
                    f[61 + dd] = LV[mx]
        # one week ago: the oldest day is being overwritten step by step; what is ahead of now is still there
        if N > 288 * DAYS:
            mx = 0
            for z in range((a + 6) // 6, (a + 30) // 6 + 1):
                if blk[z % BLK] > mx:
                    mx = blk[z % BLK]
            f[65] = LV[mx]
        if cd > 0:
            f[66] = sm / cd
            f[67] = sx
            f[68] = rd / cd
            f[69] = ce / cd
            f[70] = c6 / cd
            f[71] = c15 / cd
            if rd > 0:
                f[72] = sfr / rd
            if mn < 99:
                f[73] = mn
        f[74] = cd
        for ip in range(3):
            P = 36 if ip == 0 else (72 if ip == 1 else 144)
            if N > P:
                mx = 0
                c0 = a - P
                for z in range((c0 + 1) // 6, (min(a, c0 + 30)) // 6 + 1):
                    if blk[z % BLK] > mx:
                        mx = blk[z % BLK]
                f[75 + ip] = LV[mx]
        f[78] = S[I_SRED]
        f[79] = min(60.0, float(S[I_BELOW]))
        f[80] = S[I_SEV]
        f[81] = S[I_NEV]
        if S[I_I1] >= 0:
            f[82] = S[I_I1]
            f[83] = float(S[I_I1]) - float(S[I_SEV])
        if S[I_I2] >= 0:
            f[84] = S[I_I2]
            f[85] = abs(float(S[I_I1]) - float(S[I_I2]))
        f[86] = (float(S[I_NEV]) + 0.5) / (N + 288.0) * 288
        f[87] = float(S[I_EVR]) * 288
        base = (float(S[I_AH]) + 1.0) / (float(S[I_AT]) + 12.0)
        mean = float(f[13])
        c = int(min(8.0, v / 10.0)) * 2 + (1 if v - mean > 2 else 0)
        g = (a % 288) // 6
        f[88] = base
        f[89] = (lvH[c] + base * 10) / (lvT[c] + 10)
        f[90] = lvT[c]
        f[91] = (hhH[g] + base * 3) / (hhT[g] + 3)
        f[92] = hhT[g]
        g2 = (g + 1) % 48
        f[93] = (hhH[g2] + base * 3) / (hhT[g2] + 3)
        tot = 0.0
        rank = 0.0
        for i in range(32):
            tot += hist[i]
            if i < hb:
                rank += hist[i]
        c = 0.0
        d5 = False
        d9 = False
        d95 = False
        d99 = False
        for i in range(32):
            c += hist[i]
            if not d5 and c >= 0.5 * tot:
                f[94] = i * 3.125
                d5 = True
            if not d9 and c >= 0.9 * tot:
                f[95] = i * 3.125
                d9 = True
            if not d95 and c >= 0.95 * tot:
                f[96] = i * 3.125
                d95 = True
            if not d99 and c >= 0.99 * tot:
                f[97] = i * 3.125
                d99 = True
        f[98] = (rank + 0.5 * hist[hb]) / tot
        f[99] = S[I_M1]
        sd = math.sqrt(float(S[I_V1]))
        f[100] = sd
        f[101] = S[I_M2]
        f[102] = math.sqrt(float(S[I_V2]))
        f[103] = (80 - v) / (sd + 1)
        f[104] = S[I_A80]
        f[105] = S[I_A70]
        f[106] = S[I_A60]
        f[107] = S[I_B80]
        f[108] = S[I_B70]
        f[109] = S[I_B60]
        f[110] = S[I_JUMP]
        f[111] = (80 - v) / (float(S[I_JUMP]) + 1)
        f[112] = (80 - v) / (float(S[I_MAD]) + 0.5)
        f[113] = a % 288
        f[114] = cpu
        f[115] = min(N, 5760.0)
    return F
