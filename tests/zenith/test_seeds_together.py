"""Runs that are trained as one model come out as each does by itself."""

import math
import types
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import zenith

SAMPLES = 44  # five batches of eight and one of four
BUDGET = {"epochs": 3, "batch_size": 8, "window": 4, "checkpoints": 3, "device": "cpu"}
METHODS = {
    "zenith": {},
    "sgd": {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "sgd-momentum": {},
    "damped": {},
    "constant": {},
    "step": {},
    "exponential": {},
    "polynomial": {},
    "cosine": {"momentum": 0.5},
    "adam": {},
    "adamw": {},
    "zenith-adamw": {},
    "schedule-free-sgd": {},
}
OWN = {"damped": ("damped", lambda params, lr: torch.optim.SGD(params, lr=lr / 5, momentum=0.8, dampening=0.1))}


def data(samples, seed):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(samples, 2, 6, 6, generator=generator)
    return X, (X[:, 0, :3].sum((1, 2)) > X[:, 1, :3].sum((1, 2))).long() + (X[:, 0, 3:].sum((1, 2)) > 1).long()


def plain_model():
    return nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(36, 3))


def with_batchnorm():
    return nn.Sequential(nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))


def make_task(model=plain_model, **changes):
    parts = {"train": data(SAMPLES, 0), "test": data(20, 1), "loss": nn.CrossEntropyLoss()}
    return zenith.Task(name="small", model=model, **{**parts, **changes})


def assert_equal_runs(together, alone, rtol=1e-4):
    told = ("seed", "settings", "status", "diverged_at", "batch_order", "initial_weights", "total_steps", "budget")
    for name in told:
        assert getattr(together, name) == getattr(alone, name), name
    assert together.checkpoints.keys() == alone.checkpoints.keys()
    for step, state in alone.checkpoints.items():
        assert state.keys() == together.checkpoints[step].keys()
        for name, tensor in state.items():
            torch.testing.assert_close(together.checkpoints[step][name], tensor, rtol=rtol, atol=rtol / 10)
    for name in zenith.training.trace.STEP_FIELDS:
        if name != "seconds":
            expected = alone.trace.step_array(name)
            np.testing.assert_allclose(together.trace.step_array(name), expected, rtol=rtol, atol=1e-6, err_msg=name)
    for name in alone.trace.epochs:
        np.testing.assert_allclose(together.trace.epoch_array(name), alone.trace.epoch_array(name), rtol=rtol)


def assert_same_bits(one, other):
    assert one.checkpoints.keys() == other.checkpoints.keys()
    for step, state in one.checkpoints.items():
        for name, tensor in state.items():
            torch.testing.assert_close(other.checkpoints[step][name], tensor, rtol=0, atol=0, equal_nan=True)
    for name in set(one.trace.steps) - {"seconds"}:
        np.testing.assert_array_equal(one.trace.step_array(name), other.trace.step_array(name))


FAST = ("zenith", "sgd", "damped", "cosine", "adam")
"""Of the others the way through the code is that of one of these."""


@pytest.mark.parametrize(
    ("method", "model"),
    [
        pytest.param(method, model, marks=() if fast else pytest.mark.slow)
        for method in METHODS
        for model in (plain_model, with_batchnorm)
        for fast in [method in FAST and (model is plain_model or method in ("zenith", "adam"))]
    ],
)
def test_each_run_is_as_by_itself(method, model):
    task, settings, method = make_task(model), METHODS[method], OWN.get(method, method)
    settings = settings if isinstance(method, str) else {"lr": 0.1}
    runs = zenith.train_seeds(task, method, [3, 0], settings=settings, **BUDGET)
    for run in runs:
        assert run.together == {"runs": 2, "compiled": False}
        assert_equal_runs(run, zenith.train(task, method, run.seed, settings=settings, **BUDGET))


