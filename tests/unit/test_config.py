"""Configuration is converted strictly; what is wrong is named with its place."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from netheed import config, strict_yaml
from netheed.config import Settings
from netheed.core.networks import DEFAULT_LOCAL
from netheed.errors import ConfigError


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "netheed.yaml"
    path.write_text(text)
    return config.read(path)


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Settings()


def test_a_value_takes_the_place_of_its_default_and_of_nothing_else(tmp_path: Path) -> None:
    settings = read(tmp_path, "triage: {p_value: 0.01}\n")

    assert settings.triage.p_value == 0.01
    assert settings.networks.local == DEFAULT_LOCAL


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("trriage: {}\n", r"netheed\.yaml: trriage: is not known here"),
        ("triage: {p: 1}\n", r"triage\.p: is not known"),
        ("triage: {p_value: high}\n", r"triage\.p_value"),
        ("triage: {p_value: 2}\n", r"triage\.p_value"),
        ("windows: {lateness: -1}\n", r"windows\.lateness"),
        ("windows: {lateness: .inf}\n", r"windows\.lateness"),
        ("windows: {lateness: .nan}\n", r"windows\.lateness"),
        ("triage: {repeat_after: .nan}\n", r"triage\.repeat_after"),
        ("sites: [{name: 'a b', origins: '*'}]\n", r"sites\[0\]\.name"),
        ("sites: [{name: berlin}]\n", r"sites\[0\]\.origins: is missing"),
        ("limits: {waiting: 1}\n", r"limits\.waiting"),
        ("networks: {local: [10.0.0.0/8, here]}\n", r"networks\.local\[1\]"),
        ("limits: {hosts: 0}\n", r"limits\.hosts"),
        ("daemon: {metrics: '0.0.0.0:9712'}\n", r"netheed\.yaml: daemon\.metrics: must be"),
        ("daemon: {metrics: '127.0.0.1:99999'}\n", r"netheed\.yaml: daemon\.metrics: must be"),
        ("daemon: {metrics: ''}\n", r"netheed\.yaml: daemon\.metrics: must be"),
        ("daemon: {metrics: '127.0.0.1:0'}\n", r"netheed\.yaml: daemon\.metrics: must be"),
        ("daemon: {state: ''}\n", r"netheed\.yaml: daemon\.state: .*length >= 1"),
        ('daemon: {windows: "a\\0b"}\n', r"netheed\.yaml: daemon\.windows: "),
        ("sources: [{type: zeek_lok}]\n", r"sources\[0\]\.type: .*; there are eve_file, "),
        ("sinks: [{type: 1}]\n", r"sinks\[0\]\.type: .*; there are jsonl, "),
        ("sinks: [{type: syslog, form: cef}]\n", r"\.form: .*; there are jsonl, eve, ecs, ocsf\Z"),
        ("sources: [{type: eve_redis, mode: 1}]\n", r"\.mode: .*; there are list, lpush, "),
        ("daemon: {}\ndaemon: {}\n", "line 2, column 1: the key daemon is there twice"),
        ("- a list\n", "Expected `object`"),
        ("a: [\n", "netheed.yaml"),
        ("!!python/object/apply:os.system [true]\n", "netheed.yaml: line 1, column 1: tags"),
        ("model: 2026-13-45\n", "netheed.yaml: line 1, column 8: month must be"),
        ("model: " + "[" * 5000 + "]" * 5000, "netheed.yaml: line 1, column 39: nested"),
        ("limits: {hosts: " + "9" * 5000 + "}", "netheed.yaml: line 1, column 17: a value"),
        ("networks: &n {}\nmodel: *n", "netheed.yaml: line 2, column 8: aliases"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError, match=place):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml: No such file"):
        config.read(tmp_path / "gone.yaml")


def test_a_file_too_large_to_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="1 MiB"):
        read(tmp_path, "#" * (strict_yaml.MAX_BYTES + 1))


def test_the_readme_shows_the_defaults() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    shown = readme.partition("```yaml\n")[2].partition("```")[0]

    assert msgspec.convert(yaml.safe_load(shown), Settings) == Settings()


def test_the_readme_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)

    assert read(tmp_path, shown) == Settings()
    assert yaml.safe_load(shown).keys() == set(Settings.__struct_fields__)
    for name, part in yaml.safe_load(shown).items():
        fields = getattr(getattr(Settings(), name), "__struct_fields__", ())
        assert set(fields) <= set(part or ()), name


def test_nothing_chosen_means_the_defaults() -> None:
    assert config.chosen(None, (), None) == Settings()


def test_chosen_networks_stand_beside_those_of_the_file(tmp_path: Path) -> None:
    read(tmp_path, "networks: {local: [192.0.2.0/24]}\n")

    settings = config.chosen(tmp_path / "netheed.yaml", ("198.51.100.0/24",), None)

    assert settings.networks.local == ("192.0.2.0/24", "198.51.100.0/24")


def test_a_chosen_model_takes_the_place_of_that_of_the_file(tmp_path: Path) -> None:
    read(tmp_path, "model: of-the-file\n")

    settings = config.chosen(tmp_path / "netheed.yaml", (), Path("chosen"))

    assert settings.model == "chosen"


def test_the_model_of_the_file_stays_where_none_is_chosen(tmp_path: Path) -> None:
    read(tmp_path, "model: of-the-file\n")

    assert config.chosen(tmp_path / "netheed.yaml", (), None).model == "of-the-file"


def test_a_chosen_network_that_is_none_is_named_by_its_option() -> None:
    with pytest.raises(ConfigError, match="--local-net: 'here'"):
        config.chosen(None, ("here",), None)
