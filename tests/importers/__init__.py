"""Importers: weights of other code, in its names, its axes and its files."""
