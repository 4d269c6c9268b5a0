"""Figures say of the loss what the objective knows of it, and nothing else."""

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import landscape as ls
from landscape.plot._annotations import label_of


def objective(criterion, targets, **options):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    return ls.Objective(model, criterion, (torch.randn(12, 3), targets), **options)


CLASSES, NUMBERS = torch.arange(12) % 2, torch.randn(12, 2, generator=torch.Generator().manual_seed(1))


class Focal(nn.Module):
    def forward(self, output, target):
        return (1 - output.softmax(1).gather(1, target[:, None])).square().mean()


LABELS = [
    (nn.MSELoss(), NUMBERS, {}, "loss (mean squared error)"),
    (nn.functional.mse_loss, NUMBERS, {}, "loss (mean squared error)"),
    (nn.CrossEntropyLoss(), CLASSES, {}, "loss (cross-entropy, nats)"),
    (nn.CrossEntropyLoss(), CLASSES, {"l2": 0.1}, "loss (cross-entropy + L2 penalty, nats)"),
    (Focal(), CLASSES, {}, "loss (Focal)"),
    (lambda output, target: (output - target).abs().mean(), NUMBERS, {}, "loss"),
    (lambda output, target: (output - target).abs().mean(), NUMBERS, {"l2": 0.1}, "loss with L2 penalty"),
]


@pytest.mark.parametrize(("criterion", "targets", "options", "label"), LABELS)
def test_slices_carry_the_name_of_their_loss_into_every_figure(criterion, targets, options, label, tmp_path):
    loss = objective(criterion, targets, **options)
    directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    plane, line = ls.plane(loss, directions, [-1.0, 0.0, 1.0]), ls.line(loss, directions[0], [-1.0, 0.0, 1.0])
    plane.to_netcdf(tmp_path / "plane.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "plane.nc", engine="h5netcdf") as stored:
        drawn = ls.plot.PlaneDisplay(stored.load()).plot()
    assert " ".join(drawn.colorbar_.ax.get_ylabel().split()) == label
    assert ls.plot.LineDisplay(line).labels["loss"] == label
    path = ls.connectivity.interpolate(loss, {n: 0.5 * p for n, p in loss.parameters.items()}, loss).dataset
    assert ls.plot.LineDisplay(path).labels["loss"] == label
    adaptive = ls.adaptive_plane(loss, directions, np.linspace(-1, 1, 9), error=0.2)
    assert label_of(adaptive["loss"], "") == label
    stacked = xr.concat([line["loss"].expand_dims("seed")], "seed").expand_dims("optimizer")
    assert ls.plot.LineComparisonDisplay(line["alpha"], stacked, ["mine"], xlabel="alpha").ylabel == label


def test_losses_of_several_objectives_are_named_apart():
    both = {"train": objective(nn.MSELoss(), NUMBERS), "test": objective(nn.MSELoss(), NUMBERS.flip(0))}
    line = ls.line(both, ls.random_direction(both["train"], seed=0), [-1.0, 0.0, 1.0])
    assert label_of(line["test_loss"], "") == "test loss (mean squared error)"
    assert ls.plot.LineDisplay(line).labels["loss"] == "loss (mean squared error)"
    mixed = {"train": both["train"], "test": objective(nn.functional.l1_loss, NUMBERS)}
    line = ls.line(mixed, ls.random_direction(both["train"], seed=0), [-1.0, 0.0, 1.0])
    display = ls.plot.LineDisplay(line).plot()
    assert display.axes_["loss"].get_ylabel() == "loss"  # of two kinds: none is claimed


def test_displays_of_bare_numbers_claim_nothing():
    values = np.arange(1.0, 7.0).reshape(2, 3)
    scatter = ls.plot.TrajectoryScatterDisplay(values[..., None], values[..., None], ["a", "b"]).plot()
    assert (scatter.ax_.get_xlabel(), scatter.ax_.get_ylabel()) == ("training loss", "sharpness")
    correlation = ls.plot.CorrelationDisplay(values, values, ["a", "b"]).plot()
    assert (correlation.ax_.get_xlabel(), correlation.ax_.get_ylabel()) == ("sharpness", "test performance")
    assert ls.plot.LineComparisonDisplay([0, 1, 2], values[:, None], ["a", "b"], xlabel="alpha").ylabel == "loss"


def test_spectra_name_their_matrix():
    loss = objective(nn.CrossEntropyLoss(), CLASSES)
    with ls.curvature.GaussNewtonOperator(loss) as matrix:
        density = ls.spectral_density(matrix, probes=2, steps=8)
    drawn = ls.plot.SpectrumDisplay.from_density(density)
    assert drawn.xlabel == "eigenvalue of the generalised Gauss-Newton"
    counted = ls.plot.EigenvalueCountDisplay.from_densities({"a": density})
    assert counted.ylabel == "eigenvalues of the generalised Gauss-Newton above it"
    assert ls.plot.SpectrumDisplay([0.0, 1.0], [1.0, 0.5]).xlabel == "eigenvalue"
    assert ls.explore(
        ls.plane(loss, (ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)), [-1, 0, 1])
    )
