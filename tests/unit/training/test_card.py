"""The card says what the manifest says."""

from netheed.training.card import card


def test_the_card_holds_the_figures_and_leaves_the_id_open() -> None:
    text = card({"scenes": 7}, {"recall_at_0.001": {"scan": 0.5}})

    assert "scenes: 7" in text
    assert "scan: 0.5" in text
    assert text.startswith("# Model card: {id}")
