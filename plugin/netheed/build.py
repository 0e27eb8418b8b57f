"""Settings -> the parts, put together."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from netheed.config import OFFLINE_LATENESS, Settings, TriageSettings
from netheed.core.acts import Acts
from netheed.core.core import Core
from netheed.core.features import Features
from netheed.core.names import Names
from netheed.core.networks import AddressWords
from netheed.core.sequences import Sequences
from netheed.core.vector import FEATURES, STEPS
from netheed.core.windows import Windows
from netheed.errors import ConfigError, ModelError
from netheed.model.manifest import Manifest
from netheed.model.scorer import Scorer
from netheed.pipeline import Pipeline
from netheed.records import Tally
from netheed.triage.drivers import Drivers
from netheed.triage.policy import Triage
from netheed.triage.repeats import Repeats

DECIDING: Final = ("networks", "windows", "triage", "limits", "sites", "model")
"""The settings on which windows, scores and notices depend."""
TOGETHER: Final = 64
"""Quiet minutes that pass at once, where all records are there already."""
SHIPPED: Final = Path(str(resources.files("netheed") / "models" / "default"))


def pipeline(
    settings: Settings,
    tally: Tally,
    model: Scorer | None = None,
    *,
    together: int = 1,
    lateness: float | None = None,
) -> Pipeline:
    """All stages of a run, with a model that is loaded already or the configured one.

    `together` quiet minutes may pass at once: for records that are all there already. `lateness` is
    the longest of a source's; None is what is configured for all. Raises ModelError or ConfigError.
    """
    model = model or Scorer(model_directory(settings))
    made = core(settings, model.manifest, lateness)
    made.together = together
    return Pipeline(
        core=made,
        model=model,
        triage=Triage(
            drivers=Drivers(model=model, usual=model.usual, sequences=made.sequences),
            model=model.manifest.id,
            p_value=settings.triage.p_value,
            repeats=repeats(settings.triage),
            config=config_hash(settings),
            names=made.names,
            acts=made.acts,
        ),
        tally=tally,
        config=config_hash(settings),
    )


def repeats(settings: TriageSettings) -> Repeats:
    """What has been told, as configured."""
    return Repeats(after=settings.repeat_after, pair_after=settings.pair_repeat_after)


def core(settings: Settings, manifest: Manifest, lateness: float | None = None) -> Core:
    """Windows and memory as configured, and as the model wants to read them.

    Raises ConfigError where the settings contradict each other.
    """
    limits, configured = settings.limits, settings.windows.lateness
    if lateness is None:
        lateness = OFFLINE_LATENESS if configured is None else configured
    if lateness >= limits.open_windows * manifest.window_seconds:
        reason = f"fewer than a lateness of {lateness:g} s keeps open"
        raise ConfigError(reason, where="limits.open_windows")
    return Core(
        windows=Windows(
            width=manifest.window_seconds,
            lateness=lateness,
            max_rows=limits.waiting,
            max_open=limits.open_windows,
        ),
        features=Features(
            max_hosts=limits.hosts,
            max_pairs=limits.pairs,
            max_novelties=limits.novelties,
            max_lives=limits.lives,
        ),
        sequences=Sequences(
            width=len(FEATURES),
            length=manifest.sequence_length,
            max_hosts=limits.hosts,
            steps=STEPS,
        ),
        names=Names(limit=limits.names),
        acts=Acts(limit=limits.names),
    )


def words(settings: Settings) -> Callable[[str], AddressWords]:
    """What the addresses of an origin are called: those of one site have one table."""
    tables: dict[str, AddressWords] = {}

    def of(origin: str) -> AddressWords:
        paths = (origin, str(Path(origin).absolute()))
        fits = (s.name for s in settings.sites if any(fnmatchcase(p, s.origins) for p in paths))
        site = next(fits, "")
        if site not in tables:
            tables[site] = AddressWords(settings.networks.local, site)
        return tables[site]

    return of


def model_directory(settings: Settings) -> Path:
    """The configured model, else the shipped one. Raises ModelError when it is not there."""
    if settings.model is not None:
        return Path(settings.model)
    if not SHIPPED.is_dir():
        raise ModelError(f"{SHIPPED}: the shipped model is missing from this installation")
    return SHIPPED


def config_hash(settings: Settings) -> str:
    """A short hash of what decides about verdicts, whatever file or source it came from."""
    deciding = [getattr(settings, name) for name in DECIDING]
    return blake2b(msgspec.json.encode(deciding), digest_size=6).hexdigest()
