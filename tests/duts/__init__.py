"""Devices that are wrong on purpose, each a small program that stands alone."""
