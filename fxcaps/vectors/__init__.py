"""Golden vectors: cases by the specification, their files, and what verifies and exports them."""
