"""Every sentence that a report can utter holds at its stated rate: over made-up studies whose truth is known.

``rates(scenario, seeds, draws)`` made the table in docs/guide/statistics.md.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from landscape.stats.paired import verdict
from landscape.study.analysis import analyse
from landscape.study.spec import StudySpec
from landscape.study.store import Study

METHODS = ("zenith", "constant", "step", "exponential", "polynomial", "cosine")
STEPS = np.array([0, 50, 100])


class MadeUpStudy:
    """A study whose numbers are drawn anew in place, so that thousands of them cost their analysis only."""

    def __init__(self, seeds: int, methods: tuple[str, ...] = METHODS) -> None:
        self.shape = shape = (len(methods), seeds)
        coords, pair = {"optimizer": list(methods), "seed": np.arange(seeds)}, ("optimizer", "seed")
        self.status = np.full(shape, "finished")
        self.ends = {name: np.ones(shape) for name in ("trace", "adaptive_sharpness")}
        self.epochs = {n: np.ones((*shape, 2)) for n in ("train_loss", "test_loss", "train_metric", "test_metric")}
        self.value, self.loss = np.ones((*shape, 3, 1)), np.ones((*shape, 3))
        protocol = np.full((*shape, 3), json.dumps({"samples": 100}))
        groups = {
            "/": xr.Dataset(
                attrs={
                    "metric": "accuracy",
                    "metric_label": "accuracy",
                    "metric_unit": "",
                    "metric_higher_is_better": 1,
                }
            ),
            "/runs": xr.Dataset({"status": (pair, self.status)}, coords=coords),
            "/epochs": xr.Dataset(
                {n: ((*pair, "epoch"), v) for n, v in self.epochs.items()}, coords={**coords, "epoch": [0, 1]}
            ),
            "/curvature": xr.Dataset(
                {
                    "eigenvalue": ((*pair, "step", "k"), self.value),
                    "converged": ((*pair, "step", "k"), np.ones((*shape, 3, 1))),
                    "loss": ((*pair, "step"), self.loss),
                    "protocol": ((*pair, "step"), protocol),
                },
                coords={**coords, "step": STEPS, "k": [1]},
            ),
            "/end": xr.Dataset({n: (pair, v) for n, v in self.ends.items()}, coords=coords),
        }
        spec = StudySpec(name="made-up", task="digits", methods=methods, seeds=tuple(range(seeds)))
        self.study = Study(Path("made-up"), spec)
        self.study.__dict__["tree"] = xr.DataTree.from_dict(groups)

    def set(self, sharpness, train_loss, error, *, per_measure=None, diverged=None):
        """Log sharpness and log training loss and test error in percent, each (method, seed); noise of each measure."""
        per_measure = np.zeros((3, *self.shape)) if per_measure is None else per_measure
        self.ends["trace"][:] = np.exp(sharpness + per_measure[1])
        self.ends["adaptive_sharpness"][:] = np.exp(sharpness + per_measure[2])
        loss = np.exp(train_loss)
        before = np.full(self.shape, loss.max() * 2)  # a checkpoint that all had reached
        self.loss[:] = np.stack([2 * before, before, loss], axis=-1)
        # Along a run sharpness is a power of the loss: what it is at its end, and as much more before as the loss was.
        end = sharpness + per_measure[0]
        slope = self.slope
        self.value[..., 0] = np.exp(end[..., None] + slope * (np.log(self.loss) - train_loss[..., None]))
        for name, last in (("train_loss", loss), ("test_loss", loss + error / 100), ("test_metric", 1 - error / 100)):
            self.epochs[name][..., -1] = last
        self.status[:] = "finished"
        if diverged is not None:
            self.status[diverged] = "diverged"

    slope = 0.0


def null(made, draw):
    """No method differs: measures and errors vary between seeds and runs, partly together."""
    m, s = made.shape
    common, noise = draw.normal(size=(3, 1, s)), draw.normal(size=(3, m, s))
    made.set(
        common[0] + 0.3 * noise[0],
        -3 + 0.3 * common[1] + 0.05 * noise[1],
        5 + common[2] + 0.5 * noise[2],
        per_measure=0.2 * draw.normal(size=(3, m, s)),
    )


def unrelated_effects(made, draw):
    """Methods differ in sharpness and in test error, and the one has nothing to do with the other."""
    m, s = made.shape
    effects, noise = draw.normal(size=(2, m, 1)), draw.normal(size=(3, m, s))
    made.set(2 * effects[0] + 0.3 * noise[0], -3 + 0.05 * noise[1], 20 + 2 * effects[1] + 0.5 * noise[2])


def confounded(made, draw):
    """Sharpness and test error follow the training loss that a method ends at, and nothing else."""
    m, s = made.shape
    loss = -3 + draw.normal(size=(m, 1)) + 0.05 * draw.normal(size=(m, s))
    made.slope = 1.0
    made.set(loss + 0.3 * draw.normal(size=(m, s)), loss, 20 + 2 * loss + 0.5 * draw.normal(size=(m, s)))


def skewed(made, draw):
    """The others are as the focus in the median seed, and far off in some: near divergence."""
    m, s = made.shape
    tail = draw.exponential(size=(3, m, s)) - math.log(2)
    tail[:, 0] = 0.0
    common = draw.normal(size=(3, 1, s))
    made.set(
        common[0] + tail[0], np.broadcast_to(-3 + 0.3 * common[1], (m, s)), 10 + common[2] + tail[2] - 0.2 * tail[0]
    )


def tied(made, draw):
    """No method differs, and the test errors are counts of a few samples."""
    m, s = made.shape
    noise = draw.normal(size=(3, m, s))
    made.set(0.3 * noise[0], -3 + 0.05 * noise[1], 5 + np.round(0.7 * noise[2]))


def diverging(made, draw):
    """No method differs, and every fifth run of the others diverges, whatever it would have ended at."""
    null(made, draw)
    made.status[1:][draw.uniform(size=made.status[1:].shape) < 0.2] = "diverged"


def diverging_where_sharp(made, draw):
    """No method differs before the sharpest third of the others' runs diverge: what is left of them is flatter."""
    null(made, draw)
    sharp = made.value[..., -1, 0] - made.value[..., -1, 0].mean(axis=0)
    made.status[1:][sharp[1:] > np.quantile(sharp[1:], 2 / 3)] = "diverged"


