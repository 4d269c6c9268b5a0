"""A method of one's own, an object, a pair, of a file or a plug-in, is as good as a built-in one, or refused."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import math
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_loading import install, place, write  # noqa: F401 (a fixture)
from test_training import make_task
from torch import nn

import zenith
from zenith import methods
from zenith.methods.schedules import SCHEDULES

BUDGET = {"epochs": 2, "batch_size": 8, "window": 3, "checkpoints": 2, "device": "cpu"}


def same(one: zenith.Run, other: zenith.Run) -> bool:
    traces = [
        {
            key: column
            for key, column in run.trace.steps.items()
            if key not in ("seconds", "mean_gradient_norm", "zenith")
        }
        for run in (one, other)
    ]
    return traces[0] == traces[1] and all(torch.equal(one.final[key], other.final[key]) for key in one.final)


# --------------------------------------------------------------------------------------------- equal to a built-in row


def test_a_pair_trains_as_the_built_in_method_of_the_same_optimizer():
    task = make_task()
    own = zenith.train(
        task, ("mine", lambda params, lr: torch.optim.Adam(params, lr=lr)), settings={"lr": 1e-3}, **BUDGET
    )
    assert same(own, zenith.train(task, "adam", **BUDGET))
    assert (own.method, own.settings, own.evaluated_at) == ("mine", {"lr": 1e-3}, "weights")


@pytest.mark.parametrize("name", ["cosine", "sam", "pal", "gen", "sps", "schedule-free-sgd", "zenith", "step"])
def test_a_row_uses_nothing_that_a_user_cannot(name):
    row = methods.METHODS[name]
    own = zenith.Method(
        "mine",
        row.optimizer,
        schedule=SCHEDULES[row.schedule],
        needs=row.needs,
        averaging=row.averaging,
        optimizer_defaults=row.optimizer_defaults,
        shares_window=row.shares_window,
    )
    assert own.schedule_defaults == row.schedule_defaults
    assert own.family == "own"
    assert methods.get(own) is own
    task = make_task()
    assert same(zenith.train(task, own, **BUDGET), zenith.train(task, name, **BUDGET))


def test_settings_are_the_keyword_parameters_of_the_function():
    def make(params, lr, decay=0.9, *, base=torch.optim.RMSprop, window):
        return base(params, lr=lr, alpha=decay)

    own = methods.get(("mine", make))
    assert own.defaults == {"lr": None, "decay": 0.9, "window": None}
    assert own.required == {"lr", "window"}
    assert own.shares_lr
    assert own.shares_window
    assert methods.resolve_settings(own, {"lr": 0.1, "window": 5}) == {"lr": 0.1, "decay": 0.9, "window": 5}
    with pytest.raises(ValueError, match="unknown key 'decai' in the settings of method 'mine': did you mean 'decay'"):
        methods.resolve_settings(own, {"lr": 0.1, "decai": 0.5})
    with pytest.raises(ValueError, match=r"method 'mine' has no lr, .*: give settings=\{'lr': \.\.\.\}, or a default"):
        methods.resolve_settings(own)
    with pytest.raises(ValueError, match="decay='high' of method 'mine' is not a number"):
        methods.resolve_settings(own, {"lr": 0.1, "decay": "high"})
    run = zenith.train(make_task(), own, settings={"lr": 0.01}, **BUDGET)
    assert run.settings == {"lr": 0.01, "decay": 0.9, "window": 3}


def test_a_default_of_its_own_is_kept_from_a_studys_learning_rate():
    assert not methods.get(("mine", torch.optim.Adam)).shares_lr
    assert methods.get(("mine", torch.optim.Adam)).defaults["betas"] == (0.9, 0.999)
    assert not methods.get(("mine", lambda params, lr=1e-3, window=20: None)).shares_window


def test_any_setting_goes_to_a_function_that_takes_any():
    given = {}

    def make(params, lr=0.1, **others):
        given.update(others)
        return torch.optim.SGD(params, lr=lr)

    methods.make_optimizer(("mine", make), [torch.ones(2, requires_grad=True)], depth=3)
    assert given == {"depth": 3}


def test_a_function_may_go_through_the_parameters_twice():
    def make(params, lr=0.1):
        weights, biases = ([p for p in params if (p.dim() > 1) == matrix] for matrix in (True, False))
        return torch.optim.SGD([{"params": weights}, {"params": biases, "lr": lr / 2}], lr=lr)

    run = zenith.train(make_task(), ("mine", make), **BUDGET)
    assert run.status == "finished"


def test_a_schedule_of_ones_own_is_told_the_steps_and_its_settings():
    def halving(optimizer, total_steps, cuts=2):
        return torch.optim.lr_scheduler.StepLR(optimizer, math.ceil(total_steps / cuts), gamma=0.5)

    own = zenith.Method("mine", torch.optim.SGD, schedule=halving, optimizer_defaults={"lr": 0.2})
    assert own.defaults == {"lr": 0.2, "cuts": 2}
    run = zenith.train(make_task(), own, settings={"cuts": 7}, **BUDGET)
    assert run.total_steps == 14
    assert run.trace.steps["lr"] == [0.2 * 0.5 ** (t // 2) for t in range(14)]


def test_the_point_of_evaluation_is_a_context_or_a_swap():
    class Averaged(torch.optim.SGD):
        """Keeps the first weights as its average, so that every evaluation sees the start."""

        def averages(self):
            return [(p, self.start[i]) for i, p in enumerate(self.param_groups[0]["params"])]

        def __init__(self, params, lr):
            super().__init__(params, lr=lr)
            self.start = [p.detach().clone() for p in self.param_groups[0]["params"]]

    @contextlib.contextmanager
    def at_start(optimizer, model):
        held = [p.detach().clone() for p in model.parameters()]
        with torch.no_grad():
            for p, start in optimizer.averages():
                p.copy_(start)
            yield
            for p, value in zip(model.parameters(), held, strict=True):
                p.copy_(value)

    def enter(optimizer, model):
        for p, start in optimizer.averages():
            p.data.copy_(start)

    def leave_wrongly(optimizer, model):
        for p in model.parameters():
            p.data.zero_()

    runs = [
        zenith.train(make_task(), zenith.Method("mine", Averaged, averaging=averaging), settings={"lr": 0.1}, **BUDGET)
        for averaging in ("the start", at_start, (enter, leave_wrongly))
    ]
    assert [run.evaluated_at for run in runs] == ["the start", "at_start", "enter"]
    plain = zenith.train(make_task(), ("mine", Averaged), settings={"lr": 0.1}, **BUDGET)
    for run in runs:
        assert run.trace.steps["loss"] == plain.trace.steps["loss"]  # the training is as without
        for name, value in run.final.items():
            if not name.startswith("1."):  # batch norm's statistics are those of the point
                assert torch.equal(value, run.checkpoints[0][name])


def test_methods_are_copied_and_pickled():
    for name, row in methods.METHODS.items():
        assert methods.get(pickle.loads(pickle.dumps(row))).name == name
    own = zenith.Method("mine", torch.optim.SGD, schedule="cosine")
    for twin in (copy.deepcopy(own), pickle.loads(pickle.dumps(own)), dataclasses.replace(own)):
        assert twin == own
        assert twin.defaults == own.defaults


# ------------------------------------------------------------------------------------------------ files and plug-ins

FILE = """
import torch
import zenith

