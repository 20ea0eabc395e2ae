"""Tests of the functions in float64."""
