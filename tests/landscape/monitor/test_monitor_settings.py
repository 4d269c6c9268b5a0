"""Trainings as people write them: the same bits with and without a monitor, and its numbers against float64 truth."""

import copy
import json
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import hessian
from torch.func import functional_call

import landscape as ls

X = torch.randn(48, 5, generator=torch.Generator().manual_seed(1))
Y = torch.randint(3, (48,), generator=torch.Generator().manual_seed(2))


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 3))


def true_eigenvalue(model: nn.Module, scale: dict[str, float] | None = None) -> float:
    """Top eigenvalue of the dense float64 Hessian over what is trained, parameters in units of the roots of `scale`."""
    model = copy.deepcopy(model).double().eval()
    named = {n: p.detach() for n, p in model.named_parameters() if p.requires_grad}
    sizes = [p.numel() for p in named.values()]
    roots = torch.cat([torch.full((p.numel(),), (scale or {}).get(n, 1.0) ** 0.5) for n, p in named.items()]).double()

    def loss(flat: Tensor) -> Tensor:
        parts = dict(zip(named, (flat * roots).split(sizes), strict=True))
        shaped = {n: part.view_as(named[n]) for n, part in parts.items()}
        return nn.functional.cross_entropy(functional_call(model, shaped, (X.double(),)), Y)

    at = torch.cat([p.flatten() for p in named.values()]) / roots
    return float(torch.linalg.eigvalsh(hessian(loss, at))[-1])


class Training:
    """Nine steps of SGD in one of the ways that people write them."""

    def __init__(self, kind: str, watched: bool) -> None:
        self.kind, self.model = kind, network()
        self.norms: list[float] = []
        self.truths: list[float] = []
        self.rates = {"0.weight": 0.05, "0.bias": 0.05} if kind == "parameter groups" else {}
        if kind == "frozen parameters":
            self.model[0].weight.requires_grad_(False)  # type: ignore[index, union-attr]
        backend = {"compiled": "eager", "compiled ahead": "aot_eager"}.get(kind)
        # With these backends torch.compile traces as ever, and needs no C++ compiler.
        self.trained = self.model if backend is None else torch.compile(self.model, backend=backend)
        groups = [
            {"params": [p], "lr": self.rates.get(n, 0.2)} for n, p in self.model.named_parameters() if p.requires_grad
        ]
        self.optimizer = torch.optim.SGD(groups, lr=0.2)
        self.monitor = None
        if watched:
            watched_model = self.trained if backend else self.model
            loss = ls.Objective(watched_model, nn.CrossEntropyLoss(), (X, Y))  # type: ignore[arg-type]
            self.monitor = ls.SharpnessMonitor(loss, 3, self.optimizer, tol=1e-4, trace_probes=0, window=2)

    def run(self) -> dict[str, Tensor]:
        torch.manual_seed(7)
        kind = self.kind
        low = {"float16": torch.float16, "bfloat16": torch.bfloat16, "inside autocast": torch.bfloat16}.get(kind)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, enabled=kind == "float16")
        for _ in range(9):
            self.optimizer.zero_grad()
            for _ in range(2 if kind == "accumulated" else 1):
                rows = torch.randperm(len(X))[:16]
                with torch.autocast("cpu", low or torch.bfloat16, enabled=low is not None):
                    value = nn.functional.cross_entropy(self.trained(X[rows]), Y[rows])
                scaler.scale(value).backward()
            norm = None
            if kind == "clipped":
                norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 0.1)
                self.norms.append(float(norm))
            scaler.step(self.optimizer)
            scaler.update()
            if norm is None:
                gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
                self.norms.append(float(torch.nn.utils.get_total_norm(gradients)))
            if self.monitor is not None:
                with torch.autocast("cpu", torch.bfloat16, enabled=kind == "inside autocast"):
                    if self.monitor.step(value, gradient_norm=norm) is not None:
                        self.truths.append(true_eigenvalue(self.model))
        return self.model.state_dict()


@pytest.mark.parametrize(
    "kind",
    [
        "plain",
        "accumulated",
        "clipped",
        "float16",
        "bfloat16",
        "inside autocast",
        "parameter groups",
        "frozen parameters",
        "compiled",
        pytest.param("compiled ahead", marks=pytest.mark.slow),
    ],
)
def test_bits_and_numbers_whatever_the_loop(kind: str) -> None:
    plain, watched = Training(kind, False).run(), Training(kind, True)
    after = watched.run()
    assert plain.keys() == after.keys()
    assert all(torch.equal(plain[name], after[name]) for name in plain)
    assert watched.monitor is not None
    record = watched.monitor.record
    assert [m.step for m in record.measurements] == [3, 6, 9]
    assert record.steps["gradient_norm"] == watched.norms
    assert record.measurements[-1].mean_gradient_norm == pytest.approx(sum(watched.norms[-2:]) / 2)
    for found, truth in zip(record.measurements, watched.truths, strict=True):
        assert found.converged
        assert found.lambda_max == pytest.approx(truth, rel=1e-4)
        if not watched.rates:
            assert found.stability == pytest.approx(0.2 * truth / 2, rel=1e-4)
    if watched.rates:  # theta' = theta - D g: stable where the top eigenvalue of D^(1/2) H D^(1/2) is below 2
        rates = {n: watched.rates.get(n, 0.2) for n, _ in watched.model.named_parameters()}
        exact = true_eigenvalue(watched.model, rates) / 2
        assert record.measurements[-1].stability == pytest.approx(exact, rel=1e-4)


