"""The normative specification in pure Python integers, one function an operation."""

from fxcaps.spec.table import SPEC, SpecFunction

__all__ = ["SPEC", "SpecFunction"]
