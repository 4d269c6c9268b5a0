"""Permutation alignment: the same function, permuted copies found again, and barriers that do not rise."""

import copy
import itertools
import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from landscape._common.interrupts import Interrupted
from landscape.connectivity.alignment.align import align
from landscape.connectivity.alignment.permutation_groups import Groups, Segment, plain
from landscape.connectivity.alignment.tracing import network_of, traced_axes
from landscape.connectivity.alignment.weight_matching import Matching, permuted, positions
from landscape.connectivity.linear import interpolate
from landscape.objective.objective import Objective


class Residual(nn.Module):
    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
            nn.Conv2d(out, out, 3, 1, 1),
            nn.BatchNorm2d(out),
        )
        self.short = nn.Identity() if channels == out and stride == 1 else nn.Conv2d(channels, out, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.body(x)
        y += self.short(x)
        return functional.relu(y)


def resnet() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 5, 3, padding=1),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        Residual(5, 5),
        Residual(5, 7, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(7, 3),
    )


def deep_mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(6, 8),
        nn.ReLU(),
        nn.Linear(8, 9),
        nn.Tanh(),
        nn.Dropout(),
        nn.Linear(9, 7),
        nn.GELU(),
        nn.Linear(7, 3),
    )


def flattened() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(2, 4, 3),
        nn.GroupNorm(1, 4),
        nn.SiLU(),
        nn.Conv2d(4, 4, 3, groups=4),
        nn.AvgPool2d(2),
        nn.PReLU(4),
        nn.Flatten(),
        nn.Linear(16, 5),
        nn.LayerNorm(5),
        nn.Softplus(),
        nn.Linear(5, 3),
    )


class Dense(nn.Module):
    """Concatenation: a batch norm, a convolution and a flattened linear layer over two groups and the input."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(5, 4, 3, padding=1)
        self.norm, self.mix = nn.BatchNorm2d(9), nn.Conv2d(9, 4, 1)
        self.head = nn.Linear(9 * 4 + 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        one = torch.cat([x, torch.relu(self.a(x))], 1)
        two = torch.relu(self.norm(torch.cat([one, self.b(one)], dim=1)))
        pooled = functional.adaptive_avg_pool2d(two, 2)
        return self.head(torch.cat([pooled.flatten(1), self.mix(two).mean((2, 3))], 1))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.place = nn.Linear(6, 8), nn.Parameter(torch.randn(1, 3, 8))
        self.attention, self.norms = (
            nn.MultiheadAttention(8, 2, batch_first=True),
            nn.ModuleList(nn.LayerNorm(8) for _ in range(2)),
        )
        self.up, self.down, self.scale = nn.Linear(8, 10), nn.Linear(10, 8), nn.Parameter(torch.rand(8))
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.embed(x) + self.place
        if mask is not None:
            x = x * mask
        y = self.norms[0](x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        x = x + self.scale * self.down(functional.gelu(self.up(self.norms[1](x))))
        return self.head(x[:, 0])


class Twice(nn.Module):
    """One layer used twice, so that its input and its output have one order; and a weight used by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.loop, self.mixer = nn.Linear(6, 7), nn.Linear(7, 7), nn.Parameter(torch.randn(7, 4))
        self.head = nn.Linear(4, 3)
        self.tied = nn.Linear(6, 7)
        self.tied.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.first(x)) * self.tied(x)
        x = torch.tanh(self.loop(torch.tanh(self.loop(x))))
        return self.head(x @ self.mixer)


NETS = {
    "mlp": (deep_mlp, (6,), 3),
    "resnet": (resnet, (2, 8, 8), 4),  # stem with the first block, two inside, the second block
    "flattened": (flattened, (2, 8, 8), 2),
    "dense": (Dense, (2, 4, 4), 3),
    "transformer": (Transformer, (3, 6), 2),
    "twice": (Twice, (6,), 2),
}


