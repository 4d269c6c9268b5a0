"""What the page does with what Python sends, written down once more: arrays unpacked, patches applied; and a small
study."""

from __future__ import annotations

import base64
import copy
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from landscape.study import MeasureSpec, Study, StudySpec, execute, prepare

KINDS = {"f4": "<f4", "f8": "<f8", "i4": "<i4"}
SPEC = StudySpec(
    name="tiny",
    task="digits",
    methods=("zenith", "cosine"),
    seeds=(0, 1),
    epochs=1,
    batch_size=256,
    checkpoints=3,
    measure=MeasureSpec(
        samples=100, trace_probes=2, sharpness_samples=2, line_points=5, plane_points=5, max_products=60
    ),
)


@functools.cache
def tiny_study(folder: Path) -> Study:
    """A real study of four runs, made once for all tests; not to be changed."""
    return execute(prepare(SPEC, folder / "tiny-study", device="cpu"), progress=False)


def unpacked(value: Any, buffers: list[bytes] = ()) -> Any:
    """Replace every array's description by the array."""
    if isinstance(value, list):
        return [unpacked(item, buffers) for item in value]
    if not isinstance(value, dict):
        return value
    if "dtype" in value:
        content = base64.b64decode(value["b64"]) if "b64" in value else buffers[value["buffer"]]
        return np.frombuffer(content, KINDS[value["dtype"]])
    return {key: unpacked(item, buffers) for key, item in value.items()}


class Page:
    """A page that is open: it starts from a payload and takes every patch."""

    def __init__(self, widget: Any) -> None:
        self.widget, self.messages = widget, []
        self.shows = unpacked(copy.deepcopy(widget.payload["header"]), widget.payload["buffers"])
        widget.send = self.receive

    def receive(self, message: dict[str, Any], buffers: list[bytes] = ()) -> None:
        json.dumps(message, allow_nan=False)  # as it goes over the wire
        decoded = unpacked(message, buffers)
        self.messages.append((decoded, [bytes(buffer) for buffer in buffers]))
        if message["type"] == "patch":
            self.patch(decoded["patch"])

    def patch(self, patch: dict[str, Any]) -> None:
        assert patch["from"] == self.shows["version"]
        self.shows["version"] = patch["version"]
        for key in ("title", "subtitle", "protocol", "loss_label"):
            if key in patch:
                self.shows[key] = patch[key]
        self.shows["methods"] += patch.get("methods", [])
        for kind, name in (("runs", "new_runs"), ("planes", "planes")):
            for item in patch.get(name, []):
                known = [each["id"] for each in self.shows[kind]]
                if item["id"] in known:
                    self.shows[kind][known.index(item["id"])] = item
                else:
                    self.shows[kind].append(item)
        for change in patch.get("runs", []):
            (run,) = (each for each in self.shows["runs"] if each["id"] == change["id"])
            run.update({key: value for key, value in change.items() if key not in ("id", "append")})
            append(run, change.get("append", {}))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message, _ in self.messages if message["type"] == kind]


def append(target: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, np.ndarray):
            target[key] = value if target.get(key) is None else np.concatenate([target[key], value])
        elif isinstance(value, dict):
            if target.get(key) is None:
                target[key] = {}
            append(target[key], value)
        else:
            target[key] = value


def same(left: Any, right: Any) -> bool:
    """Whether two decoded payloads are equal to the bit, NaN included."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return np.shape(left) == np.shape(right) and np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right
