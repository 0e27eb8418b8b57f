"""The example configuration is one, as it is and with each of its choices made."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from msgspec import NODEFAULT, Struct, convert, structs

from netheed import config
from netheed.config import Settings
from netheed.sinks import LIVE_SINKS, SinkSettings
from netheed.sources import LIVE_SOURCES, SourceSettings
from netheed.tagged import type_of
from tests.debian import PACKAGING

EXAMPLE = PACKAGING / "netheed.yaml"
LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()
CHOICE = re.compile(r"( *)#(?!#)(.*)")
"""A line with one mark; with two it explains."""
CHOICES = [
    at
    for at, line in enumerate(LINES)
    if CHOICE.fullmatch(line) and not CHOICE.fullmatch(LINES[at - 1])
]
"""The lines at which one begins; it ends before the next empty line."""
FORMS: dict[str, Any] = {"sources": SourceSettings, "sinks": SinkSettings}
TYPES = [
    pytest.param(part, form, id=f"{part}-{type_of(form)}")
    for part, forms in FORMS.items()
    for form in get_args(forms)
]


def with_choices(*begins: int) -> str:
    """The example with those choices made that begin at some lines."""
    lines = [*LINES]
    for begin in begins:
        for at in range(begin, len(lines)):
            if not lines[at]:
                break
            lines[at] = CHOICE.sub(r"\1\2", lines[at])
    return "\n".join(lines)


WHOLE = yaml.safe_load(with_choices(*CHOICES))
"""Every choice made at once: all that the example has to say."""


def read(folder: Path, text: str) -> Settings:
    (file := folder / EXAMPLE.name).write_text(text, encoding="utf-8")
    return config.read(file)


def test_the_example_is_a_configuration_that_has_a_source_and_a_sink() -> None:
    settings = config.read(EXAMPLE)

    assert settings.sources
    assert settings.sinks


@pytest.mark.parametrize("choice", CHOICES, ids=lambda at: f"line-{at + 1}")
def test_the_example_is_a_configuration_with_each_choice_made(choice: int, tmp_path: Path) -> None:
    assert read(tmp_path, with_choices(choice))


def test_every_type_of_source_and_sink_is_there() -> None:
    sources = {stanza["type"] for stanza in WHOLE["sources"]}
    sinks = {stanza["type"] for stanza in WHOLE["sinks"]}

    assert (sources, sinks) == ({*LIVE_SOURCES}, {*LIVE_SINKS})


@pytest.mark.parametrize(("part", "form"), TYPES)
def test_a_stanza_says_every_key_of_its_type_with_its_default(
    part: str, form: type[Struct]
) -> None:
    stanzas = [stanza for stanza in WHOLE[part] if stanza["type"] == type_of(form)]
    said = max(stanzas, key=len, default={})

    assert said.keys() == {"type", *(field.name for field in structs.fields(form))}
    made = convert(said, form)
    defaults = [field for field in structs.fields(form) if field.default is not NODEFAULT]
    assert [getattr(made, field.name) for field in defaults] == [f.default for f in defaults]


def test_every_key_of_the_configuration_is_there_with_its_default(tmp_path: Path) -> None:
    settings = read(tmp_path, with_choices(*CHOICES))
    default = Settings()

    assert WHOLE.keys() == {field.name for field in structs.fields(default)}
    for name in ("networks", "windows", "triage", "limits", "daemon"):
        part = getattr(default, name)
        assert WHOLE[name].keys() == {field.name for field in structs.fields(part)}, name
    daemon = structs.replace(settings.daemon, metrics=None)
    examples = structs.replace(settings, sources=(), sinks=(), sites=(), daemon=daemon)
    assert examples == default
