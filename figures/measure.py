"""Measure the data of the gallery's folders ``measures`` and ``paper``.

``make figures`` draws them, from these data alone.

    python figures/measure.py plane spectrum connectivity costs agreement    # a minute each, on digits
    python figures/measure.py regularisation                                 # ten minutes on one core
    python figures/measure.py sweeps paper                                   # half an hour on two cores

Everything is seeded. The studies of the sweeps are kept in build/sweeps, and found there again.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
import xarray as xr

import landscape as ls
from landscape.plot import AgreementDisplay, CostDisplay, LineComparisonDisplay, PanelsDisplay, SpectrumDisplay
from landscape.plot.venues import styled
from landscape.stats.rank_correlation import rank_correlation
from landscape.study import Study, execute, prepare
from landscape.study.measure import objective_of
from landscape.study.measure_spec import MeasureSpec
from landscape.study.paper.collect import paper_of, sweep_over, write_paper, write_paper_tables
from landscape.study.paper.tables import table_1, table_4
from landscape.study.redraw import write_data
from landscape.study.spec import StudySpec
from zenith import tasks, train

HERE = Path(__file__).parent
SWEEPS = HERE.parent / "build" / "sweeps"
COSTS = HERE.parent / "benchmarks" / "results" / "methods.json"
STRENGTHS = (0.0, 1e-4, 2e-4, 3e-4)  # table 4's, and none
REGULARISED = ("zenith", "sps", "dowg", "d-adaptation")  # table 4's but ALI-G, which regularises by projection
AUTOMATIC = ("zenith", "pal", "lqa", "gen", "cocob", "dog", "dowg", "d-adaptation", "prodigy", "l4", "ali-g", "sps")
SEEDS = (0, 1, 2)
EPOCHS = 20


def provenance(command: str) -> dict[str, object]:
    """What made the data."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout
    return {
        "made_by": f"python figures/measure.py {command}",
        "redrawn_by": "make figures",
        "commit": commit.strip(),
        "machine": platform.machine(),
        "versions": {name: metadata.version(name) for name in ("torch", "numpy", "scipy", "matplotlib", "xarray")},
    }


def trained(method: str, seed: int) -> tuple[ls.Objective, dict[str, torch.Tensor]]:
    """The digits loss at the end of a run, and its weights."""
    task = tasks.get("digits")
    run = train("digits", method, seed=seed, epochs=EPOCHS, batch_size=32)
    objective = objective_of(task, task.load(None).train, MeasureSpec().samples, "cpu")
    state = run.checkpoints[max(run.checkpoints)]
    return objective.at(state), state


def plane() -> None:
    """An adaptive plane over two filter-normalised random directions."""
    loss, _ = trained("zenith", 0)
    directions = ls.random_direction(loss, seed=0), ls.random_direction(loss, seed=1)
    axis = np.linspace(-1, 1, 51)
    data = ls.adaptive_plane(loss, directions, axis, axis, error=0.01)
    caption = (
        "Training loss on digits around the end point of ZENITH, along two filter-normalised random directions: "
        f"{int(data['evaluated'].sum())} of {data['loss'].size} points were evaluated (dots), the others interpolated. "
        f"{data.attrs['message']}"
    )
    attrs = {"drawn_by": "adaptive_plane", "title": "Adaptive plane", "label": "training loss (cross-entropy, nats)"}
    write_data(HERE / "measures", "adaptive_plane", data.assign_attrs(attrs), caption, provenance("plane"))


def spectrum() -> None:
    """The spectral density of the Hessian at an end point, with its top eigenvalues."""
    loss, _ = trained("zenith", 0)
    density = ls.spectral_density(loss, probes=10, steps=80)
    top = ls.top_eigenpairs(loss, k=8)
    data = SpectrumDisplay.from_density(density, eigenvalues=top.values).to_dataset()
    data = data.assign(residual=("k", top.residuals))
    data = data.assign_attrs(title="Spectral density", protocol=json.dumps(density.protocol))
    caption = (
        "Spectral density of the Hessian of the training loss on digits at the end point of ZENITH, by stochastic "
        f"Lanczos quadrature with {len(density.nodes)} probes, and the top {len(top.values)} eigenvalues by Lanczos, "
        f"{int(top.converged.sum())} of them converged."
    )
    write_data(HERE / "measures", "spectral_density", data, caption, provenance("spectrum"))


