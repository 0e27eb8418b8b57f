"""The card of a model: what it is for, what it was made of, what it was measured at."""

from collections.abc import Mapping
from typing import Final

import yaml

_TEXT: Final = """# Model card: {{id}}

An attention model over the last active minutes of a host, so many as the manifest says
(`sequence_length`). It reads the features named there and gives one anomaly score, a probability
for each kind of traffic and a surprise.

## For what

Second opinion beside Zeek or Suricata on hosts of the local networks. It raises attention; it does
not block, and a silent model is no proof of a clean host.

## Made of

Research recordings (names and SHA-256 below and in the manifest) and simulated networks of our own
making. The recordings' terms do not allow shipping them; only weights computed from them are here.
The classes `dns_tunnel` and `exfiltration` were trained on **simulated** attacks only; `scan`,
`brute_force`, `flood` and `beacon` on simulated and recorded ones; `lateral_movement`, which the
hours alone know, on simulated ones laid over recorded hosts.

```yaml
{training}```

## Measured

p-values come from the benign windows of recordings and simulated networks that training never saw;
some of the recordings are other days or hosts of networks that it did see.
The attacks below are simulated and laid over those hosts: recall on them says that the model
learned what it was shown, not what it will find on your network. What it says of real recordings
stands in `docs/sources.md`, made by `make sources`.

```yaml
{metrics}```

`experts` says, for windows of each kind, a line a layer: the share of each expert in the answer.
{compared}
## Known limits

- The recordings are few: single hosts of three networks, one office day, a few household things,
  and CICIDS2017, a sample of the flows of one testbed.
- A p-value is exact only for networks like those of the calibration; expect more notices until
  netheed has learned the site.
- Window features see finished connections only; one long connection is seen when it ends.
"""


_COMPARED: Final = """
## Compared

From `docs/evaluation/report.md`, made by `netheed evaluate`: detectors trained as this one, but on
fewer windows and for fewer steps, and each time without what they were tested on; beside them the
full model of the papers (`attention`) and the best other method with labels and without.

```yaml
{figures}```
"""


def card(
    training: dict[str, object],
    metrics: dict[str, object],
    compared: Mapping[str, Mapping[str, float]],
) -> str:
    """Markdown with `{id}` left for the exporter; without `compared` nothing is quoted."""
    figures = yaml.safe_dump(compared, sort_keys=False, width=100)
    return _TEXT.format(
        training=yaml.safe_dump(training, sort_keys=False, width=100),
        metrics=yaml.safe_dump(metrics, sort_keys=False, width=100),
        compared=_COMPARED.format(figures=figures) if compared else "",
    )
