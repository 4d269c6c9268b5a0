"""The conformance battery: what every method is put through, for one's own as for the built-in ones."""

from zenith.conformance.check import Conformance, Outcome, check_method, check_property

__all__ = ["Conformance", "Outcome", "check_method", "check_property"]
