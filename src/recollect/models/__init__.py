"""Models that run on the machine itself: fetched once, checked, made small, and kept in the user's cache."""
