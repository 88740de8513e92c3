"""Measured beside the peers and the bare driver, in one run. `make bench` runs all of it."""
