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


def coarse_features():
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


def fine_features():
    named = [("value", "level")] + [(f"change{lag}", "rising") for lag in (1, 2, 3, 6)]
    per_window = PER_WINDOW + (("ahead", "rising"), ("aheadNoise", "rising"))
    named += [(f"{name}{w}", reason) for w in WINDOWS for name, reason in per_window]
    named += [
        ("above80", "breaches-of-late"),
        ("above70", "recent-peaks"),
        ("sinceMax", "recent-peaks"),
        ("jump", "unsteady"),
        ("gapAfterJump", "unsteady"),
        ("autocorrelation", "unsteady"),
    ]
    named += [(f"line{n}", "rising") for n in ("Count", "Slope", "Certain", "Fit", "Ahead", "AheadNoise", "Rise", "Rest")]
    named += [("priorSlope", "rising"), ("peak", "recent-peaks"), ("lineGap", "level"), ("noise", "unsteady")]
    named += [("lineTime", "rising")]
    named += [(f"{n}{w}", "recent-peaks" if n == "top" else "level") for w in (2, 4, 8, 16, 32) for n in ("top", "low")]
    named += [("redStretches", "breaches-of-late")] + [(f"stretch{n}", "recent-peaks") for n in ("Mean", "Sd", "Gap")]
    named += [(f"{n}Slope{w}", "rising") for w in (8, 32) for n in ("low", "top", "ahead")]
    named += [("sinceRed", "breaches-of-late"), ("quiet", "breaches-of-late"), ("sinceBreach", "regular-interval")]
    named += [("breaches", "own-record"), ("interval1", "regular-interval"), ("due", "regular-interval")]
    named += [("interval2", "regular-interval"), ("intervalChange", "regular-interval"), ("breachRate", "own-record")]
    named += [(f"record{n}", "own-record") for n in ("All", "Level", "LevelTries")]
    named += [(f"percentile{q}", "level") for q in (50, 90, 95, 99)] + [("rank", "level")]
    named += [("meanShort", "level"), ("sdShort", "unsteady"), ("meanLong", "level"), ("sdLong", "unsteady")]
    named += [("gapShort", "unsteady"), ("aboveMean", "level")]
    named += [("short80", "breaches-of-late"), ("short70", "recent-peaks"), ("short60", "recent-peaks")]
    named += [("long80", "breaches-of-late"), ("long70", "recent-peaks"), ("largestJump", "unsteady")]
    named += [("gapJump", "unsteady"), ("gapRoughness", "unsteady"), ("cpu", "level"), ("steps", "own-record")]
    named += [("horizon", "level")]
    return [dict(name=n, reason=r) for n, r in named]


def forest(models, start=0.0):
    """Averages the models; `start` is added once."""
    out = dict(roots=[], feature=[], threshold=[], left=[], right=[], value=[], leaf=[])
    share = 1.0 / len(models)

    def add(node):
        if "leaf_value" in node and "split_feature" not in node:
            out["leaf"].append(round(node["leaf_value"] * share, 7))
            return -len(out["leaf"])
        i = len(out["feature"])
        assert node["decision_type"] == "<="
        out["feature"].append(node["split_feature"])
        out["threshold"].append(float(f"{node['threshold']:.9g}"))
        out["value"].append(round(node["internal_value"] * share, 4))
        out["left"].append(0)
        out["right"].append(0)
        out["left"][i] = add(node["left_child"])
        out["right"][i] = add(node["right_child"])
        return i

    for m in models:
        for tree in m.dump_model()["tree_info"]:
            out["roots"].append(add(tree["tree_structure"]))
    return out


PARTS = ("roots", "feature", "threshold", "left", "right", "value", "leaf")


def gate_of(gate):
    return dict(zip(("threshold", "raise", "decay", "ease", "max"), map(float, gate)))


def checksum(model):
    crc = 0

    def add(values):
        nonlocal crc
        crc = zlib.crc32(struct.pack(f"<{len(values)}d", *values), crc)

    for branch in (model["coarse"], model["fine"]):
        for name in ("probability", "earliest", "median", "latest"):
            for part in PARTS:
                add(branch[name][part])
    for scale in (model["coarse"], *model["fine"]["scales"]):
        add(list(scale["gate"].values()))
        add([v for knot in scale["calibration"] for v in knot])
    add([scale["upToMs"] for scale in model["fine"]["scales"]])
    return f"{crc:08x}"


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


def branch(models, times, features):
    return dict(features=features, probability=forest(models), **{k: forest([m]) for k, m in times.items()})


def write(path, coarse, fine, calibration, card):
    """The fine branch has a gate for steps up to 30 s, where leaks are what is claimed, and one for longer ones."""
    scales = [
        dict(upToMs=up_to, gate=gate_of(gate), calibration=knots)
        for up_to, gate, knots in zip((30_000, 150_000), (fine["short"], fine["gate"]), calibration["fine"])
    ]
    model = dict(
        format="amberwatch-model",
        version=2,
        checksum="",
        coarse=dict(
            branch(coarse["models"], coarse["times"], coarse_features()),
            gate=gate_of(coarse["gate"]),
            calibration=calibration["coarse"][0],
        ),
        fine=dict(branch([fine["model"]], fine["times"], fine_features()), scales=scales),
        card=card,
    )
    model["checksum"] = checksum(model)
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w") as fh:
        json.dump(model, fh, separators=(",", ":"))
        fh.write("\n")
