"""quick.md and quick.json: what `netheed evaluate --quick` found."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import structs

from netheed.scales import HOURS, MINUTE, PAIR
from netheed.training.desk import BESIDE, NETHEED, SCENES, SEED
from netheed.training.judged import Judged, choices
from netheed.training.outcomes import (
    CALIBRATED,
    EARLY,
    FALSE,
    PER_HOST_DAY,
    RARELY,
    Benign,
    Finding,
    Recall,
    Verdict,
    at_notices,
    at_windows,
    benign,
    configured,
    finding,
    needed,
    others,
    recall,
    told_at,
)
from netheed.training.quick import Outcome
from netheed.training.report.page import Report, Section, Table, markdown
from netheed.training.report.results import said
from netheed.training.splits import NETWORKS
from netheed.training.trials import Guilty

NAME: Final = "quick"
CALLS: Final = 12
HOURS_FOR: Final = 4.0
"""Connections, or hours, within which an implant is to be noticed; whichever is later."""
DETECTORS: Final = (NETHEED, *BESIDE)
TEXT: Final = (
    "Made by `netheed evaluate DATA --quick --output DIR`. Each network is left out in turn: the "
    "detector is fitted and calibrated on the others and on simulated networks, exported, and the "
    "pipeline of `netheed score` runs over every recording of the network with default settings. "
    "The sample that comes with netheed is a demonstration and decides nothing here.",
    "What nothing was learned from is not what nothing was chosen by: how the scales are weighed "
    "and how much the hours are spoiled in training was chosen by the recordings and implants "
    "below, among five and eight ways (`docs/models.md`). On networks that nobody has looked at "
    "yet it will do somewhat worse.",
    "The fit is that of the long comparison (`netheed`, its default settings and at most 24,000 "
    f"windows), with {SCENES} simulated networks and one seed ({SEED}); `netheed train` sees more "
    "of both. What was left out against the long comparison: seeds, ablations, the baselines that "
    "judge windows, and every split but that of networks. One seed has no interval: a difference "
    "of one attack between two runs of other code is chance. Hosts of one recording, such as the "
    "bots of CICIDS2017, are one case and not several.",
    "A notice is right when it is at the guilty host while the attack lasts, by the host's hours "
    "while it is in one of the eight hours that they look at, whatever it calls it. "
    "A host is benign when it took part in no attack of its recording, in hours in which all its "
    "connections are labelled; a host-day is 24 hours in which a host was active. CICIDS2017 is a "
    "sample by class, sparse in time: what it says of rates is not what its network would say.",
)


def report(outcome: Outcome, output: Path) -> None:
    """Write quick.md and quick.json into `output`."""
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{NAME}.md").write_text(markdown(page(outcome)))
    (output / f"{NAME}.json").write_text(json.dumps(facts(outcome), indent=1) + "\n")


def page(outcome: Outcome) -> Report:
    """The report for people."""
    sections = (
        Section(title="As configured", parts=(_found(outcome), _others(outcome))),
        _implanted(outcome),
        _scales(outcome),
        _same_price(outcome),
        Section(title="Benign hosts", parts=(_price(outcome),)),
        _ranks(outcome),
        _made(outcome),
    )
    return Report(title="The detector judged quickly", text=TEXT, sections=sections)


def verdicts(outcome: Outcome, network: str = "", *, implanted: bool = False) -> list[Verdict]:
    """Every recording that did not fail, of all networks or of one; or those with implants."""
    both = zip(outcome.trials, outcome.scored, strict=True)
    return [
        (t, s.judged)
        for t, s in both
        if s.judged and network in {"", t.network} and t.implanted == implanted
    ]


def _implanted(outcome: Outcome) -> Section:
    judged = verdicts(outcome, implanted=True)
    places = {
        t.name: s.ranked.ranks[NETHEED][0]
        for t, s in zip(outcome.trials, outcome.scored, strict=True)
        if t.implanted and t.guilty and s.ranked and NETHEED in s.ranked.ranks
    }
    fared = defaultdict[str, list[tuple[Guilty, Finding, int | None]]](list)
    for trial, each in judged:
        for guilty in trial.guilty[:1]:
            place = places.get(trial.name)
            fared[trial.behaviour].append((guilty, finding(guilty, each.notices), place))
    rows = [(name, *_timely(each)) for name, each in sorted(fared.items())]
    every = [one for each in fared.values() for one in each]
    return Section(
        title="Judged implants",
        text=(
            "Laid over the benign recordings of the network that is left out, with ranges that "
            "nothing was learned from (`training/implants`). In time: noticed at the guilty host "
            f"with the right peer within {CALLS} of its connections or {HOURS_FOR:g} hours, "
            "whichever is later; lateral movement has no single peer.",
        ),
        parts=(
            Table(
                title="Each behaviour, as configured",
                columns=("behaviour", "implants", "noticed", "in time", "by pair", "by minute",
                         "by hours",
                         "median minutes", "pair among the first three"),
                rows=(*rows, *((("all", *_timely(every)),) if every else ())),
            ),
        ),
    )  # fmt: skip


def _scales(outcome: Outcome) -> Section:
    """What each scale adds."""
    rows = []
    for choice, name in _choices().items():
        recorded = _by_some(verdicts(outcome), choice)
        laid = _by_some(verdicts(outcome, implanted=True), choice)
        found = [finding(g, each.notices) for trial, each in recorded for g in trial.guilty]
        fared = [
            (g, finding(g, each.notices), None) for trial, each in laid for g in trial.guilty[:1]
        ]
        ordinary = benign(recorded)
        noticed = sum(one.minutes is not None for one in found)
        rows.append(
            (
                name,
                f"{noticed} of {len(found)}",
                *tuple(_timely(fared))[:3],
                str(sum(others(trial, each.notices) for trial, each in recorded)),
                *tuple(_priced(ordinary))[3:5],
            )
        )
    return Section(
        title="With a scale switched off",
        text=(
            "The same models, as configured; with one scale its p-value decides alone, and what is "
            "switched off says nothing.",
        ),
        parts=(
            Table(
                title="Scales",
                columns=("scales", "recorded attacks noticed", "implants", "noticed", "in time",
                         "notices about nobody guilty", "on benign hosts", "per host-day"),
                rows=tuple(rows),
            ),
        ),
    )  # fmt: skip


def _choices() -> dict[str, str]:
    """Choices of scales -> what they are called."""
    said = {"": "all", **dict.fromkeys(choices(), "")}
    for choice in said:
        chosen = choice.split("+")
        if len(chosen) > 1:
            said[choice] = " and ".join(chosen)
        elif choice:
            said[choice] = f"{choice} alone"
    return said


def _by_some(judged: list[Verdict], choice: str) -> list[Verdict]:
    """The verdicts with the notices by some of the scales, by all where none is named."""
    if not choice:
        return judged
    return [(t, structs.replace(each, notices=each.some.get(choice, []))) for t, each in judged]


def _timely(each: Sequence[tuple[Guilty, Finding, int | None]]) -> Iterator[str]:
    found = [(guilty, one) for guilty, one, _ in each if one.minutes is not None]
    soon = [
        one
        for guilty, one in found
        if (one.peer or guilty.pair is None)
        and ((one.calls or 0) <= CALLS or (one.minutes or 0.0) <= 60 * HOURS_FOR)
    ]
    minutes = [one.minutes for _, one in found if one.minutes is not None]
    yield from (str(len(each)), str(len(found)), str(len(soon)))
    yield from (str(sum(one.scale == scale for _, one in found)) for scale in (PAIR, MINUTE, HOURS))
    yield said(float(np.median(minutes)) if minutes else None, 1)
    yield str(sum(place is not None and place <= 3 for _, _, place in each))


def _found(outcome: Outcome) -> Table:
    judged = verdicts(outcome)
    ordinary = benign(judged)
    return Table(
        title="Each attack, as configured",
        columns=("recording", "left out", "host", "attack", "notices", "first called", "by",
                 "minutes",
                 "connections until then", "right peer", "lowest p", "price"),
        rows=tuple(
            (trial.name, trial.network, guilty.host, guilty.kind, *_fared(guilty, each, ordinary))
            for trial, each in judged
            for guilty in trial.guilty
        ),
        note="Minutes from the first connection of the attack to the end of the window that was "
        "told. Right peer: whether one of these notices names the other end of the guilty pair; a "
        "dash where no pair has most of the attack. Lowest p: the setting from which on it would "
        "be noticed. Price: notices per benign host and day at that setting, all networks "
        "together.",
    )  # fmt: skip


def _fared(guilty: Guilty, judged: Judged, ordinary: Benign) -> Iterator[str]:
    found, least = finding(guilty, judged.notices), needed(guilty, judged.windows)
    yield from (str(found.notices), found.kind or "-", found.scale or "-")
    yield "missed" if found.minutes is None else f"{found.minutes:.1f}"
    yield "-" if found.calls is None else f"{found.calls} of {len(guilty.ends)}"
    yield {None: "-", True: "yes", False: "no"}[found.peer if found.notices else None]
    yield said(least, 5)
    yield said(None if least is None else ordinary.rate(least))


def _others(outcome: Outcome) -> Table:
    return Table(
        title="Notices of each recording",
        columns=("recording", "left out", "windows", "benign host-days", "notices",
                 "about nobody guilty", "seconds"),
        rows=tuple(
            (trial.name, trial.network, str(len(judged.windows)),
             f"{benign([(trial, judged)]).host_days:.2f}", str(len(judged.notices)),
             str(others(trial, judged.notices)), f"{judged.seconds:.2f}")
            for trial, judged in verdicts(outcome)
        ),
    )  # fmt: skip


def _same_price(outcome: Outcome) -> Section:
    judged = verdicts(outcome)
    ordinary = benign(judged)
    prices = {
        f"as configured, p {configured():g}": configured(),
        "1 notice in five host-days": at_notices(ordinary, RARELY),
        f"{PER_HOST_DAY:g} notice per host and day": at_notices(ordinary),
        f"{FALSE:g} of the benign windows": at_windows(ordinary),
    }
    tables = tuple(_recalled(name, p, recall(judged, p)) for name, p in prices.items())
    tables = (*tables, _implants_at(outcome, prices))
    return Section(
        title="Recall at the same price",
        text=(
            "The p-values at which the benign hosts of all networks together, each judged by the "
            "detector that never saw it, give one notice in five host-days, and one a day, and the "
            "one that a thousandth of their windows reaches. Attacks are found by the rules of "
            "triage at that p-value; windows are those in which a connection of the attack ended.",
        ),
        parts=tables,
    )


def _implants_at(outcome: Outcome, prices: dict[str, float]) -> Table:
    laid = verdicts(outcome, implanted=True)
    rows = []
    for name, p_value in prices.items():
        fared = [
            (guilty, finding(guilty, told_at(judged, p_value)), None)
            for trial, judged in laid
            for guilty in trial.guilty[:1]
        ]
        rows.append((name, *tuple(_timely(fared))[:3]))
    return Table(
        title="Judged implants at these prices",
        columns=("price", "implants", "noticed", "in time"),
        rows=tuple(rows),
    )


def _recalled(name: str, p_value: float, found: dict[str, Recall]) -> Table:
    rows = tuple(
        (kind, f"{each.noticed} of {each.guilty}", said(each.minutes, 1), str(each.windows),
         said(each.odd / each.windows if each.windows else None))
        for kind, each in found.items()
    )  # fmt: skip
    return Table(
        title=f"At {name}: p-values up to {p_value:.5f}",
        columns=("attack", "found", "median minutes", "windows", "share of windows"),
        rows=rows,
    )


def _price(outcome: Outcome) -> Table:
    parts = {name: benign(verdicts(outcome, name)) for name in NETWORKS} | {
        "all": benign(verdicts(outcome))
    }
    return Table(
        title="Notices per benign host and day, as configured, and the calibration of p-values",
        columns=("left out", "host-days", "of", "windows", "notices", "per host-day",
                 *(f"windows with p ≤ {at:g}" for at in CALIBRATED)),
        rows=tuple((name, *_priced(part)) for name, part in parts.items()),
        note="`of`: host-days of all hosts; the rest is attacked or has unlabelled connections. A "
        f"calibrated share is the p-value itself. Of the notices, {parts['all'].early} came within "
        f"an empty memory's first {EARLY / 60:g} minutes.",
    )  # fmt: skip


def _priced(part: Benign) -> Iterator[str]:
    yield from (f"{part.host_days:.2f}", f"{part.all_host_days:.2f}", str(len(part.p_values)))
    yield str(part.notices)
    yield said(part.notices / part.host_days if part.host_days else None)
    yield from (said(part.share(at), 5) for at in CALIBRATED)


def _ranks(outcome: Outcome) -> Section:
    rows, of_kind = [], defaultdict[str, list[tuple[int, ...]]](list)
    for trial, scored in zip(outcome.trials, outcome.scored, strict=True):
        if scored.ranked is None:
            continue
        for at, guilty in enumerate(trial.guilty):
            places = [scored.ranked.ranks.get(name, [None] * (at + 1))[at] for name in DETECTORS]
            if guilty.pair is None:
                continue
            of_kind[trial.behaviour or guilty.kind].append(
                tuple(place or scored.ranked.pairs for place in places)
            )
            if trial.implanted:
                continue
            shown = ("-" if place is None else str(place) for place in places)
            where = (trial.name, guilty.kind, guilty.host, f"{guilty.peer}:{guilty.pair.port}")
            rows.append((*where, str(scored.ranked.pairs), *shown))
    medians = tuple(
        (kind, str(len(places)), *(f"{median:g}" for median in np.median(places, axis=0)))
        for kind, places in sorted(of_kind.items())
    )
    return Section(
        title="Rank of the guilty pair",
        text=(
            "Among the pairs of the recording (originator, responder, port, protocol) that have "
            "four connections or more and are of no other attack; 1 is the oddest, equal scores "
            "count against the guilty, and a pair of which a detector says nothing has the last "
            "place. netheed ranks as `netheed beacons` does. Behaviours are judged implants. "
            "RITA's score is "
            "our own code after its documentation, the best of the recording's 24-hour windows. "
            "The Isolation Forest is fitted on the wholly benign pairs of the recordings of other "
            "networks; the z-score compares a pair with the other pairs of its host.",
        ),
        parts=(
            Table(
                title="Each pair",
                columns=("recording", "attack", "host", "peer", "pairs", *DETECTORS),
                rows=tuple(rows),
            ),
            Table(
                title="Median rank",
                columns=("attack", "pairs", *DETECTORS),
                rows=medians,
            ),
        ),
    )


def _made(outcome: Outcome) -> Section:
    made = [
        ("code", outcome.code),
        ("data", outcome.data),
        *((f"model without {network}", name) for network, name in outcome.models.items()),
        ("cells worked out", str(outcome.worked)),
        ("seconds", f"{outcome.seconds:.1f}"),
    ]
    failed = outcome.failures or (("none", ""),)
    return Section(
        title="How it was made",
        parts=(
            Table(title="Digests and time", columns=("what", "is"), rows=tuple(made)),
            Table(title="What failed", columns=("cell", "error"), rows=failed),
        ),
    )


def facts(outcome: Outcome) -> dict[str, object]:
    """The report for machines: tables as they are shown, with what made them."""
    shown = page(outcome)
    tables = [part for s in shown.sections for part in s.parts if isinstance(part, Table)]
    return {
        "code": outcome.code,
        "data": outcome.data,
        "recordings": {t.name: t.recording.sha256 for t in outcome.trials},
        "models": outcome.models,
        "seed": SEED,
        "seconds": outcome.seconds,
        "worked_out": outcome.worked,
        "failures": [list(each) for each in outcome.failures],
        "attacks": [
            {
                "recording": trial.name,
                "network": trial.network,
                "host": guilty.host,
                "kind": guilty.kind,
                "pair": guilty.pair,
                **asdict(finding(guilty, judged.notices)),
                "needed": needed(guilty, judged.windows),
            }
            for trial, judged in verdicts(outcome)
            for guilty in trial.guilty
        ],
        "tables": {
            table.title: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            for table in tables
        },
    }
