"""A package of somebody else, and the project with it installed."""
