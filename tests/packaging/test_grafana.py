"""The dashboard draws metrics that there are, by labels that they have."""

import json
import re

import pytest

from tests.debian import PACKAGING, REPOSITORY

DASHBOARD = json.loads((PACKAGING / "grafana" / "netheed.json").read_text(encoding="utf-8"))
TABLE = re.findall(
    r"^\| `(netheed_\w+)` \| (?:`(\w+)`)? *\|",
    (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
LABELS = dict(TABLE)
"""By metric, as docs/metrics.md has them; that is held to what is exported by test_metrics.py."""
TARGETS = [
    pytest.param(target["expr"], target["legendFormat"], id=f"{panel['title']}-{target['refId']}")
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
]


@pytest.mark.parametrize(("expression", "legend"), TARGETS)
def test_every_expression_is_of_metrics_and_labels_that_there_are(
    expression: str, legend: str
) -> None:
    metrics = re.findall(r"netheed_\w+", expression)
    labels = re.findall(r"\{\{(\w+)\}\}", legend)

    assert metrics
    assert set(metrics) <= LABELS.keys()
    assert set(labels) <= {"instance", *(LABELS[metric] for metric in metrics)}


def test_counters_are_drawn_as_rates_and_gauges_as_they_are() -> None:
    for target in TARGETS:
        expression = str(target.values[0])
        rated = re.findall(r"(?:rate|increase)\((netheed_\w+)", expression)
        assert {
            name for name in re.findall(r"netheed_\w+", expression) if name.endswith("_total")
        } == {*rated}, expression


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
