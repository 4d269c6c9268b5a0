"""Synthetic payloads for tests of the explorer's front end, and the page that carries one. No training is behind
them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import landscape

STATIC = Path(landscape.__file__).parent / "explorer" / "static"
LOOKS: dict[str, tuple[str, list[float], str]] = {
    "zenith": ("#e42536", [], "o"),
    "constant": ("#000000", [1.0, 1.3], "s"),
    "step": ("#332288", [5.0, 1.5], "^"),
    "exponential": ("#d98c00", [5.0, 1.3, 1.0, 1.3], "D"),
    "polynomial": ("#1845fb", [2.5, 1.3], "v"),
    "cosine": ("#56b9e9", [5.0, 1.2, 1.0, 1.2, 1.0, 1.2], "P"),
}
CODES = {np.dtype("f4"): "f4", np.dtype("f8"): "f8", np.dtype("i4"): "i4"}


def bowl(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A loss with a curved valley: positive everywhere, about 3e-3 at its lowest."""
    return 3e-3 + 0.05 * (x - 2.0) ** 2 + 0.6 * (y - 0.35 * np.sin(1.5 * x)) ** 2 + 2e-3 * x**4 / 16


def schedule(method: str, t: np.ndarray) -> np.ndarray:
    rates = {
        "constant": np.ones_like(t),
        "step": 0.1 ** np.floor(3 * t),
        "exponential": np.exp(-4 * t),
        "polynomial": (1 - t) ** 0.9,
        "cosine": 0.5 * (1 + np.cos(np.pi * t)),
    }
    return 0.1 * rates.get(method, 1 / (1 + 3 * t))