def connectivity() -> None:
    """The loss between two runs of different seeds: straight, neurons aligned, and along a trained curve."""
    names = ("straight", "neurons aligned", "trained curve")
    pairs = [(0, 1), (2, 3), (4, 5)]
    t = np.linspace(0, 1, 25)
    rows = []
    for first, second in pairs:
        loss, a = trained("zenith", first)
        _, b = trained("zenith", second)
        aligned = ls.connectivity.align(loss, a, b)
        profiles = (
            ls.connectivity.interpolate(loss, a, b, t=t),
            ls.connectivity.interpolate(loss, a, aligned.state, t=t),
            ls.connectivity.connect(loss, a, b, steps=1000, batch_size=128, t=t).profile,
        )
        rows.append([profile.dataset["loss"].values for profile in profiles])
    display = LineComparisonDisplay(
        t,
        np.swapaxes(rows, 0, 1),
        names,
        xlabel="position between two end points",
        ylabel="training loss (cross-entropy, nats)",
        band="range",
    )
    caption = (
        f"Training loss on digits between end points of ZENITH from different seeds, {len(pairs)} pairs: on the "
        "straight line, after a permutation of the second one's neurons that leaves its function alone, and on a "
        "Bézier curve trained to keep the loss low."
    )
    data = PanelsDisplay([display], [""]).to_dataset().assign_attrs(title="Mode connectivity")
    write_data(HERE / "measures", "mode_connectivity", data, caption, provenance("connectivity"))


def costs() -> None:
    """What a step of every method costs, as measured by benchmarks/methods.py: the figure, and the paper's table 1."""
    record = json.loads(COSTS.read_text())
    rows = [row for row in record["rows"] if row["net"] == record["rows"][0]["net"]]
    low, high = np.array([row["step_quartiles"] for row in rows]).T
    methods, extra = [row["method"] for row in rows], [float(row["step_extra_percent"]) for row in rows]
    kept, temporary = ([float(row[name]) for row in rows] for name in ("kept_copies", "temporary_copies"))
    data = CostDisplay(extra, low, high, kept, methods).to_dataset()
    data["temporary_memory"] = xr.DataArray(temporary, {"optimizer": methods}, "optimizer").sel(
        optimizer=data.optimizer
    )
    data = data.assign_attrs(title="Cost of a step", measured_on=json.dumps(record["measured_on"]))
    caption = (
        f"Extra time of a method's step over an iteration of SGD (dot: median of {rows[0]['rounds']} rounds in turn, "
        f"bar: their quartiles) and memory kept between steps, in copies of the weights; network '{rows[0]['net']}', "
        f"batch size {rows[0]['batch']}, {record['measured_on']['processor']}. Data of table 1."
    )
    write_data(HERE / "measures", "costs", data, caption, provenance("costs"))
    write_paper_tables(HERE / "paper" / "tables", [table_1(record)], provenance=provenance("costs"))


def specs() -> Iterator[StudySpec]:
    """The studies of the sweeps."""
    base = {"task": "digits", "seeds": SEEDS, "epochs": EPOCHS, "batch_size": 32, "checkpoints": 1}
    ends = MeasureSpec(trace_probes=8, sharpness_samples=16, line_points=31, plane_seeds=0)
    least = MeasureSpec(trace_probes=4, sharpness_samples=8, line_points=5, plane_seeds=0)
    yield StudySpec(name="methods", methods=AUTOMATIC, measure=ends, **base)
    pair = {"methods": ("zenith", "constant"), "measure": least, **base}
    for rate in (0.004, 0.01, 0.03, 0.05, 0.1, 0.2, 0.4, 0.7):
        yield StudySpec(name=f"learning-rate-{rate:g}", learning_rate=rate, **pair)
    for window in (5, 150):
        yield StudySpec(name=f"window-{window}", window=window, **pair)
    yield from regularised()


