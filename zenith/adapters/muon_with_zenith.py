"""The ZENITH rule on Muon, apart from `zenith.adapters.with_zenith` because Muon needs its library."""

from __future__ import annotations

from zenith.adapters.muon import Muon
from zenith.adapters.with_zenith import Driven

__all__ = ["ZenithMuon"]


class ZenithMuon(Driven, Muon):
    """Muon driven by the ZENITH rule."""
