"""Checkpoints of a training, projected and measured."""
