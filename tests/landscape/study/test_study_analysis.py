"""Conclusions from made-up studies whose truth is known: what is said, and above all what is not."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import xarray as xr

import zenith
from landscape.plot import CorrelationDisplay, PanelsDisplay
from landscape.stats.paired import paired_comparison
from landscape.stats.rank_correlation import rank_correlation
from landscape.study.analysis import analyse, compare
from landscape.study.answer import answer_table
from landscape.study.conclusions import FLATNESS, family_of, seeds_needed
from landscape.study.report import Section, as_html
from landscape.study.spec import StudySpec
from landscape.study.store import Study
from landscape.study.tables import Table, study_tables

METHODS = ("zenith", "constant", "cosine")


def make_study(
    seeds: int,
    *,
    end: dict[str, float],
    accuracy: dict[str, float] | None = None,
    noise: float = 0.02,
    draw: int = 0,
    diverged: tuple[str, int] | None = None,
    unconverged: tuple[str, int] | None = None,
    train_loss: dict[str, float] | None = None,
) -> Study:
    """A study whose flatness measures all scale with `end`, with paired noise; curvature has three checkpoints."""
    generator = np.random.default_rng(draw)
    shape = (len(METHODS), seeds)
    common = generator.normal(size=seeds)
    level = np.array([end[m] for m in METHODS])[:, None] * np.exp(common + noise * generator.normal(size=shape))
    losses = np.array([(train_loss or {}).get(m, 0.1) for m in METHODS])[:, None] * np.ones(shape)
    accuracies = np.array([(accuracy or {}).get(m, 0.9) for m in METHODS])[:, None]
    accuracies = accuracies + 0.01 * common + 1e-4 * generator.normal(size=shape)
    steps = np.array([0, 50, 100])
    loss = np.stack([np.full(shape, 2.0), np.sqrt(2.0 * losses), losses], axis=-1)
    value = np.stack([level, level, level], axis=-1)[..., None]
    converged = np.ones((*shape, 3, 1))
    status = np.full(shape, "finished", dtype=object)
    if diverged:
        status[METHODS.index(diverged[0]), diverged[1]] = "diverged"
    if unconverged:
        converged[METHODS.index(unconverged[0]), unconverged[1], -1, 0] = 0
    coords = {"optimizer": list(METHODS), "seed": np.arange(seeds)}
    pair = ("optimizer", "seed")
    text = np.full(shape, "0" * 64)
    groups = {
        "/": xr.Dataset(
            attrs={"metric": "accuracy", "metric_label": "accuracy", "metric_unit": "", "metric_higher_is_better": 1}
        ),
        "/runs": xr.Dataset(
            {
                "status": (pair, status.astype(str)),
                "training_seconds": (pair, np.ones(shape)),
                "initial_weights_sha256": (pair, text),
                "batch_order_sha256": (pair, text),
            },
            coords=coords,
        ),
        "/epochs": xr.Dataset(
            {
                name: ((*pair, "epoch"), np.stack([first * np.ones(shape), last], axis=-1))
                for name, first, last in (
                    ("train_loss", 2.0, losses),
                    ("test_loss", 2.0, losses + 0.05),
                    ("train_metric", 0.1, accuracies),
                    ("test_metric", 0.1, accuracies),
                )
            },
            coords={**coords, "epoch": [0, 1]},
        ),
        "/curvature": xr.Dataset(
            {
                "eigenvalue": ((*pair, "step", "k"), value),
                "residual": ((*pair, "step", "k"), 1e-4 * value),
                "converged": ((*pair, "step", "k"), converged),
                "loss": ((*pair, "step"), loss),
                "products": ((*pair, "step"), np.full((*shape, 3), 10)),
                "protocol": ((*pair, "step"), np.full((*shape, 3), json.dumps({"samples": 100}))),
            },
            coords={**coords, "step": steps, "k": [1]},
        ),
        "/end": xr.Dataset({"trace": (pair, 5 * level), "adaptive_sharpness": (pair, level / 1000)}, coords=coords),
    }
    spec = StudySpec(name="made-up", task="digits", methods=METHODS, seeds=tuple(range(seeds)))
    study = Study(Path("made-up"), spec)
    study.__dict__["tree"] = xr.DataTree.from_dict(groups)
    return study


EQUAL = {"zenith": 3.0, "constant": 3.0, "cosine": 3.0}


def test_a_clear_difference_in_every_measure_is_said():
    analysis = analyse(make_study(8, end={"zenith": 1.0, "constant": 3.0, "cosine": 5.0}))
    assert analysis.conclusion[0] == (
        "ZENITH ends at flatter points than constant and cosine by every measure of flatness used here, also at "
        "matched "
        "training loss."
    )
    ratio = analysis.comparisons["lambda_max"][0].ratio
    assert ratio == pytest.approx(1 / 3, rel=0.05)


def test_the_direction_is_right():
    analysis = analyse(make_study(8, end={"zenith": 9.0, "constant": 3.0, "cosine": 3.0}))
    assert "sharper points than constant and cosine" in analysis.conclusion[0]


def test_the_same_difference_with_few_seeds_is_not_shown():
    analysis = analyse(make_study(3, end={"zenith": 1.0, "constant": 3.0, "cosine": 5.0}))
    few = "3 seeds can show no difference, however large"
    assert (
        analysis.conclusion[0] == f"No difference in flatness between ZENITH and constant and cosine is shown: {few}."
    )
    assert analysis.conclusion[1].endswith(f"is not shown to differ from that of constant and cosine, for {few}.")
    assert any("3 seeds cannot show any difference" in note for note in analysis.notes)


def test_no_difference_is_claimed_no_more_often_than_alpha_and_never_called_equality():
    draws = 30
    claimed = 0
    for draw in range(draws):
        sentences = analyse(make_study(8, end=EQUAL, noise=0.3, draw=draw)).conclusion
        claimed += any("points than" in sentence for sentence in sentences)
        assert not any("equal" in sentence or "same" in sentence for sentence in sentences)
    # Family-wise error 0.05: more than this many claims in 30 draws would happen once in 10,000.
    assert claimed <= scipy.stats.binom.isf(1e-4, draws, 0.05)


def test_a_measure_that_disagrees_makes_it_depend_on_the_measure():
    study = make_study(8, end={"zenith": 1.0, "constant": 3.0, "cosine": 3.0})
    ends = study.tree["end"].to_dataset()
    ends["adaptive_sharpness"] = xr.where(ends["optimizer"] == "zenith", 1.0, ends["adaptive_sharpness"])
    study.tree["end"].dataset = ends
    analysis = analyse(study)
    sentence = next(s for s in analysis.conclusion if s.startswith("ZENITH against constant"))
    assert sentence == (
        "ZENITH against constant and cosine depends on the measure: flatter by top Hessian eigenvalue, top Hessian "
        "eigenvalue at matched training loss and Hessian trace; sharper by adaptive sharpness."
    )


def test_the_answer_has_the_words_and_stars_of_the_conclusion_and_the_medians_of_the_pairs():
    study = make_study(8, end={"zenith": 1.0, "constant": 3.0, "cosine": 1.0}, noise=0.1)
    table = answer_table(study)
    assert table.header[:2] == ("against", "ZENITH is")
    flatter, level = table.rows
    assert flatter[:2] == ("constant", "flatter")
    assert level[:2] == ("cosine", "not shown")
    assert [cell.endswith("*") for cell in flatter[2:5]] == [True] * 3
    assert not any(cell.endswith("*") for cell in level)
    assert flatter[-1] == "8"
    ratios = study.analysis.quantity("lambda_max").values
    median = float(np.median(ratios.sel(optimizer="zenith") / ratios.sel(optimizer="constant")))
    assert table.records[0]["lambda_max_median"] == pytest.approx(median, rel=1e-3)  # of logarithms
    assert f"×{table.records[0]['lambda_max_median']:.3g} [" in flatter[2]


def test_the_answer_of_too_few_seeds_is_none():
    table = answer_table(make_study(3, end={"zenith": 1.0, "constant": 9.0, "cosine": 9.0}))
    assert [row[1] for row in table.rows] == ["n/a (3 seeds)"] * 2
    assert not any(cell.endswith("*") for row in table.rows for cell in row)


def test_the_answer_counts_the_seeds_that_are_left():
    table = answer_table(make_study(9, end=EQUAL, diverged=("constant", 2)))
    assert [row[-1] for row in table.rows] == ["8 of 9", "9"]


def test_matched_loss_undoes_the_advantage_of_fitting_harder():
    # Sharpness here is the training loss itself: who fits harder looks flatter, at matched loss nobody does.
    losses = {"zenith": 0.02, "constant": 0.3, "cosine": 0.3}
    study = make_study(8, end=EQUAL, train_loss=losses)
    curvature = study.tree["curvature"].to_dataset()
    jitter = np.exp(0.01 * np.random.default_rng(1).normal(size=curvature["loss"].shape))
    curvature["eigenvalue"] = (curvature["loss"] * jitter).expand_dims("k", axis=-1)
    study.tree["curvature"].dataset = curvature
    analysis = analyse(study)
    assert analysis.comparisons["lambda_max"][0].ratio == pytest.approx(0.02 / 0.3, rel=0.05)
    assert analysis.comparisons["lambda_max_matched"][0].ratio == pytest.approx(1.0, rel=0.05)
    assert not any("by every measure" in sentence for sentence in analysis.conclusion)
    assert any("do not end at the same training loss" in note for note in analysis.notes)


def test_better_accuracy_is_said_with_its_direction():
    analysis = analyse(make_study(8, end=EQUAL, accuracy={"zenith": 0.95, "constant": 0.9, "cosine": 0.99}))
    assert (
        "The test accuracy of ZENITH is higher than that of constant; lower than that of cosine." in analysis.conclusion
    )


def test_diverged_runs_are_left_out_and_counted():
    analysis = analyse(make_study(8, end=EQUAL, diverged=("cosine", 2)))
    by_reference = {c.reference: c for c in analysis.comparisons["lambda_max"]}
    assert (by_reference["cosine"].n, by_reference["cosine"].dropped) == (7, 1)
    assert (by_reference["constant"].n, by_reference["constant"].dropped) == (8, 0)
    assert "1 of 24 runs diverged and have no end point: cosine seed 2." in analysis.notes


def test_unconverged_eigenvalues_are_left_out_and_counted():
    analysis = analyse(make_study(8, end=EQUAL, unconverged=("zenith", 0)))
    assert {c.n for c in analysis.comparisons["lambda_max"]} == {7}
    assert any("71 of 72 top eigenvalues converged" in note for note in analysis.notes)


def test_lost_pairs_are_said_by_side_and_in_the_claim():
    study = make_study(20, end={"zenith": 1.0, "constant": 3.0, "cosine": 5.0}, diverged=("cosine", 2))
    analysis = analyse(study)
    assert "flatter points than constant and cosine (on 19 of 20 seeds) by every measure" in analysis.conclusion[0]
    assert (
        "ZENITH against cosine leaves out 1 of 20 seeds: cosine has no top Hessian eigenvalue on 1. What is left are "
        "the seeds on "
        "which cosine did not fail, which speaks for cosine; a claim has to hold even if all of them had gone the "
        "other way." in analysis.notes
    )
    # 7 of 8 seeds that agree are not enough once the eighth might not have
    eight = analyse(make_study(8, end={"zenith": 1.0, "constant": 3.0, "cosine": 5.0}, diverged=("cosine", 2)))
    assert eight.comparisons["lambda_max"][1].p_value == 2 / 2**7
    assert eight.family["lambda_max"]["cosine"] > 0.05 >= eight.family["lambda_max"]["constant"]
    assert any("against cosine could not have been shown to differ, for runs left out" in note for note in eight.notes)
    focus = analyse(make_study(8, end=EQUAL, diverged=("zenith", 2)))
    assert sum("ZENITH has no top Hessian eigenvalue on 1" in note for note in focus.notes) == 2


def test_unequal_training_losses_are_said_with_seeds_that_can_show_nothing():
    losses = {"zenith": 0.02, "constant": 0.3, "cosine": 0.3}
    notes = analyse(make_study(3, end=EQUAL, train_loss=losses)).notes
    assert any("from 0.02 (ZENITH) to 0.3 (constant), a factor of 15 between medians" in note for note in notes)
    assert not any("same training loss" in note for note in analyse(make_study(3, end=EQUAL)).notes)


def test_ties_are_blamed_only_where_other_outcomes_could_have_been_shown():
    study = make_study(8, end={"zenith": 1.0, "constant": 3.0, "cosine": 5.0})
    epochs = study.tree["epochs"].to_dataset()
    epochs["test_metric"][:] = 0.9
    study.tree["epochs"].dataset = epochs
    notes = analyse(study).notes
    assert any(
        "test accuracy against constant and cosine could not have been shown to differ, for exact ties" in n
        for n in notes
    )
    assert not any("whatever" in n or "cannot show" in n for n in notes)


@pytest.mark.parametrize(("others", "claims"), [(1, 1), (5, 1), (5, 2), (11, 2)])
def test_seeds_needed_are_enough_and_one_fewer_is_not(others, claims):
    needed = seeds_needed(others, claims=claims)
    methods = (
        *METHODS,
        "step",
        "exponential",
        "polynomial",
        "adamw",
        "sgd",
        "adam",
        "nadam",
        "rmsprop",
        "sgd-momentum",
        "muon",
    )
    for seeds in (needed - 1, needed):
        best = paired_comparison(
            np.ones(seeds), np.full(seeds, 2.0), method="zenith", reference="-", measure="m", transform="identity"
        )
        family = [dataclasses.replace(best, reference=name) for name in methods[1 : others + 1]]
        names = [*FLATNESS, "test_accuracy"]
        open_ = [
            dataclasses.replace(c, p_value=1.0) for c in family
        ]  # nothing is handed on: what the first share alone can show
        alone = family_of(
            {n: family[:1] + open_[1:] if n == "lambda_max" else open_ for n in names},
            {},
            metric="accuracy",
            seeds=seeds,
        )
        accuracy = family_of(
            {n: family[:1] + open_[1:] if n == "test_accuracy" else open_ for n in names},
            {},
            metric="accuracy",
            seeds=seeds,
        )
        assert (min(alone["lambda_max"].values()) <= 0.05) == (seeds >= seeds_needed(others))
        assert (min(accuracy["test_accuracy"].values()) <= 0.05) == (seeds >= seeds_needed(others, claims=2))


def test_a_figure_kept_with_runs_permuted_within_seeds_is_drawn_with_methods_permuted():
    x, y = np.random.default_rng(0).normal(size=(2, 6, 8))
    new = rank_correlation(x, y)

    def restored(data):
        return PanelsDisplay.from_dataset(data).displays[0].correlation

    data = PanelsDisplay(
        [CorrelationDisplay(np.exp(x), y, ["zenith", "a", "b", "c", "d", "e"], new)], [""]
    ).to_dataset()
    assert restored(data) == dataclasses.replace(new, partial=restored(data).partial)
    data["correlation"] = ("panel", [json.dumps({"rho": 0.6, "interval": [0.4, 0.7], "p_value": 1e-4, "strata": 8})])
    assert restored(data) == dataclasses.replace(new, partial=restored(data).partial)
    assert math.isnan(restored(data).partial)


def test_a_non_positive_estimate_is_compared_by_difference():
    study = make_study(8, end=EQUAL)
    ends = study.tree["end"].to_dataset()
    ends["adaptive_sharpness"][0, 0] = -1e-6
    study.tree["end"].dataset = ends
    assert {c.transform for c in analyse(study).comparisons["adaptive_sharpness"]} == {"identity"}


def test_compare_is_the_unadjusted_pair_and_refuses_unknown_methods():
    study = make_study(8, end={"zenith": 1.0, "constant": 3.0, "cosine": 5.0})
    pair = compare(study, "constant", "cosine")["lambda_max"]
    assert pair.ratio == pytest.approx(3 / 5, rel=0.05)
    assert pair.p_holm is None
    with pytest.raises(ValueError, match="no method 'adamw'"):
        compare(study, "adamw", "cosine")


def test_tables_hold_every_number_in_every_format():
    study = make_study(8, end=EQUAL, diverged=("cosine", 2))
    tables = {table.name: table for table in study_tables(study, analyse(study))}
    assert len(tables["runs"].rows) == 24
    assert len(tables["comparisons"].rows) == 2 * 8
    for table in tables.values():
        assert len(table.to_csv().splitlines()) == len(table.rows) + 1
        assert table.to_markdown().count("\n") == len(table.rows) + 2
        latex = table.to_latex()
        assert latex.count(r"\\") == len(table.rows) + 1
        assert not set("±×Δλ−–") & set(latex)


def test_nothing_is_said_of_what_the_loss_leaves_of_a_correlation_that_is_not_shown():
    accuracy, losses = {"zenith": 0.9, "constant": 0.85, "cosine": 0.8}, {"zenith": 0.1, "constant": 0.2, "cosine": 0.3}
    end = {"zenith": 1.0, "constant": 3.0, "cosine": 5.0}
    analysis = analyse(make_study(8, end=end, accuracy=accuracy, train_loss=losses))
    assert all(np.isnan(correlation.partial) for correlation in analysis.correlations.values())
    (sentence,) = (text for text in analysis.conclusion if "rank correlation" in text)
    assert "(rho = 1.00, p = 0.33)" in sentence


def test_cells_of_words_break_into_lines_and_numbers_do_not(tmp_path):
    words, interval = "lr = 0.02 (outermost tried: lr)", "0.089 ± 0.008"
    table = Table("t", "", ("method", "chosen", "loss"), (("zenith", words, interval),), ())
    page = as_html("Report", (Section("Trials", table=table),), tmp_path)
    assert f'<td class="words">{words}</td><td>{interval}</td>' in page


def test_two_lists_of_runs_are_compared_as_those_of_two_methods():
    def runs(method, **settings):
        return [zenith.train("digits", method, seed, epochs=1, checkpoints=1, settings=settings) for seed in (0, 1)]

    cosine, constant, low = runs("cosine"), runs("constant"), runs("constant", lr=0.01)
    expected = compare(cosine + constant, "cosine", "constant")
    assert repr(compare(cosine, constant)) == repr(expected)
    assert compare(constant, low)["train_loss"].n == 2
    for arguments, message in (
        ((cosine + constant, low), "each list of runs to compare is of one method, got constant, cosine: leave"),
        ((cosine, []), "of one method, got none"),
        ((cosine, constant, "cosine"), "'cosine' is given as well: leave it out"),
        ((cosine,), "two methods by name, and nothing is in the place of one: write"),
        ((cosine, "cosine"), "and nothing is in the place of one"),
        ((make_study(8, end=EQUAL), constant, "cosine"), "and a list is in the place of one"),
        ((cosine, 3), "those of zenith.train, got a int: give an ls.Study, or a list of runs"),
        (("studies/a", "zenith", "cosine"), "those of zenith.train, got a str: give an ls.Study"),
    ):
        with pytest.raises(ValueError, match=message):
            compare(*arguments)
