"""A monitor measures the live model, tells the truth about what it could not measure, and leaves no trace."""

import copy
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import landscape as ls
import zenith

X = torch.randn(48, 5, generator=torch.Generator().manual_seed(5))
Y = torch.randint(3, (48,), generator=torch.Generator().manual_seed(6))


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Tanh(), nn.Linear(8, 3))


def objective(model: nn.Module, **options: Any) -> ls.Objective:
    return ls.Objective(model, nn.CrossEntropyLoss(), (X, Y), **options)


def train(
    model: nn.Module, optimizer: Any, steps: int, after: Callable[[int, Tensor], None] = lambda step, loss: None
) -> None:
    """A loop of somebody else's: random batches, dropout, batch norm in training mode, draws of Python and NumPy."""
    model.train()
    for step in range(1, steps + 1):
        rows = torch.randperm(len(X))[:12]
        noise = random.random() + np.random.rand()  # noqa: NPY002
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[rows] + 0.01 * noise), Y[rows])
        loss.backward()
        optimizer.step()
        after(step, loss)


def sgd(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)


def everything(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """All that a training is made of, to be compared bit by bit."""
    return {
        "weights": copy.deepcopy(model.state_dict()),
        "gradients": {n: None if p.grad is None else p.grad.clone() for n, p in model.named_parameters()},
        "flags": [(m.training, p.requires_grad) for m in model.modules() for p in m.parameters()],
        "optimizer": copy.deepcopy(optimizer.state_dict()),
        "python": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),  # noqa: NPY002
        "torch": torch.get_rng_state(),
        "grad": torch.is_grad_enabled(),
    }


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.fixture
def seeded() -> Callable[[], None]:
    def seed() -> None:
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        torch.manual_seed(1)

    return seed


@pytest.mark.parametrize("make", [sgd, lambda m: torch.optim.Adam(m.parameters(), lr=1e-2)], ids=["sgd", "adam"])
def test_a_training_is_the_same_bits_with_and_without_it(make: Any, seeded: Callable[[], None], tmp_path: Path) -> None:
    results = []
    for watched in (False, True):
        model = network()
        optimizer = make(model)
        monitor = None
        seeded()
        if watched:
            monitor = ls.SharpnessMonitor(
                objective(model), every=5, optimizer=optimizer, path=tmp_path / "r.jsonl", window=4, trace_probes=4
            )
        train(model, optimizer, 12, lambda step, loss, m=monitor: m.step(loss) if m else None)  # type: ignore[misc]
        if monitor is not None:
            measured = monitor.record.measurements
            assert [m.step for m in measured] == [5, 10]
            assert all(m.converged and m.stability_converged for m in measured)
            monitor.close()
        results.append(everything(model, optimizer))
    assert same(*results)


def test_it_reads_the_live_weights_and_agrees_with_measuring_by_hand(seeded: Callable[[], None]) -> None:
    model = network()
    optimizer, seen = sgd(model), {}
    monitor = ls.SharpnessMonitor(objective(model), every=4, optimizer=optimizer, tol=1e-4, trace_probes=16)

    def after(step: int, loss: Tensor) -> None:
        if monitor.step() is not None:
            seen[step] = copy.deepcopy(model)

    train(model, optimizer, 8, after)
    assert sorted(seen) == [4, 8]
    for found in monitor.record.measurements:
        then = objective(seen[found.step])
        value, gradient = then.value_and_gradient()
        pairs = ls.top_eigenpairs(then, tol=1e-4)
        assert found.loss == pytest.approx(value)
        assert found.gradient_norm == pytest.approx(float(then.flatten(gradient).norm()), rel=1e-5)
        assert found.lambda_max == pytest.approx(pairs.values[0], rel=1e-4)
        assert found.residual <= 1e-4 * found.lambda_max
        assert found.lr == 0.1
        assert found.stability == pytest.approx((pairs.values[0] + 1e-3) * 0.1 / 3.8, rel=1e-3)
        exact = ls.hessian_trace(then, probes=64)
        assert abs(found.trace - exact.value) < 5 * math.hypot(found.trace_error, exact.standard_error)
    assert monitor.record.measurements[1].protocol["start"] != monitor.record.measurements[0].protocol["start"]
    assert monitor.products == sum(m.products for m in monitor.record.measurements) > 0
    assert monitor.seconds == pytest.approx(sum(m.seconds for m in monitor.record.measurements))


