"""The ZENITH rule on Muon, apart from `zenith.adapters.driven` because Muon needs its library."""

from __future__ import annotations

from zenith.adapters.driven import Driven
from zenith.adapters.muon import Muon

__all__ = ["ZenithMuon"]


class ZenithMuon(Driven, Muon):
    """Muon driven by the ZENITH rule."""
