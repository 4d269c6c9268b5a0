"""Evaluating the loss at many points; private to `landscape.slices`."""
