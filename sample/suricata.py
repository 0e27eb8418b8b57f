"""Real Suricata over captures: pcap files in, EVE records out."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

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


def version(suricata: Path) -> str:
    """Its own word, like `7.0.10`."""
    said = subprocess.run([suricata, "-V"], capture_output=True, text=True, check=True)  # noqa: S603
    return said.stdout.partition("version ")[2].split()[0]


def run_suricata(
    pcaps: Sequence[Path],
    out: Path,
    suricata: Path | None = None,
    *,
    types: Sequence[str] = (),
    rules: Path = Path(os.devnull),
) -> Path:
    """Read captures one after another with a fresh Suricata each; write their flows to `out`.

    `out` is a file of EVE lines, or a folder that gets an eve.json; `types` are other events that
    are written too. Checksums are not judged (`-k none`), every flow is flushed at the end. Raises
    NoSuricataError, and subprocess.CalledProcessError with Suricata's own words when a capture
    cannot be read.
    """
    program = suricata or find_suricata()
    target = out / "eve.json" if out.is_dir() else out
    with target.open("wb") as lines:
        for pcap in pcaps:
            with tempfile.TemporaryDirectory(prefix="netheed-suricata-") as folder:
                _read(program, pcap, Path(folder), ["-S", str(rules), *_events(types)])
                with (Path(folder) / "eve.json").open("rb") as made:
                    shutil.copyfileobj(made, lines)
    return target


def _events(types: Sequence[str]) -> list[str]:
    """Options: more types of events than flows."""
    sets = [f"outputs.0.eve-log.types.{at}={name}" for at, name in enumerate(types, 1)]
    sets += ["app-layer.protocols.krb5.enabled=yes"] * ("krb5" in types)
    return [word for each in sets for word in ("--set", each)]


def _read(program: Path, pcap: Path, folder: Path, options: Sequence[str]) -> None:
    command = [str(program), "-c", str(CONFIGURATION), "-l", str(folder), *options]
    # One thread, so that the records come in the same order each time.
    command += ["--runmode", "single", "-k", "none", "-r", str(pcap.resolve())]
    environment = dict(os.environ, TZ="UTC")
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, env=environment, cwd=folder, check=False
    )
    if done.returncode:
        words = done.stdout + done.stderr
        raise subprocess.CalledProcessError(done.returncode, command, words, words)


def flows(eve: Path) -> list[dict[str, Any]]:
    """The flow records of an EVE file."""
    with eve.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [record for record in records if record["event_type"] == "flow"]


def in_live_order(lines: Iterable[str]) -> list[str]:
    """EVE flow records in the order in which Suricata would have written them on a live network.

    Live it writes a flow when its timeout has passed. Over a capture it reads hours in a second,
    and the thread that looks for timeouts, which goes by the wall clock, comes up to twenty minutes
    of the capture's time late and in the order of its hash table. The lines stay as they are.
    """

    def written(line: str) -> tuple[datetime, str]:
        record = json.loads(line)
        timeout = timeouts[record["proto"].lower().rpartition("-")[2]][record["flow"]["state"]]
        end = datetime.fromisoformat(record["flow"]["end"])
        return end + timedelta(seconds=timeout), record["community_id"]

    timeouts = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["flow-timeouts"]
    return sorted(lines, key=written)
