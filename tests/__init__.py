"""The tests of fxcaps."""
