"""Protocols 1 to 3: every method on the same windows and the same splits."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import numpy as np

from netheed.training.attention import AS_SHIPPED, NAME, VARIATIONS
from netheed.training.comparison.plan import LONGER, METHODS, OF_PAPER, TRIED
from netheed.training.comparison.result import QUANTILES, Attack, Result
from netheed.training.datasets import KINDS
from netheed.training.measures import RATES, Drawn, Interval
from netheed.training.report.page import Picture, Section, Table
from netheed.training.report.pictures import Series, bars, lines
from netheed.training.report.results import Results, mean, mean_ap_of, measured, said
from netheed.training.splits import FRACTIONS, NETWORKS

_EXPLAINED: Final = (
    "Macro-F1 and accuracy: attack against benign at the threshold that a validation part chose. "
    "F1 of kinds: macro-F1 of the likeliest kind. AP: all attack windows against all benign ones. "
    "Recall at 0.01: of attack windows, above what a hundredth of the test's own benign windows "
    "exceed; at 0.0001 fewer than ten thousand of them allow none."
)
_COLUMNS: Final = (
    "method",
    "seeds",
    "macro-F1",
    "accuracy",
    "F1 of kinds",
    "mean AP",
    "AP",
    *(f"recall at {rate:g}" for rate in RATES),
)


def sections(results: Results) -> list[Section]:
    """Of protocols 1 to 3."""
    each = (_grouped, _by_day, _networks, _families, _across)
    return [section(results) for section in each]


def _table(results: Results, protocol: str, split: str, title: str) -> Table:
    rows = []
    for method in METHODS:
        runs = results.of(protocol, split, method)
        if runs:
            rows.append((method, *_row(runs, METHODS[method].supervised)))
    return Table(title=title, columns=_COLUMNS, rows=tuple(rows), note=_EXPLAINED)


def _row(runs: list[Result], supervised: bool) -> tuple[str, ...]:
    return (
        str(len(runs)),
        said(measured(runs, _macro_f1)),
        said(mean([_accuracy(run) for run in runs])),
        said(mean([run.kinds_f1 for run in runs])) if supervised else "-",
        said(measured(runs, mean_ap_of)),
        said(mean([run.ranked.ap for run in runs])),
        *(said(mean([run.ranked.recall[f"{rate:g}"] for run in runs])) for rate in RATES),
    )


def _macro_f1(run: Result) -> Drawn:
    return run.at_threshold.macro_f1 if run.at_threshold else Drawn(None, [])


def _accuracy(run: Result) -> float | None:
    return run.at_threshold.accuracy if run.at_threshold else None


def _grouped(results: Results) -> Section:
    at = ("1i", "grouped")
    parts: list[Table | Picture] = [_table(results, *at, "CICIDS2017, grouped by host and hour")]
    parts += [_kinds(results, "1i", ["grouped"]), _tried(results)]
    parts += [_sizes(results), _thresholds(results)]
    parts += [_times(results), _cost(results)]
    return Section(
        title="Protocol 1(i): CICIDS2017, grouped",
        text=(
            "Hosts' hours are divided 80 to 20, stratified by what happened in them; macro-F1 is "
            "of attack against benign, at the threshold that a validation part chose. This is the "
            "protocol of paper A, and the easiest one here: the same attacks by the same host "
            "stand on both sides, an hour apart.",
        ),
        parts=tuple(parts),
    )


def _kinds(results: Results, protocol: str, splits: Collection[str]) -> Table:
    """Rows are methods that name kinds, columns the kinds that a test has."""
    rows, present = [], set[str]()
    recalls = {method: _recalls(results, protocol, splits, method) for method in METHODS}
    present.update(*recalls.values())
    kinds = [kind for kind in KINDS if kind in present]
    for method, of_kind in recalls.items():
        if of_kind:
            rows.append((method, *(said(mean(of_kind.get(kind, []))) for kind in kinds)))
    return Table(
        title="Recall of each kind",
        columns=("method", *kinds),
        rows=tuple(rows),
        note="Share of the windows of a kind that are called so, by the likeliest kind; the mean "
        "over the seeds and over the splits that have it. What the training part lacks, nobody "
        "calls so: 0.",
    )


def _recalls(
    results: Results, protocol: str, splits: Collection[str], method: str
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for split in splits:
        for run in results.of(protocol, split, method):
            for kind, recall in run.kinds_recall.items():
                found.setdefault(kind, []).append(recall)
    return found


def _sizes(results: Results) -> Picture:
    series = {}
    for method in OF_PAPER:
        points = []
        for share in FRACTIONS:
            change = "" if share == 1.0 else f"size {share}"
            runs = results.of("1i", "grouped", method, change)
            points.append(mean([_accuracy(run) for run in runs]))
        series[method] = Series(FRACTIONS, tuple(points))
    axes = ("share of the training part", "accuracy")
    png = lines("Accuracy against training size", axes, series, log_x=True, ours=NAME)
    return Picture(name="training-size", title="Accuracy against training size", png=png)


def _thresholds(results: Results) -> Picture:
    series = {}
    for method in OF_PAPER:
        curves = [run.curve for run in results.of("1i", "grouped", method)]
        if curves:
            series[method] = Series(QUANTILES, tuple(np.mean(curves, axis=0).tolist()))
    axes = ("threshold, as a quantile of the scores", "macro-F1")
    png = lines("F1 against threshold", axes, series, ours=NAME)
    return Picture(name="threshold", title="F1 against threshold", png=png)


def _times(results: Results) -> Picture:
    values = {}
    for method in METHODS:
        runs = results.of("1i", "grouped", method)
        if runs:
            seconds = [run.fit_seconds for run in runs]
            values[method] = (float(np.mean(seconds)), min(seconds), max(seconds))
    png = bars("Training time on one core", "seconds", values, ours=NAME, log=True)
    return Picture(name="training-time", title="Training time", png=png)


def _cost(results: Results) -> Table:
    rows = []
    for method in METHODS:
        runs = results.of("1i", "grouped", method)
        timed = [run for run in runs if run.ten_runs_seconds is not None]
        for run in timed[:1]:
            seconds = run.ten_runs_seconds or 0.0
            each = seconds / run.test_windows / 10 * 1e6
            fit = mean([one.fit_seconds for one in runs])
            rows.append((method, f"{fit:.2f}", f"{seconds:.2f}", f"{each:.0f}"))
    return Table(
        title="Computation cost, one core: ten detection runs on the same windows",
        columns=("method", "training, s", "ten runs, s", "microseconds a window"),
        rows=tuple(rows),
        note="Seconds of a core, not by the clock: other cells were worked out beside. Ours is "
        "timed in PyTorch here; what is shipped runs in onnxruntime (`make bench`).",
    )


def _by_day(results: Results) -> Section:
    return Section(
        title="Protocol 1(ii): CICIDS2017, by day",
        text=(
            "Learned on Monday to Wednesday, tested on Thursday and Friday: web attacks, "
            "infiltration, botnet, port scans and DDoS were never seen.",
        ),
        parts=(
            _table(results, "1ii", "by day", "Thursday and Friday"),
            _kinds(results, "1ii", ["by day"]),
            _attacks(results, "1ii", ["by day"], "Each attack: mean AP / recall at 1e-2"),
        ),
    )


def _attacks(results: Results, protocol: str, splits: Iterable[str], title: str) -> Table:
    """Rows are attacks, columns methods."""
    rows, methods = [], list(METHODS)
    for split in splits:
        by_method = {
            method: [attack for run in results.of(protocol, split, method) for attack in _of(run)]
            for method in methods
        }
        windows = {each.name: each.windows for found in by_method.values() for each in found}
        for name in sorted(windows):
            cells = [
                _one_attack([each for each in by_method[method] if each.name == name])
                for method in methods
            ]
            rows.append((f"{split}: {name}", str(windows[name]), *cells))
    return Table(title=title, columns=("attack", "windows", *methods), rows=tuple(rows))


def _of(run: Result) -> list[Attack]:
    return run.ranked.attacks


def _one_attack(seeds: list[Attack]) -> str:
    if not seeds:
        return "-"
    recall = mean([each.recall["0.01"] for each in seeds])
    return f"{mean([each.ap for each in seeds]):.2f} / {recall:.2f}"


def _networks(results: Results) -> Section:
    title = "Mean AP on networks that were never seen"
    table, values = across_splits(results, "2", tuple(NETWORKS), title)
    return Section(
        title="Protocol 2: one network held out, in turn",
        text=(
            "Everything else is learned from: the other networks, attacks laid over their benign "
            "hosts, simulated networks. This is what decides.",
        ),
        parts=(
            table,
            Picture(
                name="networks",
                title=title,
                png=bars(title, "mean AP, mean over networks", values, ours=NAME),
            ),
            _kinds(results, "2", NETWORKS),
            _attacks(results, "2", NETWORKS, "Each attack: AP / recall at 1e-2"),
            _incidents(results),
        ),
    )


def across_splits(
    results: Results,
    protocol: str,
    splits: tuple[str, ...],
    title: str,
    rows: Mapping[str, tuple[str, str]] | None = None,
) -> tuple[Table, dict[str, Interval]]:
    """Mean AP of each split; `rows` names each row's method and change, all methods without it."""
    lines_of, values = [], {}
    for name, (method, change) in (rows or {m: (m, "") for m in METHODS}).items():
        each = [results.mean_ap(protocol, split, method, change) for split in splits]
        there = [e for e in each if e is not None]
        if not there:
            continue
        low, middle, high = (float(np.mean([e[i] for e in there])) for i in (1, 0, 2))
        values[name] = (middle, low, high)
        seeds = max(len(results.of(protocol, split, method, change)) for split in splits)
        labels = "yes" if METHODS[method].supervised else "no"
        whole = said(middle) if len(there) == len(each) else "-"
        lines_of.append((name, labels, str(seeds), whole, *map(said, each)))
    table = Table(
        title=title,
        columns=("method", "uses labels", "seeds", "mean", *splits),
        rows=tuple(lines_of),
        note="The last columns: mean and 95 % interval for each.",
    )
    return table, values


