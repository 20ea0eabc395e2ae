"""Tests of the readers of data sets and of the embedded data."""
