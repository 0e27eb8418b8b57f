"""`python -m bench.card MODEL --report FOLDER`: the card of MODEL quotes a report made since.

Nothing else changes: weights, id, calibration and what the manifest tells stay, but for the hash of
the card. Training anew for the sake of a quotation would make another model wherever the numerics
of the machine differ.
"""

import argparse
from pathlib import Path

from netheed.model import manifest as manifests
from netheed.model.manifest import Manifest
from netheed.training.card import card
from netheed.training.export import keep
from netheed.training.report.summary import figures


def main() -> None:
    """Write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--report", type=Path, required=True)
    arguments = parser.parse_args()
    print(quoted(arguments.model, arguments.report).id)


def quoted(directory: Path, report: Path) -> Manifest:
    """The manifest that was written. Raises NetheedError for no model, or no figures."""
    manifest, _ = manifests.read(directory)
    text = card(manifest.training, manifest.metrics, figures(report))
    files = {name: manifests.verified(directory, name, manifest) for name in manifest.files}
    files[manifests.CARD] = text.replace("{id}", manifest.id).encode()
    return keep(directory, manifest, files)


if __name__ == "__main__":
    main()
