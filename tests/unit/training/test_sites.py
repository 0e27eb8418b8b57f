"""The experiment on adaptation, in small."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.training import sites
from netheed.training.adapt import Course
from netheed.training.attention import trained
from netheed.training.meta import Meta
from netheed.training.sites import SHIPPED, Site, Traffic, Way, calibrated, parted, work
from tests.corpora import corpus
from tests.unit.training.baselines.planted import quiet

SITE = Site(name="office", network="office", hour="m57", day="m57")
WAY = Way(windows={}, notices={}, old_attacks=None)
SMALL = {"steps": 3, "epochs": 1, "width": 8, "hidden": 8, "experts": 2}


def test_the_hour_is_not_tested_again():
    traffic = Traffic.of(
        corpus(), replace(SITE, hour="cicids2017/2017-07-03", day="cicids2017/2017-07-03"), 0
    )

    assert traffic.hour.end.max() < traffic.day.end[traffic.day.tested].min()
    assert set(traffic.hour.attack) == {"benign"}


def test_a_site_moves_the_calibration_up_and_never_down():
    score, group = np.linspace(0, 1, 500, dtype=np.float32), np.zeros(500, dtype=np.int64)
    few = np.zeros(10, dtype=np.int64)

    plain = calibrated(score, group)["quiet"].scores[0]
    above = calibrated(score, group, (np.full(10, 3.0, dtype=np.float32), few))["quiet"].scores[0]
    below = calibrated(score, group, (np.full(10, -3.0, dtype=np.float32), few))["quiet"].scores[0]

    assert below == plain < 3.0 < above


def test_the_last_third_of_the_time_calibrates_and_is_not_learned_from():
    windows = quiet(2, 30, seed=0)

    learned, held = parted(windows)

    assert learned.end.max() < held.end.min()
    assert len(learned.label) + len(held.label) == 60
    assert len(held.label) == pytest.approx(20, abs=2)


def test_windows_of_one_moment_do_both():
    windows = quiet(40, 1, seed=0)

    assert parted(windows) == (windows, windows)


def test_what_calibrates_an_adapted_detector_was_not_learned_from(monkeypatch):
    hour, seen = quiet(2, 30, seed=0), {}
    monkeypatch.setattr(
        sites, "adapt", lambda d, s, target, c: seen.update(learned=target) or (d, None)
    )
    monkeypatch.setattr(sites, "exported", lambda *_: None)
    monkeypatch.setattr(sites, "_counted", lambda *_: WAY)
    monkeypatch.setattr(sites, "_calibration", lambda m, b, held: seen.update(held=held))
    traffic = Traffic(hour=hour, day=hour, laid=None, rehearsal=hour, beside=hour)

    sites._adapted(None, traffic, Course())

    assert seen["learned"].end.max() < seen["held"].end.min()


def test_every_way_is_counted_and_an_adapter_is_small(monkeypatch):
    monkeypatch.setattr(
        sites, "trained", lambda train, s, seed: trained(train, {**s, **SMALL}, seed)
    )
    monkeypatch.setattr(
        sites, "WAYS", {"adapter": Course(steps=2), "heads": Course(steps=2, learning="heads")}
    )
    monkeypatch.setattr(
        sites,
        "Meta",
        lambda seed: Meta(seed=seed, rounds=1, course=Course(steps=1, learning="all")),
    )
    monkeypatch.setattr(sites, "STEPS", (0, 1))

    facts = work(corpus(), SITE, SHIPPED, 0)

    assert list(facts.ways) == ["none", "calibration alone", "adapter", "heads"]
    assert facts.ways["adapter"].adapter_bytes < 10_000
    assert {len(curve) for curve in facts.few_steps.values()} == {2}
    assert all(0 <= way.recall["0.01"] <= 1 for way in facts.ways.values())
