"""Tests of the tools that see inside a Program."""
