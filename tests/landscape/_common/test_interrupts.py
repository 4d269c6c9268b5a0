"""Ctrl-C in the middle of an estimate raises; what was finished by then is attached, and says so."""

import json
import pickle
import signal
import subprocess
import sys
from bisect import bisect_left
from functools import partial

import numpy as np
import pytest
import torch
from interruption import finished
from matrices import MatrixOperator
from torch.nn import functional

from landscape._common.interrupts import Interrupted
from landscape.connectivity.alignment.align import align
from landscape.connectivity.curve_finding import connect
from landscape.connectivity.linear import interpolate, path_profile
from landscape.curvature.diagonal import hessian_diagonal
from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.minibatch import minibatch_curvature
from landscape.curvature.per_layer import layer_curvature
from landscape.curvature.spectrum import frobenius_norm, hessian_trace, spectral_density
from landscape.linalg.probes import Prober
from landscape.objective.objective import Objective
from landscape.sharpness.average import average_sharpness
from landscape.sharpness.basin_width import basin_width
from landscape.sharpness.relative_flatness import relative_flatness
from landscape.sharpness.worst_case import keskar_sharpness, worst_case_sharpness
from landscape.slices.adaptive import adaptive_plane
from landscape.slices.directions import random_direction
from landscape.slices.grid import line, plane
from landscape.study.measure import measure_run, measure_spectrum
from landscape.study.measure_spec import MeasureSpec
from landscape.trajectory.losses import checkpoint_losses

SPECTRUM = np.linspace(-1, 3, 30)

MEASURES = [
    partial(top_eigenpairs, k=1),
    hessian_trace,
    frobenius_norm,
    hessian_diagonal,
    spectral_density,
    layer_curvature,
    partial(minibatch_curvature, batch_sizes=4),
    partial(worst_case_sharpness, rho=0.1),
    keskar_sharpness,
    partial(average_sharpness, rho=0.1),
    relative_flatness,
    partial(basin_width, directions=[], threshold=0.1),
    partial(line, direction={}),
    partial(plane, directions=({}, {})),
    partial(adaptive_plane, directions=({}, {})),
    partial(interpolate, a={}, b={}),
    partial(path_profile, path=None),
    partial(connect, a={}, b={}),
    partial(align, a={}, b={}),
    partial(checkpoint_losses, trajectory=None, states=[]),
]
"""Everything that can be of use half done."""


class InterruptedOperator(MatrixOperator):
    """A matrix that is interrupted in the product after so many."""

    after = 0

    def matvec(self, vector):
        if self.products >= self.after:
            raise KeyboardInterrupt
        return super().matvec(vector)

    def matmat(self, vectors):
        if self.products >= self.after:
            raise KeyboardInterrupt
        return super().matmat(vectors)


@pytest.fixture
def interrupted(symmetric):
    def make(after):
        operator = InterruptedOperator(symmetric(SPECTRUM))
        operator.after = after
        return operator

    return make


def test_a_trace_is_that_of_the_finished_probes(interrupted, symmetric):
    part = finished(hessian_trace, interrupted(5), probes=32)
    whole = hessian_trace(MatrixOperator(symmetric(SPECTRUM)), probes=5)
    assert (part.value, part.standard_error, part.samples) == (whole.value, whole.standard_error, 5)
    assert part.protocol["stop"] == "interrupted"
    assert part.protocol["probes"] == 5
    assert "stop" not in whole.protocol


@pytest.mark.parametrize("method", ["hutch++", "xtrace"])
@pytest.mark.parametrize("after", [8, 16, 24])
def test_a_trace_whose_range_is_not_complete_is_the_mean_over_its_gaussian_vectors(
    interrupted, symmetric, method, after
):
    matrix = symmetric(SPECTRUM)
    part = finished(hessian_trace, interrupted(after), method=method, probes=48, seed=3)
    operator = MatrixOperator(matrix)
    tests = Prober(operator, 3, total=0, label="", progress=False).draw(part.samples, "gaussian")
    forms = torch.sum(tests * (matrix @ tests), dim=0).numpy()
    assert part.samples == min(after, 16 if method == "hutch++" else 24)
    np.testing.assert_allclose(part.value, forms.mean(), rtol=1e-12)
    np.testing.assert_allclose(part.standard_error, forms.std(ddof=1) / np.sqrt(len(forms)), rtol=1e-12)
    assert part.protocol["stop"] == "interrupted"
    assert part.protocol["method"] == "Hutchinson, Gaussian probes"
    assert part.protocol["products"] == after


