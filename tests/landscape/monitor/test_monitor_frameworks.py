"""The monitor in the real Lightning and the real Trainer: called after each optimizer step, and without a trace."""

import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import landscape as ls
import zenith

Framework = Callable[[str], ModuleType]

X = torch.randn(60, 4, generator=torch.Generator().manual_seed(5))
Y = torch.randint(3, (60,), generator=torch.Generator().manual_seed(6))


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Tanh(), nn.Linear(8, 3))


def watch(net: nn.Module, path: Path | None = None, **options: Any) -> ls.SharpnessMonitor:
    loss = ls.Objective(net, nn.CrossEntropyLoss(), (X, Y))
    return ls.SharpnessMonitor(loss, **({"every": 3, "trace_probes": 4, "path": path, "name": "mine"} | options))


def fit(framework: Framework, monitor: ls.SharpnessMonitor | None, net: nn.Module, make: Any, **options: Any) -> Any:
    lightning = framework("lightning")

    class Module(lightning.LightningModule):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.net, self.norms = net, []

        def training_step(self, batch: Any, index: int) -> Tensor:
            return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            self.made = make(self.parameters())
            return self.made

        def on_before_optimizer_step(self, optimizer: Any) -> None:
            self.norms.append(float(torch.nn.utils.get_total_norm([p.grad for p in self.parameters()])))

    torch.manual_seed(11)
    module = Module()
    trainer = lightning.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[] if monitor is None else [monitor.lightning()],
        **({"max_epochs": 3} | options),
    )
    trainer.fit(module, DataLoader(TensorDataset(X, Y), batch_size=10, shuffle=True))
    return module


