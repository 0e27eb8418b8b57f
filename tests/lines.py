"""One connection, 10.0.0.5 to 203.0.113.9 port 443, as each sensor writes it."""

import json
from typing import Any

EVE_FLOW = (
    b'{"timestamp":"2023-11-14T22:14:21.000000+0000","flow_id":1396867914677676,'
    b'"in_iface":"eth0","event_type":"flow","src_ip":"10.0.0.5","src_port":40000,'
    b'"dest_ip":"203.0.113.9","dest_port":443,"proto":"TCP","app_proto":"tls",'
    b'"flow":{"pkts_toserver":8,"pkts_toclient":8,"bytes_toserver":912,"bytes_toclient":4112,'
    b'"start":"2023-11-14T22:13:20.000000+0000","end":"2023-11-14T22:13:21.000000+0000","age":1,'
    b'"state":"closed","reason":"timeout","alerted":false},'
    b'"community_id":"1:wdc+jXNAn3Ap2cp33lxK1pgbevM=",'
    b'"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,'
    b'"psh":true,"ack":true,"state":"closed"},"host":"sensor-1"}\n'
)

CONN_JSON = (
    b'{"ts":1700000000.0,"uid":"CHhAvVGS1DHFjwGM9","id.orig_h":"10.0.0.5","id.orig_p":40000,'
    b'"id.resp_h":"203.0.113.9","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1.0,'
    b'"orig_bytes":480,"resp_bytes":3680,"conn_state":"SF","local_orig":true,"local_resp":false,'
    b'"missed_bytes":0,"history":"ShADadFf","orig_pkts":8,"orig_ip_bytes":800,"resp_pkts":8,'
    b'"resp_ip_bytes":4000,"ip_proto":6,"community_id":"1:wdc+jXNAn3Ap2cp33lxK1pgbevM="}\n'
)

TSV_HEADER = (
    b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    b"#open\t2023-11-14-22-13-20\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t"
    b"proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\t"
    b"missed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\n"
    b"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\t"
    b"bool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\tset[string]\n"
)

TSV_ROW = (
    b"1700000000.000000\tCHhAvVGS1DHFjwGM9\t10.0.0.5\t40000\t203.0.113.9\t443\ttcp\tssl\t1.000000\t"
    b"480\t3680\tSF\tT\tF\t0\tShADadFf\t8\t800\t8\t4000\t-\n"
)


def changed(line: bytes, **fields: Any) -> bytes:
    """A JSON line with some top-level fields replaced."""
    return json.dumps(json.loads(line) | fields, separators=(",", ":")).encode() + b"\n"
