"""The embedded AWS: one loopback process with a named, seeded world, for runs without an account."""
