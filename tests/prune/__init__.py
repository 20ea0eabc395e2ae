"""Pruning capsule types."""
