"""What both sensors' records of acts have in common: what a host did at which peer."""

from typing import Final, NamedTuple

from netheed.core.networks import parsed
from netheed.records import Act
from netheed.sources.decode.translate import LATEST

USUAL_ERRORS: Final = frozenset(
    (
        "NEEDED_PREAUTH",
        "Need to use PA-ENC-TIMESTAMP/PA-PK-AS-REQ",
        "KDC_ERR_PREAUTH_REQUIRED",
        "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED",
        "KRB_ERR_RESPONSE_TOO_BIG",
        "KRB_AP_ERR_TKT_EXPIRED",
        "KRB_AP_ERR_SKEW",
        "KDC_ERR_S_PRINCIPAL_UNKNOWN",
        "KDC_ERR_BADOPTION",
    )
)
"""Errors of Kerberos that refuse nobody who he says he is: the first request without a proof, an
answer too long for UDP, a ticket or clock past its time, a service or option that is not there."""
_ADMIN: Final = "ADMIN$"


class Acted(NamedTuple):
    """A record of acts, read."""

    acts: tuple[Act, ...]
    alone: bool = False
    """In a log that has no connections, so that its times alone say how far it has come."""


def admin_share(path: str | None) -> str | None:
    r"""The share of `\\\\server\\share` where Windows keeps it for administrators, else None.

    These are ADMIN$ and the root of each drive; IPC$ is everybody's. Zeek before 3.1 writes
    backslashes of tab-separated values as `\x5c`.
    """
    share = (path or "").rstrip("\0").replace("\\x5c", "\\").rpartition("\\")[2].upper()
    drive = len(share) == 2 and share[0].isascii() and share[0].isalpha() and share[1] == "$"
    return share if drive or share == _ADMIN else None


def refused(error: str | None) -> bool:
    """Whether an error of Kerberos means that a log-on has failed."""
    return error not in USUAL_ERRORS


def checked(act: Act) -> Act:
    """The same. Raises ValueError for what is no address or no time."""
    if not 0 <= act.time < LATEST:
        raise ValueError("the time is none between 1970 and 9999")
    parsed(act.host)
    parsed(act.peer)
    return act
