"""The command `landscape`."""
