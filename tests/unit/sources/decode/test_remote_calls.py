"""Calls of DCE-RPC that run or change things on another machine."""

import pytest

from netheed.sources.decode import remote_calls

SVCCTL = "367abb81-9844-35f1-ad32-98f038001003"
SAMR = "12345778-1234-abcd-ef00-0123456789ac"


@pytest.mark.parametrize(
    ("endpoint", "operation", "what"),
    [
        ("svcctl", "CreateServiceW", "svcctl::CreateServiceW"),
        ("svcctl", None, "svcctl"),
        ("IWbemServices", "ExecMethod", "IWbemServices::ExecMethod"),
        ("drsuapi", "DRSGetNCChanges", "drsuapi::DRSGetNCChanges"),
        ("drsuapi", "DRSCrackNames", None),
        ("samr", "SamrEnumerateUsersInDomain", None),
        ("samr", "SamrCreateUser2InDomain", "samr::SamrCreateUser2InDomain"),
        ("samr", None, None),
        ("lsarpc", "LsarLookupNames", None),
        ("", None, None),
    ],
)
def test_what_runs_or_changes_things_counts_and_looking_up_does_not(
    endpoint: str, operation: str | None, what: str | None
) -> None:
    assert remote_calls.by_name(endpoint, operation) == what


@pytest.mark.parametrize(
    ("interface", "number", "what"),
    [
        (SVCCTL, 12, "svcctl::12"),
        (SVCCTL.upper(), None, "svcctl"),
        (SAMR, 50, "samr::SamrCreateUser2InDomain"),
        (SAMR, 13, None),
        (SAMR, None, None),
        ("e1af8308-5d1f-11c9-91a4-08002b14a0fa", 3, None),
    ],
)
def test_an_interface_and_a_number_say_the_same(
    interface: str, number: int | None, what: str | None
) -> None:
    assert remote_calls.by_number(interface, number) == what


def test_every_number_is_of_an_operation_that_counts() -> None:
    for endpoint, operation in (
        (endpoint, operation) for (endpoint, _), operation in remote_calls.OPERATIONS.items()
    ):
        assert operation in remote_calls.SOME[endpoint]
        assert endpoint in remote_calls.INTERFACES.values()
