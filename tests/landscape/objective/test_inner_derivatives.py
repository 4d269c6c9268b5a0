"""Losses that take derivatives themselves: their values are those that plain autograd gives, wherever they are
needed."""

import json
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

import landscape as ls
from landscape.cli import main as cli
from landscape.objective.objective import Objective


def net(inputs=1, outputs=1):
    with torch.random.fork_rng():
        torch.manual_seed(2)
        return nn.Sequential(nn.Linear(inputs, 6), nn.Tanh(), nn.Linear(6, outputs)).double()


G = torch.Generator().manual_seed(3)
X = torch.rand(40, 1, generator=G, dtype=torch.float64)
FORCES = torch.randn(40, 1, generator=G, dtype=torch.float64)


def pinn(model, batch):
    """u'' + u = 0; the inputs are told to require gradients in the loss."""
    x = batch[0].requires_grad_()
    u = model(x)
    du = torch.autograd.grad(u.sum(), x, create_graph=True)[0]
    d2u = torch.autograd.grad(du.sum(), x, create_graph=True)[0]
    return (d2u + u).square().mean()


def cloned(model, batch):
    x = batch[0].clone().requires_grad_()
    return torch.autograd.grad(model(x).sum(), x, create_graph=True)[0].sub(batch[1]).square().mean()


def gradient_penalty(model, batch):
    x = batch[0].detach().requires_grad_()
    slope = torch.autograd.grad(model(x).sum(), x, create_graph=True)[0]
    return (
        model(batch[0]).mean() ** 0 * (model(batch[0]) - batch[1]).square().mean()
        + (slope.norm(dim=1) - 1).square().mean()
    )


def penalty_if_possible(model, batch):
    """Without gradients another number, and no error."""
    loss = (model(batch[0]) - batch[1]).square().mean()
    return loss + gradient_penalty(model, batch) if torch.is_grad_enabled() else loss


def by_func(model, batch):
    weights = dict(model.named_parameters())

    def u(x):
        return functional_call(model, weights, (x[None],)).squeeze()

    slopes = torch.func.vmap(torch.func.jacrev(torch.func.jacrev(u)))(batch[0])
    return (slopes.reshape(-1, 1) + model(batch[0])).square().mean()


LOSSES = [pinn, cloned, gradient_penalty, penalty_if_possible, by_func]


@pytest.mark.parametrize("loss", LOSSES)
def test_values_are_those_of_plain_autograd(loss):
    model = net()
    data = X.clone(), FORCES.clone()
    objective = Objective(model, data=data, loss=loss, batch_size=16, metrics={"again": loss})
    assert not any(t.requires_grad for t in data)
    state = {n: p.detach().clone() for n, p in model.named_parameters()}

    def truth(parameters=state):
        other = net()
        other.load_state_dict(parameters)
        return float(loss(other, (X.clone(), FORCES.clone())).detach())

    assert objective.value() == pytest.approx(truth(), rel=1e-12)
    assert objective.evaluate()["again"] == pytest.approx(truth(), rel=1e-12)
    assert objective.value_and_gradient()[0] == pytest.approx(truth(), rel=1e-12)
    direction = ls.random_direction(objective, seed=0)
    moved = {n: p + 0.5 * direction[n] for n, p in state.items()}
    for route in ("auto", "rewritten", "plain"):
        line = ls.line(objective, direction, [0.0, 0.5], route=route)
        assert line["loss"].values == pytest.approx([truth(), truth(moved)], rel=1e-10)
    plane = ls.plane(objective, (direction, ls.random_direction(objective, seed=1)), [0.0, 0.5], [0.0, 1.0])
    assert plane["loss"].sel(alpha=0.5, beta=0.0).item() == pytest.approx(truth(moved), rel=1e-10)
    assert ls.sharpness.average_sharpness(objective, rho=0.01, samples=2, seed=0).value == pytest.approx(0, abs=1)
    assert ls.sharpness.worst_case_sharpness(objective, rho=0.01, steps=3).protocol["loss"] == pytest.approx(
        truth(), rel=1e-12
    )
    assert ls.sharpness.keskar_sharpness(objective, steps=3).protocol["loss"] == pytest.approx(truth(), rel=1e-12)
    assert not any(t.requires_grad for t in data)
    assert objective.with_batch_size(7).value() == pytest.approx(truth(), rel=1e-12)
    assert objective.subset(20).value() > 0


