"""The loss of a model on data as a function of its parameters."""
