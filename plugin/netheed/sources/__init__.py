"""Where connections come from: one file a format, pure decoders apart from the reading."""
