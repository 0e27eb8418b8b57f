"""`python -m bench.new_lives MODEL --data DATA --output TO`: MODEL with lives learned anew.

For a model of windows that was trained before its lives knew what they know now: its verdicts on
minutes stay, and the models of pairs and of hosts' hours are fitted and calibrated as by
`netheed train`. Card and manifest say where each comes from, and the id is a new one, because
notices change.
"""

import argparse
from pathlib import Path

import msgspec

from netheed.model import manifest as manifests
from netheed.model.life import LIVES
from netheed.model.manifest import Manifest
from netheed.training.export import identity_of, keep
from netheed.training.life_train import fitted
from netheed.training.train import Plan, lives

NOTE = """

## {title}

{words} scored by a model of its own, `{file}`: attention over the last {length} {steps} beside what
is known of it. It was trained at {commit} on recordings, on implants laid over them and on
simulated networks, and calibrated across networks; minutes are scored as before
(`python -m bench.new_lives`).
"""
SAID = {
    "pairs": ("Pairs", "The life of each pair is", "connections"),
    "hours": ("Hours", "The last hours of each host are", "hours"),
}
"""Part -> title, whose lives they are, and of what."""
_OF_LIVES = ("pairs_of", "lives_of", "lives")
"""What was said of the training of the lives before."""


def main() -> None:
    """Read one, learn, write one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--windows", type=Path, help="where looks once made are kept")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commit", default="unknown")
    arguments = parser.parse_args()
    plan = Plan(
        data=arguments.data,
        output=arguments.output,
        seed=arguments.seed,
        commit=arguments.commit,
        windows=arguments.windows,
    )
    print(new_lives(arguments.model, plan).id)


def new_lives(model: Path, plan: Plan) -> Manifest:
    """Write the directory of the plan. Raises ModelError for a model that cannot be read."""
    windows, graph = manifests.read(model)
    graphs, said = fitted(lives(plan), (), plan.seed)
    identity = identity_of(graph, *graphs.values())
    files = {manifests.MODEL: graph, **graphs}
    files[manifests.CARD] = _card(model, windows, plan, identity)
    before = {name: what for name, what in windows.training.items() if name not in _OF_LIVES}
    learned = {"commit": plan.commit, "seed": plan.seed, "scenes": plan.scenes}
    written = msgspec.structs.replace(
        windows,
        id=identity,
        training={"windows_of": windows.id, **before, "lives": learned},
        **said,
    )
    return keep(plan.output, written, files)


def _card(model: Path, windows: Manifest, plan: Plan, identity: str) -> bytes:
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
            commit=plan.commit,
        )
        for life in LIVES
    ]
    return (card.rstrip("\n").replace(windows.id, identity) + "".join(notes)).encode()


if __name__ == "__main__":
    main()