def test_the_zeniths_numbers_are_read_from_the_optimizer() -> None:
    model = network()
    optimizer = zenith.Zenith(model.parameters(), lr=0.1, window=3)
    monitor = ls.SharpnessMonitor(objective(model), every=5, optimizer=optimizer, trace_probes=0)

    def after(step: int, loss: Tensor) -> None:
        monitor.step(loss)
        optimizer.set_gradient_norm(1 / step)  # of the next step

    train(model, optimizer, 5, after)
    (found,) = monitor.record.measurements
    assert (found.mean_gradient_norm, found.zenith) == (optimizer.mean_gradient_norm, optimizer.zenith)
    assert found.lr == optimizer.effective_lr < 0.1
    assert math.isnan(found.trace)
    assert monitor.record.steps["gradient_norm"][-1] == optimizer.gradient_norm
    assert monitor.record.name == "zenith"


def test_mu_and_zenith_of_another_optimizer_follow_its_rule() -> None:
    """Beside a plain optimizer the window gives what zenith's own rule gives for the same gradients."""
    model = network()
    optimizer, gauge, told = sgd(model), zenith.Gauge(3), []
    monitor = ls.SharpnessMonitor(objective(model), every=100, optimizer=optimizer, window=3)

    def after(step: int, loss: Tensor) -> None:
        gauge.update(float(torch.nn.utils.get_total_norm([p.grad for p in model.parameters()])))  # type: ignore[misc]
        told.append((gauge.mean, gauge.zenith))
        monitor.step(loss)

    train(model, optimizer, 8, after)
    steps = monitor.tree["traces"].to_dataset().isel(optimizer=0, seed=0)
    np.testing.assert_allclose(steps["mean_gradient_norm"], [mean for mean, _ in told], rtol=1e-6)
    np.testing.assert_allclose(steps["zenith"], [top for _, top in told], rtol=1e-6)


def test_an_adamw_under_zenith_lr_is_read_even_where_only_the_optimizer_is_given() -> None:
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    rule = zenith.ZenithLR(optimizer, window=2)
    monitor = ls.SharpnessMonitor(objective(model), every=6, optimizer=optimizer, trace_probes=0)
    train(model, optimizer, 6, lambda step, loss: monitor.step(loss))  # type: ignore[arg-type, return-value]
    (found,) = monitor.record.measurements
    assert (found.mean_gradient_norm, found.zenith, found.lr) == (
        rule.mean_gradient_norm,
        rule.zenith,
        rule.effective_lr,
    )
    assert found.stability_threshold == pytest.approx(38 / rule.effective_lr)


def test_without_an_optimizer_the_rest_is_measured() -> None:
    found = ls.SharpnessMonitor(objective(network()), trace_probes=0).measure()
    assert found.converged
    assert math.isnan(found.stability)
    assert found.message == "stability: no optimizer was given"


def test_a_diverged_training_goes_on_and_says_why_nothing_is_measured(tmp_path: Path) -> None:
    model = network()
    optimizer = sgd(model)
    monitor = ls.SharpnessMonitor(objective(model), every=1, optimizer=optimizer, path=tmp_path / "r.jsonl")
    with torch.no_grad():
        model[4].weight.fill_(math.nan)
    found = monitor.step()
    assert found is not None
    assert math.isnan(found.lambda_max)
    assert found.message == "the loss is nan, so there is no curvature"
    assert ls.monitor.MonitorRecord.open(tmp_path / "r.jsonl").measurements[0].message == found.message
    assert found.values().keys() == {"landscape/lr", "landscape/seconds", "landscape/products"}