def payload(
    *,
    methods: int = 4,
    seeds: int = 2,
    steps: int = 400,
    checkpoints: int = 12,
    points: int = 41,
    holes: bool = True,
    can: bool = False,
    dtype: str = "f4",
    rates: Sequence[float] = (0.1,),
) -> dict[str, Any]:
    """A payload whose arrays are NumPy's; `page` and the widget's tests pack them.

    Every method and seed runs at each of the learning rates `rates`. With `holes` the plane has cells that are NaN or
    infinite, one run diverges, and a learning rate reaches zero.
    """
    names = list(LOOKS)[:methods]
    rng = np.random.default_rng(0)
    alpha, beta = np.linspace(-3.0, 4.0, points), np.linspace(-2.5, 2.5, points)
    loss = bowl(*np.meshgrid(alpha, beta))
    if holes:
        loss[-points // 6 :, : points // 5] = np.nan
        loss[:2, -3:] = np.inf
    runs = [
        _run(
            rng,
            name,
            seed,
            steps,
            checkpoints,
            dtype,
            rate=rate,
            diverges=holes and name == "constant" and seed == seeds - 1,
        )
        for rate in rates
        for seed in range(seeds)
        for name in names
    ]
    other = bowl(*np.meshgrid(beta, alpha))
    return {
        "schema": 1,
        "title": "Synthetic study",
        "subtitle": f"{methods} methods, {seeds} seeds, {steps} steps",
        "methods": [
            {"name": n, "label": n, "color": LOOKS[n][0], "dash": LOOKS[n][1], "marker": LOOKS[n][2]} for n in names
        ],
        "runs": runs,
        "planes": [
            {
                "id": "seed0",
                "label": "PCA plane of seed 0",
                "seed": 0,
                "alpha": alpha,
                "beta": beta,
                "loss": loss.ravel(),
                "xlabel": "PC 1",
                "ylabel": "PC 2",
                "orthonormal": True,
                "explained": [0.91, 0.06],
                "notes": ["checkpoints lie up to 0.31 off the plane (constant)"],
            },
            {
                "id": "random",
                "label": "Random plane",
                "seed": None,
                "alpha": beta,
                "beta": alpha,
                "loss": other.ravel(),
                "xlabel": "$\\alpha$ (direction 1)",
                "ylabel": "$\\beta$ (direction 2)",
                "orthonormal": False,
                "explained": None,
                "notes": [],
            },
        ],
        "can": {"measure": can, "export": can},
        "protocol": "synthetic: nothing was trained or measured",
    }


def _run(
    rng: np.random.Generator,
    name: str,
    seed: int,
    steps: int,
    checkpoints: int,
    dtype: str,
    *,
    rate: float,
    diverges: bool,
) -> dict[str, Any]:
    t = np.linspace(0.0, 1.0, steps)
    lr = schedule(name, t) * rate / 0.1
    length = int(0.6 * steps) if diverges else steps
    progress = np.cumsum(lr) / (0.1 * steps)
    x = -2.5 + 4.6 * (1 - np.exp(-6 * progress)) + 0.05 * np.cumsum(rng.normal(size=steps)) / np.sqrt(steps)
    y = -2.0 * np.exp(-9 * progress) + 0.3 * np.sin(1.5 * x) + 0.08 * np.cumsum(rng.normal(size=steps)) / np.sqrt(steps)
    clean = bowl(x, y)
    noisy = clean * np.exp(0.25 * rng.normal(size=steps))
    gradient = 1.5 * np.sqrt(clean) * np.exp(0.2 * rng.normal(size=steps))
    window = max(2, steps // 20)
    mean = np.convolve(gradient, np.ones(window) / window)[:steps]
    if diverges:
        noisy[length - 1] = np.inf
    has_rule = name == "zenith"
    seconds = (0.01 + 0.002 * seed) * np.arange(1, steps + 1)
    series = {
        "loss": noisy[:length],
        "gradient_norm": gradient[:length],
        "lr": lr[:length],
        "mean_gradient_norm": (mean if has_rule else np.full(steps, np.nan))[:length],
        "zenith": (np.maximum.accumulate(mean) if has_rule else np.full(steps, np.nan))[:length],
        "update_norm": (lr * gradient)[:length],
        "seconds": seconds[:length],
    }
    at = np.unique(np.linspace(0, steps, checkpoints).astype(np.int32))
    kept = at[at < length] if diverges else at
    index = np.minimum(kept, steps - 1)
    cx, cy = x[index], y[index]
    if diverges:
        cx[-1] = np.nan
    measured = kept[:: max(1, len(kept) // 9)]
    value = 2.0 + 30 * np.exp(-3 * progress[np.minimum(measured, steps - 1)]) * (0.8 + 0.05 * seed)
    planes = {"seed0": (cx, cy), "random": (0.5 * cy, 0.6 * cx)} if seed == 0 else {}
    return {
        "id": f"{name}-{seed}" if rate == 0.1 else f"{name}-{seed}-lr{rate}",
        "method": name,
        "seed": seed,
        "status": "diverged" if diverges else "finished",
        "steps": length,
        "series": {key: values.astype(dtype) for key, values in series.items()},
        "checkpoints": {
            "step": kept,
            "x": {plane: xs.astype("f8") for plane, (xs, _) in planes.items()},
            "y": {plane: ys.astype("f8") for plane, (_, ys) in planes.items()},
            "off_plane": {plane: np.abs(0.02 * np.sqrt(kept)).astype("f8") for plane in planes},
            "loss": clean[index] * 0.9,
            "test_loss": clean[index] * 1.1,
        },
        "epoch": max(1, steps // 10),
        "measures": {
            "test_loss": {
                "step": kept[1:],
                "value": 1.1 * clean[index[1:]],
                "residual": np.full(len(kept) - 1, np.nan),
                "label": "test loss",
            },
        },
        "settings": {"lr": rate, "momentum": 0.9, "nesterov": False},
        "final": {
            "train_loss": float(0.9 * clean[-1]),
            "test_loss": float(1.1 * clean[-1]),
            "test_accuracy": float(np.exp(-clean[-1])),
        }
        if not diverges
        else {},
        "sharpness": {
            "step": measured,
            "value": value,
            "residual": 0.02 * value,
            "label": "top Hessian eigenvalue",
        },
    }


def packed(value: Any, buffers: list[bytes] | None = None) -> Any:
    """`value` with arrays as base64, or as indices into `buffers`, to which their bytes are appended."""
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value).tobytes()
        if buffers is None:
            return {"b64": base64.b64encode(data).decode(), "dtype": CODES[value.dtype]}
        buffers.append(data)
        return {"buffer": len(buffers) - 1, "dtype": CODES[value.dtype]}
    if isinstance(value, dict):
        return {key: packed(item, buffers) for key, item in value.items()}
    if isinstance(value, list):
        return [packed(item, buffers) for item in value]
    return value


def page(content: dict[str, Any]) -> str:
    """A page that shows a payload, with the bundle inlined."""
    data = json.dumps(packed(content)).replace("</", "<\\/")
    script = (STATIC / "explorer.js").read_text(encoding="utf-8")
    style = (STATIC / "explorer.css").read_text(encoding="utf-8")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>explorer</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>body {{ margin: 0 }} {style}</style>"
        f'<div id="explorer"></div><script type="application/json" id="explorer-data">{data}</script>'
        f'<script type="module">{script}</script></html>'
    )