def make(name: str, seed: int) -> tuple[nn.Module, Tensor]:
    factory, shape, _ = NETS[name]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = factory().double()
        x = torch.randn(9, *shape, dtype=torch.float64)
        for p in model.parameters():
            p.data += 0.1 * torch.randn_like(p)
        model(x)  # running statistics
    return model, x


def random_orders(axes, seed):
    generator = np.random.default_rng(seed)
    sizes = {s.group: s.size for dims in axes.values() for axis in dims for s in axis if s.group is not None}
    return {group: generator.permutation(size) for group, size in sizes.items()}


def axes_of(model, x, unknown="refuse"):
    objective = Objective(model, nn.CrossEntropyLoss(), (x, torch.zeros(len(x), dtype=torch.long)))
    return traced_axes(objective, network_of(objective), unknown)


def shuffled(model, x, seed):
    """A copy with permuted units, and the orders."""
    axes, _ = axes_of(model, x)
    orders = random_orders(axes, seed)
    state = {n: permuted(t, axes[n], orders) if n in axes else t for n, t in model.state_dict().items()}
    if "tied.weight" in state:
        state["tied.weight"] = state["first.weight"]
    other = copy.deepcopy(model)
    other.load_state_dict(state)
    return other, orders


@pytest.mark.parametrize("name", NETS)
def test_groups_are_as_many_as_the_network_has_and_keep_its_function(name):
    model, x = make(name, 0)
    for seed in range(3):
        other, orders = shuffled(model, x, seed)
        assert len(orders) == NETS[name][2]
        assert any((p != np.arange(len(p))).any() for p in orders.values())
        assert not all(torch.equal(p, q) for p, q in zip(model.parameters(), other.parameters(), strict=True))
        torch.testing.assert_close(other.eval()(x), model.eval()(x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NETS)
def test_a_permuted_copy_is_recovered_exactly(name, untouched):
    model, x = make(name, 1)
    other, orders = shuffled(model, x, 5)
    model.train()
    with untouched(model), untouched(other):
        found = align(model, model, other, inputs=x)
    assert found.distance_after == pytest.approx(0, abs=1e-6)
    assert found.distance_before > 0.1
    for key, tensor in model.state_dict().items():
        assert torch.equal(found.state[key], tensor), key  # batch-norm statistics too
    assert list(found.state) == list(model.state_dict())
    for found_order, order in zip(found.permutations.values(), orders.values(), strict=True):
        assert (order[found_order] == np.arange(len(order))).all()
    assert found.converged
    assert found.output_error < 1e-12


@pytest.mark.parametrize("name", NETS)
def test_independent_networks_come_nearer_and_stay_what_they_are(name):
    (one, x), (two, _) = make(name, 1), make(name, 2)
    found = align(one, one, two, inputs=x)
    assert found.distance_after < found.distance_before
    before = sum((p - q).square().sum() for p, q in zip(one.parameters(), two.parameters(), strict=True))
    assert found.distance_before == pytest.approx(before.sqrt().item(), rel=1e-12)
    aligned = copy.deepcopy(two)
    aligned.load_state_dict(found.state)
    after = sum((p - q).square().sum() for p, q in zip(one.parameters(), aligned.parameters(), strict=True))
    assert found.distance_after == pytest.approx(after.sqrt().item(), rel=1e-9)
    torch.testing.assert_close(aligned.eval()(x), two.eval()(x), rtol=1e-10, atol=1e-12)
    json.dumps(found.protocol)


def test_one_group_is_matched_as_well_as_by_trying_every_order():
    torch.manual_seed(0)
    one, two = (nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)).double() for _ in range(2))
    found = align(one, one, two, inputs=torch.randn(4, 3).double())
    a, b = one.state_dict(), two.state_dict()

    def distance(p):
        p = list(p)
        return sum(
            (a[n] - t).square().sum()
            for n, t in {
                "0.weight": b["0.weight"][p],
                "0.bias": b["0.bias"][p],
                "2.weight": b["2.weight"][:, p],
            }.items()
        )

    least = min(itertools.permutations(range(5)), key=distance)
    assert found.permutations["group 0"].tolist() == list(least)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_distance_found_does_not_depend_on_the_order_b_was_given_in(seed):
    torch.manual_seed(seed)
    one, two = (nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).double() for _ in range(2))
    x = torch.randn(5, 4).double()
    other, _ = shuffled(two, x, seed)
    first, second = align(one, one, two, inputs=x), align(one, one, other, inputs=x)
    assert first.distance_after == pytest.approx(second.distance_after, rel=1e-9)
    assert all(torch.equal(first.state[n], second.state[n]) for n in first.state)


