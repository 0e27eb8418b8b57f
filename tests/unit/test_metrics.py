"""What Prometheus reads: every figure, by a valid name, with a word on what it is."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic
from urllib.request import urlopen

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from netheed import __version__, build
from netheed.config import Settings
from netheed.delivery import Deliveries, Delivery
from netheed.errors import NetheedError
from netheed.metrics import SPOKEN, Figures, NetheedCollector, serve
from netheed.overload import Overload, Strain
from netheed.pipeline import STAGES
from netheed.ports import Read
from netheed.records import Tally
from netheed.sinks.appended import AppendedFile
from netheed.sources import zeek_events
from netheed.sources.intake import Intake
from netheed.store import Store
from netheed.zeek.door import line_to
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.line import Counts
from tests.connections import columns, connection
from tests.makers import make_notice
from tests.model_directory import write_model
from tests.taken import taken_port

Key = tuple[str, str]
"""A sample: its name and the value of its only label, or nothing."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "notices.sqlite", waiting=2)) as store:
        yield store


@pytest.fixture
def collector(tmp_path: Path, store: Store) -> NetheedCollector:
    write_model(tmp_path / "model")
    tally = Tally()
    pipeline = build.pipeline(Settings(model=str(tmp_path / "model")), tally)
    sinks = {name: AppendedFile(path=tmp_path / name, encode=lambda _: b"") for name in "ab"}
    to = [Delivery(name=name, sink=sink, store=store) for name, sink in sinks.items()]
    return NetheedCollector(
        tally=tally, pipeline=pipeline, deliveries=Deliveries(store, to), figures=Figures()
    )


