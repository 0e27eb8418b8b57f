##! Publishes finished connections in batches to a WebSocket client, the bridge, and turns the
##! verdicts it sends back into notices and log lines.

@load base/frameworks/cluster
@load base/frameworks/notice
@load base/frameworks/reporter
@load base/frameworks/telemetry
@load base/misc/version
@load base/protocols/conn

module Netheed;

export {
	redef enum Log::ID += { LOG };
	redef enum Notice::Type += {
		## A host's recent traffic does not look like its own past or its peers'.
		Anomalous_Host
	};

	## Whether connections are published. Verdicts are received all the same.
	option enable: bool = T;
	## Connections per published batch.
	option batch_size: count = 50;
	## Longest time a connection waits in a batch.
	option batch_interval: interval = 1sec;
	## Most connections that wait; more are dropped and counted. Matters where
	## batch_size is larger.
	option max_pending: count = 10000;
	## How long a notice for the same host and class is suppressed, from its ts on.
	option notice_suppress: interval = 30min;
	## Whether each connection carries its Community ID.
	option community_id: bool = T;
	## Seed of the Community ID, the one that the other sensors use.
	option community_id_seed: count = 0;

	const conn_topic = "netheed/conn/" &redef;
	const verdict_topic = "netheed/verdict/" &redef;
	const seen_topic = "netheed/seen/" &redef;

	## Whether the manager, or a Zeek without a cluster, listens for the bridge.
	const listen_websocket = T &redef;
	## There is no authentication: whoever reaches this address can publish any event.
	const listen_addr = 127.0.0.1 &redef;
	const listen_port = 27759/tcp &redef;
	## Whether to listen, and to publish, though Zeek reads a capture. It does not end
	## by itself then.
	const listen_when_reading_traces = F &redef;
	## Whether to listen for clients that speak Broker itself, where Broker is the backend.
	const listen_broker = F &redef;
	const broker_port = 9999/tcp &redef;

	## How long a verdict is known, to answer its repeats without a second notice.
	const known_for = 1day &redef;
	## Most verdicts that are known at once.
	const max_known = 100000 &redef;

	## One finished connection, scalars only: positions are the wire format.
	type Conn: record {
		ts: double;
		uid: string;
		orig_h: addr;
		orig_p: port;
		resp_h: addr;
		resp_p: port;
		service: string &optional;
		duration: double &optional;
		orig_bytes: count &optional;
		resp_bytes: count &optional;
		conn_state: string &optional;
		local_orig: bool &optional;
		local_resp: bool &optional;
		history: string &optional;
		orig_pkts: count &optional;
		orig_ip_bytes: count &optional;
		resp_pkts: count &optional;
		resp_ip_bytes: count &optional;
		community_id: string &optional;
	};

	type Verdict: record {
		ts: double;
		notice_id: string;
		host: addr;
		class: string;
		score: double;
		uids: vector of string;
		msg: string;
		sub: string;
	};

	type Info: record {
		ts: time &log;
		notice_id: string &log;
		host: addr &log;
		class: string &log;
		score: double &log;
		uids: vector of string &log;
		msg: string &log;
	};

	## Sent to the bridge, schema 2. seq numbers this node's batches from 0 since its start,
	## sent counts the connections it published before this batch, dropped those it lost.
	global conn_batch: event(schema: count, node: string, seq: count, conns: vector of
	    Conn, sent: count, dropped: count) &is_used;
	## Received from the bridge, schema 1.
	global verdict: event(schema: count, v: Verdict) &is_used;
	## Sent to the bridge for every verdict that arrived, repeats too, schema 1.
	global seen: event(schema: count, notice_id: string) &is_used;

	global log_netheed: event(rec: Info);
	global log_policy: Log::PolicyHook;
	## Publishes what is pending.
	global flush_batch: function();
}

# The bridge refuses a message of more.
const largest_batch = 10000;
const conn_schema = 2;
const verdict_schema = 1;
const seen_schema = 1;

global pending: vector of Conn = vector();
global seq = 0;
global sent = 0;
global dropped = 0;
# Set in zeek_init: whether anybody can receive what is published.
global publishing = F;
global known: set[string] &create_expire=known_for;
global next_warning = double_to_time(0.0);

global published_counter_family = Telemetry::register_counter_family(
    Telemetry::MetricOpts($prefix="netheed", $name="connections_published",
    $unit="", $help_text="Connections published to the bridge"));
global dropped_counter_family = Telemetry::register_counter_family(
    Telemetry::MetricOpts($prefix="netheed", $name="connections_dropped",
    $unit="", $help_text="Connections that could not be published"));
global verdict_counter_family = Telemetry::register_counter_family(
    Telemetry::MetricOpts($prefix="netheed", $name="verdicts", $unit="",
    $help_text="Verdicts received from the bridge, repeats too"));
