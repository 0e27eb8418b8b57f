"""Real Suricata over captures: pcap files in, EVE flow records out."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
CONFIGURATION = HERE / "suricata.yaml"


class NoSuricataError(RuntimeError):
    """There is no Suricata on this machine and none can be fetched; the text says why."""


def find_suricata() -> Path:
    """A Suricata >= 7: the machine's own, or one that `.ci/suricata` fetches once.

    Raises NoSuricataError.
    """
    script = HERE.parent / ".ci" / "suricata"
    found = subprocess.run([script], capture_output=True, text=True, check=False)  # noqa: S603
    if found.returncode:
        raise NoSuricataError(found.stderr.strip().splitlines()[-1])
    return Path(found.stdout.strip())


def run_suricata(pcaps: Sequence[Path], out: Path, suricata: Path | None = None) -> Path:
    """Read captures one after another with a fresh Suricata each; write their flows to `out`.

    `out` is a file of EVE lines, or a folder that gets an eve.json. Checksums are not judged
    (`-k none`), every flow is flushed at the end. Raises NoSuricataError, and
    subprocess.CalledProcessError with Suricata's own words when a capture cannot be read.
    """
    program = suricata or find_suricata()
    target = out / "eve.json" if out.is_dir() else out
    with target.open("wb") as lines:
        for pcap in pcaps:
            with tempfile.TemporaryDirectory(prefix="netheed-suricata-") as folder:
                _read(program, pcap, Path(folder))
                with (Path(folder) / "eve.json").open("rb") as made:
                    shutil.copyfileobj(made, lines)
    return target


def _read(program: Path, pcap: Path, folder: Path) -> None:
    command = [program, "-c", CONFIGURATION, "-l", folder, "-k", "none", "--runmode", "single"]
    command += ["--set", f"classification-file={folder / 'none'}"]
    command += ["-S", "/dev/null", "-r", pcap.resolve()]
    environment = dict(os.environ, TZ="UTC")
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, env=environment, cwd=folder, check=False
    )
    if done.returncode:
        words = done.stdout + done.stderr
        raise subprocess.CalledProcessError(done.returncode, command, words, words)


def flows(eve: Path) -> list[dict[str, object]]:
    """The flow records of an EVE file."""
    with eve.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [record for record in records if record["event_type"] == "flow"]
