"""Tools to see inside a Program: explain a word, compare dumps, diagnose a network."""

from fxcaps.inside.compare import Comparison, Difference, compare
from fxcaps.inside.diagnose import Diagnosis, Finding, Severity, diagnose, percent
from fxcaps.inside.dump import Dump, read_dump
from fxcaps.inside.explain import explain
from fxcaps.inside.explanation import Explanation, Narrowing, Product, Sum, Word
from fxcaps.inside.measure import (
    ChoiceMeasure,
    CouplingMeasure,
    RegisterMeasure,
    TensorMeasure,
    UpdateMeasure,
)
from fxcaps.inside.observer import Held, Note, Observer
from fxcaps.inside.routing import Routing
from fxcaps.inside.survey import Survey, survey

__all__ = [
    "ChoiceMeasure",
    "Comparison",
    "CouplingMeasure",
    "Diagnosis",
    "Difference",
    "Dump",
    "Explanation",
    "Finding",
    "Held",
    "Narrowing",
    "Note",
    "Observer",
    "Product",
    "RegisterMeasure",
    "Routing",
    "Severity",
    "Sum",
    "Survey",
    "TensorMeasure",
    "UpdateMeasure",
    "Word",
    "compare",
    "diagnose",
    "explain",
    "percent",
    "read_dump",
    "survey",
]
