"""Automatic baselines that no well-kept library has, one file each, as `torch.optim.Optimizer` subclasses.

PAL, LQA and GeN measure the loss along the line they step on, through `zenith.LineProbe`; SPS and L4 divide the loss by
a slope, through `zenith.baselines._polyak`; DoWG needs gradients only; AdamZ watches the loss.

In all of them ``group["lr"]`` is a factor on the step that nobody but the user and the schedulers writes, and
`effective_lrs` is what the last step applied. The learning rates of several groups set the ratio in which the groups
move along the one line (or the one direction) that the rule's global quantities describe; a group at learning rate 0 is
no part of it.
"""

from __future__ import annotations

from zenith.baselines.adamz import AdamZ
from zenith.baselines.dowg import DoWG
from zenith.baselines.gen import GeN
from zenith.baselines.l4 import L4
from zenith.baselines.lqa import LQA
from zenith.baselines.pal import PAL
from zenith.baselines.sps import SPS

__all__ = ["L4", "LQA", "PAL", "SPS", "AdamZ", "DoWG", "GeN"]