def test_runs_of_many_methods_are_as_each_by_itself():
    methods = ["zenith", "constant", "step", "polynomial", "cosine", "exponential"]
    rates = [{"lr": 0.03 * (1 + i)} for i in range(6)]
    together = zenith.train_seeds(make_task(), methods, [0, 0, 1, 1, 2, 2], settings=rates, **BUDGET)
    for run, method, seed, own in zip(together, methods, (0, 0, 1, 1, 2, 2), rates, strict=True):
        assert (run.method, run.together["runs"]) == (method, 6)
        assert_equal_runs(run, zenith.train(make_task(), method, seed, settings=own, **BUDGET))


def test_of_many_methods_one_that_diverges_leaves_the_others_alone():
    methods, rates = ["zenith", "cosine", "constant"], [{"lr": 0.1}, {"lr": 1e30}, {"lr": 0.1}]
    task = make_task(with_batchnorm)
    runs = zenith.train_seeds(task, methods, [0, 1, 0], settings=rates, **BUDGET)
    assert [run.status for run in runs] == ["finished", "diverged", "finished"]
    calm = zenith.train_seeds(task, methods, [0, 1, 0], settings=rates[0], **BUDGET)
    for i in (0, 2):
        assert_same_bits(runs[i], calm[i])


def test_methods_that_step_each_in_their_own_way_are_one_model_too():
    for run in zenith.train_seeds(make_task(), ["zenith", "adam"], 2, **BUDGET):
        assert run.together["runs"] == 2
        assert_equal_runs(run, zenith.train(make_task(), run.method, run.seed, **BUDGET))


def test_as_many_methods_as_seeds_or_one():
    with pytest.raises(ValueError, match="there are 2 methods for 3 seeds"):
        zenith.train_seeds(make_task(), ["zenith", "adam"], 3, **BUDGET)


@pytest.mark.parametrize("method", ["zenith", "adam"])
def test_each_run_has_settings_of_its_own(method):
    settings = [{"lr": 0.1, "weight_decay": 0.01}, {"lr": 0.01}, {"lr": 0.03}]
    runs = zenith.train_seeds(make_task(), method, [0, 0, 1], settings=settings, **BUDGET)
    for run, own in zip(runs, settings, strict=True):
        assert_equal_runs(run, zenith.train(make_task(), method, run.seed, settings=own, **BUDGET))


@pytest.mark.parametrize(
    "changes",
    [
        {"augment": lambda x: x + 0.1 * torch.randn(x.shape)},
        {"augment_batch": lambda x: x.flip(-1) if torch.rand(()) < 0.5 else x},
    ],
    ids=["of samples", "of batches"],
)
def test_augmentation_draws_the_same(changes):
    task = make_task(**changes)
    for run in zenith.train_seeds(task, "zenith", 2, **BUDGET):
        assert_equal_runs(run, zenith.train(task, "zenith", run.seed, **BUDGET))


def test_clipping_and_tied_frozen_and_unused_weights():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.last = nn.Linear(72, 72), nn.Linear(72, 72), nn.Linear(72, 3)
            self.unused = nn.Linear(4, 4)
            self.second.weight = self.first.weight
            self.second.bias.requires_grad_(False)

        def forward(self, x):
            return self.last(self.second(torch.tanh(self.first(x.flatten(1)))))

    task = make_task(Net)
    more = {
        "settings": {"weight_decay": 0.1},
        "options": {"clip_norm": 0.5, "update_norm_every": 2, "evaluate_every": 2},
    }
    for run in zenith.train_seeds(task, "zenith", 2, **BUDGET, **more):
        assert_equal_runs(run, zenith.train(task, "zenith", run.seed, **BUDGET, **more))