def effect(made, draw, size=3.0):
    """The focus is flatter than each other by so many standard deviations of a difference, and errs less."""
    m, s = made.shape
    shift = np.zeros((m, 1))
    shift[0] = -size * math.sqrt(2)
    noise = draw.normal(size=(3, m, s))
    made.set(0.2 * (shift + noise[0]), -3 + 0.05 * noise[1], 20 + 0.2 * (shift + noise[2]))


def related_effects(made, draw):
    """Methods differ in sharpness, and the test error follows it closely."""
    m, s = made.shape
    effects, noise = draw.normal(size=(m, 1)), draw.normal(size=(3, m, s))
    made.set(2 * effects + 0.2 * noise[0], -3 + 0.05 * noise[1], 20 + 2 * effects + 0.2 * noise[2])


def said(analysis) -> Counter:
    """Which kinds of claims the sentences of a report make."""
    text = " ".join(analysis.conclusion)
    pairs = {
        "flatter": "flatter points than" in text or "flatter by" in text,
        "sharper": "sharper points than" in text or "sharper by" in text,
        "at matched loss": "also at matched training loss" in text,
        "metric": "is higher than that of" in text or "lower than that of" in text,
        "lower metric": "lower than that of" in text,
    }
    correlation = "sharper methods have" in text
    verdicts = {
        name: any(" has lower " in sentence or " has higher " in sentence for sentence in map(verdict, family))
        for name, family in analysis.comparisons.items()
    }
    return Counter(
        {
            **pairs,
            "correlation": correlation,
            "any": any(pairs.values()) or correlation,
            "without its loss": correlation and "given the training loss" not in text,
            **{f"words: {name}": shown for name, shown in verdicts.items()},
            "any star": any(verdicts.values()) or any(p <= 0.05 for p in analysis.correlation_p_holm.values()),
        }
    )


