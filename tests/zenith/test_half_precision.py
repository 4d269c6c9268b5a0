"""Rules whose steps grow with the distance travelled, on weights too coarse for their first steps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from zenith import methods

X = torch.randn(64, 16, generator=torch.Generator().manual_seed(0))
Y = X[:, :4].argmax(1)
GROWING = {"dog": ("reps_rel", 1e-2), "prodigy": ("d0", 1e-3), "dowg": ("eps", 1e-2)}
SMALL: dict[str, dict[str, Any]] = {"dog": {}, "prodigy": {}, "dowg": {"eps": 1e-12}}


def network(dtype: torch.dtype) -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 4))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.where(p < 0, p - 0.02, p + 0.02))
    return model.to(dtype)


def trained(
    name: str, model: nn.Module, steps: int = 60, autocast: bool = False, **settings: Any
) -> tuple[float, float]:
    """The loss before and after."""
    optimizer = methods.make_optimizer(name, model.parameters(), **settings)
    losses = []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            logits = model(X.to(next(model.parameters()).dtype))
        loss = nn.functional.cross_entropy(logits.float(), Y)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses[0], losses[-1]


# In float16 Prodigy's moments underflow, and DoWG's step is resolved.
@pytest.mark.parametrize(
    ("name", "dtype"), [*((name, torch.bfloat16) for name in GROWING), ("dog", torch.float16)], ids=str
)
def test_a_standstill_is_refused_at_the_first_step_and_the_weights_stay(name, dtype):
    model = network(dtype)
    before = [p.detach().clone() for p in model.parameters()]
    setting, _ = GROWING[name]
    with pytest.raises(
        ValueError, match=rf"moved \d+ of 676, because {setting}=.* keep the weights in float32"
    ) as caught:
        trained(name, model, **SMALL[name])
    assert str(dtype).removeprefix("torch.") in str(caught.value)
    assert all(torch.equal(p, old) for p, old in zip(model.parameters(), before, strict=True))


@pytest.mark.parametrize("name", GROWING)
def test_both_remedies_of_the_message_work(name):
    setting, enough = GROWING[name]
    raised = trained(name, network(torch.bfloat16), **{setting: enough})
    in_float32 = trained(name, network(torch.float32), autocast=True, steps=200, **SMALL[name])
    assert raised[1] < 0.5 * raised[0]
    assert in_float32[1] < 0.9 * in_float32[0]


@pytest.mark.parametrize("name", GROWING)
def test_no_gradient_is_no_standstill(name):
    model = network(torch.bfloat16)
    optimizer = methods.make_optimizer(name, model.parameters(), **SMALL[name])
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
