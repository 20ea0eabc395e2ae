"""Every method of allocation on the same networks, images and tolerances: a table and a figure."""