def test_a_norm_whose_range_is_not_complete_is_the_mean_over_its_gaussian_vectors(interrupted, symmetric):
    matrix = symmetric(SPECTRUM)
    part = finished(frobenius_norm, interrupted(16), probes=60, seed=3, squared=True)
    tests = Prober(MatrixOperator(matrix), 3, total=0, label="", progress=False).draw(16, "gaussian")
    np.testing.assert_allclose(part.value, (matrix @ tests).square().sum(dim=0).mean(), rtol=1e-12)
    assert part.protocol["stop"] == "interrupted"


@pytest.mark.parametrize(
    ("measure", "truth"),
    [
        (partial(hessian_trace, method="hutch++"), SPECTRUM.sum()),
        (partial(frobenius_norm, squared=True), (SPECTRUM**2).sum()),
    ],
    ids=["trace", "norm"],
)
def test_once_the_range_is_complete_the_finished_probes_count(interrupted, symmetric, measure, truth):
    """48 products are 16 for S, 16 for Q and 16 probes, of which one block of eight is finished."""
    part = finished(measure, interrupted(40), probes=48)
    whole = measure(MatrixOperator(symmetric(SPECTRUM)), probes=48)
    assert (part.samples, whole.samples) == (8, 16)
    assert part.protocol["range"] == whole.protocol["range"] == 16
    assert (part.protocol["probes"], part.protocol["stop"]) == (40, "interrupted")
    assert "stop" not in whole.protocol
    low, high = part.interval(0.9999)
    assert low < truth < high


class PressedWhileCounting:
    """Presses Ctrl-C at the n-th line of the lab's own code after so many products."""

    def __init__(self, operator, products, lines):
        self.operator, self.products, self.lines, self.seen = operator, products, lines, 0

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)

    def __exit__(self, *_):
        sys.settrace(self.before)

    def __call__(self, frame, event, arg):
        if not frame.f_globals.get("__name__", "").startswith("landscape.linalg"):
            return None
        if event == "line" and self.operator.products >= self.products and self.seen <= self.lines:
            self.seen += 1
            if self.seen > self.lines:
                signal.raise_signal(signal.SIGINT)
        return self


@pytest.mark.parametrize("method", ["hutch++", "xtrace"])
def test_ctrl_c_right_after_the_last_product_of_a_stage_counts_it_or_leaves_it_out(symmetric, method):
    """At whatever line of the counting the signal comes: products and probes are not counted by halves."""
    found = set()
    for lines in range(12):
        operator = MatrixOperator(symmetric(SPECTRUM))
        with PressedWhileCounting(operator, 16, lines):
            part = finished(hessian_trace, operator, method=method, probes=48 if method == "hutch++" else 32)
        assert part.products == part.samples
        assert part.protocol["stop"] == "interrupted"
        found.add(part.products)
    assert found == {8, 16}, found


def test_of_an_exact_diagonal_the_finished_entries_are_left(interrupted, symmetric):
    part = finished(hessian_diagonal, interrupted(16), method="exact")
    (values,), (errors,) = part.values.values(), part.standard_errors.values()
    torch.testing.assert_close(values[:16], symmetric(SPECTRUM).diagonal()[:16])
    assert not errors[:16].any()
    assert values[16:].isnan().all()
    assert errors[16:].isnan().all()
    assert (part.protocol["entries"], part.protocol["stop"]) == (16, "interrupted")
    assert "16 entries, the others NaN" in repr(part)