def free_port(address: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as found:
        found.bind((address, 0))
        return int(found.getsockname()[1])


@pytest.fixture
def scraped() -> Iterator[Callable[[NetheedCollector], list[Metric]]]:
    """Asks a collector over HTTP."""
    with ExitStack() as serving:

        def scrape(collector: NetheedCollector) -> list[Metric]:
            listen = f"127.0.0.1:{free_port()}"
            serving.callback(serve(collector, listen))
            with urlopen(f"http://{listen}/metrics", timeout=10) as answer:
                return list(text_string_to_metric_families(answer.read().decode()))

        yield scrape


def samples(families: list[Metric]) -> dict[Key, float]:
    found: dict[Key, float] = {}
    for family in families:
        for sample in family.samples:
            key = (sample.name.removeprefix("netheed_"), "".join(sample.labels.values()))
            assert key not in found
            found[key] = sample.value
    return found


def test_every_counter_of_a_tally_appears(collector: NetheedCollector, scraped) -> None:
    tally = collector.tally
    tally.connections, tally.bad, tally.late = 11, 12, 13
    tally.windows, tally.notices = 14, 15
    tally.named = 22
    tally.acted = 23
    tally.skipped.update({"dns": 16, "": 17, 'a"b\\c\nd': 18})
    tally.shed = {"hosts": 19, "far_windows": 20}
    tally.lost = {"gap": 21}

    found = samples(scraped(collector))

    expected: dict[Key, float] = {
        ("connections_total", ""): 11,
        ("bad_records_total", ""): 12,
        ("late_connections_total", ""): 13,
        ("windows_total", ""): 14,
        ("notices_total", ""): 15,
        ("named_records_total", ""): 22,
        ("act_records_total", ""): 23,
        ("skipped_records_total", "dns"): 16,
        ("skipped_records_total", ""): 17,
        ("skipped_records_total", 'a"b\\c\nd'): 18,
        ("shed_total", "hosts"): 19,
        ("shed_total", "far_windows"): 20,
        ("lost_total", "gap"): 21,
        ("lost_total", "queue"): 0,
    }
    assert {key: found.get(key) for key in expected} == expected
    # Whoever adds a counter to a tally adds it here, and to the metrics.
    assert set(Tally.__struct_fields__) == {
        *(
            "connections",
            "named",
            "acted",
            "bad",
            "skipped",
            "late",
            "shed",
            "lost",
            "windows",
            "notices",
        )
    }


def test_every_sink_appears_with_what_it_took_refused_lost_and_still_gets(
    collector: NetheedCollector, store: Store, scraped
) -> None:
    store.add([make_notice(id=str(number)) for number in range(5)], ["a", "b"])
    store.delivered("b", store.pending("b", 1))
    a, b = collector.deliveries.to
    a.failures, b.delivered = 7, 8

    found = samples(scraped(collector))

    names = ("delivered_total", "sink_failures_total", "sink_waiting", "notices_given_up_total")
    assert [found[name, "a"] for name in names] == [0, 7, 2, 3]
    assert [found[name, "b"] for name in names] == [8, 0, 1, 3]


def test_what_has_not_happened_yet_is_there_at_zero(collector: NetheedCollector, scraped) -> None:
    found = samples(scraped(collector))

    module = Path(zeek_events.__file__).read_text(encoding="utf-8")
    causes = [*re.findall(r"tally\.lose\(\"(\w+)\"", module), "gap", "missed", "queue"]
    assert len(causes) > 6
    assert {found.get(("lost_total", cause)) for cause in causes} == {0}
    assert found["notices_given_up_total", "a"] == 0


def test_what_is_not_known_yet_is_absent(collector: NetheedCollector, scraped) -> None:
    found = {name for name, _ in samples(scraped(collector))}

    assert not found & {"reached_timestamp_seconds", "checkpoint_seconds", "checkpoint_bytes"}


def test_what_went_over_each_line_to_zeek_appears(collector: NetheedCollector, scraped) -> None:
    lines = [line_to(Endpoint(url=f"ws://127.0.0.1:{port}/")) for port in (1, 2)]
    lines[0].backlog.put(b"frame")
    lines[1].backlog.dropped = 7
    for number, name in enumerate(Counts.__slots__):
        setattr(lines[1].counts, name, number + 10)
    collector.lines = lines

    found = samples(scraped(collector))
    first, second = (line.where for line in lines)

    assert (found["zeek_connected", first], found["queue_frames", first]) == (0, 1)
    assert found["queue_dropped_frames_total", second] == 7
    counted = [found[f"{name}_total", second] for name in SPOKEN]
    assert counted == [10 + number for number in range(len(Counts.__slots__))]


def test_what_the_daemon_knows_appears(collector: NetheedCollector, scraped) -> None:
    collector.figures.reached = 1_700_000_060.0
    collector.figures.checkpoints, collector.figures.checkpoint_failures = 2, 3
    collector.figures.checkpoint_seconds, collector.figures.checkpoint_bytes = 0.25, 4096

    found = samples(scraped(collector))

    assert found["reached_timestamp_seconds", ""] == 1_700_000_060.0
    assert (found["checkpoints_total", ""], found["checkpoint_failures_total", ""]) == (2, 3)
    assert (found["checkpoint_seconds", ""], found["checkpoint_bytes", ""]) == (0.25, 4096)
    assert found["build_info", __version__] == 1


def test_what_waits_and_what_each_stage_took_appears(collector: NetheedCollector, scraped) -> None:
    batch = columns([connection(start=60.0 * n) for n in (1, 2, 2)])
    collector.pipeline.take(Read("log", batch, "3"))

    found = samples(scraped(collector))

    assert (found["waiting_connections", ""], found["open_windows", ""]) == (3, 2)
    assert found["stage_seconds_total", "windows"] > 0
    assert {label for name, label in found if name == "stage_seconds_total"} == set(STAGES)


def test_how_far_each_origin_has_come_appears(collector: NetheedCollector, scraped) -> None:
    for origin, start in (("a.log", 60.0), ("b.log", 600.0)):
        collector.pipeline.take(Read(origin, columns([connection(start=start)]), "1"))
    collector.pipeline.positions["silent.log"] = ""

    found = samples(scraped(collector))

    reached = {key[1]: value for key, value in found.items() if key[0].startswith("origin_")}
    assert set(reached) == {"a.log", "b.log"}
    assert reached["b.log"] - reached["a.log"] == 540.0


def test_every_name_is_valid_and_documented_and_says_what_it_counts(
    collector: NetheedCollector, scraped
) -> None:
    families = scraped(collector)

    assert len(families) > 15
    for family in families:
        assert re.fullmatch(r"netheed(_[a-z]+)+", family.name)
        assert re.fullmatch(r".*[a-z0-9.]\.", family.documentation)
        assert family.type in ("counter", "gauge")
        assert all(
            (family.type == "counter") == sample.name.endswith("_total")
            for sample in family.samples
        )


def test_a_store_that_cannot_be_asked_hides_no_other_figure(
    collector: NetheedCollector, store: Store, scraped
) -> None:
    store.close()

    found = samples(scraped(collector))

    assert not [key for key in found if key[0] == "sink_waiting"]
    assert found["delivered_total", "a"] == 0


def test_figures_are_read_anew_at_each_request(collector: NetheedCollector, scraped) -> None:
    before = samples(scraped(collector))["connections_total", ""]
    collector.tally.connections += 5

    assert samples(scraped(collector))["connections_total", ""] == before + 5


def test_a_port_that_is_taken_is_an_error_with_its_place(collector: NetheedCollector) -> None:
    with (
        taken_port() as listen,
        pytest.raises(NetheedError, match=f"{listen}: Address already in use"),
    ):
        serve(collector, listen)


def test_a_port_is_free_again_when_serving_has_ended(collector: NetheedCollector) -> None:
    listen = f"127.0.0.1:{free_port()}"

    serve(collector, listen)()
    serve(collector, listen)()

    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://{listen}/metrics", timeout=10)


def test_it_answers_on_ipv6_too(collector: NetheedCollector) -> None:
    try:
        listen = f"[::1]:{free_port('::1')}"
    except OSError:
        pytest.skip("no IPv6 on this system")
    end = serve(collector, listen)

    with urlopen(f"http://{listen}/metrics", timeout=10) as answer:
        assert b"netheed_build_info" in answer.read()
    end()


def test_every_metric_is_documented_and_no_other(collector: NetheedCollector, scraped) -> None:
    overload = Overload(intake=Intake())
    overload.judge(monotonic(), Strain(0.5, 1.5))
    collector.figures = Figures(reached=0.0, checkpoints=1, overload=overload)
    collector.lines = [line_to(Endpoint())]
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()

    told = {family.name: family.documentation for family in scraped(collector)}
    rows = re.findall(r"^\| `(netheed_\w+?)(?:_total)?` \|.*\| (.+?) \|$", page, re.MULTILINE)

    assert dict(rows) == told


def test_what_two_sensors_say_of_each_other_appears_where_they_have(
    collector: NetheedCollector, scraped
) -> None:
    assert not [name for name, _ in samples(scraped(collector)) if name.startswith("sensor_")]

    compared = collector.pipeline.core.compared
    compared.values[1:, 1] = 0.25, 0.5, 0.75
    compared.lasting[2, 1] = True
    found = samples(scraped(collector))

    assert found["sensor_one_way", "suricata"] == 0.25
    assert found["sensor_loses_packets", "suricata"] == 0.5
    assert found["sensor_misses_connections", "suricata"] == 0.75
    assert found["sensor_loses_packets_lasts", "suricata"] == 1
    assert found["sensor_one_way_lasts", "suricata"] == 0
    assert ("sensor_one_way", "zeek") not in found


def test_the_lag_grows_while_nothing_is_judged(collector: NetheedCollector, scraped) -> None:
    overload = Overload(intake=Intake())
    collector.figures.overload = overload
    assert ("lag_seconds", "") not in samples(scraped(collector))

    overload.judge(monotonic() - 10.0, Strain(0.5, 1.5))
    found = samples(scraped(collector))

    assert 10.0 < found["lag_seconds", ""] < 12.0
    assert found["closing_seconds", ""] == 1.5
    assert (found["overload_step", ""], found["taken_probability", ""]) == (0, 1.0)
