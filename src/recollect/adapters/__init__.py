"""Frameworks' own interfaces over a memory. Each needs an extra, and says so."""
