"""Wrong versions of every operation, each named after its mistake; golden vectors must kill them.

An operation has its file here, named as its others, and a line in `tests/mutants/table.py`.
"""