def test_inference_mode_is_named_for_them():
    objective = Objective(net(), data=(X, FORCES), loss=cloned)
    with torch.inference_mode(), pytest.raises(ValueError, match="inference_mode"):
        objective.value()


def test_ordinary_losses_keep_no_graphs():
    objective = Objective(net(), nn.MSELoss(), (X, FORCES))
    assert not objective.differentiates
    seen = []
    objective.run_values(lambda model: seen.append(model(X).requires_grad), objective.parameters)
    assert seen == [False]


# The same function written out, without a derivative inside: every measurement of the one is that of the other --------


def explicit(model, batch):
    """`pinn` by the derivatives of tanh."""
    first, _, last = model
    z = first(batch[0])
    t = torch.tanh(z)
    bent = -2 * t * (1 - t * t) * first.weight.square().T  # d2 tanh(w x + b) / dx2
    return (bent @ last.weight.T + model(batch[0])).square().mean()


class Forces(nn.Module):
    """The negative slope of a potential, as in molecular dynamics; the inputs need not require gradients."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        x = x.requires_grad_()
        return -torch.autograd.grad(self.net(x).sum(), x, create_graph=True)[0]


class Written(Forces):
    def forward(self, x):
        first, _, last = self.net
        return -(1 - torch.tanh(first(x)).square()) @ (last.weight * first.weight.T).T


def objectives(kind, **options):
    """The one with a derivative inside, and the one without."""
    if kind == "loss":
        return [Objective(net(), data=(X.clone(), FORCES.clone()), loss=f, **options) for f in (pinn, explicit)]
    return [
        Objective(model(net()), nn.MSELoss(), (X.clone(), FORCES.clone()), **options) for model in (Forces, Written)
    ]


def directions(objective):
    return tuple(ls.random_direction(objective, seed=seed) for seed in (0, 1))


def moved(objective, by):
    u, v = directions(objective)
    return [{n: p + i * by * u[n] + 0.02 * i * i * v[n] for n, p in objective.parameters.items()} for i in range(5)]


def trajectory(objective):
    states = moved(objective, 0.25)
    return ls.project({"run": states}), {"run": states}


def losses_along(objective):
    projected, states = trajectory(objective)
    found = ls.trajectory.checkpoint_losses(objective, projected, states)["run"]
    return found["loss"], found["loss_on_plane"]


def plane_of_trajectory(objective):
    projected, _ = trajectory(objective)
    return ls.plane(objective.at(projected.origin), projected.directions, STEPS)["loss"]


def adaptive(objective, **options):
    return ls.adaptive_plane(objective, directions(objective), np.linspace(-2, 2, 9), error=0.05, **options)["loss"]


def from_float32(objective):
    """Weights in single precision, measured in double."""
    state = {name: p.float() for name, p in objective.parameters.items()}
    return ls.sharpness.average_sharpness(objective.at(state), rho=0.1, samples=4, seed=0).value


STEPS = np.linspace(-2.0, 2.0, 5)
MEASURES = {
    "value": lambda o: o.value(),
    "gradient": lambda o: list(o.value_and_gradient()[1].values()),
    "plane": lambda o: ls.plane(o, directions(o), STEPS)["loss"],
    "plane of a trajectory": plane_of_trajectory,
    "losses of a trajectory": losses_along,
    "adaptive plane": adaptive,
    "plane_quality": lambda o: (
        ls.slices.plane_quality(ls.plane(o, directions(o), np.linspace(-1, 1, 9))).curvature.principal
    ),
    "basin width": lambda o: ls.sharpness.basin_width(o, directions(o)[0], threshold=0.02, max_distance=4.0)["lower"],
    "interpolate": lambda o: ls.connectivity.interpolate(o, *moved(o, 0.5)[1:3]).barrier.height,
    "connect": lambda o: ls.connectivity.connect(o, *moved(o, 0.5)[::4], steps=20, batch_size=20).barrier.above_mean,
    "average sharpness": lambda o: ls.sharpness.average_sharpness(o, rho=0.1, samples=4, seed=0).value,
    "average sharpness of float32": from_float32,
    "worst-case sharpness": lambda o: ls.sharpness.worst_case_sharpness(o, rho=0.1, steps=5).value,
    "m-sharpness": lambda o: ls.sharpness.worst_case_sharpness(o, rho=0.1, steps=3, m=20).value,
    "Keskar's sharpness": lambda o: ls.sharpness.keskar_sharpness(o, steps=3).value,
    "eigenvalues": lambda o: ls.top_eigenpairs(o, k=2, tol=1e-8).values,
    "trace": lambda o: ls.hessian_trace(o, probes=4, seed=0).value,
    "layers": lambda o: ls.curvature.layer_curvature(o, probes=4)["trace"],
    "density": lambda o: ls.spectral_density(o, probes=2, steps=5, seed=0).nodes,
    "mini-batches": lambda o: ls.curvature.minibatch_curvature(o, [20], batches=3, seed=0).bias()[0].value,
}
OF_OUTPUTS = {
    "sequential sampling": lambda o: ls.plane(o, directions(o), 20 * STEPS, resolution=0.3)["loss"],
    "ceiling": lambda o: ls.plane(o, directions(o), 20 * STEPS, ceiling=2.0)["loss"],
    "Gauss-Newton": lambda o: ls.top_eigenpairs(ls.curvature.GaussNewtonOperator(o), tol=1e-8).values,
    "Fisher": lambda o: ls.hessian_trace(ls.curvature.FisherOperator(o, kind="empirical"), probes=4, seed=0).value,
    "standard error": lambda o: ls.plane(o.subset(30), directions(o), STEPS)["loss_se"],
}


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        *(("loss", what) for what in MEASURES),
        *(("model", what) for what in OF_OUTPUTS),
        *(pytest.param("model", what, marks=pytest.mark.slow) for what in MEASURES),
    ],
)
def test_a_derivative_inside_changes_no_measurement(kind, what):
    inside, written = (numbers((MEASURES | OF_OUTPUTS)[what](each)) for each in objectives(kind))
    np.testing.assert_allclose(inside, written, rtol=1e-6, atol=1e-9 * np.nanmax(abs(written)))
    assert np.isfinite(written).any()


def numbers(found):
    parts = found if isinstance(found, (list, tuple)) else [found]
    return np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])


@pytest.mark.parametrize("kind", ["loss", "model"])
def test_workers_find_the_same(kind):
    inside, written = objectives(kind)
    for slices in (lambda o, **k: ls.plane(o, directions(o), STEPS, **k)["loss"], adaptive):
        np.testing.assert_allclose(slices(inside, workers=2), slices(written), rtol=1e-9)


def test_saved_weights_are_measured(tmp_path, capsys):
    (tmp_path / "own.py").write_text(
        "import test_inner_derivatives as t\n\ndef make():\n    return t.objectives('loss')[0]\n"
    )
    inside, written = objectives("loss")
    torch.save(inside.parameters, tmp_path / "a.pt")
    with pytest.raises(SystemExit) as ended:
        cli.main(["measure", f"{tmp_path / 'own.py'}:make", "--weights", str(tmp_path / "a.pt"), "--json"])
    assert ended.value.code == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["values"]["loss"] == pytest.approx(written.value(), rel=1e-12)
    top = ls.top_eigenpairs(written, tol=1e-8).values[0]
    assert abs(row["eigenvalues"]["value"][0] - top) <= row["eigenvalues"]["residual"][0]
    assert row["trace"]["value"] == pytest.approx(ls.hessian_trace(written, probes=32, seed=0).value, rel=1e-6)


def test_a_metric_that_is_a_differentiable_loss_warns_of_nothing():
    X, y = torch.randn(40, 4), torch.randint(3, (40,))

    def loss(model, batch):
        return nn.functional.cross_entropy(model(batch[0]), batch[1])

    def penalised(model, batch):
        inputs = batch[0].clone().requires_grad_()
        (slope,) = torch.autograd.grad(model(inputs).sum(), inputs, create_graph=True)
        return loss(model, batch) + slope.square().mean()

    every_time = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # torch says it once in a process otherwise
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            for function in (loss, penalised):
                objective = ls.Objective(
                    nn.Linear(4, 3), loss=function, data=(X, y), metrics={"same": function}, batch_size=16
                )
                values = objective.evaluate()
                assert values["same"] == values["loss"]
    finally:
        torch.set_warn_always(every_time)
    assert [str(warning.message) for warning in said] == []
