"""docs/protocol.md explains every key that the measures write, and no key that none writes."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import documented
import pytest
import torch

import landscape as ls

# Below these keys the names are the user's: layers, runs, groups of channels, objectives, metrics.
NAMES_OF_THE_USER = ("runs", "groups", "metric_errors", "objectives")


def explained() -> set[str]:
    rows = re.findall(r"^\| (`[^|]*) \|", (documented.ROOT / "docs" / "protocol.md").read_text(), flags=re.MULTILINE)
    return {key for row in rows for key in re.findall(r"`([^`]+)`", row)}


def protocols(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Protocols of all measures, with the options that add keys."""
    names = documented.start()
    loss, model, other = names["loss"], names["model"], names["other"]
    u, v = (ls.random_direction(loss, seed=seed) for seed in (0, 1))
    states = [{name: t * p for name, p in loss.parameters.items()} for t in (0.2, 0.6, 1.0)]
    trajectory = ls.project({"run": states})
    few = loss.subset(30)

    yield loss.protocol()
    yield loss.restrict("0").protocol()
    yield loss.with_batchnorm("recomputed").protocol()
    yield ls.curvature.FisherOperator(loss).protocol()
    yield ls.curvature.AdaptiveHessianOperator(loss).protocol()
    yield ls.curvature.GaussNewtonOperator(loss).protocol()
    ones = {name: torch.ones_like(p) for name, p in loss.parameters.items()}
    yield ls.curvature.PreconditionedOperator(ls.HessianOperator(loss), ones).protocol()
    yield ls.edge_of_stability(loss, ls.curvature.StabilityThreshold.of_sgd(0.1)).protocol
    for method in ("lanczos", "block_lanczos", "power"):
        yield ls.top_eigenpairs(loss, method=method).protocol
    yield ls.top_eigenpairs(loss, method="pyhessian", which="largest_magnitude").protocol
    for method in ("hutchinson", "hutch++", "xtrace"):
        yield ls.hessian_trace(loss, method=method, probes=12).protocol
    yield ls.curvature.frobenius_norm(loss, probes=6).protocol
    yield ls.curvature.hessian_diagonal(loss, probes=2).protocol
    density = ls.spectral_density(loss, probes=2, steps=4)
    yield from (density.protocol, density.moment(2).protocol)
    yield from json.loads(ls.curvature.layer_curvature(loss, probes=4).attrs["protocol"]).values()
    batches = ls.curvature.minibatch_curvature(loss, [10, 20], batches=2)
    yield from (batches.protocol, batches.mean()[0].protocol)
    yield from (u.protocol, ls.slices.gradient_direction(loss).protocol)
    yield ls.slices.eigenvector_directions(ls.top_eigenpairs(loss))[0].protocol
    yield ls.connectivity.direction_between(model, other).protocol
    through = ls.connectivity.plane_through(model, other, names["network"]())
    yield from (through.protocol, through.directions[0].protocol)
    file = folder / "line.jsonl"
    ls.line(few, u, [0.0, 1.0], path=file)
    yield json.loads(ls.line(few, u, [0.0, 1.0], path=file).attrs["protocol"])
    yield json.loads(ls.plane(loss, (u, v), [0.0, 1.0], resolution=0.1).attrs["protocol"])
    picture = ls.plane(loss, (u, v), [-1.0, -0.5, 0.0, 0.5, 1.0])
    yield json.loads(picture.attrs["protocol"])
    yield ls.slices.plane_quality(picture).protocol
    yield json.loads(ls.adaptive_plane(loss, (u, v), torch.linspace(-1, 1, 12)).attrs["protocol"])
    yield json.loads(ls.plane({"a": loss, "b": loss}, (u, v), [0.0, 1.0]).attrs["protocol"])["objectives"]["a"]
    yield trajectory.protocol
    yield json.loads(ls.trajectory.checkpoint_losses(loss, trajectory, {"run": states})["run"].attrs["protocol"])
    yield ls.connectivity.interpolate(loss, model, other).protocol
    yield ls.connectivity.connect(loss, model, other, steps=8).protocol
    yield ls.connectivity.align(loss, model, other).protocol
    yield ls.sharpness.average_sharpness(loss, rho=0.1).protocol
    yield ls.sharpness.worst_case_sharpness(loss, rho=0.1, m=20, restarts=1, steps=5).protocol
    yield ls.sharpness.keskar_sharpness(loss, restarts=1, steps=5).protocol
    yield ls.sharpness.relative_flatness(loss).protocol
    yield json.loads(ls.sharpness.basin_width(loss, u, threshold=0.1).attrs["protocol"])


def keys_of(protocol: Mapping[str, Any]) -> Iterator[str]:
    for key, value in protocol.items():
        yield key
        if key not in NAMES_OF_THE_USER:
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, Mapping):
                    yield from keys_of(part)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("protocols")
    with documented.workplace(folder):
        return {key for protocol in protocols(folder) for key in keys_of(protocol)}


def test_every_key_that_is_written_is_explained(written: set[str]) -> None:
    assert not written - explained()


def literal_keys() -> set[str]:
    """Strings that the package's modules use as keys: of dictionaries, and in assignments to an entry."""
    found = set()
    for path in (documented.ROOT / "landscape").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            keys = node.keys if isinstance(node, ast.Dict) else [node.slice] if isinstance(node, ast.Subscript) else []
            found |= {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    return found


def test_no_key_is_explained_that_is_not_there(written: set[str]) -> None:
    # Keys that need several processes, a GPU or a long measurement are looked up in the code.
    assert not explained() - written - literal_keys()
