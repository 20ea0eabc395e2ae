"""Tests of the normative functions."""
