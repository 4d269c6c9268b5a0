import random
import warnings

import numpy as np
import pytest
import torch
import torch.distributed as dist
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from zenith.baselines.line_probe import LineProbe


class Stochastic(nn.Module):
    """Batch norm, dropout, a layer skipped by Python's and one by NumPy's random numbers, and a buffer it replaces."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))
        self.register_buffer("calls", torch.zeros(()))
        self.noise = None

    def forward(self, inputs):
        self.calls = self.calls + 1
        outputs = self.layers(inputs) * (1 + random.random())
        return outputs * (1 + np.random.random())  # noqa: NPY002


def draw():
    """Move on from the random states that the forward pass ended in, which a probe would end in by itself."""
    torch.rand(1)
    random.random()
    np.random.random()  # noqa: NPY002


def make(seed=0):
    torch.manual_seed(seed)
    model, inputs = Stochastic(), torch.randn(16, 4)
    return model, lambda: model(inputs).square().mean()


def everything(model):
    """The state that a probe may touch."""
    numpy_state = np.random.get_state()  # noqa: NPY002
    return (
        {name: tensor.clone() for name, tensor in model.state_dict().items()},
        {name: id(tensor) for name, tensor in model.named_buffers()},
        [module.training for module in model.modules()],
        [p.grad for p in model.parameters()],
        (torch.get_rng_state().numpy().tobytes(), random.getstate(), numpy_state[1].tobytes(), numpy_state[2:]),
    )


def assert_same(before, after):
    assert before[1:] == after[1:]
    for name in before[0]:
        assert torch.equal(before[0][name], after[0][name]), name


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), training=st.booleans())
def test_the_loss_of_the_forward_pass_again_and_nothing_touched(seed, training):
    model, forward = make(seed)
    model.train(training)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    probe = LineProbe(model, forward)
    loss = forward()
    draw()
    before = everything(model)
    assert probe() == loss.item() == probe()
    assert_same(before, everything(model))


def test_at_other_weights_it_is_the_loss_there():
    model, forward = make()
    probe = LineProbe(model, forward)
    state = torch.get_rng_state(), random.getstate(), np.random.get_state()  # noqa: NPY002
    forward()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(0.9)
    measured = probe()
    torch.set_rng_state(state[0])
    random.setstate(state[1])
    np.random.set_state(state[2])  # noqa: NPY002
    assert measured == forward().item()


def test_the_modes_of_the_forward_pass():
    model, forward = make()
    probe = LineProbe(model, forward)
    loss = forward()
    model.eval()
    before = everything(model)
    assert probe() == loss.item()
    assert_same(before, everything(model))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_everything_as_it_was(error):
    model, forward = make()

    def fails():
        forward()
        raise error

    probe = LineProbe(model, fails)
    forward()
    draw()
    model.layers.eval()
    before = everything(model)
    with pytest.raises(error):
        probe()
    assert_same(before, everything(model))


def test_it_records_no_graph():
    model, _ = make()
    recorded = []

    def forward():
        loss = model(torch.ones(2, 4)).mean()
        recorded.append(loss.requires_grad)
        return loss

    probe = LineProbe(model, forward)
    assert isinstance(probe(), float)
    assert recorded == [False]


def test_weights_that_autocast_holds_copies_of():
    # Inside one autocast region, the copies made by the forward pass would hide that the weights have moved.
    model = nn.Linear(4, 1)
    inputs = torch.ones(3, 4)

    def forward():
        return model(inputs).float().mean()

    with torch.autocast("cpu", torch.bfloat16):
        probe = LineProbe(model, forward)
        forward()
        with torch.no_grad():
            model.weight.zero_()
            model.bias.fill_(2.0)
            assert probe() == 2.0
            model.bias.fill_(3.0)
        assert forward().item() == 3.0


def test_attention_in_eval_mode_is_the_function_that_is_differentiated():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 1).eval()
    inputs, padding = torch.randn(2, 5, 8), torch.tensor([[False] * 5, [False] * 2 + [True] * 3])

    def forward():
        return encoder(inputs, src_key_padding_mask=padding).square().mean()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nested tensors are a prototype
        probe = LineProbe(encoder, forward)
        assert probe() == pytest.approx(forward().item(), rel=1e-6)
        with torch.no_grad():
            assert forward().item() != pytest.approx(probe(), rel=1e-3)
    assert torch.backends.mha.get_fastpath_enabled()


def test_weights_that_fsdp_gathers_are_let_go():
    # Kept, they would hide from the next probe that the shards have moved.
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        model = fully_shard(nn.Linear(4, 1), mesh=init_device_mesh("cpu", (1,)))
        LineProbe(model, lambda: model(torch.ones(3, 4)).mean())()
        assert all(isinstance(p, DTensor) for p in model.parameters())
    finally:
        dist.destroy_process_group()


def test_a_loss_that_is_not_a_scalar():
    model, _ = make()
    probe = LineProbe(model, lambda: torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"a tensor of shape \(2, 3\): return the batch's mean loss"):
        probe()
