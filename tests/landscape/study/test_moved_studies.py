"""Studies that are published or moved: files of the user's go by name and hash, and no private folder is in them."""

from __future__ import annotations

import json
import shutil
import tomllib

import pytest
from blobs_study import SMALL

import landscape as ls
from landscape.study import execute, load_spec, prepare

OWN = """
import torch
import zenith

X = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
y = (X[:, 0] > 0).long()
task = zenith.Task("own", lambda: torch.nn.Linear(4, 2), (X, y), (X, y), loss=torch.nn.CrossEntropyLoss())


def mine(params, lr=0.05):
    return torch.optim.SGD(params, lr=lr)
"""


def study_of(file, folder):
    spec = ls.StudySpec(
        name="own",
        task=f"{file}:task",
        methods=["zenith", f"{file}:mine"],
        seeds=1,
        steps=2,
        batch_size=20,
        checkpoints=1,
        measure=ls.MeasureSpec(**vars(SMALL) | {"plane_seeds": 0, "spectrum_seeds": 0}),
    )
    return prepare(spec, folder, device="cpu")


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_study_names_the_files_it_is_of_without_their_folders_and_goes_on_elsewhere(tmp_path, monkeypatch, replace):
    home = tmp_path / "home-of-somebody"
    file = home / "project" / "own.py"
    file.parent.mkdir(parents=True)
    file.write_text(OWN)
    monkeypatch.setenv("HOME", str(home))
    study = execute(study_of(file, tmp_path / "studies" / "own"), progress=False)
    written = files(study.path)
    assert {"study.nc", "study.json", "study.toml"} <= {path.name for path in written}
    assert [path for path, content in written.items() if b"home-of-somebody" in content] == []
    for source in (each["source"] for each in study.provenance["own"].values()):
        assert source["path"] == "own.py"
        assert len(source["sha256"]) == 64
    gathered = json.loads(study.tree.attrs["spec"])
    assert gathered["task"] == tomllib.loads((study.path / "study.toml").read_text())["task"] == "~/project/own.py:task"
    assert load_spec(study.path / "study.toml").task == f"{file}:task"  # with which the same study can be begun

    there = tmp_path / "another" / "machine"
    shutil.move(study.path, there / "kept")
    shutil.move(file, there / "own.py")
    replace("train", lambda *_, **__: pytest.fail("a run was trained again"), "zenith.training.train")
    moved = execute(study_of(there / "own.py", there / "kept"), progress=False)
    assert moved.tree["runs"]["status"].values.tolist() == [["finished"], ["finished"]]
    assert tomllib.loads((there / "kept" / "study.toml").read_text())["task"] == "../own.py:task"
    (there / "own.py").write_text(OWN.replace("manual_seed(0)", "manual_seed(1)"))
    with pytest.raises(ValueError, match=r"'own.py', of which .* has changed \(SHA-256 [0-9a-f]{12} then, "):
        study_of(there / "own.py", there / "kept")
