# @TEST-DOC: A Zeek that reads a capture ends by itself, collects nothing and reports no error.
#
# @TEST-EXEC: python3 $FILES/make_trace.py trace.pcap
# @TEST-EXEC: timeout 60 zeek -C -r trace.pcap $PACKAGE %INPUT >output 2>errors
# @TEST-EXEC: grep -q "publishing F, pending 0, sent 0" output
# @TEST-EXEC: test "$(zeek-cut uid <conn.log | wc -l)" -eq 3
# @TEST-EXEC-FAIL: grep -i -e error -e netheed errors

module Netheed;

event zeek_done() &priority=-10
	{
	print fmt("publishing %s, pending %d, sent %d", publishing, |pending|, sent);
	}
