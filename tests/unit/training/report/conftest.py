import pytest

from netheed.training.report.results import Results
from tests.unit.training.report.planted import folder_of_results


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    return folder_of_results(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def results(kept):
    return Results(kept)
