# @TEST-DOC: A verdict becomes one notice and one line, a repeat none; odd scores do no harm.
#
# @TEST-EXEC: python3 $FILES/make_trace.py trace.pcap
# @TEST-EXEC: timeout 60 zeek -C -r trace.pcap $PACKAGE %INPUT 2>errors
# @TEST-EXEC: test "$(zeek-cut notice_id <netheed.log | sort | xargs)" = "n1 n2 n3 n4"
# @TEST-EXEC: test "$(zeek-cut note n <notice.log | grep Netheed::Anomalous_Host | cut -f 2 | sort -n | xargs)" = "0 50 100"
# @TEST-EXEC: test "$(zeek-cut src <notice.log | sort -u)" = 10.1.1.1
# @TEST-EXEC-FAIL: grep -i error errors

function tell(schema: count, notice_id: string, class: string, score: double)
	{
	event Netheed::verdict(schema, Netheed::Verdict($ts=1700000000.5,
	    $notice_id=notice_id, $host=10.1.1.1, $class=class, $score=score,
	    $uids=vector("CHhAvVGS1DHFjwGM9"), $msg="odd",
	    $sub="p_value=0.0001"));
	}

event network_time_init()
	{
	tell(1, "n1", "scan", 0.5);
	tell(1, "n1", "scan", 0.5);
	tell(1, "n2", "beacon", 7.5);
	tell(1, "n3", "flood", -3.0);
	# The host and class of n1 again: written, but no second notice.
	tell(1, "n4", "scan", 0.6);
	# A schema that this script does not know is refused.
	tell(99, "n5", "flood", 0.5);
	}
