"""What a picture of a stated error costs: evaluations of a 51x51 plane, and the true error of what is interpolated.

python benchmarks/adaptive.py [--cache DIR] [--only WORD]

Every plane is evaluated in full once, as the truth. Each method then sees its values one point at a time. The largest
error is that over all points of the grid, as a share of the true dynamic range. All methods but the last two end with
the same check on 150 held-out points, whose cost is included; those two are given the truth to stop at.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from curvature import RESULTS, objective, save, table, timed
from nets import Net, digits, digits_cnn, lstm, resnet, train
from numpy.typing import NDArray
from scipy.interpolate import CloughTocher2DInterpolator, LinearNDInterpolator, RBFInterpolator, RectBivariateSpline
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from torch import nn

import landscape as ls
from landscape.slices._rbf import Interpolant, fit_rbf, refine
from landscape.slices._refinement import Samples, Scale, Settings, search
from zenith import tasks

POINTS = 51
ERROR = 0.01
Floats = NDArray[np.float64]
Plane = tuple[ls.Objective, tuple[Any, Any], Floats, Floats]


# ----------------------------------------------------------------------------------------------------------- surfaces


def mlp(activation: type[nn.Module] = nn.ReLU, width: int = 32, steps: int = 300) -> Net:
    torch.manual_seed(0)
    inputs, targets = digits()
    model = nn.Sequential(
        nn.Linear(64, width), activation(), nn.Linear(width, width), activation(), nn.Linear(width, 10)
    )
    train(model, inputs, targets, steps, 0.1)
    return Net(f"MLP of width {width}, {activation.__name__}, {steps} steps", model, inputs, targets)


def small_resnet(steps: int) -> Net:
    net = resnet(steps)
    return Net(f"{net.name}, 64 samples", net.model, net.inputs[:64], net.targets[:64])


def random(net: Net, seed: int, reach: float = 1.0, normalization: Any = "filter") -> Plane:
    loss = objective(net)
    steps = np.linspace(-reach, reach, POINTS)
    u, v = (ls.random_direction(loss, seed=s, normalization=normalization) for s in (seed, seed + 1))
    return loss, (u, v), steps, steps


def eigenvectors(net: Net, reach: float = 1.0) -> Plane:
    loss = objective(net)
    steps = np.linspace(-reach, reach, POINTS)
    return loss, tuple(ls.top_eigenpairs(loss, 2).vectors), steps, steps


def trajectory(model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> Plane:
    """The principal plane of 16 checkpoints from initialisation on, with a margin of 15 %."""
    names = [name for name, _ in model.named_parameters()]
    states = []
    for _ in range(16):
        states.append({name: model.state_dict()[name].clone() for name in names})
        train(model, inputs, targets, 20, 0.05)
    path = ls.project(states)
    low, high = path.coordinates.min(0), path.coordinates.max(0)
    margin = 0.15 * (high - low)
    axes = [np.linspace(low[i] - margin[i], high[i] + margin[i], POINTS) for i in (0, 1)]
    loss = objective(Net("", model, inputs, targets)).at(states[-1])
    return loss, path.directions, axes[0], axes[1]


def mlp_trajectory() -> Plane:
    torch.manual_seed(1)
    inputs, targets = digits()
    return trajectory(nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)), inputs, targets)


def cnn_trajectory() -> Plane:
    torch.manual_seed(1)
    inputs, targets = digits()
    return trajectory(tasks.get("digits").model(), inputs.view(-1, 1, 8, 8), targets)


PLANES: dict[str, Callable[[], Plane]] = {
    "MLP, random": lambda: random(mlp(), 0),
    "MLP, random, other seed": lambda: random(mlp(), 100),
    "MLP, random, not normalised": lambda: random(mlp(), 200, normalization=None),
    "MLP, eigenvectors": lambda: eigenvectors(mlp()),
    "MLP, eigenvectors, +-5": lambda: eigenvectors(mlp(), 5.0),
    "MLP, trajectory": mlp_trajectory,
    "MLP at initialisation, random": lambda: random(mlp(steps=0), 300),
    "MLP of width 200, 2000 steps, random": lambda: random(mlp(width=200, steps=2000), 400),
    "tanh MLP, random": lambda: random(mlp(nn.Tanh), 0),
    "tanh MLP, eigenvectors": lambda: eigenvectors(mlp(nn.Tanh)),
    "digits CNN, random": lambda: random(digits_cnn(), 0),
    "digits CNN, random, other seed": lambda: random(digits_cnn(), 500),
    "digits CNN, random, +-2": lambda: random(digits_cnn(), 600, 2.0),
    "digits CNN, eigenvectors": lambda: eigenvectors(digits_cnn()),
    "digits CNN, eigenvectors, +-3": lambda: eigenvectors(digits_cnn(), 3.0),
    "digits CNN, trajectory": cnn_trajectory,
    "LSTM, random": lambda: random(lstm(), 700),
    "ResNet-8, random": lambda: random(small_resnet(300), 0),
    "ResNet-8, random, other seed": lambda: random(small_resnet(300), 800),
    "ResNet-8, eigenvectors": lambda: eigenvectors(small_resnet(300)),
    "ResNet-8 at initialisation, random": lambda: random(small_resnet(0), 0),
}


def truth(name: str, folder: Path | None) -> dict[str, Floats]:
    file = folder / f"{name}.npz" if folder else None
    if file and file.exists():
        return dict(np.load(file))
    loss, directions, alphas, betas = PLANES[name]()
    seconds, surface = timed(lambda: ls.plane(loss, directions, alphas, betas))
    found = {"loss": surface.loss.values, "alpha": alphas, "beta": betas, "seconds": np.array(seconds)}
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **found)
    return found


# ------------------------------------------------------------------------------------------------------------ methods


def scattered(predict: Callable[..., tuple[Floats, Floats]], points: Floats, values: Floats, known: Any) -> Interpolant:
    """An interpolant and its error estimates from a library's functions, for surfaces that are finite everywhere."""
    base = fit_rbf(points, values, known)
    filled, errors = values.copy(), np.zeros(len(values))
    if not known.all():
        filled[~known], errors[~known] = predict(points[known], values[known], points[~known])
    return Interpolant(filled, errors, base.distances)


