"""Options of tasks on the command line: listed, given, and read back from the folder of a study."""

import json

import pytest

import zenith
from landscape._common.files import write_record, write_tensors
from landscape.cli import main as cli
from zenith import tasks
from zenith.tasks import fixtures


def test_the_options_of_a_task_are_listed_with_their_defaults_and_meaning(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["tasks", "cifar100/resnet50", "digits"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "option of cifar100/resnet50" in said
    for name, default in tasks.options("cifar100/resnet50").items():
        assert f"{name} │ {json.dumps(default)}" in said or f"{name} {json.dumps(default)}" in said
    assert "Factor of all channels" in said


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("width", "--task-settings takes KEY=VALUE, such as width=0.125, got 'width'"),
        ("widht=0.1", "unknown key 'widht' in the options of task 'cifar10/vgg19': did you mean 'width'?"),
        ("width=wide", "option 'width' of task 'cifar10/vgg19' must be a number, got 'wide'"),
    ],
)
def test_wrong_settings_are_one_sentence(pair, message, capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        cli.main(["measure", "cifar10/vgg19", "--weights", str(tmp_path / "a.pt"), "--task-settings", pair])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.slow
def test_weights_of_a_study_are_measured_with_the_options_that_they_were_trained_with(tmp_path, capsys):
    fixtures.write_cifar10(tmp_path)
    task = tasks.get("cifar10/vgg19", width=0.05, train_samples=20, test_samples=10)
    run = zenith.train(task, "sgd", steps=1, batch_size=10, data_root=tmp_path)
    folder = tmp_path / "runs" / "sgd-seed0"
    file = folder / "checkpoints" / "step-00000001.safetensors"
    write_tensors(file, run.final, {})
    write_record(folder / "run.json", {"task": run.task, "task_options": run.task_options})
    command = ["measure", "cifar10/vgg19", "--weights", str(file), "--data-root", str(tmp_path), "--json"]
    command += ["--eigenvalues-only", "--max-products", "2", "--tolerance", "0.9", "--quiet"]
    with pytest.raises(SystemExit):
        cli.main(command)
    (found,) = json.loads(capsys.readouterr().out)
    assert found["eigenvalues"]["protocol"]["samples"] == 20
    with pytest.raises(SystemExit):
        cli.main([*command, "--task-settings", "train_samples=30"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["eigenvalues"]["protocol"]["samples"] == 30
