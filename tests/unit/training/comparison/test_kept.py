"""What was worked out is found again under its digest, here or beside a report."""

import re

import msgspec
import pytest
from msgspec import Struct

from netheed.errors import NetheedError
from netheed.training.comparison.kept import FILES, Job, Kept, lines


class Said(Struct):
    """Anything."""

    value: float


ONE, TWO = Job("cell", "one", "aa"), Job("cell", "two", "bb")
SITE = Job("site", "one", "aa")


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "cache")


def test_a_kind_has_names_of_its_own(kept):
    kept.write(ONE, Said(1.0), 0.5)

    assert kept.has(ONE)
    assert not kept.has(SITE)
    assert msgspec.json.decode(kept.read(ONE).said, type=Said) == Said(1.0)


def test_another_digest_is_another_thing(kept):
    kept.write(ONE, Said(1.0), 0.5)

    assert not kept.has(ONE._replace(made_of="cc"))


def test_lines_beside_a_report_have_the_order_of_the_plan(kept, tmp_path):
    for job in (TWO, ONE):
        kept.write(job, Said(1.0), 0.5)

    kept.lay(tmp_path / "out", [ONE, SITE, TWO])

    assert [line.name for line in lines(tmp_path / "out" / FILES["cell"])] == ["one", "two"]
    assert list(lines(tmp_path / "out" / FILES["site"])) == []


def test_another_cache_takes_over_what_lies_beside_a_report(kept, tmp_path):
    kept.write(ONE, Said(1.0), 0.5)
    kept.lay(tmp_path / "out", [ONE])
    other = Kept(tmp_path / "other")

    other.adopt(tmp_path / "out")

    assert other.read(ONE) == kept.read(ONE)


@pytest.mark.parametrize(
    "text", [b'{"name": "one"', b'{"name": "one", "made_of": "aa", "said": 1}', b"[]"],
    ids=["cut", "older", "shape"],
)  # fmt: skip
def test_a_line_that_is_none_is_told_with_its_place(kept, tmp_path, text):
    kept.write(ONE, Said(1.0), 0.5)
    kept.lay(tmp_path, [ONE])
    file = tmp_path / FILES["cell"]
    file.write_bytes(file.read_bytes() + text + b"\n")

    with pytest.raises(NetheedError, match=rf"{re.escape(str(file))}:2: not a result: "):
        list(lines(file))


def test_what_the_cache_has_is_not_taken_from_a_report(kept, tmp_path):
    kept.write(ONE, Said(1.0), 0.5)
    kept.lay(tmp_path / "out", [ONE])
    kept.write(ONE, Said(2.0), 0.5)

    kept.adopt(tmp_path / "out")

    assert msgspec.json.decode(kept.read(ONE).said, type=Said) == Said(2.0)


def test_what_is_no_longer_planned_is_not_laid(kept, tmp_path):
    for job in (ONE, TWO):
        kept.write(job, Said(1.0), 0.5)
    kept.lay(tmp_path, [ONE, TWO])

    kept.lay(tmp_path, [TWO])

    assert [line.name for line in lines(tmp_path / FILES["cell"])] == ["two"]
