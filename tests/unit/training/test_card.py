"""The card says what the manifest says."""

import yaml

from netheed.training.card import card

MADE = {"commit": "abc", "settings": {"rate": 0.003}, "recordings": {"office/{id}": "5ee8"}}
COMPARED = {"mean AP (2)": {"netheed": 0.75, "rules": 0.5}}
MEASURED = {"benign_windows": 900, "recall_at_0.001": {"scan": 0.5}}


def test_the_card_quotes_the_making_the_measurements_and_the_comparison():
    text = card(MADE, MEASURED, COMPARED)

    blocks = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    assert [yaml.safe_load(block) for block in blocks] == [MADE, MEASURED, COMPARED]


def test_without_a_report_nothing_is_compared():
    assert "## Compared" not in card(MADE, MEASURED, {})


def test_the_id_is_left_to_the_exporter():
    text = card({"scenes": 7}, {"windows": 9}, COMPARED)

    assert text.startswith("# Model card: {id}\n")
    assert text.count("{") == 1
