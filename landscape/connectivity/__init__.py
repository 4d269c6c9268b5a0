"""Paths between models: linear interpolation, curves, alignment."""
