"""The figures that are quoted."""

from netheed.training.report.results import Results
from netheed.training.report.summary import summary


def test_ours_stand_beside_the_best_other_with_labels_and_without(results):
    figures = summary(results)

    assert len(figures) == 6
    never_seen = figures["mean AP, a network never seen (2)"]
    assert list(never_seen) == ["netheed", "attention", "random forest", "rules"]
    assert never_seen["attention"] > never_seen["netheed"]


def test_the_fewest_notices_are_the_best():
    days = [
        {"method": method, "notices": {"0.001": notices}, "host_days": 10}
        for method, notices in (("netheed", 2), ("rules", 3), ("KitNET", 1), ("SVM", 4))
    ]

    class OfDays(Results):
        def __init__(self):
            self._runs, self._means = {}, {}

        def kept(self, name):
            return days if name == "day" else []

    assert summary(OfDays()) == {
        "notices per benign host and day at p 0.001 (4)": {
            "netheed": 0.2,
            "SVM": 0.4,
            "KitNET": 0.1,
        }
    }
