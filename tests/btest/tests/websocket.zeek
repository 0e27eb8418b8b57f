# @TEST-DOC: Told to listen, Zeek sends batches to a client, takes its verdict and says so.
#
# Zeek 7.1 listens with TLS, and 7.2 may tell of a lost client in another form.
# @TEST-REQUIRES: zeek-config --version | grep -v '^7'
# @TEST-REQUIRES: python3 -c 'import websockets.sync.client'
# @TEST-PORT: WEBSOCKET_PORT
#
# @TEST-EXEC: python3 $FILES/make_trace.py trace.pcap
# @TEST-EXEC: btest-bg-run zeek "zeek -C -r ../trace.pcap $PACKAGE %INPUT"
# @TEST-EXEC: btest-bg-run client "python3 $FILES/client.py"
# @TEST-EXEC: btest-bg-wait 90
# @TEST-EXEC: test "$(zeek-cut notice_id <zeek/netheed.log)" = n1
# @TEST-EXEC: test "$(zeek-cut note n <zeek/notice.log | grep -c Netheed::Anomalous_Host)" -eq 1

@load base/misc/version

# The backend that was the default before; it needs no ports of its own.
@if ( Version::at_least("8.1.0") )
@load frameworks/cluster/backend/broker
@endif

redef exit_only_after_terminate = T;
redef Netheed::listen_when_reading_traces = T;
redef Netheed::listen_port = to_port(getenv("WEBSOCKET_PORT"));

event zeek_init()
	{
	suspend_processing();
	}

event Cluster::websocket_client_added(endpoint: Cluster::EndpointInfo,
    subscriptions: string_vec)
	{
	continue_processing();
	}

event Cluster::websocket_client_lost(endpoint: Cluster::EndpointInfo,
    code: count, reason: string)
	{
	terminate();
	}
