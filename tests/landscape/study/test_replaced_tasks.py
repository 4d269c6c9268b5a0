"""Tasks that came from a file and are changed in a session: their runs are not those of the file's task."""

import json

import pytest
import torch

import landscape as ls
import zenith
from landscape.study import execute, prepare

OWN = """
import torch
import zenith

X = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
y = (X[:, 0] > 0).long()
task = zenith.Task("own", lambda: torch.nn.Linear(4, 2), (X, y), (X, y), loss=torch.nn.CrossEntropyLoss())
"""


@pytest.fixture
def task(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    return zenith.tasks.get(f"{tmp_path}/own.py:task")


def smooth(share):
    return torch.nn.CrossEntropyLoss(label_smoothing=share)


def test_a_replaced_part_is_part_of_the_identity_and_words_are_not(task):
    other = torch.randn(20, 4), torch.arange(20) % 2
    changed = [task.replace(loss=smooth(0.1)), task.replace(loss=smooth(0.2)), task.replace(name="renamed")]
    assert len({json.dumps(each.identity(), sort_keys=True) for each in (task, *changed)}) == 4
    assert {each.source for each in (*changed, task.replace(train=other))} == {None}
    words = task.replace(description="in other words", loss_label="loss (nats)")
    assert (words.identity(), words.source) == (task.identity(), task.source)


def test_two_losses_share_no_run_in_a_store_and_two_trainings_no_data(task, tmp_path):
    """A run of the one was taken for the other's."""
    other = torch.randn(20, 4), torch.arange(20) % 2
    measure = ls.MeasureSpec(trace_probes=2, sharpness_samples=2, line_points=3, plane_seeds=0, spectrum_seeds=0)
    keys = {"methods": ["zenith", "cosine"], "seeds": 1, "steps": 2, "batch_size": 20, "checkpoints": 1}
    spec = ls.StudySpec(name="a", task=task, measure=measure, store=tmp_path / "store", **keys)
    losses = []
    for i, each in enumerate((task, task.replace(loss=smooth(0.5)), task.replace(train=other, test=other))):
        plan = prepare(spec.replace(task=each), tmp_path / f"study-{i}", device="cpu")
        assert len(plan.data.train) == (20 if i == 2 else 40)
        losses.append(execute(plan, progress=False).tree["traces"]["loss"].values.tobytes())
    assert len(set(losses)) == 3
    assert len(list((tmp_path / "store" / "runs").glob("*/run.json"))) == 6
