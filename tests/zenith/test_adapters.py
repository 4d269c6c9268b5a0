"""The adapters against the library's own class, against the papers' rules in float64, and what they mend."""

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import dog
import numpy as np
import parameterfree
import pytest
import pytorch_optimizer
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zenith import methods
from zenith.adapters.alig import ALIG
from zenith.adapters.cocob import COCOB
from zenith.adapters.dadaptation import DAdaptation
from zenith.adapters.dog import DoG
from zenith.adapters.muon import Muon
from zenith.adapters.prodigy import Prodigy
from zenith.adapters.sam import SAM
from zenith.adapters.schedule_free import ScheduleFreeAdamW, ScheduleFreeSGD
from zenith.adapters.soap import SOAP
from zenith.adapters.with_zenith import ZenithAdamW

Vector = NDArray[np.float64]
SIZE, STEPS = 10, 100


def sample(t: int) -> tuple[Vector, Vector]:
    generator = np.random.default_rng(t)
    inputs = generator.normal(size=(20, SIZE))
    return inputs, inputs @ np.linspace(-1, 1, SIZE) + 0.1 * generator.normal(size=20)


def loss_at(w: Vector, t: int) -> float:
    """Mean log cosh of the residuals of batch t: convex, with gradients of all sizes."""
    inputs, targets = sample(t)
    return float(np.log(np.cosh(inputs @ w - targets)).mean())


def gradient_at(w: Vector, t: int) -> Vector:
    inputs, targets = sample(t)
    return inputs.T @ np.tanh(inputs @ w - targets) / len(targets)


def start(dtype: torch.dtype = torch.float64) -> list[Tensor]:
    w = torch.linspace(0.5, -0.3, SIZE, dtype=dtype)
    return [w[:6].reshape(2, 3).clone().requires_grad_(), w[6:].clone().requires_grad_()]


def flat(params: list[Tensor]) -> Vector:
    return np.concatenate([p.detach().double().flatten().numpy() for p in params])


def set_gradient(params: list[Tensor], t: int) -> float:
    """The gradient of batch t at the params, and the loss there."""
    w = flat(params)
    gradient = torch.from_numpy(gradient_at(w, t)).to(params[0].dtype)
    params[0].grad, params[1].grad = gradient[:6].reshape(2, 3).clone(), gradient[6:].clone()
    return loss_at(w, t)


Take = Callable[[Any, list[Tensor], int], None]


def plain(optimizer: Any, params: list[Tensor], t: int) -> None:
    set_gradient(params, t)
    optimizer.step()


def with_loss(optimizer: Any, params: list[Tensor], t: int) -> None:
    optimizer.step(loss=set_gradient(params, t))


def with_loss_closure(optimizer: Any, params: list[Tensor], t: int) -> None:
    loss = set_gradient(params, t)
    optimizer.step(lambda: loss)


def with_closure(optimizer: Any, params: list[Tensor], t: int) -> None:
    optimizer.step(lambda: set_gradient(params, t))


def with_gradient_and_closure(optimizer: Any, params: list[Tensor], t: int) -> None:
    set_gradient(params, t)
    optimizer.step(lambda: set_gradient(params, t))


def path(make: Callable[[list[Tensor]], Any], steps: int = STEPS, take: Take = plain) -> Iterator[Vector]:
    params = start()
    optimizer = make(params)
    for t in range(steps):
        take(optimizer, params, t)
        yield flat(params)


# ------------------------------------------------------------------------------------------------ the papers' rules


def cocob(w: Vector) -> Iterator[Vector]:
    """Orabona and Tommasi 2017, Algorithm 2, with the authors' 1e-8 for the first L."""
    alpha, first = 100.0, w.copy()
    scale, total, reward, theta = np.full(SIZE, 1e-8), np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)
    for t in range(STEPS):
        g = -gradient_at(w, t)
        scale = np.maximum(scale, np.abs(g))
        total = total + np.abs(g)
        reward = np.maximum(reward + (w - first) * g, 0)
        theta = theta + g
        w = first + theta / (scale * np.maximum(total + scale, alpha * scale)) * (scale + reward)
        yield w


