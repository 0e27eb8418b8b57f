"""What both sensors' records of acts have in common."""

import pytest

from netheed.sources.decode import acting
from tests.acts import act


@pytest.mark.parametrize(
    ("path", "share"),
    [
        (r"\\FILES\ADMIN$", "ADMIN$"),
        (r"\\10.0.0.9\c$", "C$"),
        ("D$", "D$"),
        ("\\\\FILES\\C$\0", "C$"),
        (r"\x5c\x5cFILES\x5cADMIN$", "ADMIN$"),
        (r"\\FILES\IPC$", None),
        (r"\\FILES\print$", None),
        (r"\\FILES\public", None),
        (r"\\FILES\ADMIN$\deeper", None),
        ("$", None),
        ("1$", None),
        ("", None),
        (None, None),
    ],
)
def test_shares_of_administrators_are_admin_and_the_drives(
    path: str | None, share: str | None
) -> None:
    assert acting.admin_share(path) == share


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        ("KDC_ERR_PREAUTH_FAILED", True),
        ("KDC_ERR_C_PRINCIPAL_UNKNOWN", True),
        (None, True),
        ("KDC_ERR_PREAUTH_REQUIRED", False),
        ("NEEDED_PREAUTH", False),
        ("KRB_ERR_RESPONSE_TOO_BIG", False),
    ],
)
def test_a_first_request_without_a_proof_is_no_failed_logon(
    error: str | None, refused: bool
) -> None:
    assert acting.refused(error) is refused


@pytest.mark.parametrize("wrong", [{"time": -1.0}, {"time": 1e18}, {"host": "x"}, {"peer": "x"}])
def test_an_act_of_no_time_or_no_address_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"time|address|IPv4"):
        acting.checked(act(**wrong))
