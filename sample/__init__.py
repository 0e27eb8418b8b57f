"""The bundled sample: a small network that never was, its packets and what is true about them."""
