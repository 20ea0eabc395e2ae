"""Tests of compiling ahead."""
