"""Shared helpers: checks of names and integers, printing of results, half precision."""
