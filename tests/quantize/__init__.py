"""Tests of calibration and formats."""
