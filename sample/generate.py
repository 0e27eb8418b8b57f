"""Make the bundled sample again: `python -m sample.generate --output DIR [--seed N]`.

Writes truth.json, zeek/conn.log.gz and zeek-json/conn.log.gz below DIR and the packets to
`--capture` (DIR/sample.pcap); with `--suricata` also suricata/eve.json.gz, by a real Suricata over
the capture. The same seed gives the same bytes, up to what Suricata draws by itself.
"""

import argparse
import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sample import attacks, benign, conn_log
from sample.network import LOCAL, Network, build
from sample.packets import Conversation, write_pcap
from sample.suricata import in_live_order, run_suricata
from sample.talk import MICROS

SEED = 20260310
START = int(datetime(2026, 3, 10, 8, tzinfo=UTC).timestamp()) * MICROS
MINUTES = 300


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished scene: the conversations and what is true about them."""

    network: Network
    attacks: list[attacks.Attack]

    @property
    def conversations(self) -> list[Conversation]:
        """In the order in which they were made up."""
        return self.network.conversations


def make(seed: int = SEED, minutes: int = MINUTES) -> Sample:
    """The scene of `minutes`, from the seed alone."""
    network = build(seed, START, minutes * 60 * MICROS)
    benign.live(network)
    struck = attacks.strike(network)
    benign.forward(network)
    return Sample(network, struck)


def truth(sample: Sample) -> dict[str, object]:
    """What truth.json says; times in seconds since the epoch."""
    network = sample.network
    evil = {attack.host for attack in sample.attacks}
    aimed = {peer for attack in sample.attacks for peer in attack.peers}
    return {
        "seed": network.seed,
        "start": network.start / MICROS,
        "end": network.end / MICROS,
        "local_networks": LOCAL,
        "attacks": [
            {
                "kind": attack.kind,
                "pace": attack.pace,
                "host": attack.host,
                "peers": attack.peers,
                "start": attack.start / MICROS,
                "end": attack.end / MICROS,
                "connections": attack.connections,
            }
            for attack in sample.attacks
        ],
        "hosts": [
            {
                "name": host.name,
                "address": host.address,
                "address6": host.address6,
                "role": host.role,
                "benign": host.address not in evil,
                "victim": host.address in aimed,
            }
            for host in network.hosts.values()
        ],
    }


def write(sample: Sample, output: Path, capture: Path) -> None:
    """Write the packets to `capture` and everything but Suricata's records below `output`."""
    output.mkdir(parents=True, exist_ok=True)
    facts = json.dumps(truth(sample), indent=1) + "\n"
    (output / "truth.json").write_text(facts, encoding="utf-8")
    log = conn_log.rows(sample.conversations, sample.network.seed)
    write_lines(output / "zeek" / "conn.log.gz", conn_log.as_text(log))
    write_lines(output / "zeek-json" / "conn.log.gz", conn_log.as_json(log))
    capture.parent.mkdir(parents=True, exist_ok=True)
    write_pcap(conn_log.merged(sample.conversations), capture)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Compress lines; without a time or a name in the header, so that equal means equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--capture", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--minutes", type=int, default=MINUTES)
    parser.add_argument("--suricata", action="store_true", help="run a real Suricata too")
    given = parser.parse_args()
    capture = given.capture or given.output / "sample.pcap"
    write(make(given.seed, given.minutes), given.output, capture)
    if given.suricata:
        write_eve(capture, given.output)


def write_eve(capture: Path, output: Path) -> None:
    """Run a real Suricata over the capture and keep its records, compressed, below `output`."""
    eve = run_suricata([capture], output)
    with eve.open(encoding="utf-8") as lines:
        packed = output / "suricata" / "eve.json.gz"
        write_lines(packed, in_live_order(line.rstrip("\n") for line in lines))
    eve.unlink()


if __name__ == "__main__":
    main()
