"""Records of acts: what 10.0.0.5 did at 10.0.0.9, as each sensor writes it, and made."""

from typing import Any

from netheed.core import act_rows
from netheed.core.act_rows import ActRows
from netheed.records import Act
from tests.connections import WORDS

_ZEEK = (
    b'{"ts":1700000000.5,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":40000,'
    b'"id.resp_h":"10.0.0.9","id.resp_p":%d,%s}\n'
)
ZEEK_SMB_MAPPING = _ZEEK % (445, b'"path":"\\\\\\\\FILES\\\\ADMIN$","share_type":"DISK"')
ZEEK_DCE_RPC = _ZEEK % (
    49_700,
    b'"rtt":0.001,"named_pipe":"49700","endpoint":"svcctl","operation":"CreateServiceW"',
)
ZEEK_KERBEROS = _ZEEK % (
    88,
    b'"request_type":"AS","client":"a/EXAMPLE","service":"krbtgt/EXAMPLE","success":false,'
    b'"error_msg":"KDC_ERR_PREAUTH_FAILED","forwardable":true,"renewable":true',
)
ZEEK_NTLM = _ZEEK % (
    445,
    b'"username":"a","hostname":"PC","domainname":"EXAMPLE","success":false',
)
TSV_KERBEROS_HEADER = (
    b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
    b"#path\tkerberos\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"
    b"request_type\tclient\tservice\tsuccess\terror_msg\n"
)
TSV_KERBEROS_ROW = (
    b"1700000000.500000\tC1\t10.0.0.5\t40000\t10.0.0.9\t88\tAS\ta/EXAMPLE\tkrbtgt/EXAMPLE\tF\t"
    b"KDC_ERR_PREAUTH_FAILED\n"
)
_EVE = (
    b'{"timestamp":"2023-11-14T22:13:20.500000+0000","flow_id":7,"event_type":"%s",'
    b'"src_ip":"10.0.0.5","src_port":40000,"dest_ip":"10.0.0.9","dest_port":%d,"proto":"TCP",%s}\n'
)
EVE_ALERT = _EVE % (
    b"alert",
    445,
    b'"alert":{"action":"allowed","gid":1,"signature_id":2027189,"rev":3,'
    b'"signature":"ET POLICY SMB2 NT Create AndX Request For an Executable File","severity":3}',
)
EVE_KRB5 = _EVE % (
    b"krb5",
    88,
    b'"krb5":{"msg_type":"KRB_ERROR","failed_request":"KRB_AS_REQ",'
    b'"error_code":"KDC_ERR_PREAUTH_FAILED","cname":"a","realm":"EXAMPLE"}',
)


def eve_smb(smb: bytes) -> bytes:
    """An event of type smb with what stands in it."""
    return _EVE % (b"smb", 445, b'"smb":' + smb)


def eve_dcerpc(dcerpc: bytes) -> bytes:
    """An event of type dcerpc with what stands in it."""
    return _EVE % (b"dcerpc", 49_700, b'"dcerpc":' + dcerpc)


def act(**given: Any) -> Act:
    """The use of ADMIN$, with the given fields instead."""
    fields: dict[str, Any] = {
        "time": 1_700_000_000.5,
        "host": "10.0.0.5",
        "peer": "10.0.0.9",
        "kind": "admin_share",
        "what": "ADMIN$",
    }
    return Act(**fields | given)


def acted(*given: Act) -> ActRows:
    """As a source gives them, without a site."""
    return act_rows.columns(given, WORDS)
