"""What is seen of a process from outside."""

import os

from bench.looks import cpu, memory, of_text, peak


def test_a_metric_is_called_by_its_name_and_labels() -> None:
    text = (
        "# TYPE netheed_shed counter\n"
        'netheed_shed_total{cause="pairs"} 3.0\n'
        "# TYPE netheed_open_windows gauge\n"
        "netheed_open_windows 2.0\n"
    )

    assert of_text(text) == {"netheed_shed_total/pairs": 3.0, "netheed_open_windows": 2.0}


def test_memory_and_processor_time_are_those_of_the_process() -> None:
    before = cpu(os.getpid())
    sum(number * number for number in range(3_000_000))

    assert 10.0 < memory(os.getpid()) <= 1.01 * peak(os.getpid()) < 10_000.0
    assert cpu(os.getpid()) > before
