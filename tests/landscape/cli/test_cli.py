"""The command line as a user meets it: exit codes, one-sentence refusals, nothing started or overwritten."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from refusals import check_refusal

from landscape.cli import main as cli


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return ended.value.code


def test_help_answers_without_importing_torch():
    code = (
        "import sys\nfrom landscape.cli import main as cli\n"
        "try:\n    cli.main(['study', '--help'])\nexcept SystemExit as ended:\n    assert ended.code == 0\n"
        "assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--data-root" in done.stdout


def test_plotting_imports_without_torch():
    code = "import sys, landscape.plot\nassert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("study", "digit"), ["unknown study 'digit'", "did you mean 'digits'"]),
        (("study", "--methods", "zenith", "cosin"), ["cosin", "did you mean 'cosine'"]),
        (("study", "--methods", "cosine", "step"), ["focus 'zenith' is not among the methods"]),
        (("study", "--seeds", "0"), ["seeds"]),
        (("study", "--epochs", "-1"), ["epochs", "-1"]),
        (("study", "--window", "0"), ["window", "0"]),
        (("study", "--learning-rate", "0"), ["learning_rate", "0"]),
        (("study", "--workers", "0"), ["workers", "0"]),
        (("study", "--device", "tpu9"), ["device", "tpu9"]),
        (("study", "--device", "meta"), ["device", "meta"]),
        (("study", "studies/digits"), ["is no spec", "digits"]),
        (("study", "nothing.toml"), ["no spec at 'nothing.toml'"]),
        (("study", "mnist", "--data-root", "nowhere"), ["nowhere", "train-images-idx3-ubyte"]),
        (("study", "cifar10", "--data-root", "nowhere"), ["nowhere", "cifar-10-batches-py"]),
        (("study", "mnist"), ["--data-root"]),
        (("figures", "nowhere"), ["no study in 'nowhere'"]),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    check_refusal(capsys.readouterr(), words)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_option_is_refused_with_exit_code_2(capsys):
    assert run("study", "--epoch", "3") == 2
    assert "--epochs" in capsys.readouterr().err


def test_a_folder_with_something_else_is_refused(tmp_path, capsys):
    (tmp_path / "thesis.tex").write_text("precious")
    assert run("study", "--out", str(tmp_path)) == 2
    assert "holds files but no study" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


SPEC = """
name = "tiny"
task = "digits"
methods = ["zenith", "cosine"]
seeds = 1
epochs = 1
batch_size = 256
checkpoints = 1

[measure]
samples = 50
trace_probes = 2
sharpness_samples = 2
line_points = 3
plane_points = 3
"""


@pytest.mark.slow
def test_a_study_from_a_toml_file_then_redrawn(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(SPEC)
    assert run("study", "tiny.toml", "--workers", "1", "--quiet") == 0
    out = capsys.readouterr().out
    assert "2 methods, seeds 0, 6 steps a run" in out
    assert "W = 1 steps" in out
    report = tmp_path / "studies" / "tiny" / "report.html"
    assert str(report.relative_to(tmp_path)) in out
    assert report.is_file()
    report.unlink()
    assert run("figures", "studies/tiny") == 0
    assert report.is_file()


def test_an_interrupt_exits_130_and_says_how_to_go_on(tmp_path, capsys, monkeypatch, replace):
    def interrupted(*args: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    replace("train", interrupted, "zenith")
    (tmp_path / "tiny.toml").write_text(SPEC)
    assert run("study", "tiny.toml", "--quiet", "--workers", "1") == 130
    assert "the same command continues" in capsys.readouterr().err


def test_methods_and_tasks_are_listed(capsys):
    assert run("methods") == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("zenith", "constant", "step", "exponential", "polynomial", "cosine", "adamw"))
    assert "kellerjordan.github.io/posts/muon" in out
    assert "precondition_frequency=10" in out
    assert max(map(len, out.splitlines())) <= 120
    assert run("tasks") == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("digits", "mnist", "cifar10"))


def test_what_installed_packages_add_is_listed_with_the_package_and_a_broken_one_says_why(
    capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    info = tmp_path / "lion_made-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lion-made\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text(
        "[zenith.methods]\nlion = lion_listed:lion\nbroken = not_there:x\nsgd = lion_listed:lion\n"
        "[zenith.tasks]\njungle = not_there:x\n"
    )
    (tmp_path / "lion_listed.py").write_text(
        "import torch\nimport zenith\nlion = zenith.Method('lion', torch.optim.SGD, description='a cat')\n"
    )
    for command in ("methods", "tasks"):
        assert run(command) == 0
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "lion a cat lion-made 1.5" in out
    assert "sgd not reached by this name, which is built in" in out
    assert "the method 'broken' of lion-made 1.5 cannot" in out
    assert "the task 'jungle' of lion-made 1.5 cannot" in out
    assert run("methods", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out) if row.get("family") != "automatic"}
    assert (rows["lion"]["package"], rows["lion"]["description"]) == ("lion-made 1.5", "a cat")
    assert rows["broken"]["error"].startswith("the method 'broken' of lion-made 1.5 cannot be used")
    assert rows["sgd"]["library"] == "torch"
    file = tmp_path / "mine.py"
    file.write_text("import torch\ndef my_adam(params, lr=0.02):\n    return torch.optim.Adam(params, lr=lr)\n")
    assert run("methods", f"{file}:my_adam", "lion", "--json") == 0
    mine, lion = json.loads(capsys.readouterr().out)
    assert (mine["name"], mine["settings"], mine["source"]) == ("my_adam", {"lr": 0.02}, f"{file}:my_adam")
    assert lion == rows["lion"]
    assert run("methods", f"{file}:my_adam") == 0
    assert "lr=0.02" in capsys.readouterr().out
    assert run("methods", "zentih") == 2
    assert "did you mean 'zenith'" in capsys.readouterr().err


def test_methods_as_json_say_all_the_table_knows(capsys):
    assert run("methods", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["pal"]["needs"] == ["loss", "probe"]
    assert rows["adamw"]["settings"]["weight_decay"] == 0.01
    assert rows["asgd"]["syncs"] == "one per tensor"
    assert rows["sam"]["exceptions"]
    assert (rows["soap"]["library"], rows["soap"]["licence"]) == ("pytorch_optimizer", "Apache-2.0")


def test_the_batterys_matrix_is_markdown(capsys):
    from zenith import methods

    assert run("methods", "--battery") == 0
    out = capsys.readouterr().out
    assert out == methods.battery()
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    assert all(f"`{name}`" in out for name in methods.names())


@pytest.mark.parametrize("command", ["study", "measure", "figures", "explore", "methods", "tasks", "doctor"])
def test_help_says_what_every_option_is_for(command, capsys):
    assert run(command, "--help") == 0
    assert "Args:" not in capsys.readouterr().out  # as it is where a line of them is not indented
