"""Metrics at equal cost and the cost of a target, on courses whose answer is known."""

import numpy as np
import pytest
import xarray as xr

from landscape.study.costs import Costs, costs_of, equal_cost_table, target_table

# Two methods, two seeds, four evaluations: the second takes two gradients a step and twice the time.
STEPS = np.array([0.0, 10.0, 20.0, 30.0])
METRIC = np.array([[[0.1, 0.5, 0.6, 0.9], [0.1, 0.4, 0.7, 0.8]], [[0.1, 0.7, 0.8, 0.95], [0.1, 0.2, 0.3, 0.4]]])


def costs(metric=METRIC):
    spent = np.stack([np.stack([STEPS, STEPS]), np.stack([2 * STEPS, 2 * STEPS])])
    return Costs(["zenith", "cosine"], [0, 1], {"seconds": spent / 10, "gradient_evaluations": spent}, metric, True)


def test_equal_cost_is_what_the_cheapest_run_of_a_seed_spends_and_the_last_evaluation_by_then():
    values, limit = costs().at_equal_cost("gradient_evaluations")
    assert limit.tolist() == [30, 30]
    # cosine has evaluations at 0, 20, 40 and 60 gradients: by 30 the second of them.
    assert values.tolist() == [[0.9, 0.8], [0.7, 0.2]]


def test_a_seed_with_a_diverged_run_has_no_value_at_equal_cost():
    lost = costs()
    lost.spent["seconds"][1, 0, 2:] = np.nan
    values, limit = lost.at_equal_cost("seconds")
    assert np.isnan(values[:, 0]).all()
    assert np.isnan(limit[0])
    assert values[:, 1].tolist() == [0.8, 0.2]


def test_a_target_is_reached_at_the_first_evaluation_that_has_it_or_never():
    assert costs().to_target("gradient_evaluations", 0.7).tolist() == [[30, 20], [20, np.inf]]
    lower = Costs(["a", "b"], [0, 1], costs().spent, -METRIC, False)
    assert lower.to_target("gradient_evaluations", -0.7).tolist() == [[30, 20], [20, np.inf]]


class _Spec:
    focus, target = "zenith", 0.35


class _Study:
    spec = _Spec()

    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"metric_label": "accuracy"}), "/runs": xr.Dataset()})


def test_a_run_that_never_gets_there_is_later_than_one_that_does_and_two_such_runs_are_a_tie():
    seeds = 6
    metric = np.full((2, seeds, 4), 0.1)
    metric[0, :, 1:] = 0.5  # zenith always gets there, cosine on one seed, later
    metric[1, 0, 3] = 0.5
    spent = np.broadcast_to(STEPS, (2, seeds, 4)).copy()
    made = Costs(
        ["zenith", "cosine"], list(range(seeds)), {"seconds": spent, "gradient_evaluations": spent}, metric, True
    )
    table = target_table(_Study(), made)
    first, second = table.records
    assert (first["reached"], second["reached"]) == (6, 1)
    assert first["seconds_to_target"] == 10
    assert second["seconds_to_target"] == np.inf
    assert second["p_seconds"] == pytest.approx(2 / 2**6)
    assert table.rows[1][2].startswith("not reached")
    never = target_table(_Study(), Costs(["zenith", "cosine"], made.seeds, made.spent, np.full_like(metric, 0.1), True))
    assert never.records[1]["p_seconds"] == 1.0


def test_the_table_of_equal_cost_tests_each_column_against_the_focus():
    table = equal_cost_table(_Study(), costs())
    zenith, cosine = table.records
    assert zenith["total_gradient_evaluations"] == 30
    assert cosine["total_gradient_evaluations"] == 60
    assert cosine["metric_at_equal_gradient_evaluations"] == pytest.approx(0.45)
    assert cosine["p_at_equal_gradient_evaluations"] == 0.5  # both of two seeds
    assert cosine["p_at_equal_steps"] == 1.0  # one of two


def test_an_older_study_records_no_gradient_evaluations_and_has_no_such_section():
    import landscape as ls

    assert costs_of(ls.Study.open("figures/mnist")) is None