global published_counter = Telemetry::counter_with(published_counter_family);
global dropped_counter = Telemetry::counter_with(dropped_counter_family);
global verdict_counter = Telemetry::counter_with(verdict_counter_family);

# At most one line a minute, however much goes wrong.
function warn(msg: string)
	{
	if ( network_time() < next_warning )
		return;
	next_warning = network_time() + 1min;
	Reporter::warning(msg);
	}

function count_sent(n: count)
	{
	++seq;
	sent += n;
	Telemetry::counter_inc(published_counter, count_to_double(n));
	}

function count_dropped(n: count)
	{
	dropped += n;
	Telemetry::counter_inc(dropped_counter, count_to_double(n));
	warn(fmt("netheed: %d connections could not be published since the start",
	    dropped));
	}

function node_name(): string
	{
	return Cluster::is_enabled() ? Cluster::node : "standalone";
	}

function flush_batch()
	{
	if ( |pending| == 0 )
		return;
	local batch = pending;
	pending = vector();
	if ( Cluster::publish(conn_topic, conn_batch, conn_schema, node_name(), seq,
	    batch, sent, dropped) )
		count_sent(|batch|);
	else
		count_dropped(|batch|);
	}

# A schedule of nothing would keep Zeek busy with itself.
function tick_interval(): interval
	{
	return batch_interval < 10msec ? 10msec : batch_interval;
	}

event Netheed::tick()
	{
	flush_batch();
	schedule tick_interval() { Netheed::tick() };
	}

function wire_form(i: Conn::Info): Conn
	{
	local r = Conn($ts=time_to_double(i$ts), $uid=i$uid, $orig_h=i$id$orig_h,
	    $orig_p=i$id$orig_p, $resp_h=i$id$resp_h, $resp_p=i$id$resp_p);
	if ( i?$service )
		r$service = i$service;
	if ( i?$duration )
		r$duration = interval_to_double(i$duration);
	if ( i?$orig_bytes )
		r$orig_bytes = i$orig_bytes;
	if ( i?$resp_bytes )
		r$resp_bytes = i$resp_bytes;
	if ( i?$conn_state )
		r$conn_state = i$conn_state;
	if ( i?$local_orig )
		r$local_orig = i$local_orig;
	if ( i?$local_resp )
		r$local_resp = i$local_resp;
	if ( i?$history )
		r$history = i$history;
	if ( i?$orig_pkts )
		r$orig_pkts = i$orig_pkts;
	if ( i?$orig_ip_bytes )
		r$orig_ip_bytes = i$orig_ip_bytes;
	if ( i?$resp_pkts )
		r$resp_pkts = i$resp_pkts;
	if ( i?$resp_ip_bytes )
		r$resp_ip_bytes = i$resp_ip_bytes;
	return r;
	}

# After conn.log is written: everything that fills c$conn has run by then.
event connection_state_remove(c: connection) &priority=-10
	{
	if ( ! publishing || ! enable || ! c?$conn )
		return;
	if ( |pending| >= max_pending )
		{
		count_dropped(1);
		return;
		}
	local r = wire_form(c$conn);
	# Worked out here, so that it does not depend on a policy script that logs it.
	if ( community_id )
		r$community_id = community_id_v1(c$id, community_id_seed, T);
	pending += r;
	if ( |pending| >= batch_size || |pending| >= largest_batch )
		flush_batch();
	}

# Network time stands still after the last packet: no tick comes any more.
event Pcap::file_done(path: string)
	{
	flush_batch();
	}

event zeek_done()
	{
	flush_batch();
	}

# A score may lie outside 0..1, and double_to_count refuses negative values.
function percent(score: double): count
	{
	if ( score > 0.0 && score < 1.0 )
		return double_to_count(score * 100.0);
	return score >= 1.0 ? 100 : 0;
	}

# Whether the verdict is new; from now on it is not.
function is_new(notice_id: string): bool
	{
	if ( notice_id in known )
		return F;
	# A second notice now and then is better than memory without bounds.
	if ( |known| >= max_known )
		clear_table(known);
	add known[notice_id];
	return T;
	}

function write_verdict(v: Verdict)
	{
	Log::write(LOG, Info($ts=double_to_time(v$ts), $notice_id=v$notice_id,
	    $host=v$host, $class=v$class, $score=v$score, $uids=v$uids,
	    $msg=v$msg));
	NOTICE(Notice::Info($note=Anomalous_Host, $ts=double_to_time(v$ts),
	    $src=v$host, $msg=v$msg, $sub=v$sub, $n=percent(v$score),
	    $identifier=cat(v$host, v$class), $suppress_for=notice_suppress));
	}

event Netheed::verdict(schema: count, v: Verdict)
	{
	if ( schema != verdict_schema )
		{
		warn(fmt("netheed: a verdict of schema %d, this script knows %d", schema,
		    verdict_schema));
		return;
		}
	Telemetry::counter_inc(verdict_counter);
	if ( is_new(v$notice_id) )
		write_verdict(v);
	# The bridge repeats a verdict until it hears this.
	Cluster::publish(seen_topic, seen, seen_schema, v$notice_id);
	}