def dog_rule(x: Vector) -> Iterator[Vector]:
    """Ivgi et al. 2023, equation (1) with r_epsilon of section 4.1, and the code's 1e-8 under the root."""
    first, squares, distance = x.copy(), 1e-8, 1e-4 * (1 + np.linalg.norm(x))
    for t in range(STEPS):
        g = gradient_at(x, t)
        distance = max(distance, np.linalg.norm(x - first))
        squares = squares + g @ g
        x = x - distance / math.sqrt(squares) * g
        yield x


def d_adaptation(x: Vector, beta: float) -> Iterator[Vector]:
    """Defazio and Mishchenko 2023, Algorithm 4."""
    z, s, d, weighted, first_norm = x.copy(), np.zeros(SIZE), 1e-3, 0.0, 0.0
    for t in range(STEPS):
        g = gradient_at(x, t)
        first_norm = first_norm or np.linalg.norm(g)
        size = d / first_norm
        weighted += size * (g @ s)
        s = s + size * g
        z = z - size * g
        x = beta * x + (1 - beta) * z
        d = max(d, 2 * weighted / np.linalg.norm(s))
        yield x


def prodigy(x: Vector) -> Iterator[Vector]:
    """Mishchenko and Defazio 2024, Algorithm 4."""
    first, d, b1, b2, b3 = x.copy(), 1e-3, 0.9, 0.999, math.sqrt(0.999)
    m, v, s, r = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE), 0.0
    for t in range(STEPS):
        g = gradient_at(x, t)
        m = b1 * m + (1 - b1) * d * g
        v = b2 * v + (1 - b2) * d**2 * g**2
        r = b3 * r + (1 - b3) * d**2 * (g @ (first - x))
        s = b3 * s + (1 - b3) * d**2 * g
        x = x - d * m / (np.sqrt(v) + d * 1e-8)
        d = max(d, r / np.abs(s).sum())
        yield x


def ali_g(w: Vector) -> Iterator[Vector]:
    """Berrada et al. 2020, Algorithm 1 with the Nesterov momentum of its code."""
    velocity = np.zeros(SIZE)
    for t in range(STEPS):
        g = gradient_at(w, t)
        size = min(loss_at(w, t) / (g @ g + 1e-5), 0.1)
        velocity = 0.9 * velocity - size * g
        w = w + 0.9 * velocity - size * g
        yield w


def sam(w: Vector) -> Iterator[Vector]:
    """Foret et al. 2021, equations (2) and (3), with heavy-ball momentum."""
    velocity = np.zeros(SIZE)
    for t in range(STEPS):
        g = gradient_at(w, t)
        velocity = 0.9 * velocity + gradient_at(w + 0.05 * g / (np.linalg.norm(g) + 1e-12), t)
        w = w - 0.1 * velocity
        yield w


def schedule_free(y: Vector) -> Iterator[Vector]:
    """Defazio et al. 2024, equations (6) to (8), at the point y where gradients are taken."""
    z, x, beta = y.copy(), y.copy(), 0.9
    for t in range(STEPS):
        z = z - 0.5 * gradient_at(y, t)
        x = (1 - 1 / (t + 1)) * x + z / (t + 1)
        y = (1 - beta) * z + beta * x
        yield y


def schedule_free_adamw(y: Vector) -> Iterator[Vector]:
    """Defazio et al. 2024, Algorithm 1: the same three points, z moved by Adam's second moment."""
    z, x, v, b1, b2 = y.copy(), y.copy(), np.zeros(SIZE), 0.9, 0.999
    for t in range(1, STEPS + 1):
        g = gradient_at(y, t - 1)
        v = b2 * v + (1 - b2) * g**2
        z = z - 0.02 * g / (np.sqrt(v / (1 - b2**t)) + 1e-8)
        x = (1 - 1 / t) * x + z / t
        y = (1 - b1) * z + b1 * x
        yield y


