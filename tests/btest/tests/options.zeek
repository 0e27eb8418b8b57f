# @TEST-DOC: Every setting is an option that can change while Zeek runs.
#
# @TEST-EXEC: python3 $FILES/make_trace.py trace.pcap
# @TEST-EXEC: timeout 60 zeek -C -r trace.pcap $PACKAGE %INPUT >output
# @TEST-EXEC: grep -q "F 7 2.0 secs 9 5.0 mins F 1" output

event zeek_init()
	{
	Option::set("Netheed::enable", F);
	Option::set("Netheed::batch_size", 7);
	Option::set("Netheed::batch_interval", 2sec);
	Option::set("Netheed::max_pending", 9);
	Option::set("Netheed::notice_suppress", 5min);
	Option::set("Netheed::community_id", F);
	Option::set("Netheed::community_id_seed", 1);
	print fmt("%s %s %s %s %s %s %s", Netheed::enable, Netheed::batch_size,
	    Netheed::batch_interval, Netheed::max_pending,
	    Netheed::notice_suppress, Netheed::community_id,
	    Netheed::community_id_seed);
	}
