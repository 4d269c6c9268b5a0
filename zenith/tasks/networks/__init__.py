"""Networks of the built-in tasks, a module per family."""