@pytest.mark.parametrize("method", ["zenith", pytest.param("sgd-momentum", marks=pytest.mark.slow), "adam"])
def test_a_run_that_diverges_leaves_the_others_alone(method):
    task = make_task(with_batchnorm)
    settings = [{"lr": 0.01}, {"lr": 1e30}, {"lr": 0.02}]
    calm = zenith.train_seeds(task, method, 3, settings=[{"lr": 0.01}, {"lr": 0.05}, {"lr": 0.02}], **BUDGET)
    wild = zenith.train_seeds(task, method, 3, settings=settings, **BUDGET)
    assert [run.status for run in wild] == ["finished", "diverged", "finished"]
    for one, other in ((wild[0], calm[0]), (wild[2], calm[2])):
        assert_same_bits(one, other)
    alone = zenith.train(task, method, 1, settings=settings[1], **BUDGET)
    assert (wild[1].diverged_at, list(wild[1].checkpoints)) == (alone.diverged_at, list(alone.checkpoints))
    assert wild[1].batch_order == alone.batch_order


def _of_some(params, lr):
    return torch.optim.SGD([p for p in params if p.dim() > 1], lr=lr, momentum=0.9)


def _with_a_hook(params, lr):
    optimizer = torch.optim.SGD(params, lr=lr / 10)

    def signs(optimizer, args, kwargs):
        for p in optimizer.param_groups[0]["params"]:
            p.grad.sign_()

    optimizer.register_step_pre_hook(signs)
    return optimizer


def _with_a_step_of_its_own(params, lr):
    optimizer = torch.optim.SGD(params, lr=lr)

    def step(self, closure=None):
        torch.optim.SGD.step(self, closure)
        with torch.no_grad():
            for p in self.param_groups[0]["params"]:
                p.clamp_(-0.1, 0.1)

    optimizer.step = types.MethodType(step, optimizer)
    return optimizer


@pytest.mark.parametrize("make", [_of_some, _with_a_hook, _with_a_step_of_its_own])
def test_an_sgd_that_somebody_made_another_of_takes_its_own_step(make):
    method = ("changed", make)
    for run in zenith.train_seeds(make_task(), method, 2, settings={"lr": 0.1}, **BUDGET):
        assert run.together["runs"] == 2
        assert_equal_runs(run, zenith.train(make_task(), method, run.seed, settings={"lr": 0.1}, **BUDGET))


class _MoreOfFullBatches(nn.Module):
    """Uses a layer in batches of some sizes only."""

    def __init__(self, sizes):
        super().__init__()
        self.always, self.sometimes, self.sizes = nn.Linear(72, 3), nn.Linear(72, 3), sizes

    def forward(self, x):
        x = x.flatten(1)
        return self.always(x) + (self.sometimes(x) if len(x) in self.sizes or not self.training else 0)


def _with_a_hook_on_weights():
    model = plain_model()

    def larger(p):
        p.grad.mul_(3)

    model[0].weight.register_post_accumulate_grad_hook(larger)
    return model


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: _MoreOfFullBatches((8,)), "the loss of some batches depends on sometimes.weight"),
        (lambda: _MoreOfFullBatches((4,)), "the loss of some batches depends on sometimes.weight"),
        (_with_a_hook_on_weights, "0.weight has a hook that is called with its gradient"),
    ],
    ids=["not at the end of an epoch", "at the end of an epoch only", "hook"],
)
def test_weights_that_a_batched_gradient_would_miss_are_trained_one_run_after_another(model, reason):
    task, settings = make_task(model), {"momentum": 0.9, "weight_decay": 0.01}
    with pytest.warns(RuntimeWarning, match=reason):
        runs = zenith.train_seeds(task, "sgd", 2, settings=settings, **BUDGET)
    assert_same_bits(runs[1], zenith.train(task, "sgd", 1, settings=settings, **BUDGET))


def test_a_change_after_the_last_comparison_is_found_at_the_end():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.register = nn.Linear(72, 3), {"factor": 1}

        def forward(self, x):
            return self.layer(x.flatten(1)) * self.register["factor"]

    models = []

    def model():
        models.append(Net())
        return models[-1]

    def late(step, total_steps, losses, lrs):
        for net in models if step == 17 else ():  # between step 16 and the last of 18
            net.register["factor"] = 2

    with pytest.warns(RuntimeWarning, match="not those of the model by itself"):
        zenith.train_seeds(make_task(model), "zenith", 2, **BUDGET, on_step=late)