def test_what_fails_is_recorded_and_warned_of_once(replace: Callable[..., None]) -> None:
    monitor = ls.SharpnessMonitor(objective(network()), every=1)

    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no memory")

    replace("top_eigenpairs", fails)
    with pytest.warns(RuntimeWarning, match="could not measure at step 1: no memory"):
        found = monitor.step()
    assert found is not None
    assert math.isfinite(found.loss)  # what came before is kept
    assert found.message == "RuntimeError: no memory"
    monitor.step()  # no second warning, which would be an error here


def test_an_interrupted_measurement_keeps_what_it_had(replace: Callable[..., None], tmp_path: Path) -> None:
    monitor = ls.SharpnessMonitor(objective(network()), path=tmp_path / "r.jsonl")

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    replace("top_eigenpairs", interrupted)
    with pytest.raises(KeyboardInterrupt):
        monitor.measure()
    (found,) = ls.monitor.MonitorRecord.open(tmp_path / "r.jsonl").measurements
    assert math.isfinite(found.loss)
    assert found.message == "interrupted"


def test_an_unconverged_eigenvalue_is_not_logged_as_one() -> None:
    logged: list[dict[str, float]] = []

    class Logger:
        def log(self, step: int, values: Any) -> None:
            logged.append(values)

        def close(self) -> None:
            pass

    model = network()
    monitor = ls.SharpnessMonitor(objective(model), optimizer=sgd(model), max_products=2, tol=1e-3, loggers=[Logger()])
    found = monitor.measure()
    assert not found.converged
    assert "Raise max_products" in found.message
    assert "landscape/lambda_max" not in logged[0]
    assert logged[0]["landscape/lambda_max_unconverged"] == found.lambda_max
    assert "landscape/stability" not in logged[0]


def test_a_share_of_the_time_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def tick() -> float:
        return clock[0]

    monkeypatch.setattr("time.perf_counter", tick)

    class Slow(ls.SharpnessMonitor):
        def _measure(self, row: dict[str, Any], notes: list[str]) -> None:
            clock[0] += 5.0

    monitor = Slow(objective(network()), every=2, max_share=0.1)
    for _ in range(400):
        clock[0] += 1.0
        monitor.step()
    measured = [m.step for m in monitor.record.measurements]
    assert measured[0] == 2
    assert measured[1] >= 80  # 2 times 5 seconds in 100
    assert monitor.seconds <= 0.1 * clock[0] + 1e-9
    assert monitor.seconds > 0.1 * clock[0] - 10.0


def test_the_record_is_read_while_it_grows_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "r.jsonl"
    model = network()
    optimizer = sgd(model)
    monitor = ls.SharpnessMonitor(objective(model), 2, optimizer, path=path, trace_probes=0, name="mine", seed=4)
    train(model, optimizer, 5, lambda step, loss: monitor.step(loss))  # type: ignore[arg-type, return-value]
    half = ls.monitor.MonitorRecord.open(path)
    assert half.status == "running"
    assert [m.step for m in half.measurements] == [2, 4]
    assert half.measurements == monitor.record.measurements
    with path.open("a") as file:
        file.write('{"event": "meas')  # a kill in the middle of a line
    with pytest.raises(ValueError, match=r"exists: name another file, or pass resume=True"):
        ls.SharpnessMonitor(objective(model), 2, optimizer, path=path)
    again = ls.SharpnessMonitor(objective(model), 2, optimizer, path=path, resume=True, trace_probes=0)
    train(model, optimizer, 4, lambda step, loss: again.step(loss, step=3 + step))  # type: ignore[arg-type, return-value]
    again.close()
    whole = ls.monitor.MonitorRecord.open(path)
    assert (whole.status, whole.name, whole.seed) == ("finished", "mine", 4)
    assert [m.step for m in whole.measurements] == [2, 4, 6]  # the training went on from a checkpoint after step 3
    assert whole.steps_taken == 7
    assert np.isfinite(whole.steps["loss"]).all()
    assert whole.steps == again.record.steps
    other = ls.Objective(model, nn.CrossEntropyLoss(), (X[:20], Y[:20]))
    with pytest.raises(ValueError, match="record of a loss on other data"):
        ls.SharpnessMonitor(other, path=path, resume=True)
    with pytest.raises(ValueError, match="The monitor is closed"):
        again.step()