def test_alignment_lowers_the_barrier_between_trained_networks():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(300, 8, generator=generator)
    y = (x[:, 0] * x[:, 1] > 0).long() + 2 * (x[:, 2] > 0).long()

    def trained(seed):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 4))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(150):
            optimizer.zero_grad()
            functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        return model

    before, after = [], []
    for seed in range(3):
        one, two = trained(2 * seed), trained(2 * seed + 1)
        objective = Objective(one, nn.CrossEntropyLoss(), (x, y))
        before.append(interpolate(objective, one, two).barrier.height)
        after.append(interpolate(objective, one, align(objective, one, two).state).barrier.height)
    assert np.mean(before) > 0.2
    assert np.mean(after) < 0.7 * np.mean(before)


# ---------------------------------------------------------------------- what goes in and comes out


def test_every_way_to_give_a_state_means_the_same():
    model, x = make("resnet", 1)
    other, _ = shuffled(model, x, 5)
    objective = Objective(model, nn.CrossEntropyLoss(), (x, torch.zeros(9, dtype=torch.long)), batchnorm="recomputed")
    truth = align(model, model, other, inputs=x).state
    for b in (other.state_dict(), objective.at(other.state_dict()), dict(other.named_parameters())):
        found = align(objective, objective, b).state
        assert all(torch.equal(found[n], truth[n]) for n in found)
        assert not any(t.requires_grad for t in found.values())
    assert set(found) == {n for n, _ in other.named_parameters()}


