"""Settings -> the parts, put together."""

from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from netheed.config import Settings
from netheed.core.features import Features
from netheed.core.networks import AddressWords
from netheed.core.windows import Windows
from netheed.errors import ModelError
from netheed.model.scorer import Scorer
from netheed.pipeline import Pipeline
from netheed.records import Tally
from netheed.triage.policy import Triage

SHIPPED: Final = Path(str(resources.files("netheed") / "models" / "default"))


def pipeline(settings: Settings, tally: Tally) -> Pipeline:
    """All stages of a run. Raises ModelError or ConfigError."""
    scorer = Scorer(model_directory(settings), max_hosts=settings.limits.hosts)
    return Pipeline(
        windows=Windows(
            width=scorer.manifest.window_seconds,
            lateness=settings.windows.lateness,
            words=AddressWords(settings.networks.local),
        ),
        features=features(settings),
        scorer=scorer,
        triage=Triage(
            scorer=scorer,
            p_value=settings.triage.p_value,
            repeat_after=settings.triage.repeat_after,
            config=config_hash(settings),
        ),
        tally=tally,
    )


def features(settings: Settings) -> Features:
    """The feature stage with its memory capped as configured."""
    limits = settings.limits
    return Features(max_hosts=limits.hosts, max_pairs=limits.pairs, max_novelties=limits.novelties)


def model_directory(settings: Settings) -> Path:
    """The configured model, else the shipped one. Raises ModelError when it is not there."""
    if settings.model is not None:
        return Path(settings.model)
    if not SHIPPED.is_dir():
        raise ModelError(f"{SHIPPED}: the shipped model is missing from this installation")
    return SHIPPED


def config_hash(settings: Settings) -> str:
    """A short hash: equal settings have equal hashes, whatever file they came from."""
    return blake2b(msgspec.json.encode(settings), digest_size=6).hexdigest()
