"""Make an empty virtual environment with pip in it: `python3 .ci/make_venv.py DIRECTORY`.

Needs nothing but the interpreter and touches nothing but DIRECTORY. Debian ships python3 without
ensurepip (it is in python3-venv, which wants root): there pip itself is taken from the machine,
from a downloaded Debian package or from the package index, in this order.
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from urllib.parse import urljoin

OLDEST = (3, 11)
WHEELS = "usr/share/python-wheels"
LINK = re.compile(r'href="([^"#]*/pip-([0-9.]+)-py3-none-any\.whl)#sha256=([0-9a-f]{64})"')


def main() -> None:
    """Make the environment; a broken or older one in its place is replaced."""
    if sys.version_info < OLDEST:
        sys.exit("netheed needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ...")
    target = Path(sys.argv[1])
    if target.is_symlink():
        sys.exit(f"{target} is a link: what it leads to would be cleared; remove the link first")
    command = [sys.executable, "-m", "venv", "--clear", str(target)]
    if find_spec("ensurepip"):
        subprocess.run(command, check=True)
        return
    subprocess.run([*command, "--without-pip"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        install_pip(target, next(pip_wheels(Path(folder)), None))


def install_pip(target: Path, wheel: Path | None) -> None:
    """A wheel of pip can install itself."""
    if wheel is None:
        sys.exit("no pip to be had: install python3-venv, or name another interpreter (PYTHON=...)")
    pip = [str(target / "bin" / "python"), f"{wheel}/pip", "install", "--quiet", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)


def pip_wheels(folder: Path) -> Iterator[Path]:
    """Wheels of pip, the nearest first; `folder` takes what must be fetched."""
    yield from Path("/", WHEELS).glob("pip-*.whl")
    yield from from_debian(folder)
    yield from from_index(folder)


def from_debian(folder: Path) -> Iterator[Path]:
    """Debian's own wheel; apt checks its signature. Needs package lists, but no root."""
    if not which("apt-get"):
        return
    fetch = ["apt-get", "-q", "download", "python3-pip-whl"]
    subprocess.run(fetch, cwd=folder, capture_output=True, check=False)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    yield from (folder / WHEELS).glob("pip-*.whl")


def from_index(folder: Path) -> Iterator[Path]:
    """The newest wheel of the package index, checked against the digest that the index gives."""
    page = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    with urllib.request.urlopen(page, timeout=60) as answer:
        links = LINK.findall(answer.read().decode())
    if not links:
        return
    link, _, digest = max(links, key=lambda found: [int(n) for n in found[1].split(".")])
    with urllib.request.urlopen(urljoin(page, link), timeout=60) as answer:
        wheel = answer.read()
    if hashlib.sha256(wheel).hexdigest() != digest:
        sys.exit(f"{link}: not the file that {page} names")
    path = folder / link.rpartition("/")[2]
    path.write_bytes(wheel)
    yield path


if __name__ == "__main__":
    main()
