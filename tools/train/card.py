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


def table(rows):
    head = ["| said | claims | came true |", "|---|---|---|"]
    return head + [f"| {r['said']:.0%} | {r['claims']} | {r['cameTrue']:.0%} |" for r in rows]


def card(model):
    c, g = model["card"], model["coarse"]["gate"]
    names = ("probability", "earliest", "median", "latest")
    trees = sum(len(model[b][k]["roots"]) for b in ("coarse", "fine") for k in names)
    t, d = c["timeOfBreach"], c["data"]
    short, minute = (s["gate"]["threshold"] for s in model["fine"]["scales"])
    lines = [
        f"`libs/prediction/model/model.json`, checksum `{model['checksum']}`, {trees} trees of LightGBM in flat arrays.",
        "",
        "- weak spots first: track F is 128 series of 29 groups, so its interval is wide; steps under 30 s "
        "were learned from generated lives and from runs of the lab, which last minutes; a rise that stops just before the limit "
        "looks like a leak until it stops",
        f"- coarse: trained on {d['trackA']} series of track A and {d['trackB']} of track B of the yardstick data (Bitbrains, "
        f"PlanetLab, Google, NAB), {d['rows']:,} steps, and 1,200 generated lives (`tools/train/lives.py`); a series with more "
        "than ten breaches weighs as ten, track B 0.3",
        f"- fine: {d['trackF']} series of track F (Alibaba, Nezha), track A read as fine steps, 3,300 generated lives, "
        f"{d['recordings']} recordings of the lab's train programs at 1 s and 10 s; {d['rowsFine']:,} steps at horizons of 30 and 180",
        f"- on {c['trained']} by `{c['command']}`",
        f"- the coarse gate opens at {g['threshold']:.2f}, the fine one at {short:.2f} for steps up to 30 s and at {minute:.2f} "
        f"above; a false claim adds {g['raise']:.0%} to it, {g['decay']} of that stays each step",
        "- limits: the machines were of 2011 to 2023; programs may behave otherwise, which the record and the recalibration are for",
        "",
        "| out of fold | F1 (95 %) | precision / recall | median lead, steps | false a series-day |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| track {k}, out of fold, partition {o['partition']} | {score(o[k])} |" for k in "AB" for o in c["outOfFold"]
    ]
    lines += [f"| track F, out of fold | {score(c['outOfFoldFine'])} |"]
    lines += [
        "",
        f"Of the steps before a breach, {t['insideInterval']:.0%} had it inside the predicted interval (meant: 80 %), and the "
        f"median was off by {t['medianErrorSteps']:.1f} steps on average, out of fold. Claims of tracks A, B and F out of fold, "
        "as the trees say them:",
        "",
        *table(c["reliability"]),
        "",
        "The same after the correction of each branch and scale, which was fitted on the other folds:",
        "",
        *table(c["reliabilityCorrected"]),
    ]
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