def test_a_diagonal_is_that_of_the_finished_probes(interrupted, symmetric):
    part = finished(hessian_diagonal, interrupted(9), probes=32)
    whole = hessian_diagonal(MatrixOperator(symmetric(SPECTRUM)), probes=16)
    assert part.samples == 16  # two blocks of eight
    for name, values in whole.values.items():
        assert torch.equal(part.values[name], values)
        assert torch.equal(part.standard_errors[name], whole.standard_errors[name])
    assert part.protocol["stop"] == "interrupted"


@pytest.mark.parametrize(("after", "together", "shape"), [(25, 8, (8, 4)), (49, 4, (4, 12)), (40, 2, (2, 12))])
def test_a_density_is_that_of_the_finished_probes_or_steps(interrupted, symmetric, after, together, shape):
    budget = together * 12 * len(SPECTRUM) * 8
    part = finished(spectral_density, interrupted(after), steps=12, memory_budget=budget)
    whole = spectral_density(MatrixOperator(symmetric(SPECTRUM)), probes=shape[0], steps=shape[1], memory_budget=budget)
    assert part.nodes.shape == shape
    np.testing.assert_allclose(part.nodes, whole.nodes, rtol=1e-12)
    np.testing.assert_allclose(part.weights, whole.weights, rtol=1e-9)
    assert part.protocol["stop"] == "interrupted"
    assert "stop" not in whole.protocol
    assert part.moment(1).interval(0.999)[0] < SPECTRUM.sum() < part.moment(1).interval(0.999)[1]


@pytest.mark.parametrize(
    ("measure", "after"),
    [
        (hessian_trace, 1),
        (lambda operator: hessian_trace(operator, method="hutch++"), 0),
        (lambda operator: hessian_trace(operator, method="xtrace"), 0),
        (lambda operator: frobenius_norm(operator, probes=4), 0),
        (hessian_diagonal, 0),
        (lambda operator: hessian_diagonal(operator, method="exact"), 0),
        (spectral_density, 0),
        (lambda operator: spectral_density(operator, memory_budget=0), 50),  # the second probe is not finished
    ],
)
def test_where_nothing_is_finished_the_interrupt_goes_on(interrupted, measure, after):
    with pytest.raises(KeyboardInterrupt) as caught:
        measure(interrupted(after))
    assert not isinstance(caught.value, Interrupted)


# ---------------------------------------------------------------------- measures made of several


@pytest.fixture
def stopped(mlp):
    """An objective whose loss is interrupted once `left` is used up."""

    class Countdown:
        left = 10**9

        def __call__(self, model, batch):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return functional.cross_entropy(model(batch[0]), batch[1])

    countdown = Countdown()
    return Objective(mlp.model, data=mlp.data, loss=countdown), countdown


def test_layers_are_those_finished(stopped):
    objective, countdown = stopped
    whole = layer_curvature(objective, probes=6)
    used, found = 10**9 - countdown.left, None
    for left in range(used):
        countdown.left = left
        try:
            layer_curvature(objective, probes=6)
        except Interrupted as error:
            found = error.partial
            break
        except KeyboardInterrupt:
            continue
    assert found is not None
    assert found.sizes["layer"] == 1
    np.testing.assert_allclose(found["eigenvalue"], whole["eigenvalue"].isel(layer=[0]), rtol=1e-9)
    np.testing.assert_allclose(found["trace"], whole["trace"].isel(layer=[0]), rtol=1e-9)


def test_mini_batches_are_those_that_every_size_has(stopped):
    objective, countdown = stopped
    whole = minibatch_curvature(objective, [4, 8], batches=4)
    used = 10**9 - countdown.left

    def stopped_after(left):
        countdown.left = left
        try:
            minibatch_curvature(objective, [4, 8], batches=4)
        except Interrupted as error:
            return error.partial
        except KeyboardInterrupt:
            return None

    first = bisect_left(range(used), True, key=lambda left: stopped_after(left) is not None)
    assert first < used
    found = stopped_after(first)
    assert found.values.shape == (2, 2)
    np.testing.assert_allclose(found.values, whole.values[:, :2], rtol=1e-6)
    assert found.message.startswith("Interrupted after 2 of 4 batches of each size. 5 of 5")


