"""The Debian package, built, installed in a bare Debian 12 of its own, used there, and purged."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netheed import __version__
from tests.debian import PACKAGING, REPOSITORY, absent, program, ran

pytestmark = pytest.mark.slow

BESIDE = ("systemd", "systemd-sysv")
PATHS = "/usr/sbin:/usr/bin:/sbin:/bin"


class Bare:
    """A Debian with nothing but apt, systemd and what the package depends on."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, command: str, user: str = "root") -> subprocess.CompletedProcess[str]:
        """What a command said there, with a /proc of its own; all processes end with it."""
        inside = ["chroot", self.root, "runuser", "-u", user, "--", "sh", "-c", command]
        mounted = 'mount -t proc proc "$1/proc"; shift; exec "$@"'
        return ran(
            "env", "-i", f"PATH={PATHS}", "LC_ALL=C.UTF-8",
            "unshare", "--mount", "--pid", "--fork", "--kill-child",
            "sh", "-ec", mounted, "sh", self.root, *inside,
        )  # fmt: skip

    def done(self, command: str, user: str = "root") -> str:
        """The same of what must go well."""
        said = self(command, user)
        assert said.returncode == 0, said.stdout
        return said.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if os.geteuid():
        pytest.skip("to install a package in a bare Debian wants root")
    if (sys.version_info[:2], platform.machine()) != ((3, 11), "x86_64"):
        pytest.skip("the package is made by Python 3.11 on x86_64")
    quick = ["env", "DPKG_DEB_COMPRESSOR_TYPE=zstd"]
    made = tmp_path_factory.mktemp("dist")
    built = ran(*quick, PACKAGING / "deb" / "build", sys.executable, made)
    if "No matching distribution" in built.stdout:
        absent("the package index cannot be reached")
    assert built.returncode == 0, built.stdout
    return Path(built.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def bare(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    depends = ran("dpkg-deb", "--field", package, "Depends").stdout
    names = sorted(set(re.findall(r"^[a-z0-9+.-]+|(?<=, )[a-z0-9+.-]+", depends)))
    made = ran(REPOSITORY / ".ci" / "debian-chroot", *BESIDE, *names)
    if made.returncode:
        absent(made.stdout.strip().splitlines()[-1])
    root = tmp_path_factory.mktemp("bare")
    root.chmod(0o755)
    assert ran("tar", "-x", "-C", root, "-f", made.stdout.strip()).returncode == 0
    yield Bare(root)
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def installed(bare: Bare, package: Path) -> Bare:
    (bare.root / "tmp" / "netheed.deb").write_bytes(package.read_bytes())
    bare.done("dpkg --force-unsafe-io -i /tmp/netheed.deb")
    return bare


def test_the_package_is_named_by_the_version_of_netheed(package: Path) -> None:
    assert package.name == f"netheed_{__version__}_amd64.deb"


def test_the_installed_command_knows_its_version(installed: Bare) -> None:
    assert installed.done("netheed --version", "netheed") == f"netheed, version {__version__}\n"


def test_the_user_has_no_shell_and_reads_logs(installed: Bare) -> None:
    assert (
        installed.done("getent passwd netheed")
        .strip()
        .endswith("/var/lib/netheed:/usr/sbin/nologin")
    )
    assert set(installed.done("id -nG netheed").split()) == {"netheed", "adm"}


def test_state_and_logs_are_the_users_and_the_configuration_is_not(installed: Bare) -> None:
    owned = "stat -c '%U:%G %a %n' /var/lib/netheed /var/log/netheed /etc/netheed/netheed.yaml"

    assert installed.done(owned).splitlines() == [
        "netheed:netheed 750 /var/lib/netheed",
        "netheed:netheed 750 /var/log/netheed",
        "root:netheed 640 /etc/netheed/netheed.yaml",
    ]


def test_the_installed_configuration_is_in_order(installed: Bare) -> None:
    said = installed.done("netheed check --config /etc/netheed/netheed.yaml --offline", "netheed")

    assert "fields: well-formed" in said


@pytest.mark.parametrize("sensor", ["suricata", "zeek"])
def test_the_installed_sample_is_scored(installed: Bare, sensor: str) -> None:
    said = installed.done(f"netheed score /usr/share/netheed/sample/{sensor} --as jsonl", "netheed")

    assert "scan" in set(re.findall(r'"class":"(\w+)"', said))
    assert "bad lines 0" in said


def test_rules_that_drop_lie_apart_from_those_that_alert(installed: Bare) -> None:
    said = installed.done("cd /usr/share/netheed && ls -1 suricata_rules suricata_rules_drop")

    assert said.split() == [
        "suricata_rules:",
        "netheed.rules",
        "suricata_rules_drop:",
        "netheed-drop.rules",
    ]


RUN = """
netheed run --config /etc/netheed/netheed.yaml > /tmp/said 2>&1 & daemon=$!
until grep -q '"event": "started"' /tmp/said; do kill -0 $daemon; sleep 0.1; done
kill $daemon; wait $daemon; cat /tmp/said
"""


def test_the_installed_daemon_runs_with_the_installed_configuration(installed: Bare) -> None:
    said = installed.done(RUN, "netheed")

    assert '"event": "stopped"' in said


PROBE = """[Unit]
Wants=netheed.service
After=netheed.service
[Service]
Type=oneshot
ExecStart=-/bin/sh /root/probe
ExecStopPost=/bin/systemctl poweroff
StandardOutput=append:/root/said
StandardError=inherit
"""
ASKED = """
systemctl show netheed -p ActiveState,SubState,User
grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/$(systemctl show netheed -p MainPID --value)/status
tries=0; until [ -s /var/log/netheed/eve-netheed.json ] || [ $tries = 200 ]; do
    tries=$((tries + 1)); sleep 0.1
done
systemctl reload netheed && echo reloaded
systemctl is-active netheed
systemctl stop netheed
systemctl show netheed -p Result,ExecMainStatus
journalctl -u netheed --no-pager -o cat
"""
BESIDE_A_LOG = """
sources: [{type: zeek_log, path: /opt/zeek/logs/current/conn.log}]
sinks: [{type: eve, path: /var/log/netheed/eve-netheed.json}]
daemon: {idle_after: 1, metrics: "127.0.0.1:9712"}
"""


@pytest.fixture
def booted(installed: Bare) -> Iterator[str]:
    """What a systemd said that began with the unit, beside a conn.log, in a network of its own."""
    nspawn = program("systemd-container", "systemd-nspawn")
    root = installed.root
    installed.done("mkdir -p /opt/zeek/logs/current; cp /etc/netheed/netheed.yaml /root/before")
    installed.done("zcat /usr/share/netheed/sample/zeek/* > /opt/zeek/logs/current/conn.log")
    (root / "etc" / "netheed" / "netheed.yaml").write_text(BESIDE_A_LOG)
    (root / "etc" / "systemd" / "system" / "probe.service").write_text(PROBE)
    (root / "root" / "probe").write_text(ASKED)
    own = ["--register=no", "--keep-unit", "--private-network", "--link-journal=no"]
    start = ["--console=pipe", "--boot", "-D", root, "systemd.unit=probe.service"]
    # It leaves folders in /run, which is one of its own here.
    alone = ["unshare", "--mount", "sh", "-ec", 'mount -t tmpfs tmpfs /run; exec "$@"', "sh"]
    done = ran("timeout", "-k", "5", "90", *alone, nspawn, "--quiet", *own, *start)
    if not (root / "root" / "said").exists():
        pytest.skip(f"no systemd can be started here: {done.stdout.strip()[-200:]}")
    yield (root / "root" / "said").read_text()
    installed.done("cat /root/before > /etc/netheed/netheed.yaml; rm -r /opt/zeek")


def test_a_real_systemd_runs_the_unit_as_closed_as_it_says(booted: str) -> None:
    said = booted.splitlines()

    assert {"ActiveState=active", "SubState=running", "User=netheed"} <= set(said), booted
    assert {"CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} <= set(said), booted
    # Read, scored, written, saved and ended within what the unit allows.
    assert '"kind": "scan"' in booted
    assert {"reloaded", "active", "Result=success", "ExecMainStatus=0"} <= set(said), booted


def test_the_files_are_as_they_were_packed(installed: Bare) -> None:
    # Nothing was compiled or written beside them.
    assert installed.done("dpkg --verify netheed") == ""


def test_an_upgrade_keeps_what_the_administrator_wrote(installed: Bare) -> None:
    installed.done(
        "echo '# mine' >> /etc/netheed/netheed.yaml; chmod 600 /etc/netheed/netheed.yaml"
    )

    installed.done("dpkg --force-unsafe-io -i /tmp/netheed.deb")

    kept = installed.done(
        "tail -n 1 /etc/netheed/netheed.yaml; stat -c %a /etc/netheed/netheed.yaml"
    )
    assert kept.splitlines() == ["# mine", "600"]


def test_what_is_removed_keeps_its_state_and_what_is_purged_leaves_nothing(installed: Bare) -> None:
    installed.done("echo kept > /var/lib/netheed/kept")

    installed.done("dpkg -r netheed")
    assert installed.done("cat /var/lib/netheed/kept; ls /etc/netheed") == "kept\nnetheed.yaml\n"
    installed.done("dpkg -P netheed")

    left = installed.done("find / -xdev -name '*netheed*' ! -path '/tmp/*' ! -path '/proc/*'")
    assert left == ""
    assert installed("getent passwd netheed").returncode == 2
