"""Protocol 4 and the probe."""

from netheed.training.report.days import sections
from netheed.training.report.page import Table


def tables(section):
    return [part for part in section.parts if isinstance(part, Table)]


def test_realised_rates_stand_beside_the_promised(results):
    promises = tables(sections(results)[0])[0]
    row = dict(zip(promises.columns, promises.rows[0], strict=True))

    assert row["benign windows"] == "200"
    assert 0.05 < float(row["p 0.1"]) < 0.2
    assert float(row["p 0.001"]) <= 0.01


def test_notices_are_counted_per_host_and_day(results):
    by_network = tables(sections(results)[0])[1]

    assert by_network.rows == (("iot23", "8", "0.2500", "0.1250"),)


def test_the_probe_stands_beside_our_features_and_chance(results):
    (probe,) = tables(sections(results)[1])

    assert probe.rows == (("2 iot23", "1", "0.125", "0.750", "0.062"),)