def _incidents(results: Results) -> Table:
    """Incidents found and minutes to it, at one false alarm in a thousand benign windows."""
    rows = []
    for method in METHODS:
        of_each = [results.of("2", network, method) for network in NETWORKS]
        minutes = [each for runs in of_each for run in runs for each in run.ranked.minutes]
        if minutes:
            hit = [m for m in minutes if m is not None]
            middle = f"{np.median(hit):.0f}" if hit else "-"
            rows.append((method, f"{len(hit) / len(minutes):.3f}", str(len(minutes)), middle))
    return Table(
        title="Incidents found at a window false-alarm rate of 1e-3",
        columns=("method", "share found", "incidents over all seeds", "median minutes to it"),
        rows=tuple(rows),
        note="An incident: one attack by one host, pauses of less than two hours in it. A window "
        "takes a minute, so that nothing is found sooner.",
    )


def _tried(results: Results) -> Table:
    """The shipped detector done otherwise, on the grouped split."""
    rows = [
        (change or AS_SHIPPED, *_row(runs, supervised=True))
        for change in ("", *VARIATIONS, *LONGER)
        if (runs := results.of("1i", "grouped", AS_SHIPPED, change))
    ]
    return Table(
        title="Remedies: the shipped detector done otherwise",
        columns=_COLUMNS,
        rows=tuple(rows),
        note="Tried when fewer seeds saw another method above; each row has its own seeds.",
    )


