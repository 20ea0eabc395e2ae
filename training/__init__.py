"""Training of the reference networks with PyTorch; not part of the installed package."""
