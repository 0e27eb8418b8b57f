"""What a configuration calls `type` chooses a module."""

import json

import pytest

from netheed.sinks import EveSettings, JsonlSettings
from netheed.tagged import module_of, type_of


def test_the_type_is_what_a_configuration_says() -> None:
    assert (type_of(EveSettings(path="a")), type_of(JsonlSettings(path="a"))) == ("eve", "jsonl")


def test_the_module_beside_the_type_is_loaded() -> None:
    assert module_of({"eve": "json", "jsonl": "re"}, EveSettings(path="a")) is json


def test_a_type_beside_which_none_stands_is_an_error() -> None:
    with pytest.raises(KeyError, match="eve"):
        module_of({"jsonl": "json"}, EveSettings(path="a"))
