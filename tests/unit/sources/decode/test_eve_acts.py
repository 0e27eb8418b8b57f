"""Suricata's smb, dcerpc, krb5 and alert events."""

import msgspec
import pytest

from netheed.records import Act
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.eve import EveDecoder
from netheed.sources.decode.skipped import Skipped
from tests.acts import EVE_ALERT, EVE_KRB5, act, eve_dcerpc, eve_smb
from tests.lines import changed

SVCCTL = b'"interfaces":[{"uuid":"367abb81-9844-35f1-ad32-98f038001003","version":"2.0"}]'
SIGNATURE = "ET POLICY SMB2 NT Create AndX Request For an Executable File"
TREE = b'{"command":"SMB2_COMMAND_TREE_CONNECT","status":"STATUS_SUCCESS",%s}'


def acts(line: bytes) -> tuple[Act, ...]:
    record = EveDecoder().record(line.rstrip(b"\n"))
    assert isinstance(record, Acted)
    assert not record.alone
    return record.acts


def skipped(line: bytes) -> str:
    with pytest.raises(Skipped) as caught:
        acts(line)
    return str(caught.value.args[0])


def test_a_share_of_administrators_is_an_act_and_that_of_everybody_is_none() -> None:
    share = eve_smb(TREE % rb'"share":"\\\\FILES\\ADMIN$","share_type":"FILE"')
    pipe = eve_smb(TREE % rb'"named_pipe":"\\\\FILES\\IPC$","share_type":"PIPE"')

    assert acts(share) == (act(),)
    assert skipped(pipe) == "smb"


def test_a_refused_session_is_a_failed_logon_and_one_that_goes_on_is_none() -> None:
    setup = b'{"command":"SMB2_COMMAND_SESSION_SETUP","status":"%s"}'

    expected = act(kind="failed_logon", what="STATUS_LOGON_FAILURE")
    assert acts(eve_smb(setup % b"STATUS_LOGON_FAILURE")) == (expected,)
    assert skipped(eve_smb(setup % b"STATUS_SUCCESS")) == "smb"
    assert skipped(eve_smb(setup % b"STATUS_INVALID_PARAMETER")) == "smb"
    assert skipped(eve_smb(setup % b"STATUS_MORE_PROCESSING_REQUIRED")) == "smb"


def test_a_call_over_smb_is_told_by_its_interface_and_number() -> None:
    line = eve_smb(
        b'{"command":"SMB2_COMMAND_IOCTL","dcerpc":{"request":"REQUEST","opnum":12,'
        + SVCCTL
        + b"}}"
    )

    assert acts(line) == (act(kind="remote_call", what="svcctl::12"),)


def test_a_binding_over_tcp_is_a_call_where_every_call_would_be() -> None:
    bind = b'{"request":"BIND",%s,"response":"BINDACK"}'
    thrice = bind % SVCCTL.replace(b"]", b"," + SVCCTL[14:])
    lookups = SVCCTL.replace(
        b"367abb81-9844-35f1-ad32-98f038001003", b"12345778-1234-abcd-ef00-0123456789ac"
    )

    assert acts(eve_dcerpc(thrice)) == (act(kind="remote_call", what="svcctl"),)
    assert skipped(eve_dcerpc(bind % lookups)) == "dcerpc"
    assert skipped(eve_dcerpc(b'{"request":"REQUEST","req":{"opnum":12}}')) == "dcerpc"


def test_an_error_of_kerberos_is_a_failed_logon_and_a_usual_one_is_none() -> None:
    expected = act(kind="failed_logon", what="KDC_ERR_PREAUTH_FAILED")

    assert acts(EVE_KRB5) == (expected,)
    assert skipped(EVE_KRB5.replace(b"PREAUTH_FAILED", b"PREAUTH_REQUIRED")) == "krb5"
    assert skipped(EVE_KRB5.replace(b"KRB_ERROR", b"KRB_AS_REP")) == "krb5"


def test_an_answer_in_its_own_direction_is_turned_round() -> None:
    back = {"src_ip": "10.0.0.9", "src_port": 88, "dest_ip": "10.0.0.5", "dest_port": 40000}

    assert acts(changed(EVE_KRB5, **back)) == acts(EVE_KRB5)


def test_an_alert_is_told_by_its_signature_between_its_two_ends() -> None:
    assert acts(EVE_ALERT) == (act(kind="alert", what=SIGNATURE),)
    back = changed(EVE_ALERT, src_ip="10.0.0.9", dest_ip="10.0.0.5", src_port=445, dest_port=4000)
    assert acts(back) == (act(kind="alert", what=SIGNATURE, host="10.0.0.9", peer="10.0.0.5"),)


@pytest.mark.parametrize("sid", [1_900_001, 1_900_014, 1_900_100, 1_900_199])
def test_alerts_of_netheed_itself_are_left_out(sid: int) -> None:
    assert skipped(EVE_ALERT.replace(b"2027189", str(sid).encode())) == "alert"


def test_an_alert_of_a_packet_without_addresses_is_skipped() -> None:
    line = (
        b'{"timestamp":"2023-11-14T22:13:20+0000","event_type":"alert","alert":{"signature":"x"}}'
    )

    assert skipped(line) == "alert"


@pytest.mark.parametrize(
    "wrong",
    [
        {"src_ip": "nobody"},
        {"dest_ip": 7},
        {"timestamp": "yesterday"},
        {"alert": {"signature": 7}},
        {"alert": {"signature": "x", "signature_id": "y"}},
    ],
)
def test_a_record_that_cannot_be_read_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        acts(changed(EVE_ALERT, **wrong))