def test_a_users_groups_are_taken(untouched):
    class Branching(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.hidden, self.head = nn.Conv2d(1, 3, 3), nn.Linear(12, 5), nn.Linear(5, 3)

        def forward(self, x):
            if x.sum() > 1e9:  # cannot be traced
                return self.head(self.hidden.weight)
            return self.head(torch.relu(self.hidden(torch.relu(self.conv(x)).flatten(1))))

    torch.manual_seed(0)
    model, other = Branching().double(), Branching().double()
    x = torch.randn(4, 1, 4, 4).double()
    with pytest.raises(ValueError, match=r"Branching cannot be traced by torch\.fx .*: pass spec="):
        align(model, model, other, inputs=x)
    spec = {
        "conv.weight": ("filters", None, None, None),
        "conv.bias": ("filters",),
        "hidden.weight": ("units", ("filters", 4)),
        "hidden.bias": ("units",),
        "head.weight": (None, "units"),
    }
    with untouched(model):
        found = align(model, model, other, spec=spec, inputs=x)
    assert set(found.permutations) == {"filters", "units"}
    assert found.groups["filters"] == ["conv.weight[0]", "conv.bias[0]", "hidden.weight[1]"]
    assert found.distance_after < found.distance_before
    for change, words in [
        (
            {"head.weight": ("units", None)},
            r"gives group 'units' 3/1 units in 'head\.weight' and 5 in 'hidden\.weight'",
        ),
        ({"hidden.weight": ("units", ("filters", 5))}, "gives group 'filters' 12/5 units"),
        ({"conv.bias": (None, None)}, r"for 'conv\.bias' of shape \(3,\): give one entry per dimension"),
        ({"conv.scale": (None,)}, r"names 'conv\.scale', which the model has not"),
    ]:
        with pytest.raises(ValueError, match=words):
            align(model, model, other, spec=spec | change, inputs=x)
    wrong = {name: entry for name, entry in spec.items() if name != "head.weight"}
    with pytest.raises(ValueError, match=r"outputs that differ by .* more than rounding: the spec ties"):
        align(model, model, other, spec=wrong, inputs=x)


def test_what_is_not_understood_is_named_or_left_in_order():
    class Strange(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.head = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x):
            x = torch.relu(self.first(x))
            x = torch.cumsum(x, 1)
            return self.head(torch.relu(self.second(x)))

    torch.manual_seed(0)
    x = torch.randn(5, 4)
    one, two = Strange(), Strange()
    with pytest.raises(ValueError, match=r"operation .*cumsum.*: pass unknown=\"fix\""):
        align(one, one, two, inputs=x)
    found = align(one, one, two, inputs=x, unknown="fix")
    assert list(found.groups.values()) == [["second.weight[0]", "second.bias[0]", "head.weight[1]"]]
    assert found.protocol["left_in_order"] == ["cumsum"]
    recurrent = nn.Sequential(nn.Linear(4, 6), nn.LSTM(6, 5))
    with pytest.raises(ValueError, match=r"module '1', a LSTM,"):
        align(recurrent, recurrent, recurrent, inputs=x)
    shuffling = nn.Sequential(nn.Conv2d(1, 4, 1), nn.ChannelShuffle(2), nn.Flatten(), nn.Linear(16, 2))
    with pytest.raises(ValueError, match=r"module '1', a ChannelShuffle,"):
        align(shuffling, shuffling, shuffling, inputs=torch.randn(2, 1, 2, 2))


@torch.fx.wrap
def gelu(x):
    """Called like an operation of torch that acts on each channel alone, and is another one."""
    return torch.cumsum(x, 1)


def test_a_grouping_that_is_wrong_is_noticed():
    """The function is compared on data, whatever the rules say."""

    class Sums(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.head = nn.Linear(4, 6), nn.Linear(6, 3)

        def forward(self, x):
            return self.head(gelu(self.first(x)))

    torch.manual_seed(0)
    one, two = Sums(), Sums()
    with pytest.raises(ValueError, match="an operation mixes the order of channels"):
        align(one, one, two, inputs=torch.randn(5, 4))


def test_what_does_not_fit_is_refused():
    model, x = make("mlp", 0)
    broken = copy.deepcopy(model)
    broken[0].weight.data[0] = torch.inf
    linear = nn.Linear(6, 3).double()
    for call, words in [
        (lambda: align(model, model, broken, inputs=x), r"second model has non-finite values in '0\.weight'"),
        (lambda: align(model, model, linear, inputs=x), "second model does not fit"),
        (lambda: align(model, model, model), "pass inputs="),
        (lambda: align(3, model, model), "model is a int"),
        (lambda: align(linear, linear, linear, inputs=x), "No units of the network can be permuted"),
        (lambda: align(model, model, model, inputs=x, unknown="skip"), "unknown is 'skip'"),
        (lambda: align(model, model, model, inputs=x, restarts=-1), "restarts is -1"),
        (lambda: align(model, model, model, inputs=x, max_sweeps=0), "max_sweeps is 0"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()
    objective = Objective(model, loss=lambda m, b: m[0](b[0]).square().mean(), data=(x,))
    with pytest.raises(ValueError, match="does not call the model as model"):
        align(objective, model, model)


class Pressed(TorchDispatchMode):
    """Ctrl-C before so many-th a matrix product."""

    def __init__(self, number):
        super().__init__()
        self.number = number

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.number -= function is torch.ops.aten.mm.default
        if self.number == 0:
            self.number = -1
            raise KeyboardInterrupt
        return function(*args, **(kwargs or {}))


def test_interruption_returns_the_best_orders_so_far():
    (one, x), (two, _) = make("mlp", 1), make("mlp", 2)
    whole, distances = align(one, one, two, inputs=x), []
    for number in range(1, 100, 9):
        try:
            with Pressed(number):
                align(one, one, two, inputs=x)
        except Interrupted as error:
            found = error.partial
        except KeyboardInterrupt:
            continue
        else:
            break
        assert not found.converged
        assert "interrupted" in found.message
        distances.append(found.distance_after)
        assert whole.distance_after <= found.distance_after <= found.distance_before
    assert distances == sorted(distances, reverse=True)
    assert distances[0] == found.distance_before > distances[-1]


def test_sweeps_that_do_not_suffice_are_said():
    (one, x), (two, _) = make("mlp", 1), make("mlp", 2)
    found = align(one, one, two, inputs=x, max_sweeps=1, restarts=0)
    assert not found.converged
    assert "still improving: raise max_sweeps" in found.message


# ---------------------------------------------------------------------- axes


@settings(max_examples=60, deadline=None)
@given(
    outer=st.integers(1, 3),
    inner=st.integers(1, 3),
    size=st.integers(2, 4),
    fixed=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_a_flattened_axis_is_permuted_as_the_tensor_was(outer, inner, size, fixed, seed):
    groups = Groups()
    axis = groups.new(size) + (plain(fixed) if fixed else ())
    order = {axis[0].group: np.random.default_rng(seed).permutation(size)}
    tensor = torch.arange(outer * (size + fixed) * inner).view(outer, size + fixed, inner)
    truth = permuted(tensor, (plain(outer), axis, plain(inner)), order).flatten()
    (flat,) = groups.reshape((plain(outer), axis, plain(inner)), (tensor.numel(),))
    if groups.moves(flat):
        assert torch.equal(permuted(tensor.flatten(), (flat,), order), truth)
    else:
        assert (outer > 1, fixed > 0) == (True, True)  # what segments cannot say is left in order


def test_reshapes_that_split_channels_fix_them():
    groups = Groups()
    channels = groups.new(6)
    assert groups.reshape((plain(2), channels, plain(1)), (2, 6)) == (plain(2), channels)
    assert groups.reshape((plain(2), channels), (2, 2, 3)) == (plain(2), plain(2), plain(3))
    assert not groups.moves(channels)


def test_ties_spread_to_everything_that_is_tied():
    groups = Groups()
    a, b, c, wide = groups.new(3), groups.new(3), groups.new(3), groups.new(12)
    groups.tie(a, b)
    flat = (Segment(b[0].group, 3, 1, 4),)
    groups.tie(flat, wide)  # wide is made of blocks of b
    assert groups.resolve(wide) == groups.resolve(flat)
    groups.tie(c, b)
    assert groups.resolve(a) == groups.resolve(c)
    groups.fix([wide])
    assert not any(map(groups.moves, (a, b, c, wide)))


def test_positions_are_those_of_a_reshaped_array():
    axis = (Segment(None, 2), Segment(0, 3, 2, 2))
    order = np.array([2, 0, 1])
    grid = np.arange(12).reshape(2, 3, 2)[:, order].reshape(-1)
    assert positions(axis, {0: order}).tolist() == [0, 1, *(grid + 2)]
    assert positions((Segment(7, 3),), {}).tolist() == [0, 1, 2]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_coordinate_descent_never_takes_a_step_back(seed):
    """Also where a group is on both dimensions of a tensor, which the assignment does not foresee."""
    generator = torch.Generator().manual_seed(seed)
    one, two = (torch.randn(6, 6, generator=generator).double() for _ in range(2))
    axis = (Segment(0, 6),)
    solver = Matching({"w": (one, two)}, {"w": (axis, axis)}, 0)
    before = solver.distance()
    for sweeps in range(1, 11):  # of one group, from the orders that are there
        found = Matching({"w": (one, two)}, {"w": (axis, axis)}, 0).solve(-1, sweeps)
        assert found.distance < before or (found.converged and found.distance == before)
        before = found.distance
        p = torch.from_numpy(found.orders[0])
        assert before == pytest.approx((one - two[p][:, p]).square().sum().item(), rel=1e-10)