# Before Zeek 8.0 the bridge is not followed: the event that tells of its loss had another form.
@if ( Version::at_least("8.0.0") )
global bridges: set[string];

# A subscription is a prefix of the topics it stands for.
function wants_connections(subscriptions: string_vec): bool
	{
	for ( _, topic in subscriptions )
		{
		if ( starts_with(conn_topic, topic) )
			return T;
		}
	return F;
	}

event Cluster::websocket_client_added(endpoint: Cluster::EndpointInfo,
    subscriptions: string_vec)
	{
	if ( ! wants_connections(subscriptions) )
		return;
	add bridges[endpoint$id];
	Reporter::info("netheed: a bridge is connected");
	}

event Cluster::websocket_client_lost(endpoint: Cluster::EndpointInfo,
    code: count, reason: string)
	{
	if ( endpoint$id !in bridges )
		return;
	delete bridges[endpoint$id];
	if ( |bridges| == 0 )
		Reporter::info("netheed: the bridge is gone, nobody receives the connections");
	}

# Without a cluster, a Zeek that captures has no network time yet when it begins: what is scheduled
# then comes with its first packet.
event Netheed::look_for_bridge(asked: time)
	{
	if ( time_to_double(asked) == 0.0 )
		{
		schedule 1min { Netheed::look_for_bridge(network_time()) };
		return;
		}
	if ( |bridges| == 0 )
		Reporter::info("netheed: no bridge has connected yet, nobody receives the connections");
	}
@endif

# From 8.1 on a Zeek without a cluster has no backend unless one is loaded, and publishes to nobody.
function has_backend(): bool
	{
@ifdef ( Cluster::CLUSTER_BACKEND_NONE )
	return Cluster::backend != Cluster::CLUSTER_BACKEND_NONE;
@else
	return T;
@endif
	}

# Where zeekctl or another script listens with the same settings already, this is T again.
function listen_for_websocket(): bool
	{
@if ( Version::at_least("8.0.0") )
	return Cluster::listen_websocket(Cluster::WebSocketServerOptions(
	    $listen_addr=listen_addr, $listen_port=listen_port));
@else
@ifdef ( Cluster::listen_websocket )
	# Zeek 7.2 began with another name for the address.
	return Cluster::listen_websocket(Cluster::WebSocketServerOptions(
	    $listen_host=cat(listen_addr), $listen_port=listen_port));
@else
	# Zeek 7.1. Broker's own server speaks the same, with TLS unless Broker::disable_ssl is T.
	return Broker::listen_websocket(cat(listen_addr), listen_port) != 0/unknown;
@endif
@endif
	}

function listen_for_broker(): bool
	{
@ifdef ( Broker::listen )
	return Broker::listen(cat(listen_addr), broker_port) != 0/unknown;
@else
	return F;
@endif
	}

function listen()
	{
	if ( listen_websocket && ! listen_for_websocket() )
		Reporter::warning(fmt("netheed: cannot listen on %s port %s", listen_addr,
		    listen_port));
	if ( listen_broker && ! listen_for_broker() )
		Reporter::warning(fmt("netheed: cannot listen for Broker on port %s",
		    broker_port));
@if ( Version::at_least("8.0.0") )
	if ( listen_websocket )
		schedule 1min { Netheed::look_for_bridge(network_time()) };
@endif
	}

# Who receives verdicts and keeps the bridge's connection.
function is_hub(): bool
	{
	return ! Cluster::is_enabled()
	    || Cluster::local_node_type() == Cluster::MANAGER;
	}

# zeekctl starts some beside the running Zeek, which holds the port: to check a configuration,
# say, and a failure to listen would fail the check.
function is_side_process(): bool
	{
	return getenv("ZEEKCTL_CHECK_CONFIG") != ""
	    || getenv("ZEEKCTL_DISABLE_LISTEN") != "";
	}

# A listener keeps a Zeek that reads a capture alive for ever.
function may_listen(): bool
	{
	if ( is_side_process() )
		return F;
	return listen_when_reading_traces || ! reading_traces();
	}

event zeek_init() &priority=5
	{
	Log::create_stream(LOG, Log::Stream($columns=Info, $path="netheed",
	    $ev=log_netheed, $policy=log_policy));
	}

event zeek_init()
	{
	if ( ! has_backend() )
		{
		if ( may_listen() )
			Reporter::warning("netheed: Zeek has no cluster backend, nothing is published; load frameworks/cluster/websocket/server");
		return;
		}
	# A worker may read a capture for a manager that listens.
	publishing = Cluster::is_enabled() || may_listen();
	if ( is_hub() )
		Cluster::subscribe(verdict_topic);
	if ( is_hub() && may_listen() )
		listen();
	if ( publishing )
		schedule tick_interval() { Netheed::tick() };
	}
