"""A study that takes seconds and has every measure, plane and spectrum."""

import torch

import landscape as ls
import zenith

SMALL = ls.MeasureSpec(
    samples=30,
    trace_probes=2,
    sharpness_samples=2,
    line_points=3,
    plane_points=3,
    plane_seeds=1,
    spectrum_seeds=1,
    spectrum_probes=2,
    spectrum_steps=4,
)


def blobs(n, seed):
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (n,), generator=generator)
    return torch.randn(n, 4, generator=generator) + 3 * torch.nn.functional.one_hot(y, 4), y


TASK = zenith.Task(
    name="blobs",
    model=lambda: torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)),
    train=blobs(60, 0),
    test=blobs(30, 1),
    loss=torch.nn.CrossEntropyLoss(),
)


def asked(**keys):
    given = {"methods": ["zenith", "cosine"], "seeds": 2, "epochs": 1, "batch_size": 20, "checkpoints": 1}
    return ls.StudySpec(**{"name": "a", "task": TASK, "measure": SMALL} | given | keys)