@pytest.fixture(autouse=True)
def theirs() -> Any:
    """Warnings of the frameworks are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="The monitor")
        yield


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_in_lightning(framework: Framework, tmp_path: Path) -> None:
    make = lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9)  # noqa: E731
    plain, watched = network(), network()
    fit(framework, None, plain, make)
    monitor = watch(watched, tmp_path / "r.jsonl", window=5)
    module = fit(framework, monitor, watched, make, gradient_clip_val=None)
    assert same(plain, watched)
    assert monitor.optimizer is not None  # the trainer's
    record = ls.monitor.MonitorRecord.open(tmp_path / "r.jsonl")
    assert record.status == "finished"
    assert [m.step for m in record.measurements] == [3, 6, 9, 12, 15, 18]
    assert all(m.converged and m.stability_converged for m in record.measurements)
    last = record.measurements[-1]
    assert last.lambda_max == pytest.approx(
        ls.top_eigenpairs(ls.Objective(watched, nn.CrossEntropyLoss(), (X, Y))).values[0], rel=1e-3
    )
    assert last.stability_threshold == pytest.approx(38.0)
    assert record.steps["gradient_norm"] == pytest.approx(module.norms)
    assert all(value > 0 for value in record.steps["loss"])


def test_in_lightning_accumulated_and_clipped(framework: Framework) -> None:
    """A step of the optimizer counts, not a batch; and the norm is that before clipping."""
    net = network()
    monitor = watch(net, window=2)
    module = fit(
        framework,
        monitor,
        net,
        lambda params: torch.optim.AdamW(params, lr=1e-2),
        accumulate_grad_batches=2,
        gradient_clip_val=0.01,
    )
    assert monitor.record.steps_taken == 9
    assert [m.step for m in monitor.record.measurements] == [3, 6, 9]
    assert monitor.record.steps["gradient_norm"] == pytest.approx(module.norms)
    assert min(module.norms) > 0.01
    assert monitor.record.measurements[-1].stability_threshold == pytest.approx(38 / 1e-2)


@pytest.mark.parametrize(
    "options",
    [
        {"accumulate_grad_batches": 2, "gradient_clip_val": 0.01},
        {"precision": "bf16-mixed", "gradient_clip_val": 0.01},
        {"precision": "bf16-mixed", "accumulate_grad_batches": 3},
    ],
    ids=["accumulated and clipped", "bf16 and clipped", "bf16 and accumulated"],
)
def test_lightnings_options_change_no_bit(framework: Framework, options: dict[str, Any]) -> None:
    make = lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9)  # noqa: E731
    plain, watched = network(), network()
    fit(framework, None, plain, make, **options)
    monitor = watch(watched, window=2, tol=1e-4)
    module = fit(framework, monitor, watched, make, **options)
    assert same(plain, watched)
    assert monitor.record.steps["gradient_norm"] == pytest.approx(module.norms)  # before clipping
    last = monitor.record.measurements[-1]
    assert last.step == monitor.record.steps_taken == 18 // options.get("accumulate_grad_batches", 1)
    truth = ls.Objective(watched, nn.CrossEntropyLoss(), (X, Y), dtype=torch.float64)
    assert last.lambda_max == pytest.approx(ls.top_eigenpairs(truth, tol=1e-6).values[0], rel=1e-4)
    assert last.stability == pytest.approx(last.lambda_max * 0.1 / 3.8)


def test_an_error_in_lightning_ends_the_record(framework: Framework) -> None:
    net = network()
    monitor = watch(net, every=100)

    def make(params: Any) -> Any:
        optimizer = zenith.Zenith(params, lr=0.1, window=3)
        steps = []

        def stops(*_: Any) -> None:
            steps.append(1)
            if len(steps) == 4:
                raise RuntimeError("out of coffee")

        optimizer.register_step_post_hook(stops)
        return optimizer

    with pytest.raises(RuntimeError, match="out of coffee"):
        fit(framework, monitor, net, make)
    assert monitor.record.status == "ended by RuntimeError"
    assert monitor.record.steps_taken == 3
    assert monitor.record.steps["zenith"][-1] > 0  # read through Lightning's wrapper


class Classifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = network()

    def forward(self, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.net(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def trained(framework: Framework, model: Classifier, folder: Path, *callbacks: Any, **options: Any) -> Any:
    transformers = framework("transformers")
    framework("accelerate")
    trainer = transformers.Trainer(
        model,
        transformers.TrainingArguments(
            str(folder),
            per_device_train_batch_size=10,
            lr_scheduler_type="constant",
            learning_rate=1e-2,
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            seed=4,
            **({"max_steps": 12, "save_strategy": "no"} | options),
        ),
        train_dataset=[{"x": x, "labels": label} for x, label in zip(X, Y, strict=True)],
        callbacks=list(callbacks),
    )
    trainer.train(resume_from_checkpoint=options.get("resume_from_checkpoint"))
    return trainer


def watch_classifier(model: Classifier, path: Path, **options: Any) -> ls.SharpnessMonitor:
    loss = ls.Objective(
        model,
        data=[{"x": X, "labels": Y}],
        loss=lambda model, batch: model(**batch)["loss"],
        count=lambda batch: len(X),
    )
    return ls.SharpnessMonitor(loss, **({"every": 4, "trace_probes": 4, "path": path, "name": "mine"} | options))


def test_in_the_trainer(framework: Framework, tmp_path: Path) -> None:
    plain, watched = Classifier(), Classifier()
    trained(framework, plain, tmp_path / "plain")
    monitor = watch_classifier(watched, tmp_path / "r.jsonl")
    trained(framework, watched, tmp_path / "watched", monitor.transformers())
    assert same(plain, watched)
    record = ls.monitor.MonitorRecord.open(tmp_path / "r.jsonl")
    assert record.status == "finished"
    assert [m.step for m in record.measurements] == [4, 8, 12]
    assert all(m.converged and m.stability_converged for m in record.measurements)
    assert record.steps["lr"] == [1e-2] * 12
    # AdamW, through Accelerate's wrapper: (2 + 2 beta1) / ((1 - beta1) eta).
    assert record.measurements[0].stability_threshold == pytest.approx(38 / 1e-2)


@pytest.mark.parametrize(
    "options",
    [{"gradient_accumulation_steps": 2, "max_grad_norm": 0.01}, {"bf16": True, "max_grad_norm": 0.01}],
    ids=["accumulated", "bf16"],
)
def test_the_trainers_options_change_no_bit(framework: Framework, tmp_path: Path, options: dict[str, Any]) -> None:
    plain, watched = Classifier(), Classifier()
    trained(framework, plain, tmp_path / "plain", **options)
    monitor = watch_classifier(watched, tmp_path / "r.jsonl", tol=1e-4)
    trained(framework, watched, tmp_path / "watched", monitor.transformers(), **options)
    assert same(plain, watched)
    last = monitor.record.measurements[-1]
    assert last.step == monitor.record.steps_taken == 12
    truth = ls.Objective(
        watched,
        data=[{"x": X, "labels": Y}],
        loss=lambda model, batch: model(**batch)["loss"],
        count=lambda batch: len(X),
        dtype=torch.float64,
    )
    assert last.lambda_max == pytest.approx(ls.top_eigenpairs(truth, tol=1e-6).values[0], rel=1e-4)


def test_a_resumed_trainer_goes_on_with_the_record(framework: Framework, tmp_path: Path) -> None:
    framework("transformers")
    model, path = Classifier(), tmp_path / "r.jsonl"
    trained(
        framework,
        model,
        tmp_path / "out",
        watch_classifier(model, path).transformers(),
        max_steps=8,
        save_strategy="steps",
        save_steps=6,
    )
    model = Classifier()
    again = watch_classifier(model, path, resume=True)
    transformers_options = {"max_steps": 12, "resume_from_checkpoint": str(tmp_path / "out" / "checkpoint-6")}
    trained(framework, model, tmp_path / "out", again.transformers(), **transformers_options)
    record = ls.monitor.MonitorRecord.open(path)
    assert [m.step for m in record.measurements] == [4, 8, 12]
    assert record.steps_taken == 12
    assert record.status == "finished"
