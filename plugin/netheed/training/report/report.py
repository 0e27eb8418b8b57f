"""The report of the comparison, from whatever was worked out.

Nothing here is typed in by hand: every number is computed from kept scores.
"""

import json
from pathlib import Path
from typing import Final

from netheed.errors import NetheedError
from netheed.training.report import adaptation, days, goals, made, protocols, worth
from netheed.training.report.page import Report, write
from netheed.training.report.results import Results
from netheed.training.report.summary import SUMMARY, summary

TITLE: Final = "The detector compared"
TEXT: Final = (
    "Made by `netheed evaluate`; every number is computed from kept scores. All methods get the "
    "same windows (63 features of one host's minute, no address, id, originator's port or absolute "
    "time) and the same splits; those whose settings are searched, the same number of trials, "
    "inside the training part. **attention** is the full model of the papers "
    "(`docs/laboratory.md` names them and each mechanism); **netheed** is what is shipped: its "
    "default settings without any search, without the temporal and the contrastive term, and with "
    "published thresholds beside: how near a window comes to what the writers of rules for Zeek, "
    "Snort and Sigma look for (`training/thresholds.py`; the method `rules` is these alone). How "
    "far the class may acquit a window (`docs/acquittal.md`) was chosen by the networks and "
    "families held out here, one seed, among seven quantiles from 0.8 to 0.995; what the tables "
    "say of ours there is that much too good.",
    "Intervals are 95 % of draws of hosts and days with their seed. Where one host did all "
    "attacks of a kind, the interval can only speak of the benign side; a draw that misses an "
    "attack of few hosts speaks of the others alone. AP is average precision; **mean AP** is the "
    "mean over the published attacks, each among the benign windows, so that no attack counts more "
    "by lasting longer. A window is an attack when its host began one attack connection or more, "
    "however little can be seen of it yet.",
    "The recordings are few and small; CICIDS2017 is a sample by class, sparse in time: what it "
    "says of rates is not what its network would say.",
)


def report(folder: Path) -> None:
    """Write report.md, report.html, pictures/ and summary.json beside the results in `folder`.

    Raises NetheedError when there are none.
    """
    results = Results(folder)
    if not results.cells:
        raise NetheedError(f"{folder}: holds no results to report")
    sections = (
        goals.section(results),
        *protocols.sections(results),
        *days.sections(results),
        *worth.sections(results),
        adaptation.section(results),
        made.section(results),
    )
    write(Report(title=TITLE, text=TEXT, sections=sections), folder)
    text = json.dumps(summary(results), indent=1)
    (folder / f"{SUMMARY}.json").write_text(text + "\n")
