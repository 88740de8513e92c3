"""Ranked search over one user's messages: what was said, found by its words, its place, its speaker and its time."""
