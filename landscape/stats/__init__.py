"""Paired tests, intervals and rank correlations."""