@pytest.mark.parametrize(
    ("rule", "make", "take", "tolerance"),
    [
        (cocob, COCOB, plain, 1e-12),
        (dog_rule, lambda params: DoG(params, reps_rel=1e-4), plain, 1e-12),
        # The library sums both estimates in single precision, also for weights in double precision.
        (lambda w: d_adaptation(w, 0.0), lambda params: DAdaptation(params, d0=1e-3), plain, 1e-4),
        (lambda w: d_adaptation(w, 0.9), lambda params: DAdaptation(params, d0=1e-3, momentum=0.9), plain, 1e-4),
        (prodigy, lambda params: Prodigy(params, d0=1e-3), plain, 1e-4),
        (ali_g, ALIG, with_loss, 1e-12),
        (sam, lambda params: SAM(params, lr=0.1), with_closure, 1e-12),
        (schedule_free, lambda params: ScheduleFreeSGD(params, lr=0.5), plain, 1e-12),
        (schedule_free_adamw, lambda params: ScheduleFreeAdamW(params, lr=0.02), plain, 1e-9),
    ],
    ids=[
        "cocob",
        "dog",
        "d-adaptation",
        "d-adaptation-momentum",
        "prodigy",
        "ali-g",
        "sam",
        "schedule-free-sgd",
        "schedule-free-adamw",
    ],
)
def test_a_hundred_steps_of_the_papers_rule(rule, make, take, tolerance):
    moved = flat(start())
    for ours, theirs in zip(path(make, take=take), rule(flat(start())), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=10 * tolerance, atol=tolerance)
        moved = ours
    assert np.linalg.norm(moved - flat(start())) > 1e-2


def newton_schulz(matrix: Vector) -> Vector:
    x = matrix / np.linalg.norm(matrix)
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


def muon(w: Vector) -> Iterator[Vector]:
    """Jordan et al. 2024: Nesterov momentum, orthogonalised, for the matrix; Adam for the vector."""
    w, momentum, first, second = w.copy(), np.zeros((2, 3)), np.zeros(4), np.zeros(4)
    for t in range(1, STEPS + 1):
        g = gradient_at(w, t - 1)
        matrix, vector = g[:6].reshape(2, 3), g[6:]
        momentum = 0.95 * momentum + matrix
        w[:6] -= 0.02 * newton_schulz(matrix + 0.95 * momentum).ravel()
        first, second = 0.9 * first + 0.1 * vector, 0.95 * second + 0.05 * vector**2
        w[6:] -= 3e-4 * (first / (1 - 0.9**t)) / (np.sqrt(second / (1 - 0.95**t)) + 1e-10)
        yield w.copy()


def test_a_hundred_steps_of_muon():
    # The library orthogonalises in bfloat16, whose relative precision is 2**-8.
    for ours, theirs in zip(path(Muon), muon(flat(start())), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-2)
    assert np.abs(theirs - flat(start())).max() > 0.5


# -------------------------------------------------------------------------------------------------- the library's own


def split(params: list[Tensor]) -> list[dict[str, Any]]:
    return [{"params": params[:1], "use_muon": True}, {"params": params[1:], "use_muon": False}]


