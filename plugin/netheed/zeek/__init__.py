"""What a running Zeek and netheed say to each other over Zeek's WebSocket."""
