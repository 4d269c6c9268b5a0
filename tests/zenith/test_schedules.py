import math

import pytest
import torch

from zenith.methods.schedules import SCHEDULES
from zenith.optimizer.zenith import Zenith

ETA0 = 0.3


def rates(name, total, optimizer=torch.optim.SGD, **settings):
    """LR of steps 0 to total - 1, and the one after the budget."""
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer = optimizer([parameter], lr=ETA0)
    schedule = SCHEDULES[name](optimizer, total, **settings)
    applied = []
    for _ in range(total):
        applied.append(optimizer.param_groups[0]["lr"])
        parameter.grad = torch.zeros(1)
        optimizer.step()
        schedule.step()
    return [*applied, optimizer.param_groups[0]["lr"]]


CLOSED_FORMS = {
    "constant": lambda t, T: 1.0,
    "step": lambda t, T: 0.1 ** ((t >= T / 2) + (t >= 3 * T / 4)),
    "exponential": lambda t, T: 0.01 ** (t / T),
    "polynomial": lambda t, T: (1 - t / T) ** 0.9,
    "cosine": lambda t, T: (1 + math.cos(math.pi * t / T)) / 2,
}


def test_table():
    assert set(SCHEDULES) == set(CLOSED_FORMS)


@pytest.mark.parametrize("total", [1, 2, 3, 7, 40, 1000])
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_form(name, total):
    expected = [ETA0 * CLOSED_FORMS[name](t, total) for t in range(total + 1)]
    assert rates(name, total) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "end"), [("constant", 1), ("step", 0.01), ("exponential", 0.01), ("polynomial", 0), ("cosine", 0)]
)
def test_ends_where_it_says(name, end):
    assert rates(name, 250)[-1] == pytest.approx(end * ETA0, abs=1e-14)


def test_settings():
    assert rates("step", 30, milestones=(0.1, 0.5, 0.9), gamma=0.5) == pytest.approx(
        [ETA0 * 0.5 ** ((t >= 3) + (t >= 15) + (t >= 27)) for t in range(31)]
    )
    assert rates("exponential", 10, final_fraction=0.5)[-1] == pytest.approx(ETA0 / 2)
    assert rates("polynomial", 10, power=2)[5] == pytest.approx(ETA0 / 4)


def test_on_zenith_the_base_rate_follows_the_schedule():
    assert rates("cosine", 20, optimizer=Zenith) == rates("cosine", 20)


@pytest.mark.parametrize("total", [0, -5, 2.5, True, None])
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_no_budget_is_refused(name, total):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=ETA0)
    with pytest.raises(ValueError, match="is no step budget: give an integer of at least 1"):
        SCHEDULES[name](optimizer, total)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("step", {"milestones": ()}),
        ("step", {"milestones": (0.5, 0.5)}),
        ("step", {"milestones": (0.75, 0.5)}),
        ("step", {"milestones": (0.0, 0.5)}),
        ("step", {"milestones": (50, 75)}),
        ("step", {"gamma": 1.0}),
        ("step", {"gamma": 0.0}),
        ("exponential", {"final_fraction": 0.0}),
        ("exponential", {"final_fraction": 1.5}),
        ("polynomial", {"power": 0.0}),
        ("polynomial", {"power": math.nan}),
    ],
)
def test_settings_out_of_range_are_refused(name, settings):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=ETA0)
    with pytest.raises(ValueError, match=f"{next(iter(settings))}=.*: give"):
        SCHEDULES[name](optimizer, 100, **settings)
