"""Settings become parts."""

from pathlib import Path

import pytest
from msgspec import structs

from netheed import build
from netheed.config import LimitSettings, Settings, TriageSettings
from netheed.errors import ModelError
from netheed.records import Tally
from tests.model_directory import write_model


def test_the_settings_reach_their_parts(tmp_path: Path) -> None:
    write_model(tmp_path)
    settings = Settings(
        model=str(tmp_path),
        triage=TriageSettings(p_value=0.02, repeat_after=60.0),
        limits=LimitSettings(hosts=99),
    )

    made = build.pipeline(settings, Tally())

    assert made.core.windows.width == 60.0
    assert made.core.features.max_hosts == 99
    assert (made.triage.p_value, made.triage.repeat_after) == (0.02, 60.0)
    assert made.triage.config == build.config_hash(settings)


def test_equal_settings_have_equal_hashes_and_others_do_not() -> None:
    other = structs.replace(Settings(), triage=TriageSettings(p_value=0.5))

    assert build.config_hash(Settings()) == build.config_hash(Settings())
    assert build.config_hash(Settings()) != build.config_hash(other)


def test_the_shipped_model_is_the_default() -> None:
    assert (build.model_directory(Settings()) / "manifest.yaml").is_file()


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere/manifest\.yaml: No such file"):
        build.pipeline(Settings(model=str(tmp_path / "nowhere")), Tally())
