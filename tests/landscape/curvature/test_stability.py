"""The edge of stability: torch's optimizers converge on quadratics just below the threshold and diverge just above."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import landscape as ls
import zenith

EIGENVALUES = [3.0, 2.0, 0.7, 0.1]
CURVED = 1e-12  # how far from 1 a decay is that keeps the preconditioner as it is over a few thousand steps


class Descent:
    """theta on 1/2 theta^T A theta in float64, moved by a real optimizer whose preconditioner stays what it is."""

    def __init__(self, matrix: Tensor, make: Callable[[list[Any]], torch.optim.Optimizer], parts: int = 1) -> None:
        torch.manual_seed(1)
        self.matrix = matrix
        self.model = nn.ParameterDict(
            {
                f"part{i}": nn.Parameter(part.clone())
                for i, part in enumerate(torch.randn(len(matrix)).double().chunk(parts))
            }
        )
        self.optimizer = make(list(self.model.parameters()))
        self.objective = ls.Objective(
            self.model,
            data=(torch.zeros(1, dtype=torch.float64),),
            loss=lambda model, batch: self.loss(model) + 0 * batch[0].sum(),
        )

    def loss(self, model: nn.Module) -> Tensor:
        theta = torch.cat([p for _, p in sorted(model.named_parameters())])
        return theta @ (self.matrix @ theta) / 2

    def hold(self, **state: Any) -> None:
        """Set the state of an adaptive optimizer: denominators that differ between the parameters."""
        for p in self.model.parameters():
            second = torch.linspace(0.5, 4.0, p.numel(), dtype=torch.float64)
            values = {name: second.clone() if value is None else value for name, value in state.items()}
            self.optimizer.state[p].update({k: torch.zeros_like(p) if v == "zeros" else v for k, v in values.items()})

    def growth(self, steps: int = 600) -> float:
        """How much the weights have grown after so many steps."""
        start = self.norm()
        for step in range(steps):
            self.optimizer.zero_grad()
            self.loss(self.model).backward()
            self.optimizer.step()
            if step % 10 == 9 and not 1e-6 < self.norm() / start < 2e3:  # before the denominators feel it
                break
        return self.norm() / start

    def norm(self) -> float:
        return float(torch.cat([p.detach() for p in self.model.parameters()]).norm())

    def ratio(self) -> ls.curvature.EdgeOfStability:
        return ls.edge_of_stability(self.objective.at(self.model.state_dict()), self.optimizer, tol=1e-8)


def sgd(**options: Any) -> Callable[[float], Callable[[list[Any]], torch.optim.Optimizer]]:
    return lambda lr: lambda params: torch.optim.SGD(params, lr=lr, **options)


def groups(**options: Any) -> Callable[[float], Callable[[list[Any]], torch.optim.Optimizer]]:
    """Two groups with step sizes and weight decays of their own."""

    def make(lr: float) -> Callable[[list[Any]], torch.optim.Optimizer]:
        return lambda params: torch.optim.SGD(
            [{"params": params[:1], "lr": 0.3 * lr, "weight_decay": 0.5}, {"params": params[1:], "lr": lr}], **options
        )

    return make


def adaptive(
    kind: type[torch.optim.Optimizer], scale: float = 1.0, **options: Any
) -> Callable[[float], Callable[[list[Any]], torch.optim.Optimizer]]:
    return lambda lr: lambda params: kind(params, lr=scale * lr, **options)


ADAM = {"step": torch.tensor(1e15), "exp_avg": "zeros", "exp_avg_sq": None}
RMS = {"step": torch.tensor(5.0), "square_avg": None, "momentum_buffer": "zeros"}
DECAY = 1 - CURVED
NADAM = ADAM | {"mu_product": torch.tensor(0.0)}

CASES: dict[str, tuple[Callable[[float], Any], int, dict[str, Any]]] = {
    "gradient descent": (sgd(), 1, {}),
    "weight decay": (sgd(weight_decay=0.4), 1, {}),
    "heavy ball": (sgd(momentum=0.8), 1, {}),
    "heavy ball, dampened": (sgd(momentum=0.8, dampening=0.4), 1, {}),
    "heavy ball, weight decay": (sgd(momentum=0.8, weight_decay=0.4), 1, {}),
    "Nesterov": (sgd(momentum=0.8, nesterov=True), 1, {}),
    "Nesterov, weight decay": (sgd(momentum=0.6, nesterov=True, weight_decay=0.4), 1, {}),
    "groups": (groups(), 2, {}),
    "groups, momentum": (groups(momentum=0.7), 2, {}),
    "Zenith": (lambda lr: lambda params: zenith.Zenith(params, lr=lr, window=10**6, momentum=0.5), 1, {}),
    "Adam": (adaptive(torch.optim.Adam, betas=(0.9, DECAY)), 1, ADAM),
    "Adam, beta1 = 0.5, weight decay": (adaptive(torch.optim.Adam, betas=(0.5, DECAY), weight_decay=0.3), 1, ADAM),
    "AdamW": (adaptive(torch.optim.AdamW, betas=(0.9, DECAY), weight_decay=0.01), 1, ADAM),
    "RMSprop": (adaptive(torch.optim.RMSprop, alpha=DECAY), 1, RMS),
    "RMSprop, momentum": (adaptive(torch.optim.RMSprop, alpha=DECAY, momentum=0.8, weight_decay=0.2), 1, RMS),
    "NAdam": (adaptive(torch.optim.NAdam, betas=(0.9, DECAY)), 1, NADAM),
    "NAdam, mu = 0.6": (adaptive(torch.optim.NAdam, betas=(0.9, DECAY), momentum_decay=1e-14), 1, NADAM),
    "NAdam, decoupled": (
        adaptive(torch.optim.NAdam, betas=(0.8, DECAY), weight_decay=0.02, decoupled_weight_decay=True),
        1,
        NADAM,
    ),
    "Adamax": (
        adaptive(torch.optim.Adamax, scale=1e8, betas=(0.9, DECAY), weight_decay=0.3),
        1,
        {"step": torch.tensor(1e15), "exp_avg": "zeros", "exp_inf": 1e8},
    ),
    "Adagrad": (adaptive(torch.optim.Adagrad, scale=1e8), 1, {"step": torch.tensor(1.0), "sum": 1e16}),
}


def adamw_groups(lr: float) -> Callable[[list[Any]], torch.optim.Optimizer]:
    return lambda params: torch.optim.AdamW(
        [{"params": params[:1], "weight_decay": 0.02}, {"params": params[1:], "lr": 0.5 * lr, "weight_decay": 0.0}],
        lr=lr,
        betas=(0.9, DECAY),
    )


CASES["AdamW, groups"] = (adamw_groups, 2, ADAM)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("relative", "diverges"), [(0.99, False), (1.01, True)])
def test_a_quadratic_diverges_just_above_1_and_converges_just_below(
    name: str, relative: float, diverges: bool, symmetric: Callable[..., Tensor]
) -> None:
    make, parts, state = CASES[name]

    def descent(lr: float) -> Descent:
        found = Descent(symmetric(EIGENVALUES), make(lr), parts)
        if state:
            found.hold(**{k: torch.full((4,), v).double() if isinstance(v, float) else v for k, v in state.items()})
        return found

    low = 0.01 / descent(0.01).ratio().value  # the ratio is proportional to the step size, decoupled decay included
    tested = descent(relative * low)
    found = tested.ratio()
    assert found.converged
    assert found.value == pytest.approx(relative, rel=1e-3)
    assert (tested.growth() > 1e3) == diverges
    if not diverges:
        assert tested.norm() < 0.1


def test_adam_at_beta1_of_0_9_has_the_38_over_eta_of_the_paper(symmetric: Callable[..., Tensor]) -> None:
    tested = Descent(symmetric(EIGENVALUES), adaptive(torch.optim.Adam, betas=(0.9, DECAY))(0.02))
    tested.hold(**ADAM)
    assert tested.ratio().threshold.value == pytest.approx(38 / 0.02)
    second = torch.linspace(0.5, 4.0, 4).double()
    scaled = torch.linalg.eigvalsh(tested.matrix / ((second.sqrt() + 1e-8)[:, None] * (second.sqrt() + 1e-8)).sqrt())
    assert tested.ratio().eigenvalue == pytest.approx(float(scaled[-1]))


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam, torch.optim.NAdam, torch.optim.RMSprop])
def test_a_learning_rate_that_is_given_stands_for_those_that_a_schedule_left(kind: Any, mlp: Any) -> None:
    parts = [{"params": mlp.model[0].parameters(), "lr": 0.05}, {"params": mlp.model[3].parameters(), "lr": 0.1}]
    optimizer = kind(parts)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1.0, end_factor=0.0, total_iters=2)
    for _ in range(2):
        mlp.loss(mlp.model).backward()
        optimizer.step()
        wanted = ls.curvature.stability_threshold(optimizer, mlp.model, lr=0.02)
        schedule.step()
    assert math.isnan(ls.curvature.stability_threshold(optimizer, mlp.model).value)  # at zero now
    found = ls.curvature.stability_threshold(optimizer, mlp.model, lr=0.02)
    assert (found.value, found.lr, found.shift) == (wanted.value, 0.02, wanted.shift)
    torch.testing.assert_close(found.preconditioner, wanted.preconditioner)
    for group, lr in zip(optimizer.param_groups, (0.01, 0.02), strict=True):  # in the proportion that they began with
        group["lr"] = lr
    direct = ls.curvature.stability_threshold(optimizer, mlp.model)
    assert found.value == pytest.approx(direct.value)
    torch.testing.assert_close(found.preconditioner, direct.preconditioner)


def test_the_first_steps_of_nadam_are_weighted_as_it_weights_them() -> None:
    p, lr, b1, b2 = nn.Parameter(torch.zeros(2, dtype=torch.float64)), 0.02, 0.9, 0.999
    optimizer = torch.optim.NAdam([p], lr=lr, betas=(b1, b2))
    gradients = torch.tensor([[1.0, -1.0], [2.0, 1.0], [0.5, 3.0]], dtype=torch.float64)
    for gradient in gradients:
        before, p.grad = p.detach().clone(), gradient
        optimizer.step()
    state = optimizer.state[p]
    scaled = (before - p.detach()) * ((state["exp_avg_sq"] / (1 - b2 ** len(gradients))).sqrt() + 1e-8) / lr
    of_gradient, of_momentum = torch.linalg.solve(
        torch.stack([gradients[-1], state["exp_avg"]], dim=1), scaled
    ).tolist()
    gain = of_gradient + of_momentum * (1 - b1) / (1 + b1)
    found = ls.curvature.stability_threshold(optimizer, nn.ParameterDict({"p": p}))
    assert found.value == pytest.approx(2 / (lr * gain), rel=1e-5)


def test_known_pairs_of_the_hessian_cost_no_product(mlp: Any) -> None:
    loss = mlp.objective()
    pairs = ls.top_eigenpairs(loss)
    known = ls.edge_of_stability(
        loss, ls.curvature.StabilityThreshold.of_sgd(0.1, momentum=0.9, weight_decay=0.05), pairs=pairs
    )
    assert known.products == 0
    assert known.value == pytest.approx((pairs.values[0] + 0.05) * 0.1 / 3.8)
    optimizer = torch.optim.SGD(mlp.model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.05)
    assert ls.edge_of_stability(loss, optimizer).value == pytest.approx(known.value, rel=1e-4)


def test_a_real_adam_step_is_read_from_the_optimizer(mlp: Any) -> None:
    optimizer = torch.optim.Adam(mlp.model.parameters(), lr=1e-3)
    for _ in range(3):
        optimizer.zero_grad()
        mlp.loss(mlp.model).backward()
        optimizer.step()
    loss = mlp.objective()
    scale = torch.cat([t.flatten() for t in ls.curvature.adaptive_preconditioner(optimizer, mlp.model).values()])
    dense = mlp.hessian() / (scale[:, None] * scale).sqrt()
    found = ls.edge_of_stability(loss, optimizer, tol=1e-6)
    assert found.eigenvalue == pytest.approx(float(torch.linalg.eigvalsh(dense)[-1]), rel=1e-6)
    assert found.value == pytest.approx(found.eigenvalue * 1e-3 / 38)
    again = ls.edge_of_stability(loss, optimizer, start=found.pairs)
    assert again.converged
    assert again.value == pytest.approx(found.value, rel=1e-5)


def test_only_what_the_optimizer_moves_counts(mlp: Any) -> None:
    """A layer with step size 0 is a constant of the dynamics, and so is one that never had a gradient."""
    still, moving = mlp.model[0], mlp.model[3]
    optimizer = torch.optim.SGD([{"params": still.parameters(), "lr": 0.0}, {"params": moving.parameters()}], lr=0.2)
    found = ls.edge_of_stability(mlp.objective(), optimizer)
    assert found.value == pytest.approx(0.1 * ls.top_eigenpairs(mlp.objective().restrict("3")).values[0])
    assert "over the 2 of 4 tensors that the optimizer moves" in found.message


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda p: torch.optim.Rprop(p), "no stability threshold is known here for Rprop"),
        (lambda p: torch.optim.Adam(p), "the optimizer has taken no step"),
        (lambda p: torch.optim.Adagrad(p), "the optimizer has taken no step"),
        (lambda p: torch.optim.SGD(p, lr=0.0), "the learning rate is 0: nothing moves"),
        (lambda p: torch.optim.SGD(p, lr=0.1, maximize=True), "the optimizer maximises"),
        (
            lambda p: torch.optim.SGD([{"params": p[:1], "momentum": 0.5}, {"params": p[1:]}], lr=0.1),
            "the momenta of the parameter groups differ",
        ),
    ],
)
def test_an_unknown_threshold_is_nan_with_its_reason(make: Any, why: str, mlp: Any) -> None:
    optimizer = make(list(mlp.model.parameters()))
    threshold = ls.curvature.stability_threshold(optimizer, mlp.model)
    assert math.isnan(threshold.value)
    assert threshold.rule == why
    found = ls.edge_of_stability(mlp.objective(), optimizer)
    assert math.isnan(found.value)
    assert not found.converged
    assert found.products == 0
    assert found.message == why


def test_the_penalty_of_the_objective_stands_for_weight_decay_and_counts_once(mlp: Any) -> None:
    optimizer = torch.optim.SGD(mlp.model.parameters(), lr=0.1, weight_decay=0.05)
    without, within = (ls.edge_of_stability(mlp.objective(l2=l2), optimizer) for l2 in (0.0, 0.05))
    assert without.value == pytest.approx(within.value, rel=1e-4)
    with pytest.raises(ValueError, match=r"penalty of its own \(l2 = 0.1\).*build the objective with l2=0"):
        ls.edge_of_stability(mlp.objective(l2=0.1), optimizer)


def test_the_wrong_optimizer_is_refused(mlp: Any, make_case: Any) -> None:
    other = torch.optim.SGD(make_case("convnet").model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="updates none of the objective's parameters"):
        ls.edge_of_stability(mlp.objective(), other)
    part = torch.optim.SGD(mlp.model[0].parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"does not have the objective's parameter '3.weight' \(2 missing\)"):
        ls.edge_of_stability(mlp.objective(), part)
    ls.edge_of_stability(mlp.objective().restrict("0"), part)  # what the message advises
    with pytest.raises(ValueError, match=r"give the torch\.optim\.Optimizer that takes the steps"):
        ls.edge_of_stability(mlp.objective(), "sgd")


def test_zenith_lr_tells_the_rate_that_adamw_stepped_with(mlp: Any) -> None:
    optimizer = torch.optim.AdamW(mlp.model.parameters(), lr=1e-2)
    rule = zenith.ZenithLR(optimizer, window=2)
    for norm in (4.0, 4.0, 1.0):
        optimizer.zero_grad()
        mlp.loss(mlp.model).backward()
        rule.set_gradient_norm(norm)
        optimizer.step()
    assert rule.effective_lr < 1e-2
    threshold = ls.curvature.stability_threshold(rule, mlp.model)
    assert threshold.lr == rule.effective_lr
    assert threshold.value == pytest.approx(38 / rule.effective_lr)


@pytest.mark.parametrize("name", ["heavy ball, weight decay", "groups", "AdamW, groups"])
def test_a_threshold_is_saved_beside_weights_to_be_measured_later(
    name: str, symmetric: Callable[..., Tensor], tmp_path: Path
) -> None:
    make, parts, state = CASES[name]
    tested = Descent(symmetric(EIGENVALUES), make(0.1), parts)
    if state:
        tested.hold(**state)
    at = tested.objective.at(tested.model.state_dict())
    now = ls.curvature.stability_threshold(tested.optimizer, tested.model)
    now.save(tmp_path / "threshold.safetensors")
    before = ls.edge_of_stability(at, now)
    tested.growth(2)  # the optimizer's state changes, what was read of it does not
    later = ls.edge_of_stability(at, ls.curvature.StabilityThreshold.load(tmp_path / "threshold.safetensors"))
    assert (later.value, later.eigenvalue) == (before.value, before.eigenvalue)
    unknown = ls.curvature.StabilityThreshold(math.nan, "no step yet", 0.1)
    unknown.save(tmp_path / "unknown.safetensors")
    assert math.isnan(ls.curvature.StabilityThreshold.load(tmp_path / "unknown.safetensors").value)
    ls.slices.save_directions(
        tmp_path / "other.safetensors", {"d": ls.random_direction(at, seed=0, normalization=None)}
    )
    with pytest.raises(ValueError, match="is no stability threshold"):
        ls.curvature.StabilityThreshold.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize("lr_decay", [0.0, 0.3])
def test_the_diagonal_of_adagrad_is_what_its_last_step_divided_by(lr_decay: float, mlp: Any) -> None:
    optimizer = torch.optim.Adagrad(mlp.model.parameters(), lr=0.1, lr_decay=lr_decay)
    with pytest.raises(ValueError, match=r"has not updated '0\.weight' yet"):
        ls.curvature.adaptive_preconditioner(optimizer, mlp.model)
    for _ in range(3):
        optimizer.zero_grad()
        mlp.loss(mlp.model).backward()
        before = {name: p.detach().clone() for name, p in mlp.model.named_parameters()}
        optimizer.step()
    scale = ls.curvature.adaptive_preconditioner(optimizer, mlp.model)
    size = 2 / ls.curvature.stability_threshold(optimizer, mlp.model).value
    assert size == pytest.approx(0.1 / (1 + 2 * lr_decay))
    for name, p in mlp.model.named_parameters():
        torch.testing.assert_close(p.detach(), before[name] - size * p.grad / scale[name])


@pytest.mark.parametrize("name", ["unused", "tied", "frozen", "recurrent"])
def test_models_with_unused_tied_and_frozen_weights(name: str, make_case: Any) -> None:
    """What Adam never moved has no second moment, and no share in its dynamics."""
    case = make_case(name)
    optimizer = torch.optim.Adam(case.model.parameters(), lr=1e-3)
    for _ in range(2):
        optimizer.zero_grad()
        case.criterion(case.model(case.data[0]), case.data[1]).backward()
        optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the parameters that the loss does not use
        found = ls.edge_of_stability(case.objective(), optimizer, tol=1e-6)
    moved = [p in optimizer.state for p in case.trainable()]
    scale = torch.cat(
        [
            ls.curvature.adaptive_preconditioner(alone_of(optimizer, p), nn.ParameterDict({"p": p}))["p"].flatten()
            if steps
            else torch.full((p.numel(),), math.inf, dtype=torch.float64)
            for p, steps in zip(case.trainable(), moved, strict=True)
        ]
    )
    dense = case.hessian() / (scale[:, None] * scale).sqrt()
    assert found.converged
    assert found.eigenvalue == pytest.approx(float(torch.linalg.eigvalsh(dense)[-1]), rel=1e-5)
    assert all(moved) == (name != "unused")


def alone_of(optimizer: torch.optim.Optimizer, parameter: Tensor) -> torch.optim.Adam:
    """An Adam of one parameter, with the state that it has in another one."""
    alone = torch.optim.Adam([parameter], lr=1e-3)
    alone.state[parameter] = optimizer.state[parameter]
    return alone