RATE = 0.05

class MyAdam(torch.optim.Adam):
    pass

def my_adam(params, lr=RATE):
    return MyAdam(params, lr=lr)

method = zenith.Method("named", MyAdam, schedule="cosine", optimizer_defaults={"lr": RATE})
number = 3
"""


def test_a_method_of_a_file(place):  # noqa: F811
    file = write(place / "fashion.py", FILE)
    own = methods.get("fashion.py:my_adam")
    assert (own.name, own.defaults) == ("my_adam", {"lr": 0.05})
    assert own.source is not None
    assert own.source.path == str(file)
    assert methods.get("fashion.py:method").name == "named"
    assert methods.get(("mine", "fashion.py:method")).name == "mine"
    assert methods.get(("mine", "fashion.py:MyAdam"), base=place).source.attribute == "MyAdam"
    run = zenith.train(make_task(), "fashion.py:my_adam", **BUDGET)
    assert (run.method, run.settings) == ("my_adam", {"lr": 0.05})
    with pytest.raises(
        ValueError, match=r"'fashion.py:number' of method 'number' is of type int: give a zenith.Method"
    ):
        methods.get("fashion.py:number")
    with pytest.raises(ValueError, match=r"'fashion.py' has no 'my_adm': did you mean 'my_adam'"):
        methods.get("fashion.py:my_adm")


def test_the_identity_of_a_method(place):  # noqa: F811
    file = write(place / "fashion.py", FILE)
    assert methods.identity("zenith") == "zenith"
    one, other = methods.identity("fashion.py:my_adam"), methods.identity("fashion.py:MyAdam")
    assert one != other
    code = "import json; from zenith import methods; print(json.dumps(methods.identity('fashion.py:my_adam')))"
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(root)})
    assert json.loads(ran.stdout) == one, ran.stderr
    write(file, FILE.replace("0.05", "0.06"))
    assert methods.identity("fashion.py:my_adam") != one
    made = methods.identity(("mine", lambda params, lr: torch.optim.SGD(params, lr=lr)))
    assert made == methods.identity(("mine", lambda params, lr: torch.optim.SGD(params, lr=lr)))
    assert made != methods.identity(("mine", lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=0.9)))
    # What was changed in the session is no longer what the file says.
    changed = dataclasses.replace(methods.get("fashion.py:method"), schedule="constant")
    assert changed.source is None


def test_the_identity_of_what_was_made_in_a_session_outlives_its_use_and_its_way_to_a_worker():
    class Local(torch.optim.SGD):
        @torch.no_grad()
        def step(self, closure=None):
            return super().step(closure)

    own = ("mine", lambda params, lr: Local(params, lr=lr))
    fresh = methods.identity(own)
    zenith.train(make_task(), own, settings={"lr": 0.1}, **BUDGET)  # torch hooks into the class's step
    assert methods.identity(own) == fresh
    sent = pytest.importorskip("cloudpickle", reason="what a session made is sent by cloudpickle").dumps(own)
    assert methods.identity(pickle.loads(sent)) == fresh
    made = []

    def counting(params, lr=0.1):
        made.append(lr)
        return Local(params, lr=lr)

    counted = methods.get(("mine", counting))
    fresh = methods.identity(counted)
    zenith.train(make_task(), counted, **BUDGET)
    assert made
    assert methods.identity(counted) == fresh
    assert methods.identity(copy.deepcopy(counted)) == fresh
    assert methods.identity(("mine", counting)) != fresh  # what it holds is another now
    assert methods.identity(dataclasses.replace(counted, schedule="cosine")) != fresh


def test_methods_of_installed_packages(place):  # noqa: F811
    write(place / "lion_made.py", FILE)
    entries = {
        "lion": "lion_made:my_adam",
        "broken": "not_there:x",
        "sgd": "lion_made:my_adam",
        "no": "lion_made:number",
    }
    install(place, "lion-made", entries)
    assert methods.names() == (*methods.METHODS, "broken", "lion", "no")
    lion = methods.get("lion")
    assert (lion.name, lion.defaults, lion.source.distribution) == ("lion", {"lr": 0.05}, "lion-made 1.5")
    assert methods.get("sgd") is methods.METHODS["sgd"]
    assert zenith.train(make_task(), "lion", **BUDGET).method == "lion"
    with pytest.raises(
        ValueError, match=r"the method 'broken' of lion-made 1.5 cannot be used: there is no module 'not_t"
    ):
        methods.get("broken")
    with pytest.raises(ValueError, match="'lion_made:number' of method 'no' is of type int"):
        methods.get("no")
    with pytest.raises(ValueError, match="unknown method 'lio': did you mean 'lion'"):
        methods.get("lio")


# ------------------------------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (("sgd", torch.optim.SGD), "'sgd' is the name of a built-in method, which yours is not: give it another name"),
        (("a b", torch.optim.SGD), "name='a b' of a method must be letters, digits and -_.+ only"),
        (("mine", 3), "3 of method 'mine' is of type int: give a zenith.Method, an optimizer class, or a function"),
        (("mine", "adam"), "'adam' of method 'mine' does not say where to find it: write 'file.py:NAME'"),
        (("mine", lambda params: None), "the optimizer of method 'mine' takes no lr: write it as a function of"),
        (
            ("mine", lambda: None),
            r"the optimizer of method 'mine' takes 0 arguments: write a function of \(params, lr\)",
        ),
        (lambda params, lr: None, r"a method is called by its name, .*: give a pair \('mine', <lambda>\)"),
        (torch.optim.SGD([torch.ones(1)]), "a method is no optimizer that has its parameters already .*: give a pair"),
        (3, "method=3 is no method: give a name of zenith.methods.names"),
        (nn.Linear, "a method is called by its name"),
    ],
)
def test_what_is_no_method_is_refused(method, message):
    with pytest.raises(ValueError, match=message):
        methods.get(method)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"schedule": "cosin"}, "unknown schedule 'cosin': did you mean 'cosine'"),
        ({"schedule": 3}, "schedule=3 of method 'mine' is neither a name"),
        ({"schedule": lambda optimizer: None}, r"the schedule of method 'mine' takes 1 arguments: write a function of"),
        ({"needs": "closur"}, "unknown key 'closur' in needs of method 'mine': did you mean 'closure'"),
        ({"averaging": 3}, "averaging=3 of method 'mine' must be a name, a context manager"),
        ({"exceptions": {"lerns": "x"}}, "unknown key 'lerns' in exceptions of method 'mine': did you mean 'learns'"),
        ({"nan": "stays"}, "nan='stays' of method 'mine' must be 'spreads' or 'skips'"),
        (
            {"optimizer_defaults": {"lr": 1, "momentun": 0}},
            "unknown key 'momentun' in the optimizer's defaults of method",
        ),
        (
            {"schedule": lambda optimizer, total, momentum=1: None},
            "both optimizer and schedule of method 'mine' have a setting momentum: rename one",
        ),
    ],
)
def test_a_method_is_checked_when_it_is_made(fields, message):
    with pytest.raises(ValueError, match=message):
        zenith.Method("mine", torch.optim.SGD, **fields)


def test_what_the_functions_return_is_checked():
    weights = [torch.ones(2, requires_grad=True)]
    with pytest.raises(ValueError, match="the optimizer of method 'mine' is of type NoneType: let its function return"):
        methods.make_optimizer(("mine", lambda params, lr=1: None), weights)
    own = zenith.Method("mine", torch.optim.SGD, schedule=lambda optimizer, total: None)
    with pytest.raises(ValueError, match="the schedule of method 'mine' is of type NoneType: let its function return"):
        methods.make_schedule(own, methods.make_optimizer(own, weights), 3)


class Closing(torch.optim.SGD):
    """Demands a closure."""

    def step(self, closure):
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss


class Calling(torch.optim.SGD):
    """Calls a closure that it does not demand."""

    def step(self, closure=None):
        with torch.enable_grad():
            loss = closure()
        super().step()
        return loss


class Losing(torch.optim.SGD):
    def step(self, closure=None, *, loss):
        for group in self.param_groups:
            group["held"] = loss
        super().step()


class Probing(torch.optim.SGD):
    def step(self, *, loss, probe):
        assert probe() == loss
        super().step()


class Deaf(torch.optim.Optimizer):
    """Reads its learning rate when it is made."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})
        self.rate = lr

    @torch.no_grad()
    def step(self, closure=None):
        for p in self.param_groups[0]["params"]:
            p -= self.rate * p.grad


