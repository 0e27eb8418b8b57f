"""What a real Suricata says that hosts did, in captures of attacks, is read."""

from collections import Counter
from pathlib import Path

import pytest

from netheed.records import Tally
from netheed.sources.files import beside_of
from sample.suricata import run_suricata

RULE = (
    'alert tcp any any -> any 445 (msg:"SMB session"; flow:to_server,established; '
    "threshold:type limit,track by_src,count 1,seconds 60; sid:1; rev:1;)\n"
)
ALERT = {("alert", "SMB session"): 1}
CAPTURES = {
    # A service is looked at over SMB: the binding and six calls.
    "lateral_movement__covenant_sc_query_dcerpc_smb_svcctl": ALERT
    | {("remote_call", "svcctl"): 1, ("remote_call", "svcctl::0"): 2}
    | {("remote_call", f"svcctl::{number}"): 1 for number in (6, 15, 16, 64)},
    # WMI goes over interfaces of DCOM that Suricata does not name; that it was activated it does.
    "lateral_movement__covenant_sharpwmi_create_dcerpc_wmi": ALERT
    | {("remote_call", "IRemoteSCMActivator"): 1},
    # The connection to svcctl itself begins without a binding that Suricata would know.
    "lateral_movement__empire_psexec_dcerpc_tcp_svcctl": {},
    "lateral_movement__mimikatz_CVE-2020-1472_Unauthenticated_NetrServerAuthenticate2": ALERT,
    # Names are looked up in samr, as every client of a domain does.
    "discovery__empire_shell_samr_EnumDomainUsers": ALERT,
    "credential_access__empire_shell_rubeus_asktgt_ptt": ALERT,
}
"""Capture -> acts. None has an administrative share: all sessions are of IPC$."""
EVE = {
    "slips-test6": {"alert": 745},
    "ctu-sme-test7": {},
    # A domain at work and malware in it: no share, call or refused log-on of an administrator.
    "malware-exercise": {"alert": 121},
    "one-host-scan": {"alert": 437},
}
"""Published EVE records -> acts of each kind."""


@pytest.mark.live
@pytest.mark.parametrize("name", CAPTURES)
def test_acts_in_captures_of_attacks_are_read(
    shared: Path, suricata: Path, tmp_path: Path, name: str
) -> None:
    capture = shared / "data" / "pcaps" / "attacks" / f"{name}.pcap"
    (rules := tmp_path / "test.rules").write_text(RULE)
    types = ("smb", "dcerpc", "krb5", "alert")
    eve = run_suricata([capture], tmp_path, suricata, types=types, rules=rules)
    tally = Tally()

    acts = beside_of(eve, tally, print).acts

    assert Counter((act.kind, act.what) for act in acts) == CAPTURES[name]
    assert (tally.acted, tally.bad) == (len(acts), 0)
    assert all(act.host.startswith("172.18.39.") for act in acts)


@pytest.mark.parametrize("name", EVE)
def test_acts_in_published_records_are_read(shared: Path, name: str) -> None:
    tally = Tally()

    acts = beside_of(shared / "data" / "eve" / f"{name}.eve.json.gz", tally, print).acts

    assert Counter(act.kind for act in acts) == EVE[name]
    assert (tally.acted, tally.bad) == (len(acts), 0)
