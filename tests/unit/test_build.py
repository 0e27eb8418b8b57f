"""Settings become parts."""

from pathlib import Path

import pytest
from msgspec import structs

from netheed import build
from netheed.config import (
    LimitSettings,
    Settings,
    SiteSettings,
    TriageSettings,
    WindowSettings,
)
from netheed.errors import ConfigError, ModelError
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
    assert (made.triage.p_value, made.triage.repeats.after) == (0.02, 60.0)
    assert made.triage.config == build.config_hash(settings)


def test_more_lateness_than_windows_may_be_open_is_a_contradiction(tmp_path: Path) -> None:
    write_model(tmp_path)
    settings = Settings(model=str(tmp_path), windows=WindowSettings(lateness=90_000.0))

    with pytest.raises(ConfigError, match=r"limits\.open_windows: fewer than a lateness of 90000"):
        build.pipeline(settings, Tally())


def test_an_origin_is_of_the_first_site_that_its_path_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sites = (
        SiteSettings(name="berlin", origins=f"{tmp_path}/berlin/*"),
        SiteSettings(name="rest", origins="*.log"),
    )

    words = build.words(Settings(sites=sites))

    origins = ("berlin/conn.log", f"{tmp_path}/berlin/x", "lyon/conn.log", "/dev/stdin")
    assert [words(origin).site for origin in origins] == ["berlin", "berlin", "rest", ""]


def test_equal_settings_have_equal_hashes_and_others_do_not() -> None:
    other = structs.replace(Settings(), triage=TriageSettings(p_value=0.5))

    assert build.config_hash(Settings()) == build.config_hash(Settings())
    assert build.config_hash(Settings()) != build.config_hash(other)


def test_the_shipped_model_is_the_default() -> None:
    assert (build.model_directory(Settings()) / "manifest.yaml").is_file()


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere/manifest\.yaml: No such file"):
        build.pipeline(Settings(model=str(tmp_path / "nowhere")), Tally())
