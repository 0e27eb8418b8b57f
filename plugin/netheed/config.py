"""One YAML file with the shape of the code, converted strictly: what is unknown or wrong stops."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, Literal, get_args, get_origin

from msgspec import Meta, Struct, structs

from netheed import strict_yaml
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.errors import ConfigError, SettingError
from netheed.sinks import SinkSettings
from netheed.sources import SourceSettings
from netheed.strict_yaml import FileName, Seconds, StrictYamlError

OFFLINE_LATENESS: Final = 1500.0
LOOPBACK: Final = re.compile(r"(?:127\.0\.0\.1|\[::1\]|localhost):([1-9][0-9]{0,4})")


class NetworkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which addresses are hosts of ours."""

    local: tuple[str, ...] = DEFAULT_LOCAL


class WindowSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See windows.Windows. The width is the model's: it stands in its manifest."""

    lateness: Seconds | None = None
    """Seconds by which a record may be behind the newest, where its source says no other. None is
    OFFLINE_LATENESS for `score`, and for `run`, where it delays every verdict, what the sensor's
    own timeouts ask for (sources/live.py)."""


class TriageSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """See triage.Triage."""

    p_value: Annotated[float, Meta(gt=0, le=1)] = 0.002
    """A window at most this probable among normal ones is noticed."""
    repeat_after: Annotated[float, Meta(ge=0, le=30 * 86_400)] = 3600.0
    """Seconds for which the same kind, or the same peer, of a host is not noticed again."""
    pair_repeat_after: Annotated[float, Meta(ge=0, le=30 * 86_400)] = 86_400.0
    """Seconds for which a peer is not noticed again by the life of its pair, which goes on, nor a
    kind by the hours of its host."""


class LimitSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hard caps of memory."""

    hosts: Annotated[int, Meta(ge=16, le=2**24)] = 50_000
    pairs: Annotated[int, Meta(ge=1024, le=2**28)] = 500_000
    lives: Annotated[int, Meta(ge=1024, le=2**28)] = 200_000
    """Pairs of three connections and more whose last ones are remembered one by one."""
    novelties: Annotated[int, Meta(ge=4096, le=2**30)] = 2_000_000
    names: Annotated[int, Meta(ge=1024, le=2**24)] = 100_000
    """Names of peers, and as many acts and alerts: under 1,100 bytes for each with those that wait
    for their windows."""
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


class DaemonSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What only `netheed run` asks for."""

    state: FileName = "/var/lib/netheed"
    """A directory for the checkpoint and the notices on their way."""
    checkpoint_every: Annotated[float, Meta(ge=0.0, le=3600)] = 60.0
    """Seconds, more after one that took long. Zeek's events since the last are lost with a crash,
    and counted."""
    idle_after: Annotated[float, Meta(ge=1.0, le=3600)] = 30.0
    """Seconds of silence after which a source's windows go on by the clock."""
    most_lag: Annotated[float, Meta(ge=0.5, le=600)] | None = 2.0
    """Seconds for which what comes may wait to be taken in: past it netheed gives up in steps what
    it says in docs/overload.md. None is never to give up anything."""
    metrics: str | None = None
    """Address and port of Prometheus metrics, on loopback."""
    windows: FileName | None = None
    """A file for every scored window, as JSON lines."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration; every part has defaults."""

    networks: NetworkSettings = NetworkSettings()
    windows: WindowSettings = WindowSettings()
    triage: TriageSettings = TriageSettings()
    limits: LimitSettings = LimitSettings()
    sites: tuple[SiteSettings, ...] = ()
    model: FileName | None = None
    """A model directory; None is the shipped one."""
    sources: tuple[SourceSettings, ...] = ()
    sinks: tuple[SinkSettings, ...] = ()
    daemon: DaemonSettings = DaemonSettings()


def read(path: Path) -> Settings:
    """Settings from a YAML file. Raises ConfigError: `FILE: triage.p_value: Expected ...`."""
    with placed(path):
        try:
            settings = strict_yaml.read(path, Settings)
        except StrictYamlError as error:
            reason = f"{error.reason}{_choices(error.place)}"
            raise ConfigError(reason, where=error.place) from None
        AddressWords(settings.networks.local)
        _check_metrics(settings.daemon.metrics)
        return settings


def chosen(file: Path | None, local: tuple[str, ...], model: Path | None) -> Settings:
    """Settings from a file, if any, with more local networks and another model.

    Raises ConfigError.
    """
    settings = read(file) if file else Settings()
    if local:
        _check_networks(local)
        networks = NetworkSettings(local=(*settings.networks.local, *local))
        settings = structs.replace(settings, networks=networks)
    return structs.replace(settings, model=str(model)) if model else settings


def _check_networks(networks: tuple[str, ...]) -> None:
    try:
        AddressWords(networks)
    except ConfigError as error:
        raise ConfigError(error.reason, where="--local-net") from None


@contextmanager
def placed(path: Path | None) -> Iterator[None]:
    """What is found wrong with settings, here or later, is told with their file, if any."""
    try:
        yield
    except SettingError as error:
        file = error.file or str(path or "")
        raise type(error)(error.reason, where=error.where, file=file) from None


def _choices(place: str) -> str:
    """What may stand where a `type` or another word of a source or a sink is wrong."""
    key = re.fullmatch(r"(sources|sinks)\[\d+\]\.(\w+)", place)
    if key is None:
        return ""
    forms = get_args(SourceSettings if key[1] == "sources" else SinkSettings)
    words = [word for form in forms for word in _words(form, key[2])]
    return f"; there are {', '.join(words)}" if words else ""


def _words(form: type[Struct], key: str) -> list[str]:
    if key == form.__struct_config__.tag_field:
        return [str(form.__struct_config__.tag)]
    types = (field.type for field in structs.fields(form) if field.name == key)
    return [word for kind in types if get_origin(kind) is Literal for word in get_args(kind)]


def _check_metrics(listen: str | None) -> None:
    if listen is None:
        return
    found = LOOPBACK.fullmatch(listen)
    if found is None or int(found[1]) > 65535:
        reason = "must be 127.0.0.1:PORT, [::1]:PORT or localhost:PORT"
        raise ConfigError(reason, where="daemon.metrics")
