"""Tests of `training/`; those that need PyTorch skip where it is absent."""
