"""Settings that are told apart by their `type`, and the modules that know what to make of them."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from msgspec import Struct


def type_of(settings: Struct) -> str:
    """The `type` under which they stand in a configuration."""
    return str(settings.__struct_config__.tag)


def module_of(modules: Mapping[str, str], settings: Struct) -> ModuleType:
    """The module that is named beside their `type`, loaded now. Raises KeyError where none is."""
    return import_module(modules[type_of(settings)])
