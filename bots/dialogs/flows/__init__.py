"""Dialog flows, written once for every messenger."""