def test_a_gradient_that_is_not_finite_sends_no_other_run_back_to_its_start():
    def loss(model, batch):
        # 0 * (-1/2) * 0 ** (-3/2), where the weights are at 0: a gradient of NaN, of a loss that is finite
        return nn.functional.cross_entropy(model(batch[0]), batch[1]) + model.root.clamp(min=0).sqrt().sum() * 0

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.root = nn.Linear(72, 3), nn.Parameter(torch.zeros(1))

        def forward(self, x):
            return self.layer(x.flatten(1))

    runs = zenith.train_seeds(make_task(Net, loss=loss), "sgd", 2, **BUDGET)
    assert [run.together["runs"] for run in runs] == [2, 2]
    assert math.isnan(runs[0].trace.steps["gradient_norm"][0])


def test_two_trainings_at_once_do_not_continue_the_same_file(tmp_path):
    file, answers = tmp_path / "runs", []

    def at_the_same_time(step, *_):
        if step == 3:
            with pytest.raises(ValueError, match="is in use, another process trains that run") as raised:
                zenith.train_seeds(make_task(), "zenith", 2, **BUDGET, resume=file)
            answers.append(str(raised.value))

    zenith.train_seeds(make_task(), "zenith", 2, **BUDGET, resume=file, on_step=at_the_same_time)
    assert answers


class _InterruptedError(Exception):
    pass


@pytest.mark.parametrize("method", [pytest.param("zenith", marks=pytest.mark.slow), "sgd-momentum", "adam"])
def test_an_interrupted_training_goes_on_to_the_same_bits(method, tmp_path):
    task, file = make_task(with_batchnorm), tmp_path / "runs"
    settings = [{"lr": 0.01}, {"lr": 1e30}, {"lr": 0.02}]
    whole = zenith.train_seeds(task, method, 3, settings=settings, **BUDGET)

    def stop(step, total_steps, losses, lrs):
        if step == 9:
            raise _InterruptedError

    with pytest.raises(_InterruptedError):
        zenith.train_seeds(task, method, 3, settings=settings, **BUDGET, resume=file, save_every=7, on_step=stop)
    taken = []
    again = zenith.train_seeds(
        task, method, 3, settings=settings, **BUDGET, resume=file, on_step=lambda step, *_: taken.append(step)
    )
    assert taken[0] == 8
    for one, other in zip(again, whole, strict=True):
        assert_same_bits(one, other)
        assert one.batch_order == other.batch_order
        assert one.diverged_at == other.diverged_at
    finished = zenith.train_seeds(task, method, 3, settings=settings, **BUDGET, resume=file, on_step=stop)
    assert_same_bits(finished[0], whole[0])
    with pytest.raises(ValueError, match="is another run"):
        zenith.train_seeds(task, method, 2, **BUDGET, resume=file)


@pytest.mark.slow  # torch's compiler
@pytest.mark.parametrize("methods", [["zenith", "cosine", "zenith"], "adam"], ids=["sgd", "adam"])
def test_an_interrupted_compiled_training_goes_on_to_the_same_bits(methods, tmp_path, compiler):
    given = {"settings": [{"lr": 0.01}, {"lr": 1e30}, {"lr": 0.02}], "options": {"compile": True}} | BUDGET
    task, file = make_task(with_batchnorm), tmp_path / "runs"

    def stop(step, total_steps, losses, lrs):
        if step == 9:
            raise _InterruptedError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's own
        whole = zenith.train_seeds(task, methods, 3, **given)
        with pytest.raises(_InterruptedError):
            zenith.train_seeds(task, methods, 3, **given, resume=file, save_every=7, on_step=stop)
        again = zenith.train_seeds(task, methods, 3, **given, resume=file)
    for one, other in zip(again, whole, strict=True):
        assert one.together["compiled"]
        assert other.together["compiled"]
        assert_same_bits(one, other)
        assert (one.batch_order, one.diverged_at) == (other.batch_order, other.diverged_at)


