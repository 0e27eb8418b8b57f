"""Protocol 4: promised against realised false alarms, and what shortcuts alone would give."""

from netheed.training.attention import AS_SHIPPED
from netheed.training.comparison.plan import METHODS
from netheed.training.comparison.result import NOTICED, PROMISED, BenignDays
from netheed.training.report.page import Picture, Section, Table
from netheed.training.report.pictures import reliability
from netheed.training.report.results import Results, mean, said
from netheed.training.splits import NETWORKS


def sections(results: Results) -> list[Section]:
    """Protocol 4 and the shortcut probe."""
    return [_benign_days(results), _probe(results)]


def _benign_days(results: Results) -> Section:
    realised = {
        network: [mean([each.realised[f"{p:g}"] for each in days]) for p in PROMISED]
        for network in NETWORKS
        if (days := _days(results, network, AS_SHIPPED))
    }
    title = "Promised and realised false-alarm rate of windows"
    rows = tuple((n, *_windows(results, n), *map(_share, rates)) for n, rates in realised.items())
    table = Table(
        title=title,
        columns=("network", "benign windows", "ECE", *(f"p {p:g}" for p in PROMISED)),
        rows=rows,
        note="p-values are conformal per host group, from benign windows of other networks that "
        "training never saw: exact only where the new network is like those. A share above the "
        f"promised one is that many more false alarms than a p-value tells. {_farthest(realised)}"
        "ECE: expected calibration error of the probability of an attack.",
    )
    parts: list[Table | Picture] = [table]
    if realised:
        series = {network: tuple(rates) for network, rates in realised.items()}
        png = reliability(title, PROMISED, series)
        parts.append(Picture(name="promises", title=title, png=png))
    return Section(
        title="Protocol 4: benign days of networks that were never seen",
        text=(
            "The detectors of protocol 2, at p-values calibrated on other networks. A notice is an "
            "odd window with the evidence that triage asks for, once an hour for the same kind at "
            f"the same host. p {NOTICED[0]:g} is the default setting. A host-day is a host's "
            "windows of one date, however few, and left out where an attack stands on it; "
            "`docs/detector.md`, which judges what is shipped as it is configured, counts 24 hours "
            "of activity as one.",
        ),
        parts=(*parts, _by_network(results), _by_method(results)),
    )


def _farthest(realised: dict[str, list[float]]) -> str:
    """The network with the most false alarms at the default setting, in words."""
    if not realised:
        return ""
    at = PROMISED.index(NOTICED[0])
    network = max(realised, key=lambda name: realised[name][at])
    times = realised[network][at] / NOTICED[0]
    return f"At p {NOTICED[0]:g}, the default, {network} has {times:.1f} times as many. "


def _share(value: float) -> str:
    return f"{value:.5f}"


def _windows(results: Results, network: str) -> tuple[str, str]:
    runs = results.of("2", network, AS_SHIPPED)
    errors = [run.benign_days.calibration_error for run in runs if run.benign_days]
    return str(runs[0].benign_windows), said(mean(errors))


def _days(results: Results, network: str, method: str) -> list[BenignDays]:
    runs = results.of("2", network, method)
    return [run.benign_days for run in runs if run.benign_days]


def _by_network(results: Results) -> Table:
    rows = [
        (network, str(days[0].host_days), *_rates(days))
        for network in NETWORKS
        if (days := _days(results, network, AS_SHIPPED))
    ]
    return Table(
        title=f"Notices per host and day without an attack: {AS_SHIPPED}, by network",
        columns=("network", "host-days", *(f"p {at:g}" for at in NOTICED)),
        rows=tuple(rows),
        note="Mean over the seeds.",
    )


def _by_method(results: Results) -> Table:
    rows = []
    for method in METHODS:
        by_network = [_days(results, network, method) for network in NETWORKS]
        days = [each for found in by_network for each in found]
        if days:
            rows.append((method, str(max(map(len, by_network))), *_rates(days)))
    return Table(
        title="Notices per host and day without an attack: every method, all networks together",
        columns=("method", "seeds", *(f"p {at:g}" for at in NOTICED)),
        rows=tuple(rows),
        note="Methods that know no kinds are held to the evidence of an unknown one. No merit by "
        "itself: a method whose calibration leaves it silent is silent on attacks too; what each "
        "finds stands at protocol 2.",
    )


def _rates(days: list[BenignDays]) -> list[str]:
    host_days = sum(day.host_days for day in days)
    notices = [sum(day.notices[f"{at:g}"] for day in days) for at in NOTICED]
    return [f"{count / host_days:.4f}" for count in notices]


def _probe(results: Results) -> Section:
    kept = [split for probe in results.probes for split in probe.splits]
    rows = []
    for at in dict.fromkeys((each.protocol, each.split) for each in kept):
        chosen = [each for each in kept if (each.protocol, each.split) == at]
        found = (
            said(mean([getattr(each, name) for each in chosen]))
            for name in ("shortcuts", "features", "chance")
        )
        rows.append((" ".join(at), str(len(chosen)), *found))
    return Section(
        title="Shortcut probe",
        text=(
            "A random forest that sees only ports, the end of the address, the time and the place "
            "in line, beside one that sees our features; both learn from the recordings alone. "
            "Where shortcuts are far above chance, the split itself can be guessed and a good "
            "result there says the less, the nearer they come to our features: so it is on 1i, "
            "where the same attacker stands on both sides at the same hours, and in part wherever "
            "few hosts attack. No method of the comparison sees any of this.",
        ),
        parts=(
            Table(
                title="Mean AP of shortcuts",
                columns=("protocol", "seeds", "shortcuts", "our features", "chance"),
                rows=tuple(rows),
            ),
        ),
    )
