"""Curvature of the built-in tasks on small data: Hessian products, the top eigenvalue and a plane."""

import copy

import pytest
import torch

import landscape as ls
from zenith import tasks
from zenith.tasks import fixtures

IMAGES = {"mnist/row-attention": (1, 28), "cifar10/small-cnn": (3, 32), "cifar10/vit-tiny": (3, 32)}
SMALL = {
    "circles/mlp": {"samples": 60},
    "mnist/row-attention": {"embedding": 4, "heads": 2, "hidden": 6},
    "cifar10/small-cnn": {"width": 0.05},
    "cifar10/vit-tiny": {"width": 8, "depth": 1, "heads": 2, "patch": 8},
    "tinyshakespeare/gpt": {"context": 8, "width": 8, "depth": 1},
    "names/gru": {"embedding": 4, "width": 6},
    "names/lstm": {"embedding": 4, "width": 6},
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    fixtures.write_tinyshakespeare(folder, 1500)
    fixtures.write_names(folder, 6)
    return folder


def batch_of(name, task, root):
    if name in IMAGES:
        channels, side = IMAGES[name]
        images = torch.randn(12, channels, side, side, generator=torch.Generator().manual_seed(0))
        return images, torch.arange(12) % 10
    return task.load(root if "circles" not in name else None).train.batch(torch.arange(12))


class Plain:
    """A task's loss on one batch and its gradient by backward(), at moved parameters of a copy in eval mode."""

    def __init__(self, model, task, batch):
        self.model, self.loss, self.batch = model, task.loss, batch
        self.sizes = [p.numel() for p in model.parameters()]

    def at(self, shift):
        model = copy.deepcopy(self.model).eval()
        with torch.no_grad():
            for p, step in zip(model.parameters(), shift.split(self.sizes), strict=True):
                p.add_(step.view_as(p))
        loss = self.loss(model, self.batch)
        loss.backward()
        return float(loss.detach()), torch.cat([p.grad.flatten() for p in model.parameters()])

    def product(self, vector, step=1e-5):
        return (self.at(step * vector)[1] - self.at(-step * vector)[1]) / (2 * step)


@pytest.mark.parametrize("name", SMALL)
def test_products_top_eigenvalue_and_plane(name, root):
    task = tasks.get(name, **SMALL[name])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = task.model().double()
    batch = tuple(part.double() if part.is_floating_point() else part for part in batch_of(name, task, root))
    plain = Plain(model, task, batch)
    objective = ls.Objective(model, data=[batch], loss=task.loss)
    with ls.HessianOperator(objective) as hessian:
        vector = hessian.probe(torch.Generator().manual_seed(1))
        vector /= vector.norm()
        truth = plain.product(vector)
        assert (hessian.matvec(vector) - truth).norm() <= 1e-6 * truth.norm()
    pairs = ls.top_eigenpairs(objective, tol=1e-4)
    assert pairs.converged.all()
    top = torch.cat([part.flatten() for part in pairs.vectors[0].values()])
    residual = plain.product(top) - float(pairs.values[0]) * top
    assert residual.norm() <= 2e-4 * abs(float(pairs.values[0]))
    across = ls.random_direction(objective, seed=0)
    plane = ls.plane(objective, (pairs.vectors[0], across), [-0.5, 0.5], [0.0, 1.0])
    moved = -0.5 * top + torch.cat([part.flatten() for part in across.values()])
    assert float(plane["loss"].values.flatten()[1]) == pytest.approx(plain.at(moved)[0], rel=1e-9)