def test_runs_that_go_on_with_another_processor_say_so_once(tmp_path, monkeypatch):
    """But for one that had ended."""
    options = {
        **BUDGET,
        "settings": [{"lr": 1e30, "weight_decay": 1.0}, {"lr": 0.01}, {"lr": 0.02}],
        "resume": tmp_path / "runs",
    }

    def stop(step, total_steps, losses, lrs):
        if step == 9:
            raise _InterruptedError

    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "OLD")
    with pytest.raises(_InterruptedError):
        zenith.train_seeds(make_task(), "sgd", 3, **options, save_every=7, on_step=stop)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "NEW")
    with pytest.warns(RuntimeWarning, match="was trained to step 7 with processor capability OLD, now NEW") as said:
        runs = zenith.train_seeds(make_task(), "sgd", 3, **options)
    assert len(said) == 1
    found = [[each["cpu_capability"] for each in run.environments] for run in runs]
    assert found == [["OLD"], ["OLD", "NEW"], ["OLD", "NEW"]]


class _Attribute(nn.Module):
    """Differs between seeds in what is no parameter and no buffer."""

    def __init__(self):
        super().__init__()
        self.layer, self.factor = nn.Linear(72, 3), 1 + torch.rand(())

    def forward(self, x):
        return self.layer(x.flatten(1)) * self.factor


class _Counting(nn.Module):
    """Is another function after some calls, as a trace is not."""

    def __init__(self):
        super().__init__()
        self.layer, self.calls = nn.Linear(72, 3), 0

    def forward(self, x):
        self.calls += self.training
        return self.layer(x.flatten(1)) * (2 if self.calls > 5 else 1)


def _with_dropout():
    return nn.Sequential(nn.Flatten(), nn.Linear(72, 9), nn.Dropout(0.3), nn.Linear(9, 3))


@pytest.mark.parametrize(
    ("changes", "method", "options", "reason"),
    [
        ({"model": _with_dropout}, "zenith", {}, "draws random numbers"),
        ({"model": _Attribute}, "zenith", {}, "not those of the model by itself"),
        ({"model": _Counting}, "zenith", {}, "not those of the model by itself"),
        ({}, "sam", {}, "evaluates the loss within its step"),
        ({}, "zenith", {"accumulate": 2}, "accumulate is for one model at a time"),
        ({}, "zenith", {"amp": "bf16"}, "amp is for one model at a time"),
    ],
    ids=["dropout", "attribute", "counter", "closure", "accumulate", "amp"],
)
def test_what_cannot_be_batched_is_trained_one_after_another(changes, method, options, reason):
    task = make_task(**changes)
    with pytest.warns(RuntimeWarning, match=f"trained one after another, because .*{reason}"):
        runs = zenith.train_seeds(task, method, 2, **BUDGET, options=options)
    for run in runs:
        assert reason in run.together["reason"]
        assert_same_bits(run, zenith.train(task, method, run.seed, **BUDGET, options=options))


def test_one_run_is_trained_by_itself_without_a_word():
    (run,) = zenith.train_seeds(make_task(), "zenith", [4], **BUDGET)
    assert_same_bits(run, zenith.train(make_task(), "zenith", 4, **BUDGET))
    assert run.together == {"reason": "there is one run"}


def test_global_generators_are_left_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    zenith.train_seeds(make_task(), "zenith", 2, **BUDGET)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("seeds", "settings", "message"),
    [
        (0, None, "seeds must be a whole number of at least 1"),
        ([], None, "must be whole numbers from 0, or how many"),
        ([0, -1], None, "a seed must be a whole number"),
        (2, [{"lr": 0.1}], "there are 1 settings for 2 seeds"),
        (2, [{"lr": 0.1}, {"lrate": 0.1}], "lrate"),
    ],
)
def test_bad_seeds_and_settings_are_refused(seeds, settings, message):
    with pytest.raises(ValueError, match=message):
        zenith.train_seeds(make_task(), "zenith", seeds, settings=settings, **BUDGET)


