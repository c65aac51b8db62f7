#!/usr/bin/env python3
"""Writes the shipped model's card into docs/prediction.md, between its two marks."""

import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "../../libs/prediction/model/model.json")
PAGE = os.path.join(HERE, "../../docs/prediction.md")
START, END = "<!-- card: written by tools/train/card.py -->", "<!-- end of card -->"


def score(d):
    low, high = d["interval95"]
    figures = f"{d['f1']:.3f} ({low:.3f}–{high:.3f}) | {d['precision']:.2f} / {d['recall']:.2f}"
    return f"{figures} | {d['medianLeadSteps']} | {d['falsePerSeriesDay']:.2f}"


def card(model):
    c, g = model["card"], model["gate"]
    trees = sum(len(model[k]["roots"]) for k in ("probability", "earliest", "median", "latest", "ramp"))
    t = c["timeOfBreach"]
    lines = [
        f"`libs/prediction/model/model.json`, checksum `{model['checksum']}`, {trees} trees of LightGBM in flat arrays.",
        "",
        f"- trained on {c['data']['trackA']} series of track A and {c['data']['trackB']} of track B of the yardstick data "
        f"(Bitbrains, PlanetLab, Google, NAB), {c['data']['rows']:,} steps; a series with more than ten breaches weighs as "
        "ten, track B 0.3; the ramp forest on 1,200 generated series (`tools/train/synth.py`)",
        f"- on {c['trained']} by `{c['command']}`",
        f"- the gate opens at {g['threshold']:.2f}, a false claim adds {g['raise']:.0%} to it, {g['decay']} of that stays each step",
        "- limits: five-minute steps with a horizon of 30; ramps on 10 s samples. The machines were of 2011 to 2014 and measured "
        "whole; programs may behave otherwise, which the record and the recalibration are for",
        "",
        "| out of fold | F1 (95 %) | precision / recall | median lead, steps | false a series-day |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| track {k}, out of fold, partition {o['partition']} | {score(o[k])} |" for k in "AB" for o in c["outOfFold"]
    ]
    lines += [
        "",
        f"Of the steps before a breach, {t['insideInterval']:.0%} had it inside the predicted interval (meant: 80 %), and the "
        f"median was off by {t['medianErrorSteps']:.1f} steps on average, out of fold. Claims out of fold, before the correction:",
        "",
        "| said | claims | came true |",
        "|---|---|---|",
    ]
    lines += [f"| {r['said']:.0%} | {r['claims']} | {r['cameTrue']:.0%} |" for r in c["reliability"]]
    low, high = model["calibration"][0][1], model["calibration"][-1][1]
    lines += ["", f"The trees claim too much above 50 %; the correction says {low:.0%} to {high:.0%} instead."]
    return "\n".join(lines)


def main():
    with open(MODEL) as fh:
        model = json.load(fh)
    with open(PAGE) as fh:
        page = fh.read()
    before, rest = page.split(START)
    after = rest.split(END)[1]
    with open(PAGE, "w") as fh:
        fh.write(f"{before}{START}\n\n{card(model)}\n\n{END}{after}")


if __name__ == "__main__":
    main()
