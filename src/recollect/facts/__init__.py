"""What is known of a user: found in messages, kept as facts, superseded, aged. Nothing here does I/O."""
