"""Zeek's smb_mapping, dce_rpc, kerberos and ntlm logs."""

import msgspec
import pytest

from netheed.records import Act
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.skipped import Header, Skipped
from netheed.sources.decode.zeek_json import JsonDecoder
from netheed.sources.decode.zeek_tsv import TsvDecoder
from tests.acts import (
    TSV_KERBEROS_HEADER,
    TSV_KERBEROS_ROW,
    ZEEK_DCE_RPC,
    ZEEK_KERBEROS,
    ZEEK_NTLM,
    ZEEK_SMB_MAPPING,
    act,
)
from tests.lines import changed

KERBEROS = act(kind="failed_logon", what="KDC_ERR_PREAUTH_FAILED")


def acts(line: bytes) -> tuple[Act, ...]:
    record = JsonDecoder().record(line.rstrip(b"\n"))
    assert isinstance(record, Acted)
    assert record.alone
    return record.acts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (ZEEK_SMB_MAPPING, act()),
        (ZEEK_DCE_RPC, act(kind="remote_call", what="svcctl::CreateServiceW")),
        (ZEEK_KERBEROS, KERBEROS),
        (ZEEK_NTLM, act(kind="failed_logon", what="ntlm")),
    ],
)
def test_a_record_of_each_log_says_what_the_client_did(line: bytes, expected: Act) -> None:
    assert acts(line) == (expected,)


def test_tab_separated_values_say_the_same() -> None:
    decoder = TsvDecoder()
    for line in TSV_KERBEROS_HEADER.splitlines():
        with pytest.raises(Header):
            decoder.record(line)

    assert decoder.record(TSV_KERBEROS_ROW.rstrip(b"\n")) == Acted((KERBEROS,), alone=True)
    with pytest.raises(Skipped):
        decoder.record(TSV_KERBEROS_ROW.rstrip(b"\n").replace(b"\tF\t", b"\tT\t"))
    with pytest.raises(Skipped):
        decoder.record(TSV_KERBEROS_ROW.rstrip(b"\n").replace(b"\tF\t", b"\t-\t"))


@pytest.mark.parametrize(
    ("line", "log"),
    [
        (changed(ZEEK_SMB_MAPPING, path=r"\\FILES\IPC$"), "smb_mapping"),
        (changed(ZEEK_DCE_RPC, endpoint="lsarpc", operation="LsarLookupNames"), "dce_rpc"),
        (changed(ZEEK_KERBEROS, success=True), "kerberos"),
        (changed(ZEEK_KERBEROS, error_msg="KDC_ERR_PREAUTH_REQUIRED"), "kerberos"),
        (changed(ZEEK_NTLM, success=None), "ntlm"),
        (changed(ZEEK_SMB_MAPPING, _path="smb_files"), "smb_files"),
    ],
)
def test_what_is_no_act_is_skipped_by_its_log(line: bytes, log: str) -> None:
    with pytest.raises(Skipped) as caught:
        acts(line)

    assert caught.value.args == (log,)


def test_what_was_called_is_cut_to_its_cap() -> None:
    (one,) = acts(changed(ZEEK_DCE_RPC, operation="x" * 1000))

    assert len(one.what) == 256


@pytest.mark.parametrize(
    "wrong", [{"id.orig_h": "nobody"}, {"ts": "yesterday"}, {"path": 7}, {"id.resp_h": "1" * 100}]
)
def test_a_record_that_cannot_be_read_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, msgspec.ValidationError)):
        acts(changed(ZEEK_SMB_MAPPING, **wrong))
