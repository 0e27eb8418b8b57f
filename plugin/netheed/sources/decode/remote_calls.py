"""Calls of DCE-RPC that run or change things on another machine, as both sensors tell them.

The endpoints and operations are those by which MITRE's package BZAR for Zeek and ATT&CK tell
execution (T1569.002, T1053, T1047, T1021.003), credential dumping (T1003.006), persistence
(T1547), removed logs (T1070.001) and shutdown (T1529): https://github.com/mitre-attack/bzar. They
are called as Zeek calls them. What every client of a domain does all day is not among them: it
looks names up in samr, lsarpc and drsuapi.
"""

from collections.abc import Mapping
from typing import Final

WHOLE: Final = frozenset(
    (
        "svcctl",
        "atsvc",
        "ITaskSchedulerService",
        "IWbemLevel1Login",
        "IWbemServices",
        "IRemoteSCMActivator",
        "IActivation",
        "winreg",
        "InitShutdown",
        "WindowsShutdown",
        "ISeclogon",
        "ISecLogon",
    )
)
"""Endpoints of which every operation counts: nobody speaks to them but to administer."""
SOME: Final[Mapping[str, frozenset[str]]] = {
    "drsuapi": frozenset(("DRSReplicaSync", "DRSGetNCChanges", "DRSReplicaAdd")),
    "samr": frozenset(
        (
            "SamrCreateUserInDomain",
            "SamrCreateUser2InDomain",
            "SamrAddMemberToGroup",
            "SamrAddMemberToAlias",
            "SamrDeleteUser",
            "SamrSetInformationUser",
            "SamrSetInformationUser2",
        )
    ),
    "spoolss": frozenset(("RpcAddMonitor", "RpcAddPrintProcessor")),
    "IRemoteWinspool": frozenset(("RpcAsyncAddMonitor", "RpcAsyncAddPrintProcessor")),
    "eventlog": frozenset(("ElfrClearELFW", "ElfrClearELFA")),
    "IEventService": frozenset(("EvtRpcClearLog",)),
    "winstation_rpc": frozenset(("RpcWinStationShutdownSystem",)),
}
"""Endpoints of which some operations count."""
INTERFACES: Final[Mapping[str, str]] = {
    "367abb81-9844-35f1-ad32-98f038001003": "svcctl",
    "1ff70682-0a51-30e8-076d-740be8cee98b": "atsvc",
    "86d35949-83c9-4044-b424-db363231fd0c": "ITaskSchedulerService",
    "f309ad18-d86a-11d0-a075-00c04fb68820": "IWbemLevel1Login",
    "9556dc99-828c-11cf-a37e-00aa003240c7": "IWbemServices",
    "000001a0-0000-0000-c000-000000000046": "IRemoteSCMActivator",
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57": "IActivation",
    "338cd001-2244-31f1-aaaa-900038001003": "winreg",
    "894de0c0-0d55-11d3-a322-00c04fa321a1": "InitShutdown",
    "d95afe70-a6d5-4259-822e-2c84da1ddb0d": "WindowsShutdown",
    "12b81e99-f207-4a4c-85d3-77b42f76fd14": "ISeclogon",
    "e3514235-4b06-11d1-ab04-00c04fc2dcd2": "drsuapi",
    "12345778-1234-abcd-ef00-0123456789ac": "samr",
}
"""Interface -> endpoint, for Suricata, which tells interfaces by their ids."""
OPERATIONS: Final[Mapping[tuple[str, int], str]] = {
    ("drsuapi", 2): "DRSReplicaSync",
    ("drsuapi", 3): "DRSGetNCChanges",
    ("drsuapi", 5): "DRSReplicaAdd",
    ("samr", 12): "SamrCreateUserInDomain",
    ("samr", 22): "SamrAddMemberToGroup",
    ("samr", 31): "SamrAddMemberToAlias",
    ("samr", 35): "SamrDeleteUser",
    ("samr", 37): "SamrSetInformationUser",
    ("samr", 50): "SamrCreateUser2InDomain",
    ("samr", 58): "SamrSetInformationUser2",
}
"""(endpoint, operation number) -> operation, where some operations of an endpoint count."""


def by_name(endpoint: str, operation: str | None) -> str | None:
    """`endpoint::operation` of one that counts, else None."""
    if endpoint in WHOLE or operation in SOME.get(endpoint, ()):
        return f"{endpoint}::{operation}" if operation else endpoint
    return None


def by_number(interface: str, number: int | None) -> str | None:
    """The same by the interface's id; None for the number where it is only bound to."""
    endpoint = INTERFACES.get(interface.lower(), "")
    if number is None:
        return by_name(endpoint, None)
    return by_name(endpoint, OPERATIONS.get((endpoint, number), str(number)))
