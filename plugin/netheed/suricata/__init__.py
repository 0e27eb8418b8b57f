"""Ways to a running Suricata: what it is told over its command socket."""
