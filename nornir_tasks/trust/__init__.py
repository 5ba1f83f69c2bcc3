"""Which machine answers at an address: host keys and TLS certificates."""
