"""What stands at the edges fits the ports."""

from netheed.ports import Model, Source
from netheed.records import Tally
from netheed.sources.archive import Archive
from tests.connections import WORDS


def test_an_archive_is_a_source_that_needs_no_acknowledgement(tmp_path) -> None:
    source: Source = Archive(paths=[], words=lambda _: WORDS, tally=Tally(), on_bad=print)

    source.acknowledge({"a": 3})

    assert list(source.reads({})) == []


def test_the_port_of_a_model_asks_for_no_memory() -> None:
    offered = {name for name in vars(Model) if not name.startswith("_")}

    assert offered == {"kinds", "score", "p_values"}
