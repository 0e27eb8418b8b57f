"""One YAML file with the shape of the code, converted strictly: what is unknown or wrong stops.

Only what `netheed score` needs stands here so far; sources and sinks come with the daemon.
"""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from netheed import strict_yaml
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.errors import ConfigError
from netheed.strict_yaml import StrictYamlError

Seconds = Annotated[float, Meta(gt=0, le=30 * 86_400)]
"""A month at the most: what waits for it is held in memory."""


class NetworkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which addresses are hosts of ours."""

    local: tuple[str, ...] = DEFAULT_LOCAL


class WindowSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See windows.Windows. The width is the model's: it stands in its manifest."""

    lateness: Seconds = 1500.0


class TriageSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See triage.Triage."""

    p_value: Annotated[float, Meta(gt=0, le=1)] = 0.001
    """A window at most this probable among normal ones is noticed."""
    repeat_after: Annotated[float, Meta(ge=0, le=30 * 86_400)] = 3600.0
    """Seconds for which the same kind at the same host is not noticed again."""


class LimitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hard caps of memory."""

    hosts: Annotated[int, Meta(ge=16, le=2**24)] = 50_000
    pairs: Annotated[int, Meta(ge=1024, le=2**28)] = 500_000
    novelties: Annotated[int, Meta(ge=4096, le=2**30)] = 2_000_000
    waiting: Annotated[int, Meta(ge=1024, le=2**30)] = 5_000_000
    """Connections in open windows, under 200 bytes each; past it the oldest closes early."""
    open_windows: Annotated[int, Meta(ge=8, le=2**20)] = 1440
    """Past it the farthest windows are shed."""


class SiteSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Records of one place: equal private addresses of two sites are two hosts."""

    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z")]
    origins: str
    """Which records are its: a pattern (`*`, `?`) of a file's path, as given or absolute; standard
    input is /dev/stdin. The first site that fits."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration; every part has defaults."""

    networks: NetworkSettings = NetworkSettings()
    windows: WindowSettings = WindowSettings()
    triage: TriageSettings = TriageSettings()
    limits: LimitSettings = LimitSettings()
    sites: tuple[SiteSettings, ...] = ()
    model: str | None = None
    """A model directory; None is the shipped one."""


def read(path: Path) -> Settings:
    """Settings from a YAML file. Raises ConfigError with the place: `FILE: $.triage.p_value`."""
    try:
        settings = strict_yaml.read(path, Settings)
    except StrictYamlError as error:
        raise ConfigError(str(error), where=str(path)) from None
    AddressWords(settings.networks.local)
    return settings
