"""Protocol 4 and the probe."""

from netheed.training.report.days import sections
from netheed.training.report.page import Table


def tables(section):
    return [part for part in section.parts if isinstance(part, Table)]


def test_realised_rates_stand_beside_the_promised(results):
    promises = tables(sections(results)[0])[0]
    row = dict(zip(promises.columns, promises.rows[0], strict=True))

    assert row["benign windows"] == "200"
    assert (row["ECE"], row["p 0.1"], row["p 0.001"]) == ("0.250", "0.05000", "0.00050")


def test_notices_are_counted_per_host_and_day(results):
    by_network = tables(sections(results)[0])[1]

    assert by_network.rows[0] == ("iot23", "8", "0.2500", "0.1250")
    assert len(by_network.rows) == 5


def test_the_probe_stands_beside_our_features_and_chance(results):
    (probe,) = tables(sections(results)[1])

    assert probe.rows == (("2 iot23", "1", "0.125", "0.750", "0.062"),)
