"""Sharpness measures: average, worst-case, relative flatness, basin width."""
