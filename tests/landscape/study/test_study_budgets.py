"""What a report says first: the work of a step, the learning rates that were spent, and seeds that can show nothing."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from made_studies import made_study

from landscape.study import MeasureSpec, StudySpec, execute, prepare
from landscape.study.budgets import budgets_of
from landscape.study.conclusions import seeds_needed
from zenith import methods


def test_shares_of_the_learning_rate_are_those_of_the_recorded_traces(tmp_path):
    study = made_study(tmp_path / "a", lost=[("constant", 1)])
    traces = study.tree["traces"].to_dataset()
    traces["lr"].loc[{"optimizer": "constant"}] = study.spec.learning_rate
    traces["lr"].loc[{"optimizer": "constant", "seed": 1}] = np.nan  # diverged: no share of a whole run
    study.tree["traces"].dataset = traces
    share = budgets_of(study).lr_share
    assert share["constant"] == pytest.approx(1.0)
    assert share["zenith"] == pytest.approx(np.mean(1 - np.arange(20) / 20))  # the made trace falls in a line
    assert "constant 100 %, ZENITH 52.5 %" in " ".join(budgets_of(study).sentences())


def test_equal_work_is_said_to_be_equal(tmp_path):
    first = budgets_of(made_study(tmp_path / "a")).sentences()[0]
    assert first == "Every method takes 20 steps, each of 1 forward and 1 backward pass over a batch."


def test_methods_that_share_no_learning_rate_have_their_defaults(tmp_path):
    said = budgets_of(made_study(tmp_path / "s", methods=("soap", "muon"))).sentences()
    assert said[-1] == "Nothing was tuned: every method has its defaults."


def test_unequal_work_and_settings_of_their_own_are_said(tmp_path):
    names = ("zenith", "cosine", "lqa", "pal", "sam", "gen")
    study = made_study(tmp_path / "a", methods=names)
    budgets = budgets_of(study)
    assert budgets.passes == {name: methods.passes(name) for name in names}
    assert list(budgets.lr_share) == ["zenith", "cosine"]  # the others' lr is another quantity
    assert budgets.as_dict()["passes_per_step"]["lqa"] == {"forward": 3, "backward": 1}
    assert budgets.sentences()[0] == (
        "Equal steps are not equal work: every method takes 20 steps, but the forward and backward passes of a step "
        "are 1 and 1 "
        "for ZENITH and cosine; 1.5 and 1 for GeN; 2 and 1 for PAL; 2 and 2 for SAM; 3 and 1 for LQA."
    )
    assert "for ZENITH and cosine, and defaults for LQA, PAL, SAM and GeN." in budgets.sentences()[1]
    decayed = budgets_of(made_study(tmp_path / "b", decay=0.1))
    assert "the spec sets each with weight_decay = 0.1" in decayed.sentences()[1]


def test_seeds_that_can_show_nothing_are_said_before_anything_is_trained(tmp_path, replace, caplog):
    small = MeasureSpec(samples=16, plane_seeds=0, spectrum_seeds=0, line_points=3, trace_probes=2, sharpness_samples=2)
    spec = StudySpec(
        name="s",
        task="digits",
        methods=("zenith", "constant"),
        seeds=(0,),
        epochs=1,
        batch_size=1024,
        checkpoints=1,
        measure=small,
    )
    said = []

    class StopError(KeyboardInterrupt):
        """Ends a study at once, whatever is still to be trained."""

    def train(*_, **__):
        said.extend(record.getMessage() for record in caplog.records)
        raise StopError

    replace("train", train, "zenith")
    enough = seeds_needed(1)
    with caplog.at_level(logging.WARNING):
        for seeds in (3, enough - 1, enough):
            said.clear()
            caplog.clear()
            plan = prepare(spec.replace(seeds=tuple(range(seeds))), tmp_path / str(seeds), device="cpu")
            with pytest.raises(StopError):
                execute(plan, progress=False)
            if seeds < enough:
                (sentence,) = said
                assert f"{seeds} seeds cannot show any difference at 0.05" in sentence
                assert sentence.endswith(f"Run {enough} seeds or more for 1 comparison.")
            else:
                assert not said