@pytest.mark.slow  # the import of torch's compiler
def test_without_a_compiler_it_trains_all_the_same():
    def broken(graph, inputs):
        raise RuntimeError("no C++ compiler found")

    torch._dynamo.reset()
    torch._dynamo.register_backend(broken, name="broken")
    with pytest.warns(RuntimeWarning, match="is not compiled .*install a C\\+\\+ compiler"):
        runs = zenith.train_seeds(make_task(), "zenith", 2, **BUDGET, options={"compile": "broken"})
    assert not runs[0].together["compiled"]
    assert "no C++ compiler found" in runs[0].together["not_compiled"]
    assert_equal_runs(runs[0], zenith.train(make_task(), "zenith", 0, **BUDGET))


def _scaled_by_numpy(X, y):
    """Transform as torch cannot trace it."""
    return torch.from_numpy(X.numpy() * np.float32(0.5)), y


class _AmongOthers(nn.Module):
    """Is no function of one sample, not even where it is evaluated."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(72, 3)

    def forward(self, x):
        rows = x.flatten(1)
        return self.layer(rows - rows.mean(0))


def _of_weights(model, batch):
    """Measure what is no function of outputs."""
    return next(model.parameters()).abs().mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "evaluated_together"),
    [
        ({}, True),
        ({"metric": _of_weights}, False),
        ({"model": _AmongOthers}, False),
        ({"transform": _scaled_by_numpy}, True),
    ],
    ids=["plain", "metric of weights", "samples that depend on each other", "transform in numpy"],
)
def test_compiled_runs_are_as_by_themselves(changes, evaluated_together):
    changes = {"model": with_batchnorm} | changes
    transform, given = changes.pop("transform", None), dict(BUDGET)
    task = make_task(**changes)
    if transform is not None:
        parts = task.load(None)
        splits = (zenith.tasks.Split(split.fields, transform) for split in (parts.train, parts.test))
        given["data"] = zenith.tasks.Data(*splits, parts.fingerprint, parts.description)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        runs = zenith.train_seeds(task, "zenith", 3, **given, options={"compile": True})
    for run in runs:
        assert run.together["seconds_compiling"] > 0
        told = {name: value for name, value in run.together.items() if name != "seconds_compiling"}
        assert told == {"runs": 3, "compiled": True, "evaluated_together": evaluated_together}
        assert_equal_runs(run, zenith.train(task, "zenith", run.seed, **given))


@pytest.mark.slow
def test_a_process_takes_a_compiled_program_for_no_other():
    """Losses of the same shapes are other programs, and one that was compiled before is taken again."""
    losses = {"plain": nn.CrossEntropyLoss(), "smooth": nn.CrossEntropyLoss(label_smoothing=0.3)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name in ("plain", "smooth", "plain"):
            task = make_task(loss=losses[name])
            for run in zenith.train_seeds(task, "zenith", 2, **BUDGET, options={"compile": True}):
                assert run.together["compiled"]
                assert_equal_runs(run, zenith.train(task, "zenith", run.seed, **BUDGET))


@pytest.mark.slow
def test_a_whole_training_of_the_default_task():
    budget = {"epochs": 40, "batch_size": 32, "window": 90, "checkpoints": 4}
    for run in zenith.train_seeds("digits", "zenith", 4, **budget):
        alone = zenith.train("digits", "zenith", run.seed, **budget)
        assert run.batch_order == alone.batch_order
        for name, tensor in alone.final.items():
            assert float((run.final[name] - tensor).norm() / tensor.norm()) < 1e-3, name
        assert math.isclose(run.trace.epochs["train_loss"][-1], alone.trace.epochs["train_loss"][-1], rel_tol=1e-2)
