"""Conformance runs."""