class Failing(torch.optim.SGD):
    def step(self, closure=None):
        raise KeyError("momentum_buffer")


def own_rate(optimizer, total_steps):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=total_steps + 1)


def from_rate(optimizer, total_steps):
    lr = optimizer.param_groups[0]["lr"]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=total_steps + 1)


@pytest.mark.parametrize(
    ("wrong", "message", "right"),
    [
        (
            zenith.Method("mine", Closing, optimizer_defaults={"lr": 0.1}),
            r"steps by closure and does not say so: write zenith.Method\('mine', ..., needs=\{'closure'\}\)",
            zenith.Method("mine", Closing, optimizer_defaults={"lr": 0.1}, needs={"closure"}),
        ),
        (
            zenith.Method("mine", Calling, optimizer_defaults={"lr": 0.1}),
            r"steps by closure and does not say so: .* needs=\{'closure'\}\)",
            zenith.Method("mine", Calling, optimizer_defaults={"lr": 0.1}, needs="closure"),
        ),
        (
            zenith.Method("mine", torch.optim.LBFGS),
            r"steps by closure and does not say so: .* needs=\{'closure'\}\)",
            zenith.Method("mine", torch.optim.LBFGS, needs="closure"),
        ),
        (
            zenith.Method("mine", Losing, optimizer_defaults={"lr": 0.1}),
            r"steps by loss and does not say so: .* needs=\{'loss'\}\)",
            zenith.Method("mine", Losing, optimizer_defaults={"lr": 0.1}, needs=["loss"]),
        ),
        (
            zenith.Method("mine", Probing, optimizer_defaults={"lr": 0.1}, needs="closure"),
            r"steps by loss and probe and declares needs=\['closure'\]: .* needs=\{'loss', 'probe'\}\)",
            zenith.Method("mine", Probing, optimizer_defaults={"lr": 0.1}, needs=("loss", "probe")),
        ),
        (
            zenith.Method("mine", torch.optim.SGD, needs="loss"),
            r"steps by gradients alone and declares needs=\['loss'\]: write zenith.Method\('mine', ..., needs=\(\)\)",
            zenith.Method("mine", torch.optim.SGD),
        ),
        (
            zenith.Method("mine", lambda params, lr=0.1: torch.optim.SGD(params, lr=0.5)),
            "the function of method 'mine' ignores its lr, with half of which the optimizer takes the same steps",
            zenith.Method(
                "mine", lambda params, lr=0.1: torch.optim.SGD(params, lr=0.5), exceptions={"schedule": "it is so"}
            ),
        ),
        (
            zenith.Method("mine", Deaf, schedule="cosine", optimizer_defaults={"lr": 0.1}),
            r"does not read group\['lr'\] when it steps, so its schedule does nothing: .*, or leave the schedule out",
            zenith.Method("mine", Deaf, optimizer_defaults={"lr": 0.1}),
        ),
        (
            zenith.Method("mine", torch.optim.SGD, schedule=own_rate),
            r"sets learning rates of its own, so that lr does nothing: start from optimizer.param_groups\[0\]\['lr'\]",
            zenith.Method("mine", torch.optim.SGD, schedule=from_rate),
        ),
        (
            zenith.Method("mine", torch.optim.SGD, averaging="Polyak"),
            r"is evaluated at an average \(Polyak\), which its optimizer does not have: give it a method averages",
            None,
        ),
        (
            zenith.Method(
                "mine", torch.optim.SGD, schedule=lambda o, total: torch.optim.lr_scheduler.ReduceLROnPlateau(o)
            ),
            "the schedule of method 'mine' cannot be stepped .*: it is stepped once after every optimizer",
            None,
        ),
        (
            zenith.Method("mine", Failing, optimizer_defaults={"lr": 0.1}),
            "the optimizer of method 'mine' cannot take a step: KeyError: 'momentum_buffer'",
            None,
        ),
        (
            zenith.Method("mine", lambda params, lr=0.1: torch.optim.SGD(params, lr=lr, momentun=0.9)),
            r"the optimizer of method 'mine' cannot be made of \(params, lr=0.1\): TypeError: ",
            None,
        ),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_trial_step_finds_what_is_wrong_before_work_starts_and_its_advice_works(wrong, message, right):
    steps = []
    with pytest.raises(ValueError, match=message):
        zenith.train(make_task(), wrong, on_step=lambda *args: steps.append(args), **BUDGET)
    assert not steps
    if right is not None:
        run = zenith.train(make_task(), right, **BUDGET)
        assert run.status == "finished"


def test_a_trial_leaves_no_trace():
    class Noisy(torch.optim.SGD):
        made = 0

        def __init__(self, params, lr=0.1):
            Noisy.made += 1
            super().__init__(params, lr=lr)

        @torch.no_grad()
        def step(self, closure=None):
            for p in self.param_groups[0]["params"]:
                p -= self.param_groups[0]["lr"] * (p.grad + torch.randn_like(p))

    weights = [torch.randn(3, 2, requires_grad=True)]
    before, state = weights[0].detach().clone(), torch.get_rng_state()
    methods.try_out(("mine", Noisy), params=weights)
    assert Noisy.made >= 2
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(weights[0], before)
    assert weights[0].grad is None
    methods.try_out(("mine", Noisy))


@pytest.mark.parametrize("fails", [False, True])
def test_a_trial_has_the_shapes_that_an_optimizer_wants(fails):
    shapes = []

    class Blocked(torch.optim.SGD):
        def step(self, closure=None):
            for p in self.param_groups[0]["params"]:
                shapes.append(tuple(p.shape))
                if fails and p.dim() == 2 and p.shape[0] % 48:
                    raise ValueError("blocks of 48 rows")
            super().step()

    params = [torch.ones(96, 3, requires_grad=True), torch.ones(2, requires_grad=True), torch.tensor(1.0)]
    own = zenith.Method("mine", Blocked, optimizer_defaults={"lr": 0.1})
    methods.try_out(own, params=params)
    assert ((96, 3) in shapes) == fails
    assert (32, 3) in shapes
    assert {(2,), ()} <= set(shapes)
