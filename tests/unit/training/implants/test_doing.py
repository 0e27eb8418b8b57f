"""What logs of acts say of lateral movement, and of a site on which nothing is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.records import Act, Outcome
from netheed.training.implants import LEARNED, implanted
from netheed.training.implants.doing import acts_of, everyday
from tests.acts import act
from tests.connections import connection
from tests.names import naming
from tests.unit.training.implants.recorded import benign, weeks

SEEDS = range(40)


def drawn(seed: int, **given: object) -> list[Act]:
    calls = [
        connection(start=1e9 + 60 * n, resp=f"10.0.0.{n + 10}", **given)  # type: ignore[arg-type]
        for n in range(20)
    ]
    return acts_of(calls, np.random.default_rng(seed))


def share(kind: str, **given: object) -> float:
    """Acts of a kind for each connection."""
    found = [one for seed in SEEDS for one in drawn(seed, **given)]
    return sum(one.kind == kind for one in found) / (20 * len(SEEDS))


def test_most_uses_of_a_share_are_told_and_not_all():
    assert 0.6 < share("admin_share", resp_port=445, service="smb") < 0.8
    assert {one.what for one in drawn(1, resp_port=445, service="smb")} >= {"ADMIN$", "C$"}


def test_calls_are_made_where_the_mapper_pointed_and_not_at_the_mapper():
    assert 0.6 < share("remote_call", resp_port=49_700, service="dce_rpc") < 0.8
    assert share("remote_call", resp_port=135, service="dce_rpc") == 0.0


def test_some_log_ons_fail_before_and_nothing_is_done_where_nobody_answers():
    assert 0.2 < share("failed_logon", resp_port=3389, service="rdp") < 1.2
    assert share("admin_share", resp_port=3389, service="rdp") == 0.0
    assert drawn(1, resp_port=445, service="smb", outcome=Outcome.REFUSED) == []


@pytest.mark.parametrize("own", [(), (act(time=1.0),)])
def test_lateral_movement_over_a_recording_with_names_is_in_its_logs_beside_its_own(own):
    base = replace(weeks(), namings=(naming(),), acts=own)
    made = [implanted(base, "lateral", LEARNED, np.random.default_rng(n)) for n in range(12)]

    laid = [one for recording, _ in made for one in recording.acts[len(own) :]]
    assert {one.kind for one in laid} == {"admin_share", "remote_call", "failed_logon"}
    assert all(recording.acts[: len(own)] == own for recording, _ in made)
    hosts = {implant.host for _, implant in made}
    assert {one.host for one in laid} <= hosts


def test_a_recording_without_names_and_another_behaviour_get_none():
    rng = np.random.default_rng(3)
    named = replace(weeks(), namings=(naming(),))

    assert implanted(weeks(), "lateral", LEARNED, rng)[0].acts == ()
    assert implanted(named, "sleeps", LEARNED, rng)[0].acts == ()


def test_on_a_site_on_which_nothing_is_wrong_something_is_logged_too():
    quiet = [everyday(weeks(2), np.random.default_rng(seed)) for seed in SEEDS]
    assert all(len(acts) >= 1 for acts in quiet)
    assert {one.kind for acts in quiet for one in acts} == {"failed_logon"}
    assert 1.5 < np.mean([len(acts) for acts in quiet]) < 3.0

    files = [
        connection(uid=f"R{n}", start=60.0 * n, resp="10.0.0.9", resp_port=445, service="smb")
        for n in range(200)
    ]
    shares = [one for one in everyday(benign(files), np.random.default_rng(1)) if "$" in one.what]
    assert 5 < len(shares) < 40
    assert everyday(benign([]), np.random.default_rng(1)) == ()
