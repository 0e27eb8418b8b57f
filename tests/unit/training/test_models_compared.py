"""What a model says of recorded attacks is told where it has not learned from them."""

from pathlib import Path

import msgspec
import pytest

from bench import models
from tests.corpora import corpus

SHIPPED = Path("models/default")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "corpus", lambda *_, **__: corpus())


def cells(directories: list[Path]) -> dict[str, list[str]]:
    lines = models.unlearned(directories, Path(), Path())
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {name: said for name, *said in rows[2:]}


def test_each_attack_has_its_average_precision_and_recall() -> None:
    found = cells([SHIPPED, SHIPPED])

    assert {"iot23: beacon", "ctu-sme: beacon", "office: scan"} <= found.keys()
    numbers = [
        [float(each) for each in said.split(" / ")] for row in found.values() for said in row
    ]
    assert all(0 <= ap <= 1 and 0 <= recall <= 1 for ap, recall in numbers)
    assert all(one == other for one, other in found.values())


def test_what_a_model_has_learned_from_is_not_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, graph = models.manifests.read(SHIPPED)
    learned = msgspec.structs.replace(
        manifest, training={"recordings": {"ctu-sme-11/windows": "0"}}
    )
    of = {"one": manifest, "other": learned}
    monkeypatch.setattr(models.manifests, "read", lambda path: (of[path.name], graph))

    found = cells([Path("one"), Path("other")])

    assert models.UNTOLD not in found["iot23: beacon"]
    assert [said == models.UNTOLD for said in found["ctu-sme: beacon"]] == [False, True]
