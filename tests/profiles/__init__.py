"""Profiles: files, digests, and what they make of a network."""
