"""The normative specification in pure Python integers, one function an operation."""

from fxcaps.spec.table import SPEC, SpecFunction

SPEC_VERSION = "0.1"
"""Version of the specification, pages and code together."""

__all__ = ["SPEC", "SPEC_VERSION", "SpecFunction"]
