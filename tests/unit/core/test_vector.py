from pathlib import Path

import numpy as np
import pytest

from bench.features import page
from netheed.core.vector import FEATURES, LINEAR, Feature, restore, transform

PAGE = Path(__file__).parents[3] / "docs" / "features.md"


@pytest.mark.parametrize("feature", FEATURES.values(), ids=list(FEATURES))
def test_every_feature_has_words_and_one_line_of_meaning(feature: Feature) -> None:
    assert feature.words.strip()
    assert len(feature.words) <= 40
    assert feature.meaning.endswith(".")
    assert not set(feature.words + feature.meaning) & set("|\n")


def test_no_two_features_share_words_or_meaning() -> None:
    assert len({feature.words for feature in FEATURES.values()}) == len(FEATURES)
    assert len({feature.meaning for feature in FEATURES.values()}) == len(FEATURES)


def test_the_committed_page_is_what_the_command_prints() -> None:
    assert PAGE.read_text(encoding="utf-8") == "\n".join(page()) + "\n", "run `make features`"


def test_counts_are_brought_to_a_logarithm_and_shares_are_left() -> None:
    row = np.full(len(FEATURES), 0.5, dtype=np.float32)

    got = dict(zip(FEATURES, transform(row).tolist(), strict=True))

    assert got["connections_out"] == pytest.approx(np.log(1.5))
    assert got["idle"] == pytest.approx(np.log(1.5))
    assert got["sent_share"] == got["sent_spread"] == 0.5


def test_restore_undoes_transform_in_every_column() -> None:
    row = np.where(LINEAR, 0.25, 1e6).astype(np.float32)

    np.testing.assert_allclose(restore(transform(row)), row, rtol=1e-5)
