"""Tests of networks, Programs and their executor."""