def test_average_sharpness_is_that_of_the_finished_pairs(stopped):
    objective, countdown = stopped
    whole = average_sharpness(objective, rho=0.1, samples=4)
    countdown.left = 1 + 2 * 4 + 1  # at the weights, four pairs, and half of the fifth
    part = finished(average_sharpness, objective, rho=0.1, samples=20)
    assert (part.value, part.standard_error, part.samples) == (whole.value, whole.standard_error, 4)
    assert (part.protocol["pairs"], part.protocol["stop"]) == (4, "interrupted")
    countdown.left = 1 + 2 + 1
    with pytest.raises(KeyboardInterrupt):  # one pair has no standard error
        average_sharpness(objective, rho=0.1, samples=20)


def test_relative_flatness_is_that_of_the_finished_probes(mlp, replace):
    class Stopped(HessianOperator):
        def matmat(self, vectors):
            if self.products >= 16:
                raise KeyboardInterrupt
            return super().matmat(vectors)

    replace("HessianOperator", Stopped)
    part = finished(relative_flatness, mlp.objective(), probes=24)
    assert part.protocol["measure"] == "relative flatness"
    assert part.protocol["stop"] == "interrupted"
    assert part.protocol["products"] == 16


def test_a_line_has_the_finished_points(stopped):
    objective, countdown = stopped
    direction, steps = random_direction(objective, seed=0), [0.0, 1.0, 2.0, 3.0, 4.0]
    whole = line(objective, direction, steps, route="plain")
    countdown.left = 3
    part = finished(line, objective, direction, steps, route="plain")
    known = np.isfinite(part["loss"].values)
    assert known.any()
    assert not known.all()
    np.testing.assert_array_equal(part["loss"].values[known], whole["loss"].values[known])
    assert part.attrs["message"] == f"Interrupted after {known.sum()} of 5 points; the others are NaN."
    assert json.loads(part.attrs["protocol"])["evaluations"] == known.sum()
    countdown.left = 3
    assert line(objective, direction, steps, route="plain", on_interrupt="return").identical(part)
    countdown.left = 0
    with pytest.raises(KeyboardInterrupt):
        line(objective, direction, steps, route="plain")


def test_everything_that_takes_the_option_returns_on_request_and_refuses_others(mlp, interrupted):
    assert hessian_trace(interrupted(5), on_interrupt="return").samples == 5
    objective = mlp.objective()
    for measure in MEASURES:
        with pytest.raises(ValueError, match="on_interrupt is 'stop': choose"):
            measure(objective, on_interrupt="stop")


def test_an_interrupt_survives_the_way_from_another_process():
    assert pickle.loads(pickle.dumps(Interrupted({"a": 1}))).partial == {"a": 1}


@pytest.mark.parametrize(("what", "after"), [("eigenvalue", 3), ("end", 40), ("spectrum", 12)])
def test_a_study_stores_nothing_half_done(mlp, replace, what, after):
    class Stopped(HessianOperator):
        def matvec(self, vector):
            self.stop()
            return super().matvec(vector)

        def matmat(self, vectors):
            self.stop()
            return super().matmat(vectors)

        def stop(self):
            if self.products >= after:
                raise KeyboardInterrupt

    replace("HessianOperator", Stopped)
    spec = MeasureSpec(tolerance=1e-9, trace_probes=50)
    objective, kept = mlp.objective(), {}
    states = dict.fromkeys((0, 7), objective.parameters)
    measure = partial(measure_run, objective, objective, "loss", states, spec, diverged=False, kept=kept)
    if what == "spectrum":
        measure = partial(measure_spectrum, objective, spec)
    with pytest.raises(KeyboardInterrupt):
        measure()
    assert list(kept) == ([0, 7] if what == "end" else [])  # the trace comes after all eigenvalues


FIRST_PROCESS = """
import signal
import time
from multiprocessing import get_context

from zenith._common.starting import interrupts_held

if __name__ == "__main__":
    with interrupts_held():
        for method in ("spawn", "loky"):
            if method == "loky":
                from loky.backend import get_context
            get_context(method).Process(target=time.sleep, args=(0,)).start()
            assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()), method
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
"""


def test_it_is_held_while_the_first_processes_of_a_program_start(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(FIRST_PROCESS)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
