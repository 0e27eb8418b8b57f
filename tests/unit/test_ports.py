"""What stands at the edges fits the ports."""

from netheed.ports import LifeModel, Model, Source
from netheed.records import Tally
from netheed.sources.archive import Archive
from tests.connections import WORDS


def test_an_archive_is_a_source_that_needs_no_acknowledgement(tmp_path) -> None:
    source: Source = Archive(paths=[], words=lambda _: WORDS, tally=Tally(), on_bad=print)

    source.acknowledge({"a": 3})

    assert list(source.reads({})) == []


def test_the_port_of_a_model_asks_for_no_memory() -> None:
    assert offered_by(Model) == {"id", "kinds", "score", "p_values", "pairs", "hours"}


def test_the_port_of_a_model_of_lives_asks_for_no_memory() -> None:
    assert offered_by(LifeModel) == {
        "kinds",
        "usual_steps",
        "usual_context",
        "look",
        "p_values",
    }


def offered_by(port: type) -> set[str]:
    return {name for name in vars(port) if not name.startswith("_")}
