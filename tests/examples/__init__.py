"""The foreign implementations of `examples/`, and the adapters that ask them."""
