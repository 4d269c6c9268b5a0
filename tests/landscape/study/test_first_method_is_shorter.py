"""A study whose first method takes fewer steps than another, all of them steps at which both are evaluated."""

import numpy as np
from blobs_study import SMALL, asked

import landscape as ls
from landscape.study import execute, prepare
from landscape.study.costs import costs_of


def test_evaluations_are_at_the_steps_of_the_longest_run(tmp_path):
    """Those after the end of the first run were at no step, and its report ended in an IndexError."""
    measure = ls.MeasureSpec(**vars(SMALL) | {"plane_seeds": 0, "spectrum_seeds": 0})
    spec = asked(methods=["sam", "zenith"], epochs=None, gradients=6, seeds=1, measure=measure)
    study = execute(prepare(spec, tmp_path, device="cpu"), progress=False)
    assert study.tree["runs"]["total_steps"].values.tolist() == [[3], [6]]
    assert study.tree["epochs"]["steps_taken"].values.tolist() == [0, 3, 6]
    spent = costs_of(study).spent["gradient_evaluations"]
    np.testing.assert_allclose(spent[:, 0, -1], 6)
