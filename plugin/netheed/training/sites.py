"""What an hour of a new network's traffic is worth: the experiment on adaptation.

Each site is a network that the detector was not trained on. An hour of its benign traffic, without
labels, adapts the detector and its calibration; then notices on the site's next benign day are
counted, and attacks that are laid over that day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from netheed.model.manifest import GROUPS, TailCalibration
from netheed.training.adapt import Course, adapt
from netheed.training.attention import ensemble_of, trained
from netheed.training.calibrate import calibrate
from netheed.training.corpus import SIMULATED, Corpus, Role
from netheed.training.datasets import BENIGN
from netheed.training.examples import Examples
from netheed.training.judge import exported, judge, parts
from netheed.training.measures import Tested, mean_average_precision, plain
from netheed.training.meta import Meta, meta_start
from netheed.training.model import Detector, Exported, Tail
from netheed.training.notices import noticed, worth
from netheed.training.splits import CALIBRATING_SCENES, HOUR, ROLES, without

USUAL: Final = 0.9
"""Quantile at which a site's scores are compared with those of the calibration."""
HELD: Final = 1 / 3
"""Share of a site's time, the last, that is not learned from but calibrates."""
RATES: Final = (1e-2, 2e-3)
"""p-values at which notices are counted; the last is the default setting."""
STEPS: Final = (0, 1, 3, 10, 30)
"""Of adaptation, after which the error on the site's later traffic is measured."""
REHEARSED: Final = 12_000
"""Simulated windows that a site rehearses with: it has no recordings of ours."""
SHIPPED: Final = "as shipped"
STARTS: Final[Mapping[str, tuple[Role, ...]]] = {
    SHIPPED: ROLES,
    "without simulated networks": ("recorded", "overlaid", "relaid"),
}
"""What the detector was trained on before it came to the site."""
WAYS: Final[Mapping[str, Course]] = {
    "adapter": Course(),
    "all weights": Course(learning="all", rate=1e-3),
    "heads": Course(learning="heads", rate=2e-3),
    "adapter, little rehearsal": Course(source=0.1),
    "adapter without rehearsal": Course(source=0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A network with an hour to learn from and a later benign day."""

    name: str
    network: str
    """Of splits.NETWORKS; what is held out."""
    hour: str
    """Recording whose first hour is learned from."""
    day: str
    """Recording that is tested; without its first hour where it is the same."""


class Way(Struct, frozen=True, kw_only=True):
    """What one way of adapting is worth."""

    windows: dict[str, int]
    """False ones of the next day, at each of RATES."""
    notices: dict[str, int]
    recall: dict[str, float] = {}
    """On attacks that are laid over that day; empty where none is."""
    attack_windows: int = 0
    old_attacks: float | None
    """Mean average precision on what was learned before."""
    adapter_bytes: int = 0


class Adapted(Struct, frozen=True, kw_only=True):
    """One site, from one start."""

    site: str
    start: str
    seed: int
    hour_windows: int
    day_windows: int
    ways: dict[str, Way]
    few_steps: dict[str, list[float]] = {}
    """Start of the steps -> error on the site's later traffic after each of STEPS."""


SITES: Final = (
    Site(
        name="CTU-SME, five days later",
        network="ctu-sme",
        hour="ctu-sme-11/linux-2023-02-20",
        day="ctu-sme-11/linux-2023-02-25",
    ),
    Site(name="IoT-23 lamp", network="iot23", hour="iot23/benign-b1", day="iot23/benign-b1"),
    Site(name="IoT-23 speaker", network="iot23", hour="iot23/benign-b2", day="iot23/benign-b2"),
    Site(name="M57 office", network="office", hour="m57", day="m57"),
    Site(
        name="CICIDS2017, Monday to Tuesday",
        network="cicids2017",
        hour="cicids2017/2017-07-03",
        day="cicids2017/2017-07-04",
    ),
)


def calibrated(
    score: NDArray[np.float32],
    group: NDArray[np.int64],
    site: tuple[NDArray[np.float32], NDArray[np.int64]] | None = None,
) -> dict[str, TailCalibration]:
    """Benign scores -> calibration; with a site's scores moved up to where that site lies.

    A few dozen windows of a site cannot say what one in a thousand looks like, but they do say
    where its ordinary windows lie: each group is moved by as much as the site's USUAL quantile is
    above the calibration's, never down. The shape of the tail stays that of the calibration.
    """
    if site is None:
        return calibrate(score, group)
    moved, seen = score.copy(), score
    for number in range(len(GROUPS)):
        own, ours = site[0][site[1] == number], seen[group == number]
        if len(own) and len(ours):
            away = float(np.quantile(own, USUAL) - np.quantile(ours, USUAL))
            moved[group == number] += max(0.0, away)
    return calibrate(np.concatenate((moved, site[0])), np.concatenate((group, site[1])))


def parted(target: Examples) -> tuple[Examples, Examples]:
    """(to learn from, to calibrate with), by time; both are all of it where there is one time."""
    border = float(np.quantile(target.end, 1 - HELD))
    early = target.end <= border
    if early.all():
        return target, target
    return target.only(early), target.only(~early)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The windows of one site and what stands beside them."""

    hour: Examples
    day: Examples
    """Benign windows of the next day."""
    laid: Examples | None
    """That day with simulated attacks laid over it, None where there is none."""
    rehearsal: Examples
    beside: Examples
    """Simulated windows that calibrate, and on which forgetting is measured."""

    @classmethod
    def of(cls, corpus: Corpus, site: Site, seed: int) -> "Traffic":
        """Cut from a corpus."""
        hour, day = corpus.recorded((site.hour,)).examples, corpus.recorded((site.day,)).examples
        later = (day.attack == BENIGN) & ((site.hour != site.day) | ~_early(day))
        laid = [p for p in corpus.pieces if p.role == "overlaid" and p.name.startswith(site.day)]
        simulated = corpus.learned(roles=(SIMULATED,)).pieces
        beside = tuple(p for p in simulated if p.name.startswith(CALIBRATING_SCENES))
        rest = tuple(p for p in simulated if p not in beside)
        return cls(
            hour=hour.only(_early(hour) & (hour.attack == BENIGN)),
            day=replace(day, attack=np.where(later, BENIGN, "")),
            laid=Corpus(tuple(laid)).examples if laid else None,
            rehearsal=Corpus(rest).examples.fewer(REHEARSED, seed),
            beside=Corpus(beside).examples,
        )


def _early(examples: Examples) -> NDArray[np.bool_]:
    begun = np.full(int(examples.recording.max()) + 1, np.inf)
    np.minimum.at(begun, examples.recording, examples.end)
    early: NDArray[np.bool_] = examples.end < begun[examples.recording] + HOUR
    return early


def work(corpus: Corpus, site: Site, start: str, seed: int) -> Adapted:
    """All ways of adapting one detector to one site, with what each is worth."""
    split = without(corpus, site.network, seed, STARTS[start])
    model = trained(split.train, {}, seed)
    traffic = Traffic.of(corpus, site, seed)
    calibration = split.calibration if split.calibration is not None else traffic.beside
    untouched = _counted(model, traffic, _calibration(model, calibration, None))
    own = _counted(model, traffic, _calibration(model, traffic.beside, traffic.hour))
    courses = {
        way: _adapted(model.detector, traffic, replace(course, seed=seed))
        for way, course in WAYS.items()
    }
    is_shipped = start == SHIPPED
    return Adapted(
        site=site.name,
        start=start,
        seed=seed,
        hour_windows=len(traffic.hour.label),
        day_windows=int((traffic.day.attack == BENIGN).sum()),
        ways={"none": untouched, "calibration alone": own, **courses},
        few_steps=_few_steps(model.detector, corpus, site, traffic, seed) if is_shipped else {},
    )


def _adapted(detector: Detector, traffic: Traffic, course: Course) -> Way:
    learned, held = parted(traffic.hour)
    adapted, adapter = adapt(detector, traffic.rehearsal, learned, course)
    changed = exported(adapted, traffic.rehearsal, ensemble_of({}))
    counted = _counted(changed, traffic, _calibration(changed, traffic.beside, held))
    return structs.replace(counted, adapter_bytes=adapter.nbytes if adapter is not None else 0)


def _calibration(
    model: Exported, beside: Examples, hour: Examples | None
) -> dict[str, TailCalibration]:
    benign = beside.label == 0
    score = judge(model, beside).score[benign]
    site = None if hour is None else (judge(model, hour).score, hour.group)
    return calibrated(score, beside.group[benign], site)


def _counted(model: Exported, traffic: Traffic, calibration: dict[str, TailCalibration]) -> Way:
    """Windows and notices of the day, recall of what is laid over, and what was not forgotten."""
    verdicts = judge(model, traffic.day)
    p_value = worth(verdicts.score, traffic.day.group, calibration)
    p_value[traffic.day.attack != BENIGN] = 1.0
    kind = parts(model, traffic.day)[1].argmax(axis=1)
    score = judge(model, traffic.beside).score
    old = mean_average_precision(Tested.of(traffic.beside, score, traffic.beside.label))
    odd = _laid(model, traffic, calibration)
    return Way(
        windows={f"{rate:g}": int((p_value <= rate).sum()) for rate in RATES},
        notices={f"{rate:g}": len(noticed(traffic.day, p_value, kind, rate)) for rate in RATES},
        recall={f"{rate:g}": float((odd <= rate).mean()) for rate in RATES if len(odd)},
        attack_windows=len(odd),
        old_attacks=plain(old),
    )


def _laid(
    model: Exported, traffic: Traffic, calibration: dict[str, TailCalibration]
) -> NDArray[np.float64]:
    """The p-value of each window of the attacks that are laid over the day."""
    laid = traffic.laid
    if laid is None:
        return np.zeros(0)
    return worth(judge(model, laid).score, laid.group, calibration)[laid.label > 0]


def _few_steps(
    detector: Detector, corpus: Corpus, site: Site, traffic: Traffic, seed: int
) -> dict[str, list[float]]:
    """The error on the site's later traffic after each of STEPS, from three starts.

    The ordinary start; one that was trained on as much as the meta start but in the ordinary way;
    the meta start.
    """
    networks = _networks(corpus, site)
    meta = Meta(seed=seed)
    steps = meta.rounds * meta.course.steps
    longer, _ = adapt(
        detector, traffic.rehearsal, traffic.rehearsal, replace(meta.course, steps=steps)
    )
    starts = {
        "ordinary": detector,
        "ordinary, as many steps more": longer,
        "meta-learned": meta_start(detector, networks, traffic.rehearsal, meta),
    }
    return {name: list(_errors(start, traffic, seed)) for name, start in starts.items()}


def _networks(corpus: Corpus, site: Site) -> list[Examples]:
    """Benign recordings and simulated networks to meet while the start is learned."""
    held = without(corpus, site.network, 0, ("recorded", "simulated")).train
    numbers = np.unique(held.recording)
    each = [held.only(held.recording == number) for number in numbers.tolist()]
    return [e for e in each if (e.label == 0).sum() >= 30]


def _errors(start: Detector, traffic: Traffic, seed: int) -> Iterator[float]:
    detector, done = start, 0
    for step in STEPS:
        if step > done:
            course = Course(steps=step - done, rate=1e-3, learning="all", seed=seed)
            detector, _ = adapt(detector, traffic.rehearsal, traffic.hour, course)
            done = step
        bare = Exported(detector, surprise=Tail(), rebuilding=Tail()).eval()
        _, _, surprise, error = parts(bare, traffic.day)
        later = traffic.day.attack == BENIGN
        yield float(surprise[later].mean() + error[later].mean())