def rates(scenario, seeds, draws, methods=METHODS, first=0):
    """How often each kind of claim is made over so many studies."""
    made, total = MadeUpStudy(seeds, methods), Counter()
    for draw in range(first, first + draws):
        scenario(made, np.random.default_rng([draw, seeds, len(scenario.__name__)]))
        total.update(said(analyse(made.study)))
    return {name: count / draws for name, count in sorted(total.items())}


def at_most(rate, stated, draws):
    """More than this would happen once in 10,000 such tests if the stated rate held."""
    return rate * draws <= stats.binom.isf(1e-4, draws, stated)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [null, skewed, tied, diverging])
def test_where_no_method_differs_little_is_claimed(scenario):
    found = rates(scenario, 8, 1000)
    assert at_most(found["any"], 0.05, 1000)
    assert at_most(found["flatter"] + found["sharper"] + found["metric"], 0.04, 1000)
    assert at_most(found["correlation"], 0.01, 1000)
    for name, rate in found.items():
        if name.startswith("words"):
            assert at_most(rate, 0.05, 1000), name
    assert found["any star"] > 0.05  # which is what the caption of the tables says of them


@pytest.mark.slow
def test_seeds_that_diverge_where_they_are_sharp_make_no_difference():
    found = rates(diverging_where_sharp, 20, 200)  # without counting what is lost: 12 %
    assert at_most(found["any"], 0.05, 200)


@pytest.mark.slow
def test_effects_that_have_nothing_to_do_with_each_other_are_not_correlated():
    assert at_most(rates(unrelated_effects, 8, 600)["correlation"], 0.01, 600)


@pytest.mark.slow
def test_what_the_training_loss_makes_is_no_difference_at_matched_loss():
    found = rates(confounded, 8, 600)
    assert at_most(found["at matched loss"], 0.04, 600)
    assert found["flatter"] + found["sharper"] > 0.9  # by the end points, which is true
    assert found["correlation"] > found["without its loss"] == 0.0  # as is this, said with what the loss leaves of it


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "power"), [(3, 0.0), (8, 0.9)])
def test_a_clear_effect_is_found_in_its_direction(seeds, power):
    draws = 1000 if seeds == 8 else 50
    found = rates(effect, seeds, draws)
    assert found["sharper"] == found["lower metric"] == 0.0
    assert found["flatter"] >= power
    assert (found["flatter"] > 0) == (power > 0)
    assert found["at matched loss"] >= 0.9 * power


@pytest.mark.slow
def test_six_methods_show_a_close_relation_by_their_order_only():
    found = rates(related_effects, 8, 200)
    assert 0.3 < found["correlation"] < 1.0


def test_seeds_that_diverge_where_they_are_sharp_are_said_with_their_side():
    made = MadeUpStudy(20)
    diverging_where_sharp(made, np.random.default_rng(0))
    analysis = analyse(made.study)
    text = " ".join(analysis.conclusion)
    assert "of 20 seeds)" in text or "points than" not in text
    notes = [note for note in analysis.notes if "What is left are the seeds" in note]
    assert len(notes) == 5
    lost = int((made.status[1] == "diverged").sum())
    assert (
        f"ZENITH against constant leaves out {lost} of 20 seeds: constant has no top Hessian eigenvalue on {lost}. "
        f"What is left "
        "are the seeds on which constant did not fail, which speaks for constant; a claim has to hold even if all of "
        "them had gone "
        "the other way." in notes
    )
