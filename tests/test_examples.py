"""The files in examples/ train, on data of the same form that are made here."""

import random
from pathlib import Path

import pytest

import zenith
from landscape.study import load_spec

EXAMPLES = Path(__file__).parent.parent / "examples"
SYLLABLES = {
    "German": ["berg", "mann", "stein", "holz"],
    "Italian": ["ni", "ro", "ssi", "la"],
    "Irish": ["o'", "mac", "lan"],
}


def trained(name, method, folder):
    spec = load_spec(EXAMPLES / f"{name}.toml")
    return zenith.train(
        spec.loaded_task,
        spec.loaded_methods[method],
        steps=4,
        batch_size=8,
        settings={"lr": spec.settings_for(method).get("lr", 0.001)},
        data_root=folder,
    )


@pytest.mark.parametrize("method", ["zenith", "cosine", "clipped"])
def test_names_are_learnt_from_their_letters(tmp_path, method):
    draw = random.Random(0)
    (tmp_path / "names").mkdir()
    for language, parts in SYLLABLES.items():
        names = {"".join(draw.choices(parts, k=4)).title() for _ in range(300)}
        (tmp_path / "names" / f"{language}.txt").write_text("\n".join(names), encoding="utf-8")
    run = trained("names_gru", method, tmp_path)
    assert run.status == "finished"
    assert run.trace.epochs["train_loss"][-1] < run.trace.epochs["train_loss"][0]
    assert run.trace.epochs.keys() >= {"test_metric", "test_balanced_accuracy"}


@pytest.mark.parametrize("method", ["zenith", "lion"])
def test_a_model_of_transformers_learns_characters(framework, tmp_path, method):
    framework("transformers")
    draw = random.Random(0)
    (tmp_path / "tinyshakespeare").mkdir()
    text = "".join(draw.choices("etaoin shrdlu,.", k=3000))
    (tmp_path / "tinyshakespeare" / "input.txt").write_text(text, encoding="utf-8")
    run = trained("char_gpt", method, tmp_path)
    assert run.status == "finished"
    assert run.trace.epochs["test_metric"][-1] < run.trace.epochs["test_metric"][0]


@pytest.mark.parametrize("name", ["names_gru", "char_gpt"])
def test_where_the_data_are_missing_is_said(name, tmp_path):
    task = zenith.tasks.get(f"{EXAMPLES / name}.py:task")
    with pytest.raises(FileNotFoundError, match="give --data-root"):
        task.load(tmp_path)
