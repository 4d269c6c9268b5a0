"""Shared helpers: validation, random numbers, files, interrupts, printing of results."""
