"""What the files of Docker name is there. No image is built: that wants a daemon of Docker."""

import fnmatch
import re
from pathlib import Path

import pytest
import yaml

from netheed import config
from tests.debian import PACKAGING, REPOSITORY

DOCKER = PACKAGING / "docker"
DOCKERFILE = re.sub(r"\\\n", "", (DOCKER / "Dockerfile").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
COPIED = [
    source
    for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    for source in words.split()[:-1]
]


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_in_the_repository_and_let_through(source: str) -> None:
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()

    assert (REPOSITORY / source).exists()
    assert f"!{source}" in ignored


def test_what_the_build_of_the_package_wants_is_copied() -> None:
    setup = (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
    wanted = {
        *re.findall(r"(?:file: |license_files = )(\S+)", setup),
        "setup.cfg",
        "pyproject.toml",
    }

    assert {*wanted, "plugin", "models"} == set(COPIED)


def test_the_image_is_pinned_and_runs_as_no_root() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {
        "python:3.11-slim-bookworm"
    }
    assert re.findall(r"^USER (\w+)", DOCKERFILE, re.MULTILINE) == ["netheed"]


def test_every_volume_is_declared_and_every_file_that_is_mounted_is_there() -> None:
    mounted = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    ]

    files = [source for source in mounted if source.startswith(".")]
    assert set(mounted) - set(files) == COMPOSE["volumes"].keys()
    assert all((DOCKER / file).is_file() for file in files)


def test_compose_builds_the_dockerfile_from_the_top_of_the_repository() -> None:
    build = COMPOSE["services"]["netheed"]["build"]
    context = (DOCKER / build["context"]).resolve()

    assert context == REPOSITORY
    assert (context / build["dockerfile"]).samefile(DOCKER / "Dockerfile")


def test_netheed_reads_and_writes_below_what_is_mounted() -> None:
    settings = config.read(DOCKER / "netheed.yaml")
    volumes = [volume.split(":") for volume in COMPOSE["services"]["netheed"]["volumes"]]
    written = [place for _, place, *mode in volumes if not mode]

    paths = [
        settings.daemon.state,
        *(sink.path for sink in settings.sinks if hasattr(sink, "path")),
    ]
    assert all(
        any(fnmatch.fnmatch(f"{path}/", f"{place}/*") for place in written) for path in paths
    )
    for source in settings.sources:
        if hasattr(source, "path"):
            assert str(Path(source.path).parent) in {place for _, place, *_ in volumes}


def test_netheed_has_no_rights_and_each_sensor_its_profile() -> None:
    services = COMPOSE["services"]

    assert services["netheed"]["cap_drop"] == ["ALL"]
    assert services["netheed"]["read_only"] is True
    assert {name: services[name]["profiles"] for name in ("zeek", "suricata")} == {
        "zeek": ["zeek"],
        "suricata": ["suricata"],
    }
