"""`python -m bench.pair_up MODEL --pairs OTHER --output TO`: MODEL with the pair's model of OTHER.

For a model of windows that was trained before there were pairs: its verdicts on minutes stay, and
the pairs are those that `netheed train` has fitted and calibrated at another time. Card and
manifest say where each comes from, and the id is a new one, because notices change.
"""

import argparse
from hashlib import blake2b, sha256
from pathlib import Path

import msgspec
import yaml

from netheed.model import manifest as manifests
from netheed.model.manifest import Manifest

NOTE = """

## Pairs

The life of each pair is scored by a second model, `pairs.onnx`: attention over the pair's last
{length} connections beside what is known of it. It is that of {other}, trained at {commit} on
recordings, on implants laid over them and on simulated networks, and calibrated across networks;
minutes are scored as before (`python -m bench.pair_up`).
"""


def main() -> None:
    """Read both, write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    print(pair_up(arguments.model, arguments.pairs, arguments.output).id)


def pair_up(model: Path, pairs: Path, output: Path) -> Manifest:
    """Write the directory. Raises ModelError for one that cannot be read."""
    (windows, graph), (other, _) = manifests.read(model), manifests.read(pairs)
    life = manifests.read_pairs(pairs, other)
    identity = f"attention-{blake2b(graph + life, digest_size=4).hexdigest()}"
    card = manifests.verified(model, manifests.CARD, windows).decode().rstrip("\n")
    card = card.replace(windows.id, identity)
    length = other.pairs.length if other.pairs else 0
    commit = other.training.get("commit", "unknown")
    note = NOTE.format(length=length, other=other.id, commit=commit)
    files = {
        manifests.MODEL: graph,
        manifests.PAIRS: life,
        manifests.CARD: (card + note).encode(),
    }
    output.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (output / name).write_bytes(data)
    written = msgspec.structs.replace(
        windows,
        id=identity,
        files={name: sha256(data).hexdigest() for name, data in files.items()},
        training={**windows.training, "windows_of": windows.id, "pairs_of": dict(other.training)},
        pairs=other.pairs,
    )
    text = yaml.safe_dump(msgspec.to_builtins(written), sort_keys=False, width=100)
    (output / manifests.MANIFEST).write_text(text)
    return written


if __name__ == "__main__":
    main()
