"""The strategies that the package offers, and what they find."""
