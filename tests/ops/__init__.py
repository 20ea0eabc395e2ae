"""Tests of the descriptors."""
