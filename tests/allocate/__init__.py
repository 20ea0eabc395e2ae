"""Tests of fxcaps.allocate."""
