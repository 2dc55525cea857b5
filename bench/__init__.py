"""The figures of `make bench`: side by side with their peers in one run, medians, each with its target. Not a test."""
