"""All methods of the comparison keep to what a method is."""

import pytest

from netheed.training.attention import ATTENTION, NETHEED
from netheed.training.baselines import BASELINES
from netheed.training.comparison.plan import METHODS

SPANS = {
    f"{method.name}: {name}": span
    for method in METHODS.values()
    for name, span in method.spans.items()
}


def test_no_method_hides_another_of_its_name():
    assert list(METHODS.values()) == [NETHEED, ATTENTION, *BASELINES]


@pytest.mark.parametrize("name", SPANS)
def test_every_span_can_be_drawn_from(name):
    span = SPANS[name]

    assert span.low < span.high
    assert span.low > 0 or not span.log
    assert not span.whole or (span.low % 1 == 0 and span.high % 1 == 0)