LIBRARIES: dict[str, tuple[Callable[..., Any], Callable[..., Any], Take, Take, float]] = {
    "cocob": (COCOB, parameterfree.COCOB, plain, plain, 0),
    "cocob-decay": (
        lambda p: COCOB(p, weight_decay=0.1),
        lambda p: parameterfree.COCOB(p, weight_decay=0.1),
        plain,
        plain,
        0,
    ),
    "dog": (DoG, dog.DoG, plain, plain, 1e-12),
    "dog-decay": (lambda p: DoG(p, weight_decay=0.1), lambda p: dog.DoG(p, weight_decay=0.1), plain, plain, 1e-12),
    "d-adaptation": (DAdaptation, lambda p: pytorch_optimizer.DAdaptSGD(p, momentum=0.0), plain, plain, 0),
    "prodigy": (Prodigy, pytorch_optimizer.Prodigy, plain, plain, 0),
    # In single precision where the norm is taken; never capped, or the comparison would be empty.
    "ali-g": (
        lambda p: ALIG(p, max_step=1e9, delta=1e-6),
        lambda p: pytorch_optimizer.AliG(p, momentum=0.9),
        with_loss,
        with_loss_closure,
        1e-4,
    ),
    "schedule-free-sgd": (
        lambda p: ScheduleFreeSGD(p, weight_decay=0.1),
        lambda p: pytorch_optimizer.ScheduleFreeSGD(p, weight_decay=0.1),
        plain,
        plain,
        0,
    ),
    "schedule-free-adamw": (ScheduleFreeAdamW, pytorch_optimizer.ScheduleFreeAdamW, plain, plain, 0),
    "muon": (Muon, lambda p: pytorch_optimizer.Muon(split(p)), plain, plain, 0),
    "soap": (SOAP, pytorch_optimizer.SOAP, plain, plain, 0),
    "sam": (
        SAM,
        lambda p: pytorch_optimizer.SAM(p, torch.optim.SGD, lr=0.01, momentum=0.9),
        with_closure,
        with_gradient_and_closure,
        1e-6,
    ),
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_fifty_steps_of_the_library(name):
    ours, theirs, take, take_theirs, tolerance = LIBRARIES[name]
    last = flat(start())
    for one, other in zip(path(ours, 50, take), path(theirs, 50, take_theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
        last = one
    assert not np.array_equal(last, flat(start()))


# -------------------------------------------------------------------------------------------------------- averages


def test_dog_keeps_the_average_of_torchs_and_the_authors_averagers():
    torch.manual_seed(0)
    model = nn.Linear(3, 2).double()
    params = list(model.parameters())
    optimizer = DoG(params, reps_rel=1e-2)
    average = torch.optim.swa_utils.AveragedModel(model, avg_fn=lambda a, p, n: a + 9 / (9 + n) * (p - a))
    authors = dog.PolynomialDecayAverager(model)
    for _ in range(30):
        for p in params:
            p.grad = torch.randn(p.shape, dtype=p.dtype, generator=torch.Generator().manual_seed(3))
        optimizer.step()
        average.update_parameters(model)
        authors.step()
    for (_, ours), theirs, official in zip(
        optimizer.averages(), average.module.parameters(), authors.averaged_model.parameters(), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0)  # torch computes the weight in single precision
        torch.testing.assert_close(ours, official, rtol=1e-12, atol=0)


def test_schedule_free_is_evaluated_where_the_library_is():
    params, theirs = start(), start()
    ours, library = ScheduleFreeSGD(params), pytorch_optimizer.ScheduleFreeSGD(theirs)
    for t in range(10):
        plain(ours, params, t)
        plain(library, theirs, t)
    library.eval()
    for (_, average), p in zip(ours.averages(), theirs, strict=True):
        torch.testing.assert_close(average, p.detach(), rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------------------------------------- what is mended


def adapters() -> list[str]:
    return [row.name for row in methods.METHODS.values() if "adapters" in getattr(row.optimizer, "module", "")]


@pytest.mark.parametrize("name", adapters())
def test_gradients_stay_the_callers_own(name):
    row = methods.get(name)
    params = start()
    decay = {"weight_decay": 0.1} if "weight_decay" in row.defaults else {}
    optimizer = methods.make_optimizer(name, params, **decay)
    for t in range(3):
        loss = set_gradient(params, t)
        tensors = [p.grad for p in params]
        held = [g.clone() for g in tensors if g is not None]
        if "closure" not in row.needs:
            methods.step(row, optimizer, loss=loss)
            assert all(p.grad is g for p, g in zip(params, tensors, strict=True))
            assert all(torch.equal(g, h) for g, h in zip(tensors, held, strict=True))


@pytest.mark.parametrize("name", [name for name in adapters() if name != "sam"])
def test_a_closure_is_called_once_with_gradients_enabled_and_its_loss_returned(name):
    stepped, closed = start(), start()
    plain_one, other = methods.make_optimizer(name, stepped), methods.make_optimizer(name, closed)
    seen = []

    def closure(t: int) -> Tensor:
        seen.append((t, torch.is_grad_enabled()))
        return torch.tensor(set_gradient(closed, t))

    for t in range(4):
        methods.step(name, plain_one, loss=set_gradient(stepped, t))
        returned = other.step(lambda t=t: closure(t))  # type: ignore[misc]
        assert isinstance(returned, Tensor)
    np.testing.assert_allclose(flat(stepped), flat(closed), rtol=1e-12, atol=0)
    assert seen == [(t, True) for t in range(4)]


@pytest.mark.parametrize("name", adapters())
def test_step_hooks_run_once_beside_an_instance_of_the_library(name):
    for other in (
        *(getattr(pytorch_optimizer, kind) for kind in ("DAdaptSGD", "Prodigy", "ScheduleFreeSGD", "SOAP")),
        pytorch_optimizer.ScheduleFreeAdamW,
        parameterfree.COCOB,
        torch.optim.AdamW,
        torch.optim.SGD,
    ):
        other(start())
    pytorch_optimizer.Muon(split(start()))
    params = start()
    optimizer = methods.make_optimizer(name, params)
    calls = []
    optimizer.register_step_pre_hook(lambda *args: calls.append("before"))
    optimizer.register_step_post_hook(lambda *args: calls.append("after"))
    methods.step(name, optimizer, loss=set_gradient(params, 0), closure=lambda: set_gradient(params, 0))
    assert calls == ["before", "after"]


@pytest.mark.parametrize("kind", [DAdaptation, Prodigy])
def test_one_step_size_for_all_groups_refuses_two_learning_rates(kind):
    first, second = start()
    optimizer = kind([{"params": [first]}, {"params": [second], "lr": 0.5}])
    set_gradient([first, second], 0)
    before = flat([first, second])
    with pytest.raises(ValueError, match=r"give every group the same lr, got 0\.5, 1"):
        optimizer.step()
    np.testing.assert_array_equal(flat([first, second]), before)


def test_steps_report_what_multiplied_the_gradient():
    params = start()
    for make in (lambda p: DoG(p, reps_rel=1e-2), lambda p: DAdaptation(p, d0=0.1), lambda p: ALIG(p, momentum=0.0)):
        optimizer = make(params)
        for t in range(3):
            before = flat(params)
            loss = set_gradient(params, t)
            gradient = gradient_at(before, t)
            optimizer.step() if not isinstance(optimizer, ALIG) else optimizer.step(loss=loss)
            np.testing.assert_allclose(before - flat(params), optimizer.effective_lrs[0] * gradient, rtol=1e-5)
            assert methods.applied_lr(optimizer) == optimizer.effective_lrs[0]


@pytest.mark.parametrize("name", ["cocob", "dog", "d-adaptation", "prodigy", "ali-g", "sam", "schedule-free-sgd"])
def test_the_hidden_step_of_distributed_checkpoints_creates_the_state_and_records_nothing(name):
    row = methods.get(name)

    def trained(hidden: bool) -> Vector:
        params = start()
        optimizer = methods.make_optimizer(name, params)
        if hidden:  # zero gradients at learning rate 0, without loss or closure
            for p in params:
                p.grad = torch.zeros_like(p)
            for group in optimizer.param_groups:
                group["lr"] = 0.0
            optimizer.step()
            assert all(optimizer.state[p] for p in params)
            assert np.array_equal(flat(params), flat(start()))
            for group in optimizer.param_groups:
                group["lr"] = row.defaults["lr"]
        for t in range(10):
            loss = set_gradient(params, t)
            methods.step(row, optimizer, loss=loss, closure=lambda t=t: set_gradient(params, t))  # type: ignore[misc]
        return flat([*params, *(average for _, average in optimizer.averages())] if row.averaging else params)

    np.testing.assert_array_equal(trained(hidden=True), trained(hidden=False))


def test_cocob_at_half_the_learning_rate_goes_half_the_way():
    whole, half = start(), start()
    for params, lr in ((whole, 1.0), (half, 0.5)):
        plain(COCOB(params, lr=lr), params, 0)
    np.testing.assert_allclose(flat(half), (flat(start()) + flat(whole)) / 2, rtol=1e-12)


def test_sam_puts_the_weights_back_when_its_closure_raises():
    params = start()
    optimizer = SAM(params)
    before = flat(params)
    passes = []

    def closure() -> float:
        passes.append(flat(params))
        if len(passes) == 2:
            raise KeyboardInterrupt
        return set_gradient(params, 0)

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    assert np.linalg.norm(passes[1] - before) == pytest.approx(0.05)
    np.testing.assert_array_equal(flat(params), before)


def test_adaptive_sam_climbs_relative_to_the_weights():
    params = start()
    passes = []

    def closure() -> float:
        passes.append(flat(params))
        return set_gradient(params, 0)

    SAM(params, adaptive=True).step(closure)
    g, w = gradient_at(passes[0], 0), passes[0]
    np.testing.assert_allclose(passes[1] - w, 0.05 * w**2 * g / np.linalg.norm(w * g), rtol=1e-6, atol=1e-12)


def test_soap_lives_through_a_gradient_that_is_not_finite():
    params = start(torch.float32)
    optimizer = SOAP(params, precondition_frequency=2)
    for t in range(6):
        set_gradient(params, t)
        if t in (0, 3):
            params[0].grad.fill_(math.nan)
        optimizer.step()
    assert params[0].isnan().all()


def test_muon_takes_matrices_and_convolutions_and_gives_adamw_the_rest():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(16, 3))
    optimizer = Muon(model.parameters(), lr=0.02, adamw_lr=1e-3)
    assert [[p.ndim for p in group["params"]] for group in optimizer.param_groups] == [[4, 2], [1, 1]]
    assert [group["lr"] for group in optimizer.param_groups] == [0.02, 1e-3]
    later = Muon(list(model[0].parameters()), lr=0.02, adamw_lr=1e-3)
    later = copy.deepcopy(later)
    later.add_param_group({"params": list(model[2].parameters()), "lr": 0.01})
    assert [group["lr"] for group in later.param_groups] == [0.02, 1e-3, 0.01, 5e-4]
    later.add_param_group({"params": [nn.Parameter(torch.ones(5, 2))], "use_muon": False})
    assert later.param_groups[-1]["lr"] == 1e-3
    named = Muon(model.named_parameters())
    assert named.param_groups[1]["param_names"] == ["0.bias", "2.bias"]


def test_zenith_on_adamw_is_adamw_while_warming_up_then_scaled():
    driven, base = start(), start()
    ours, theirs = ZenithAdamW(driven, window=3, lr=0.1), torch.optim.AdamW(base, lr=0.1)
    warmed_up = 2  # three norms are in: the first mean is the largest
    for t in range(8):
        plain(ours, driven, t)
        plain(theirs, base, t)
        assert np.array_equal(flat(driven), flat(base)) == (t <= warmed_up)
        assert ours.param_groups[0]["lr"] == 0.1
        assert methods.applied_lr(ours) == pytest.approx(0.1 * ours.rule.factor)
    assert ours.rule.factor < 1
    twin = pickle.loads(pickle.dumps(ours))
    assert twin.rule.gauge.norms == ours.rule.gauge.norms


def test_zenith_on_adamw_takes_a_checkpoint_of_adamw():
    params = start()
    base = torch.optim.AdamW(params)
    plain(base, params, 0)
    driven = ZenithAdamW(params, window=3)
    driven.load_state_dict(base.state_dict())
    assert not driven.rule.warmed_up
    assert torch.equal(driven.state[params[0]]["exp_avg"], base.state[params[0]]["exp_avg"])


# ------------------------------------------------------------------------------------------------------- libraries


@pytest.mark.parametrize(
    ("name", "package"),
    [("cocob", "parameterfree"), ("prodigy", "pytorch_optimizer"), ("zenith-muon", "pytorch_optimizer")],
)
def test_a_missing_library_is_one_sentence_with_the_remedy(name, package, monkeypatch):
    for module in [name for name in sys.modules if name.startswith("zenith.adapters.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError) as caught:
        methods.make_optimizer(name, start())
    message = str(caught.value)
    assert (
        f"needs the package {package}, which is not installed: pip install 'zenith-landscape[baselines]' torch=="
        in message
    )
    assert "\n" not in message


def test_the_table_is_printed_without_the_libraries():
    code = (
        "import sys; from zenith import methods; methods.battery(); "
        "assert not {'pytorch_optimizer', 'parameterfree', 'dog', 'torchvision'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_added_group_shares_the_distance_that_prodigy_has_found():
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(4, generator=generator).requires_grad_() for _ in range(2))
    optimizer = methods.make_optimizer("prodigy", [first])
    for step in range(40):
        if step == 30:
            before = optimizer.effective_lrs[0]
            optimizer.add_param_group({"params": [second]})
        optimizer.zero_grad()
        ((first - 3).square().sum() + (second + 2).square().sum()).backward()
        optimizer.step()
    assert before > 1e-3  # far above the first estimate of 1e-6
    assert min(optimizer.effective_lrs) >= before
