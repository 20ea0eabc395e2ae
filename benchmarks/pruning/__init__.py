"""What pruned ShallowCaps cost and keep: rankings, accuracies, times, a page and its figure."""
