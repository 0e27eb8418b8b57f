"""For all tests of the baselines."""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """On networks as small as these, threads that wait for each other cost a hundredfold."""
    with threadpool_limits(1):
        yield
