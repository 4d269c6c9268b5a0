"""What several packages need: validation, random numbers, files, interrupts, how results print."""
