"""`python -m bench.pair_up MODEL --lives OTHER --output TO`: MODEL with the lives of OTHER.

For a model of windows that was trained before there were pairs or hours: its verdicts on minutes
stay, and the lives are those that `netheed train` has fitted and calibrated at another time. Card
and manifest say where each comes from, and the id is a new one, because notices change.
"""

import argparse
from hashlib import blake2b, sha256
from pathlib import Path

import msgspec
import yaml

from netheed.model import manifest as manifests
from netheed.model.life import LIVES
from netheed.model.manifest import Manifest

NOTE = """

## {title}

{words} scored by a model of its own, `{file}`: attention over the last {length} {steps} beside what
is known of it. It is that of {other}, trained at {commit} on recordings, on implants laid over them
and on simulated networks, and calibrated across networks; minutes are scored as before
(`python -m bench.pair_up`).
"""
SAID = {
    "pairs": ("Pairs", "The life of each pair is", "connections"),
    "hours": ("Hours", "The last hours of each host are", "hours"),
}
"""Part -> title, whose lives they are, and of what."""


def main() -> None:
    """Read both, write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--lives", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    print(pair_up(arguments.model, arguments.lives, arguments.output).id)


def pair_up(model: Path, lives: Path, output: Path) -> Manifest:
    """Write the directory. Raises ModelError for one that cannot be read."""
    (windows, graph), (other, _) = manifests.read(model), manifests.read(lives)
    there = [life for life in LIVES if other.life(life) is not None]
    graphs = {life.file: manifests.read_life(lives, other, life) for life in there}
    digest = blake2b(b"".join((graph, *graphs.values())), digest_size=4)
    identity = f"attention-{digest.hexdigest()}"
    files = {manifests.MODEL: graph, **graphs}
    files[manifests.CARD] = _card(model, windows, other, identity)
    output.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (output / name).write_bytes(data)
    written = msgspec.structs.replace(
        windows,
        id=identity,
        files={name: sha256(data).hexdigest() for name, data in files.items()},
        training={**windows.training, "windows_of": windows.id, "lives_of": dict(other.training)},
        pairs=other.pairs,
        hours=other.hours,
    )
    text = yaml.safe_dump(msgspec.to_builtins(written), sort_keys=False, width=100)
    (output / manifests.MANIFEST).write_text(text)
    return written


def _card(model: Path, windows: Manifest, other: Manifest, identity: str) -> bytes:
    """The card of the windows' model, without what it says of lives, and what is said of these."""
    card = manifests.verified(model, manifests.CARD, windows).decode()
    for title, _, _ in SAID.values():
        card = card.partition(f"\n\n## {title}\n")[0]
    notes = [
        NOTE.format(
            title=SAID[life.part][0],
            words=SAID[life.part][1],
            steps=SAID[life.part][2],
            file=life.file,
            length=life.length,
            other=other.id,
            commit=other.training.get("commit", "unknown"),
        )
        for life in LIVES
        if other.life(life) is not None
    ]
    return (card.rstrip("\n").replace(windows.id, identity) + "".join(notes)).encode()


if __name__ == "__main__":
    main()
