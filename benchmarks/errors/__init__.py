"""Errors, costs and accuracies of the algorithms of the nonlinear functions; `docs/errors.md`."""