def test_a_measurement_inside_autocast_is_that_outside() -> None:
    """The linear algebra of estimates is no part of a training's autocast."""
    model = network().eval()
    loss = ls.Objective(model, nn.CrossEntropyLoss(), (X, Y))
    measures = [
        lambda: ls.top_eigenpairs(loss).values[0],
        lambda: ls.hessian_trace(loss, probes=12, method="xtrace").value,
        lambda: ls.hessian_trace(loss, probes=12, method="hutch++").value,
        lambda: ls.curvature.frobenius_norm(loss, probes=8).value,
    ]
    plain = [measure() for measure in measures]
    with torch.autocast("cpu", torch.bfloat16):
        assert [measure() for measure in measures] == plain


@pytest.mark.slow
@pytest.mark.parametrize("wrapped", [False, True], ids=["its module", "the wrapper"])
def test_under_distributed_data_parallel_the_first_rank_measures(ranks: Any, wrapped: bool) -> None:
    plain = ranks.call("watched_training", watched=False, wrapped=wrapped)
    watched = ranks.call("watched_training", watched=True, wrapped=wrapped)
    for one, other in zip(plain, watched, strict=True):
        assert all(torch.equal(one["weights"][name], other["weights"][name]) for name in one["weights"])
    assert [step for step, *_ in watched[0]["found"]] == [2, 4]
    assert watched[0]["found"][-1][1] == pytest.approx(watched[0]["top"], rel=1e-3)


@pytest.mark.parametrize("place", ["in a note", "in a write", "in a measurement"])
def test_ctrl_c_anywhere_leaves_a_file_that_is_read_and_goes_on(
    place: str, tmp_path: Path, replace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = ls.Objective(model, nn.CrossEntropyLoss(), (X, Y))
    path = tmp_path / "r.jsonl"

    class Pressed(Tensor):
        def detach(self) -> Any:
            raise KeyboardInterrupt

    def stops(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    real = json.dumps

    def interrupted(*given: Any, **options: Any) -> str:
        monkeypatch.setattr(json, "dumps", real)
        signal.raise_signal(signal.SIGINT)
        return real(*given, **options)

    def train(monitor: ls.SharpnessMonitor, steps: int, pressed: bool) -> None:
        with monitor:
            for step in range(steps):
                optimizer.zero_grad()
                value = nn.functional.cross_entropy(model(X), Y)
                value.backward()
                optimizer.step()
                last = pressed and step == steps - 1
                if last and place == "in a measurement":
                    replace("hessian_trace", stops)
                if last and place == "in a write":
                    monkeypatch.setattr(json, "dumps", interrupted)
                given: Any = torch.zeros(()).as_subclass(Pressed) if last and place == "in a note" else value
                monitor.step(gradient_norm=given, loss=1.0)

    with pytest.raises(KeyboardInterrupt):
        train(ls.SharpnessMonitor(loss, 2, optimizer, path=path, trace_probes=2, name="mine"), 4, True)
    half = ls.monitor.MonitorRecord.open(path)
    assert half.status == "ended by KeyboardInterrupt"
    assert len({len(series) for series in half.steps.values()}) == 1
    assert half.tree["traces"].sizes["step"] in (3, 4)
    assert half.measurements[0].step == 2
    if place == "in a measurement":
        monkeypatch.undo()
        return
    train(ls.SharpnessMonitor(loss, 2, optimizer, path=path, trace_probes=0, resume=True), 3, False)
    whole = ls.monitor.MonitorRecord.open(path)
    assert whole.status == "finished"
    assert len(whole.steps["lr"]) == half.steps_taken + 3


def test_known_rounding_is_measured_again_where_it_may_have_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the data are fitted, rounding is what a monitor finds as often as a measurement by itself does."""
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    loss = ls.Objective(model, nn.CrossEntropyLoss(), (X, Y))
    monitor = ls.SharpnessMonitor(loss, 40, optimizer, tol=1e-3, trace_probes=4)
    measured: list[bool] = []
    original = ls.HessianOperator.rounding_errors

    def counted(self: Any, rows: Tensor, *, thorough: bool = False) -> Any:
        measured.append(thorough)
        return original(self, rows, thorough=thorough)

    # internal: what is measured again shows in no number.
    monkeypatch.setattr(ls.HessianOperator, "rounding_errors", counted)
    model.eval()  # so that the loss of the training is that of the objective
    for _ in range(160):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X), Y).backward()
        optimizer.step()
        before = len(measured)
        found = monitor.step()
        if found is None:
            continue
        assert measured[before:].count(False) >= 2  # the loss has fallen by more than a fifth
        fresh = ls.Objective(copy.deepcopy(model), nn.CrossEntropyLoss(), (X, Y))
        pairs, trace = ls.top_eigenpairs(fresh, tol=1e-3), ls.hessian_trace(fresh, probes=4)
        assert found.converged == pairs.converged[0]
        assert found.lambda_max == pytest.approx(pairs.values[0], rel=1e-3)
        assert found.trace_error == pytest.approx(trace.standard_error, rel=0.1)
    before, last = len(measured), monitor.measure()
    again = monitor.measure()
    assert measured[before:].count(False) == 0  # at the same weights
    assert (again.trace, again.trace_error, again.converged) == (last.trace, last.trace_error, last.converged)
    for _ in range(9):
        monitor.measure()
    assert measured[before:].count(False) > 0  # nothing is taken for known more than nine times
