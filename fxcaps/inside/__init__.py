"""Tools to see inside a Program: explain a word, compare dumps, diagnose a network."""

from fxcaps.inside.explain import explain
from fxcaps.inside.explanation import Explanation, Narrowing, Product, Sum, Word
from fxcaps.inside.observer import Note, Observer

__all__ = [
    "Explanation",
    "Narrowing",
    "Note",
    "Observer",
    "Product",
    "Sum",
    "Word",
    "explain",
]
