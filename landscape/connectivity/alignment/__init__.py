"""Permuting the channels of one network to match another's."""