def two_kernels(nodes: Floats, values: Floats, targets: Floats) -> tuple[Floats, Floats]:
    cubic, plate = (RBFInterpolator(nodes, values, kernel=k)(targets) for k in ("cubic", "thin_plate_spline"))
    return cubic, np.abs(cubic - plate)


def triangles(nodes: Floats, values: Floats, targets: Floats) -> tuple[Floats, Floats]:
    curved, flat = CloughTocher2DInterpolator(nodes, values)(targets), LinearNDInterpolator(nodes, values)(targets)
    return curved, np.abs(curved - flat) / 3


@cache
def _kernel(key: bytes, count: int) -> Any:
    """Length scales by maximum likelihood on the coarse grid: refitting them in every round takes minutes."""
    data = np.frombuffer(key).reshape(count, 3)
    kernel = ConstantKernel(1.0, (1e-3, 1e6)) * Matern([1.0, 1.0], (1e-2, 1e2), nu=2.5)
    model = GaussianProcessRegressor(kernel, alpha=1e-10, normalize_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # length scales at their bounds
        return model.fit(data[:, :2], data[:, 2]).kernel_


def gaussian_process() -> Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]:
    kernel: list[Any] = []

    def predict(nodes: Floats, values: Floats, targets: Floats) -> tuple[Floats, Floats]:
        if not kernel:
            kernel.append(_kernel(np.column_stack([nodes, values]).tobytes(), len(nodes)))
        model = GaussianProcessRegressor(kernel[0], alpha=1e-10, normalize_y=True, optimizer=None)
        found, deviation = model.fit(nodes, values).predict(targets, return_std=True)
        return found, 2 * deviation

    return predict


METHODS: dict[str, Callable[[], Any]] = {
    "cubic RBF, leave-one-out (landscape)": lambda: fit_rbf,
    "cubic RBF against thin plate (SciPy)": lambda: partial(scattered, two_kernels),
    "Clough-Tocher against linear (SciPy)": lambda: partial(scattered, triangles),
    "Gaussian process, 2 deviations (scikit-learn)": lambda: partial(scattered, gaussian_process()),
}


def run(drawn: Floats, scale: Scale, method: Any, seed: int) -> dict[str, Any]:
    """The search on the values of a full plane."""
    alphas, betas = (np.linspace(-1.0, 1.0, n) for n in drawn.shape)
    place = {(a, b): drawn[i, j] for i, a in enumerate(alphas.tolist()) for j, b in enumerate(betas.tolist())}

    def evaluate(coordinates: Floats) -> Iterator[tuple[NDArray[np.intp], Floats]]:
        yield np.arange(len(coordinates)), np.array([[place[a, b]] for a, b in coordinates.tolist()])

    samples = Samples(alphas, betas, evaluate)
    settings = Settings(ERROR, drawn.size, 150, seed, {"loss": torch.finfo(torch.float32).eps})
    seconds, outcome = timed(lambda: search(samples, settings, method))
    picture = np.where(samples.known, samples.drawn("loss"), outcome.fits["loss"].values)
    errors = np.abs(picture - drawn.reshape(-1)) / np.ptp(drawn)
    check, free = outcome.final, ~outcome.used
    held = check.largest["loss"] / float(np.ptp(drawn)) if check else 0.0
    within = np.abs(outcome.fits["loss"].values - drawn.reshape(-1))[free] <= outcome.fits["loss"].errors[free]
    return {
        "evaluations": samples.count,
        "largest_error_%": round(100 * float(errors.max()), 3),
        "held_out_error_%": round(100 * held, 3),
        "exceeding": int((errors > ERROR).sum()),
        "exceeding_at_most": check.at_most if check else 0,
        "errors_within_estimates_%": round(100 * float(within.mean()), 1) if free.any() else 100.0,
        "checks": len(outcome.checks),
        "converged": outcome.converged,
        "overhead_seconds": round(seconds, 2),
    }


