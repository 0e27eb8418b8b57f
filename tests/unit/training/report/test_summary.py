"""The figures that are quoted."""

from msgspec import structs

from netheed.training.comparison.cell import Cell
from netheed.training.comparison.result import BenignDays
from netheed.training.report.results import Results
from netheed.training.report.summary import summary
from tests.unit.training.report.planted import result

DAYS = BenignDays(host_days=8, windows={}, notices={}, realised={}, calibration_error=None)


def test_ours_stand_beside_the_best_other_with_labels_and_without(results):
    figures = summary(results)

    assert len(figures) == 6
    never_seen = figures["mean AP, a network never seen (2)"]
    assert list(never_seen) == ["netheed", "attention", "random forest", "rules"]
    assert never_seen["attention"] > never_seen["netheed"]


def test_the_fewest_notices_are_the_best(kept, monkeypatch):
    notices = {"netheed": 2, "rules": 3, "KitNET": 1, "SVM": 4}

    def of(self, protocol, split, method, change=""):
        if protocol != "2" or split != "iot23" or method not in notices:
            return []
        days = structs.replace(DAYS, notices={"0.002": notices[method]}, host_days=10)
        cell = Cell(protocol="2", split="iot23", method=method, seed=0)
        return [structs.replace(result(cell), benign_days=days)]

    monkeypatch.setattr(Results, "of", of)

    assert summary(Results(kept))["notices per benign host and day at p 0.002 (4)"] == {
        "netheed": 0.2,
        "SVM": 0.4,
        "KitNET": 0.1,
    }