def sweeps() -> None:
    """Train and measure the studies."""
    for spec in specs():
        execute(prepare(spec, SWEEPS / spec.name), workers=1)


def regularised() -> Iterator[StudySpec]:
    """The studies of the sweep over L2 regularisation."""
    least = MeasureSpec(trace_probes=2, sharpness_samples=2, line_points=3, plane_seeds=0)
    for strength in STRENGTHS:
        yield StudySpec(
            name=f"l2-{strength:g}",
            task="digits",
            methods=REGULARISED,
            seeds=SEEDS,
            epochs=EPOCHS,
            batch_size=32,
            checkpoints=1,
            settings={name: {"weight_decay": strength} for name in REGULARISED},
            measure=least,
        )


def regularisation() -> None:
    """Train the sweep over L2 regularisation, and write the paper's table 4 from it."""
    for spec in regularised():
        execute(prepare(spec, SWEEPS / spec.name), workers=1)
    sweep = sweep_over([Study.open(SWEEPS / spec.name) for spec in regularised()], "weight_decay")
    write_paper_tables(HERE / "paper" / "tables", [table_4(sweep)], provenance=provenance("regularisation"))


def paper() -> None:
    """The paper's figures and tables.

    Timed ones of the default study, the others of the automatic methods and the sweeps.
    """
    studies = [Study.open(SWEEPS / spec.name) for spec in specs()]
    record = json.loads(COSTS.read_text())
    timed = paper_of([Study.open(HERE / "digits")], record)
    swept = paper_of(studies, record)
    of_time = ("figure_1", "figure_4", "table_3")
    chosen = type(swept)(
        tuple(
            sorted(
                [
                    *(f for f in swept.figures if f.figure.name not in of_time),
                    *(f for f in timed.figures if f.figure.name in of_time),
                ],
                key=lambda f: f.figure.name,
            )
        ),
        tuple(
            sorted(
                [*(t for t in swept.tables if t.name not in of_time), *(t for t in timed.tables if t.name in of_time)],
                key=lambda t: t.name,
            )
        ),
        swept.missing,
    )
    write_paper(chosen, HERE / "paper", provenance=provenance("sweeps paper"))
    for sentence in chosen.missing.values():
        print(sentence)


def agreement() -> None:
    """Which measures of sharpness order the end points alike, and like the test error.

    The runs of the default study.
    """
    study = Study.open(HERE / "digits")
    end, last = study.tree["end"].to_dataset(), study.tree["epochs"].to_dataset().isel(epoch=-1)
    top = study.tree["curvature"].to_dataset().isel(step=-1, k=0)
    quantities = {
        "top eigenvalue": top["eigenvalue"].where(top["converged"] == 1),
        "Hessian trace": end["trace"],
        "adaptive sharpness": end["adaptive_sharpness"],
        "training loss": last["train_loss"],
        "test loss": last["test_loss"],
        "generalisation gap": last["test_loss"] - last["train_loss"],
        "test error": 1 - last["test_metric"],
    }
    values = {name: array.transpose("optimizer", "seed").reset_coords(drop=True) for name, array in quantities.items()}
    names = list(values)
    rho = np.array([[rank_correlation(values[a].values, values[b].values).rho_within for b in names] for a in names])
    data = AgreementDisplay(rho, names).to_dataset().assign_attrs(title="Which measures agree")
    data = data.assign({name.replace(" ", "_"): array for name, array in values.items()})
    caption = (
        "Spearman's rank correlation within seeds between measures of sharpness, losses and the test error at the end "
        f"points of the {values[names[0]].size} runs of the default study on digits. Differences between methods that "
        "fit the training set to different degrees are in these numbers too."
    )
    write_data(HERE / "measures", "sharpness_measures", data, caption, provenance("agreement"))


COMMANDS = {f.__name__: f for f in (plane, spectrum, connectivity, costs, regularisation, sweeps, agreement, paper)}

if __name__ == "__main__":
    asked = sys.argv[1:]
    if not asked or not set(asked) <= set(COMMANDS):
        sys.exit(f"name what to measure: {', '.join(COMMANDS)}")
    with styled():
        for name in asked:
            COMMANDS[name]()