def uniform(drawn: Floats) -> dict[str, Any]:
    """The coarsest uniform tensor grid whose bicubic spline is within the tolerance everywhere, found with the
    truth."""
    steps = np.arange(POINTS)
    for count in range(5, POINTS + 1):
        chosen = np.linspace(0, POINTS - 1, count).round().astype(int)
        picture = RectBivariateSpline(chosen, chosen, drawn[np.ix_(chosen, chosen)])(steps, steps)
        error = np.abs(picture - drawn).max() / np.ptp(drawn)
        if error <= ERROR:
            break
    return {"evaluations": count**2, "largest_error_%": round(100 * float(error), 3)}


def informed(drawn: Floats) -> dict[str, Any]:
    """Our interpolant, refined where its true error is largest: the floor of what any indicator can reach with it."""
    samples = Samples(steps := np.linspace(-1.0, 1.0, POINTS), steps, lambda _: [])
    truth, known = drawn.reshape(-1), np.zeros(drawn.size, dtype=bool)
    known[samples.coarse()] = True
    while True:
        fit = fit_rbf(samples.points, truth, known)
        errors = np.where(known, 0.0, np.abs(fit.values - truth))
        new = refine(samples.points, Interpolant(fit.values, errors, fit.distances), ERROR * np.ptp(drawn), 4)
        if not len(new):
            return {
                "evaluations": int(known.sum()),
                "largest_error_%": round(100 * float(errors.max() / np.ptp(drawn)), 3),
            }
        known[new] = True


# ------------------------------------------------------------------------------------------------------------- report


def summary(rows: list[dict[str, Any]]) -> str:
    found = []
    for method in dict.fromkeys(row["method"] for row in rows):
        mine = [row for row in rows if row["method"] == method]
        counts = [row["evaluations"] for row in mine]
        found.append(
            {
                "method": method,
                "pictures": len(mine),
                "evaluations, mean": round(float(np.mean(counts))),
                "most": max(counts),
                "share of the grid, most": f"{max(counts) / POINTS**2:.1%}",
                "largest true error": f"{max(row['largest_error_%'] for row in mine):.2f} %",
                "pictures with an error above 1 %": sum(row["largest_error_%"] > 100 * ERROR for row in mine),
            }
        )
    return table(found)


def by_plane(rows: list[dict[str, Any]]) -> str:
    """One line per picture: evaluations and true largest error of every method."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault((row["plane"], row["scale"]), {"plane": row["plane"], "scale": row["scale"]})
        line[row["method"]] = f"{row['evaluations']} ({row['largest_error_%']:.2f} %)"
    return table(lines.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder that keeps the full planes between runs")
    parser.add_argument("--only", default="", help="planes whose name contains this; nothing is saved then")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    args.repeats = 1
    torch.set_num_threads(args.threads)
    rows: list[dict[str, Any]] = []
    for name in PLANES:
        if args.only not in name:
            continue
        plane = truth(name, args.cache)
        scales: dict[Scale, Floats] = {"linear": plane["loss"], "log": np.log10(plane["loss"])}
        for scale, drawn in scales.items():
            found = {method: run(drawn, scale, make(), 0) for method, make in METHODS.items()}
            found["uniform grid, bicubic spline (told when to stop)"] = uniform(drawn)
            found["cubic RBF (told the true errors)"] = informed(drawn)
            rows += [{"plane": name, "scale": scale, "method": method} | row for method, row in found.items()]
            print(f"{name}, {scale}:", [(r["evaluations"], r["largest_error_%"]) for r in found.values()], flush=True)
        if not args.only:
            save("adaptive", rows, args)
            text = f"{summary(rows)}\nEvaluations (largest true error in brackets):\n\n{by_plane(rows)}"
            (RESULTS / "adaptive.md").write_text(text)


if __name__ == "__main__":
    main()
