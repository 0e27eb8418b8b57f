"""Any file is read as plain values or refused with one line that says where."""

import contextlib
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netheed import strict_yaml
from netheed.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_SCALAR, StrictYamlError

PLAIN = {"a": [1, 2.5, None, True], "b": {"c": "text"}}
HOSTILE = [
    pytest.param("a: 2026-13-45", "line 1, column 4: month must be in 1..12", id="no date"),
    pytest.param("a: " + "[" * 5000 + "]" * 5000, "column 35: nested deeper than 32", id="deep"),
    pytest.param("a: " + "9" * 5000, "column 4: a value longer than 4096", id="long number"),
    pytest.param("a: " + "1:" * 5000 + "1", "a value longer than 4096", id="base 60"),
    pytest.param("a: " + "1:" * 2000 + "1.5", "too large", id="float of base 60"),
    pytest.param("a: &x [1]\nb: *x", "line 2, column 4: aliases are not read", id="alias"),
    pytest.param("a: &x {b: 1}\nc:\n  <<: *x", "line 3, column 7: aliases", id="merge key"),
    pytest.param("!!python/object/apply:os.system [true]", "tags are not read", id="object"),
    pytest.param("a: !!bool maybe", "line 1, column 4: tags are not read", id="KeyError"),
    pytest.param("a: !!int ''", "tags are not read", id="IndexError"),
    pytest.param("a: !!timestamp x", "tags are not read", id="AttributeError"),
    pytest.param('a: "\\U00110000"', "not in range", id="no code point"),
    pytest.param("a: [", "line 1, column 5: expected the node content", id="unfinished"),
    pytest.param("a: 1\n---\nb: 1", "line 2, column 1: but found another document", id="two"),
    pytest.param("a: \x00", "unacceptable character", id="NUL"),
    pytest.param("a: {b: 1, b: 2}", "line 1, column 11: the key b is there twice", id="twice"),
    pytest.param("1: 2", "a key: Expected `str`", id="no text"),
    pytest.param("[]", "Expected `object`, got `array`", id="no mapping"),
    pytest.param("#" * (MAX_BYTES + 1), "larger than 1 MiB", id="large"),
]

UNUSUAL = [
    "a: &x [1]",
    "<<: {a: 1}",
    "a: <<",
    "a: =",
    "{1: a, 01: b}",
    "{[a]: 1}",
    "'1': a\n1: b",
    "{~: 1, null: 2}",
    "a: [1_000, 0x1F, 0o7, 017, 1:30, .5, 1e3, 1.0e+3, .inf, -.INF, .NaN]",
    "a: [yes, No, ON, true, 'true', \"~\", ~, Null, '']",
    "a: [2001-12-14, 2001-12-14t21:59:43.10-05:00, '2001-12-14']",
    "a: |\n  text\n  more\nb: >-\n  folded\n  too",
    "--- text\n...",
    "a: 1\n...\nb: 2",
]


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """A form."""

    name: str


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    """Another, of such parts."""

    number: int = 0
    parts: tuple[Part, ...] = ()


def read(tmp_path: Path, text: str | bytes) -> dict[str, object]:
    path = tmp_path / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return strict_yaml.read(path, dict[str, object])


def test_plain_values_are_read_as_pyyaml_reads_them(tmp_path: Path) -> None:
    assert read(tmp_path, yaml.safe_dump(PLAIN)) == PLAIN


def test_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing\n") == {}


@pytest.mark.parametrize(("text", "reason"), HOSTILE)
def test_what_is_hostile_is_refused_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(StrictYamlError, match=reason) as told:
        read(tmp_path, text)

    assert "\n" not in str(told.value)


def test_the_limits_themselves_are_read(tmp_path: Path) -> None:
    deep = "a: " + "[" * (MAX_DEPTH - 2) + "1" + "]" * (MAX_DEPTH - 2)

    assert read(tmp_path, deep)
    assert read(tmp_path, "a: " + "b" * MAX_SCALAR) == {"a": "b" * MAX_SCALAR}


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("number: a", "number", "Expected `int`, got `str`"),
        ("parts: [{name: a}, {name: 2}]", "parts[1].name", "Expected `str`, got `int`"),
        ("parts: [{}]", "parts[0].name", "is missing"),
        ("parts: [{name: a, '`\u00a0x`': 1}]", "parts[0].` x`", "is not known here"),
        ("more: 1", "more", "is not known here"),
        ("[]", "", "Expected `object`, got `array`"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_path_of_its_key(
    tmp_path: Path, text: str, place: str, reason: str
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)

    with pytest.raises(StrictYamlError) as told:
        strict_yaml.read(path, Whole)

    assert (told.value.place, told.value.reason) == (place, reason)
    assert str(told.value) == (f"{place}: {reason}" if place else reason)


@pytest.mark.parametrize("name", ["gone.yaml", ".", "a\0b", "\ud800"])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StrictYamlError):
        strict_yaml.read(tmp_path / name, dict[str, object])


ALL = [yaml.safe_dump(PLAIN), *UNUSUAL, *(one.values[0] for one in HOSTILE)]


@pytest.mark.parametrize("text", ALL)
def test_without_libyaml_all_is_read_and_refused_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def outcome() -> object:
        try:
            return repr(read(tmp_path, text))
        except StrictYamlError as error:
            return str(error)

    with_it = outcome()
    monkeypatch.setattr(yaml, "__with_libyaml__", False)

    assert outcome() == with_it


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.binary(max_size=80) | st.text("[]{}:-&*!<>=|%#'\"\\ \n\tax10.", max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path: Path, text: str | bytes) -> None:
    with contextlib.suppress(StrictYamlError):
        read(tmp_path, text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), st.booleans())
def test_what_pyyaml_writes_is_read_as_it_was(
    tmp_path: Path, data: dict[str, object], flow: bool
) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)

    assert repr(read(tmp_path, text)) == repr(yaml.safe_load(text))
