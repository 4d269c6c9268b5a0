"""Muon with the ZENITH rule built in, in a module of its own because Muon needs an optional library."""

from __future__ import annotations

from zenith.adapters.muon import Muon
from zenith.adapters.with_zenith import WithZenith

__all__ = ["ZenithMuon"]


class ZenithMuon(WithZenith, Muon):
    """Muon whose learning rate follows the ZENITH rule."""