def test_its_tree_is_laid_out_like_a_studys(tmp_path: Path) -> None:
    model = network()
    optimizer = sgd(model)
    monitor = ls.SharpnessMonitor(objective(model), 2, optimizer, path=tmp_path / "r.jsonl", trace_probes=0)
    train(model, optimizer, 6, lambda step, loss: monitor.step(loss))  # type: ignore[arg-type, return-value]
    monitor.close()
    tree = ls.monitor.MonitorRecord.open(tmp_path / "r.jsonl").tree
    assert tree["curvature"]["eigenvalue"].sel(optimizer="sgd", seed=0, k=1).values.tolist() == [
        m.lambda_max for m in monitor.record.measurements
    ]
    assert tree.identical(monitor.tree)
    assert tree.attrs["loss_label"] == "loss (cross-entropy, nats)"
    tree.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")  # and to a file that other programs read
    display = ls.plot.TraceDisplay.from_study(ls.monitor.MonitorRecord.open(tmp_path / "r.jsonl"), "loss").plot()
    np.testing.assert_allclose(display.lines_["sgd"].get_ydata(), monitor.record.steps["loss"])
    assert json.loads(str(tree["curvature"]["protocol"].values[0, 0, 0]))["method"] == "lanczos"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"every": 0}, "every is 0: at least 1 step lies between two measurements."),
        ({"every": 2.5}, "every is 2.5"),
        ({"max_share": 2}, "max_share is 2: give a share of the time between 0 and 1, such as 0.1."),
        ({"trace_probes": 1}, "trace_probes is 1: give at least 2, or 0 for no trace."),
        ({"tol": 0}, "tol is 0"),
        ({"window": 0}, "window is 0"),
        ({"loggers": ["tensorboard"]}, "A logger is a str, without log"),
        ({"optimizer": "sgd"}, r"The optimizer is a str: give the torch\.optim\.Optimizer that takes the steps"),
    ],
)
def test_a_mistake_is_named_before_the_training(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ls.SharpnessMonitor(objective(network()), **options)


def test_an_objective_of_another_model_is_refused() -> None:
    model, copied = network(), network()
    with pytest.raises(
        ValueError, match="updates none of the objective's parameters: build the objective on the model"
    ):
        ls.SharpnessMonitor(objective(copied), optimizer=sgd(model))
    with pytest.raises(ValueError, match=r'with_batchnorm\("frozen"\)'):
        ls.SharpnessMonitor(objective(model, batchnorm="recomputed"))
    ls.SharpnessMonitor(objective(model, batchnorm="recomputed").with_batchnorm("frozen"))

    class NoRate(torch.optim.Optimizer):
        def __init__(self, params: Any) -> None:
            super().__init__(params, {})

    with pytest.raises(ValueError, match="The optimizer NoRate has no 'lr' in its parameter groups"):
        ls.SharpnessMonitor(objective(model), optimizer=NoRate(model.parameters()))


def test_it_works_inside_no_grad_and_inference_mode() -> None:
    model = network()
    monitor = ls.SharpnessMonitor(objective(model), trace_probes=0)
    plain = monitor.measure()
    with torch.no_grad():
        quiet = monitor.measure()
    with torch.inference_mode():
        inferring = monitor.measure()
    assert plain.converged
    assert quiet.lambda_max == pytest.approx(plain.lambda_max, rel=1e-3)
    assert inferring.lambda_max == pytest.approx(plain.lambda_max, rel=1e-3)
