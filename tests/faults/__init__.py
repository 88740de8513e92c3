"""Proofs that nothing acknowledged is ever lost: kills, power cuts, full disks, races."""
