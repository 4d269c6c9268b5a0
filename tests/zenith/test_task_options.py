"""Options of tasks: keywords of the functions that make them, checked, recorded, and part of the identity."""

import pickle
from textwrap import dedent
from typing import Literal

import pytest
import torch

import zenith
from zenith import tasks

FILE = dedent(
    """
    from typing import Literal

    import torch
    import zenith

    generator = torch.Generator().manual_seed(0)
    X, y = torch.randn(30, 4, generator=generator), torch.randint(3, (30,), generator=generator)


    def make(
        width=1.0, *, layers: int = 1, activation: Literal["relu", "tanh"] = "relu", sizes: list[int] | None = None,
        bias: bool = True,
    ):
        '''Make it.

        Parameters
        ----------
        width : float
            Of the hidden
            layer.
        layers, bias
            How many, and with what.
        '''
        if width <= 0:
            raise ValueError(f"width must be positive, got {width}")
        return zenith.Task(
            name="filed",
            model=lambda: torch.nn.Sequential(
                torch.nn.Linear(4, round(8 * width)), torch.nn.ReLU(), torch.nn.Linear(round(8 * width), 3, bias=bias)
            ),
            train=(X, y),
            test=(X, y),
            loss="cross_entropy",
        )


    def needs(width):
        return make(width)
    """
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return path


def test_options_reach_the_function_and_are_part_of_the_identity(file):
    plain, wide = tasks.get(f"{file}:make"), tasks.get(f"{file}:make", width=2, bias=False)
    assert [sum(p.numel() for p in task.model().parameters()) for task in (plain, wide)] == [67, 128]
    assert wide.options == {"width": 2.0, "layers": 1, "activation": "relu", "sizes": None, "bias": False}
    assert plain.options == wide.options | {"width": 1.0, "bias": True}
    assert wide.identity() != plain.identity()
    # What says the defaults is what says nothing, in whatever type.
    assert tasks.get(f"{file}:make", width=1, layers=1, bias=True).identity() == plain.identity()
    assert tasks.get(f"{file}:make", layers=2).identity() not in (wide.identity(), plain.identity())
    assert pickle.loads(pickle.dumps(tasks.get("digits"))).options == {}
    run = zenith.train(wide, "sgd", epochs=1, batch_size=10)
    assert run.task_options == wide.options
    assert tasks.options(f"{file}:make") == plain.options


def test_a_study_of_a_task_without_options_has_the_identity_that_it_had():
    assert [tasks.get(name).identity() for name in ("digits", "mnist", "cifar10")] == ["digits", "mnist", "cifar10"]


def test_an_argument_without_a_default_is_an_option(file):
    assert tasks.get(f"{file}:needs", width=3.0).options == {"width": 3.0}
    with pytest.raises(ValueError, match=r"cannot be called without arguments .*'width'.*have a default"):
        tasks.get(f"{file}:needs")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widht": 2.0}, r"unknown key 'widht' in the options of task '.*mine.py:make': did you mean 'width'\? valid"),
        ({"width": "2"}, r"option 'width' of task '.*' must be a number, got '2'"),
        ({"width": True}, "option 'width' of task '.*' must be a number, got True"),
        ({"width": float("nan")}, "option 'width' of task '.*' is nan: give a finite number"),
        ({"width": -1.0}, "width must be positive, got -1.0"),
        ({"layers": 1.5}, "option 'layers' of task '.*' must be a whole number, got 1.5"),
        ({"bias": 1}, "option 'bias' of task '.*' must be true or false, got 1"),
        ({"activation": "rellu"}, r"option 'activation' of task '.*' is 'rellu': did you mean 'relu'\? it is one of"),
        ({"sizes": 3}, "option 'sizes' of task '.*' must be a list or nothing, got 3"),
        ({"sizes": [torch.ones(1)]}, "option 'sizes' of task '.*' is a list: give a finite number, text, true or"),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(file, given, message):
    with pytest.raises(ValueError, match=message):
        tasks.get(f"{file}:make", **given)


def test_a_task_that_is_made_already_takes_no_options():
    with pytest.raises(ValueError, match="unknown key 'width' in the options of task 'digits': valid keys: none"):
        tasks.get("digits", width=1)
    with pytest.raises(ValueError, match="task 'digits' is made already, so that width cannot be set: give its name"):
        tasks.get(tasks.get("digits"), width=1)


def test_types_come_from_annotations_and_else_from_defaults():
    def make(size=3, kind: Literal["a"] | int = "a", free=None):
        return tasks.get("digits").replace(name=f"d{size}{kind}")

    from zenith.tasks.task_options import called_with

    assert called_with(make, {"kind": 4, "free": [1]}, "t")[1].changed == {"kind": 4, "free": [1]}
    with pytest.raises(ValueError, match=r"option 'kind' of task 't' must be text or a whole number, got 4\.5"):
        called_with(make, {"kind": 4.5}, "t")
