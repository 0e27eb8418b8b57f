"""Zeek's logs beside conn.log."""

import msgspec
import pytest

from netheed.sources.decode import zeek_beside
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.naming import Named
from netheed.sources.decode.skipped import Skipped
from tests.acts import ZEEK_DCE_RPC, ZEEK_KERBEROS, ZEEK_NTLM, ZEEK_SMB_MAPPING
from tests.names import ZEEK_DNS, ZEEK_HTTP, ZEEK_SSL

LOGS = {
    "dns": ZEEK_DNS,
    "ssl": ZEEK_SSL,
    "http": ZEEK_HTTP,
    "smb_mapping": ZEEK_SMB_MAPPING,
    "dce_rpc": ZEEK_DCE_RPC,
    "kerberos": ZEEK_KERBEROS,
    "ntlm": ZEEK_NTLM,
}


@pytest.mark.parametrize("log", LOGS)
def test_a_log_is_known_by_its_fields_where_it_does_not_say_it(log: str) -> None:
    fields = msgspec.json.decode(LOGS[log])

    assert zeek_beside.log_of(fields) == log
    assert isinstance(zeek_beside.said(log, fields), Named | Acted)


def test_a_connection_is_of_none_of_them() -> None:
    assert zeek_beside.log_of({"ts": 1, "conn_state": "SF"}) is None


def test_a_log_that_is_not_read_is_skipped() -> None:
    with pytest.raises(Skipped, match="weird"):
        zeek_beside.said("weird", {"ts": 1})
