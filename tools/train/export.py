"""Writes the model as data: trees in flat arrays, and a checksum over every number."""

import json
import os
import struct
import zlib

import numpy as np

WINDOWS = (3, 6, 12, 30, 60)
PER_WINDOW = (
    ("mean", "level"),
    ("max", "recent-peaks"),
    ("min", "level"),
    ("sd", "unsteady"),
    ("slope", "rising"),
    ("moved", "unsteady"),
    ("gapMean", "level"),
    ("gapMax", "recent-peaks"),
)


def features():
    named = [("value", "level")] + [(f"change{lag}", "rising") for lag in (1, 2, 3, 6)]
    named += [(f"{name}{w}", reason) for w in WINDOWS for name, reason in PER_WINDOW]
    named += [
        ("above80", "breaches-of-late"),
        ("above70", "recent-peaks"),
        ("sinceMax", "recent-peaks"),
        ("jump", "unsteady"),
        ("gapAfterJump", "unsteady"),
        ("autocorrelation", "unsteady"),
    ]
    named += [(f"max{d}", "recent-peaks") for d in ("HalfDay", "Day", "TwoDays", "FourDays", "Week")]
    named += [
        ("redHalfHoursDay", "breaches-of-late"),
        ("redHalfHours", "breaches-of-late"),
        ("redStretches", "breaches-of-late"),
        ("stretchMean", "recent-peaks"),
        ("stretchSd", "recent-peaks"),
        ("stretchGap", "recent-peaks"),
    ]
    named += [(f"sameTime{d}", "same-time-other-days") for d in (1, 2, 3, 7)]
    named += [
        (f"sameTime{d}", "same-time-other-days")
        for d in ("Mean", "Max", "Red", "Fresh", "Within6", "Within15", "First", "Soonest", "Days")
    ]
    named += [(f"period{h}h", "regular-interval") for h in (3, 6, 12)]
    named += [
        ("sinceRed", "breaches-of-late"),
        ("quiet", "breaches-of-late"),
        ("sinceBreach", "regular-interval"),
        ("breaches", "own-record"),
        ("interval1", "regular-interval"),
        ("due", "regular-interval"),
        ("interval2", "regular-interval"),
        ("intervalChange", "regular-interval"),
        ("breachRate", "own-record"),
        ("breachRateRecent", "own-record"),
    ]
    named += [
        ("recordAll", "own-record"),
        ("recordLevel", "own-record"),
        ("recordLevelTries", "own-record"),
        ("recordHalfHour", "own-record"),
        ("recordHalfHourTries", "own-record"),
        ("recordNextHalfHour", "own-record"),
    ]
    named += [(f"percentile{q}", "level") for q in (50, 90, 95, 99)] + [("rank", "level")]
    named += [
        ("meanDay", "level"),
        ("sdDay", "unsteady"),
        ("meanWeek", "level"),
        ("sdWeek", "unsteady"),
        ("gapDay", "unsteady"),
    ]
    named += [
        (f"above{q}{d}", "breaches-of-late" if q == 80 else "recent-peaks")
        for d in ("Day", "Days")
        for q in (80, 70, 60)
    ]
    named += [
        ("jumpDay", "unsteady"),
        ("gapJump", "unsteady"),
        ("gapRoughness", "unsteady"),
        ("slot", "time-of-day"),
        ("cpu", "level"),
        ("steps", "own-record"),
    ]
    return [dict(name=n, reason=r) for n, r in named]


def forest(models, start=0.0):
    """Averages the models; `start` is added once."""
    out = dict(roots=[], feature=[], threshold=[], left=[], right=[], value=[], leaf=[])
    share = 1.0 / len(models)

    def add(node):
        if "leaf_value" in node and "split_feature" not in node:
            out["leaf"].append(node["leaf_value"] * share)
            return -len(out["leaf"])
        i = len(out["feature"])
        assert node["decision_type"] == "<="
        out["feature"].append(node["split_feature"])
        out["threshold"].append(node["threshold"])
        out["value"].append(round(node["internal_value"] * share, 6))
        out["left"].append(0)
        out["right"].append(0)
        out["left"][i] = add(node["left_child"])
        out["right"][i] = add(node["right_child"])
        return i

    for m in models:
        for tree in m.dump_model()["tree_info"]:
            out["roots"].append(add(tree["tree_structure"]))
    return out


def checksum(model):
    crc = 0
    for name in ("probability", "earliest", "median", "latest", "ramp"):
        for part in ("roots", "feature", "threshold", "left", "right", "value", "leaf"):
            crc = zlib.crc32(struct.pack(f"<{len(model[name][part])}d", *model[name][part]), crc)
    g = model["gate"]
    crc = zlib.crc32(
        struct.pack("<6d", model["rampThreshold"], g["threshold"], g["raise"], g["decay"], g["ease"], g["max"]), crc
    )
    flat = [v for knot in model["calibration"] for v in knot]
    return f"{zlib.crc32(struct.pack(f'<{len(flat)}d', *flat), crc):08x}"


def reliability(pairs):
    """Of the claims out of fold: said, and came true."""
    rows = []
    for k in range(10):
        band = [q for q in pairs if k / 10 <= q[0] < (k + 1) / 10]
        if band:
            rows.append(
                dict(
                    said=round(float(np.mean([q[0] for q in band])), 3),
                    claims=len(band),
                    cameTrue=round(float(np.mean([q[1] for q in band])), 3),
                )
            )
    return rows


def write(path, models, times, ramp, ramp_threshold, gate, calibration, card):
    model = dict(
        format="amberwatch-model",
        version=1,
        checksum="",
        features=features(),
        probability=forest(models),
        earliest=forest([times["earliest"]]),
        median=forest([times["median"]]),
        latest=forest([times["latest"]]),
        ramp=forest([ramp]),
        rampThreshold=ramp_threshold,
        gate=dict(
            threshold=float(gate[0]),
            **{"raise": float(gate[1])},
            decay=float(gate[2]),
            ease=float(gate[3]),
            max=float(gate[4]),
        ),
        calibration=calibration,
        card=card,
    )
    model["checksum"] = checksum(model)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as fh:
        json.dump(model, fh, separators=(",", ":"))
        fh.write("\n")