REMEDIES: Final = {change or AS_SHIPPED: (AS_SHIPPED, change) for change in ("", *TRIED)}
"""What was tried where fixed rules know an unseen attack better: row -> method, change."""


def _families(results: Results) -> Section:
    kinds = tuple(KINDS[1:])
    title = "Mean AP of an attack that was never seen"
    table, values = across_splits(results, "2-family", kinds, title)
    tried, _ = across_splits(results, "2-family", kinds, "Remedies", REMEDIES)
    return Section(
        title="Protocol 2, by attack: one family held out, in turn",
        text=(
            "No window of the family is learned from, recorded or simulated; every method has its "
            "defaults. Benign windows of the test are recordings that nobody learned from.",
            "The rules need no labels, but their writers knew these very attacks; what a detector "
            "that was shown the other attacks alone can add to them is the question here. What the "
            "remedies with more weight of the thresholds cost where a network is held out, and "
            "other ways to put the parts of the score together, stand in `docs/acquittal.md`.",
        ),
        parts=(
            table,
            Picture(name="families", title=title, png=bars(title, "mean AP", values, ours=NAME)),
            tried,
        ),
    )


def _across(results: Results) -> Section:
    splits = ("cicids2017 to zeek", "zeek to cicids2017")
    before, _ = across_splits(results, "3", splits, "Before: recordings of one sensor alone")
    after, _ = across_splits(
        results,
        "3",
        splits,
        "After: an hour of the target's benign traffic beside",
        {method: (method, "hour") for method in METHODS},
    )
    return Section(
        title="Protocol 3: from one sensor to another",
        text=(
            "CICIDS2017's flow meter knows no service and cuts connections; the Zeek recordings "
            "are other networks. No simulated traffic here. After: the first hour of each tested "
            "recording is learned from as benign, by every method alike, and not tested: the two "
            "tables are of different windows. How much that makes, the rules show, which learn "
            "nothing.",
        ),
        parts=(before, after),
    )
