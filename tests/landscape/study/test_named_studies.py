"""Named studies: what their files may say, what they end in, and that they go on where they were."""

import json
import shutil
import warnings

import pytest

import landscape as ls
from landscape.study.papers.run import prepare_paper
from landscape.study.papers.spec import named_studies, read_named
from landscape.study.papers.values import paper_values, read_values
from zenith.methods import METHODS

HEAD = """
title = "A study"
source = "nowhere, table 3"
figures = ["4"]

[[tables]]
kind = "table_3"
values = "table_3"

"""
STUDY = '[[scales.smoke.studies]]\nname = "one"\ntask = "digits"\n'


def written(folder, text):
    path = folder / "mine.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", named_studies())
def test_every_named_study_reads(name):
    named = read_named(name)
    assert named.name == name
    assert named.title
    assert "smoke" in named.scales
    assert named.tables or named.figures
    assert read_named(name.removeprefix("papers/")) == named


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 3", "no 'title'"),
        ('titel = "a"', "unknown key 'titel'.*did you mean"),
        ('title = "a"\nsource = "b"', "needs scales of its own"),
        ('title = "a"\nsource = "b"\nfigures = ["9"]\n[scales]', "unknown figure '9'"),
        ('title = "a"\nsource = "b"\n[scales]', "ends in nothing"),
        ('title = "a"\nsource = "b"\nfigures = ["1"]\nstudies_of = "none"', "unknown named study 'papers/none'"),
        (HEAD.replace('kind = "table_3"', 'kind = "table_9"') + STUDY, "unknown kind of table 'table_9'"),
        (HEAD + "[scales.smoke]", "has no studies"),
        (HEAD + STUDY.replace("smoke", "tiny"), "unknown key 'tiny' in the scales"),
        (HEAD + STUDY + STUDY, "two studies called 'one'"),
        (HEAD + STUDY.replace('task = "digits"', ""), "no 'task'"),
        (HEAD + STUDY.replace('name = "one"', 'name = "figures"'), "'figures' is a folder"),
        (HEAD + '[[scales.smoke.costs]]\nname = "c"\ntask = "digits"', "no 'methods'"),
        (HEAD + '[[scales.smoke.costs]]\nname = "c"\ntask = "digits"\nseconds = 3', "unknown key 'seconds'"),
        ("title = ", "not valid TOML"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        read_named(written(tmp_path, text))


LEAST = """
[base]
methods = ["zenith", "sps", "cosine"]
seeds = 2
steps = 8
batch_size = 16
window = 1
checkpoints = 1

[base.measure]
samples = 16
tolerance = 0.9
max_products = 4
trace_probes = 2
sharpness_samples = 2
line_points = 3
plane_seeds = 0
spectrum_seeds = 0

[scales.smoke]
deviations = ["digits stand in the place of CIFAR-10"]

[[scales.smoke.studies]]
name = "good"
task = "digits"
column = "cifar10/vgg19"

[[scales.smoke.studies]]
name = "bad"
task = "digits"
methods = {breaks = {make = "optimizers.py:breaks"}, constant = {}}

[[scales.smoke.studies]]
name = "absent"
task = "coco/none-such"

[[scales.paper.studies]]
name = "good"
task = "cifar10/vgg19"
methods = ["zenith", "sps", "pal", "cosine"]
seconds = 3600
batch_size = 128
task_settings = {augment = true}
"""
OPTIMIZERS = """
import torch

class Breaks(torch.optim.SGD):
    taken = 0

    def step(self, closure=None):
        super().step(closure)
        self.taken += 1
        if self.taken == 7:
            raise RuntimeError("this optimizer has a fault")

def breaks(params, lr=0.1):
    return Breaks(params, lr=lr)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A named study of which one study is whole, one fails, and one has a task that does not exist."""
    folder = tmp_path_factory.mktemp("named")
    (folder / "optimizers.py").write_text(OPTIMIZERS)
    path = written(folder, HEAD + LEAST)
    with pytest.warns(RuntimeWarning, match="was not run"):
        return path, ls.run_paper(path, "smoke", folder / "out", device="cpu", progress=False)


def test_the_parts_that_can_be_run_are_and_the_others_say_why(made):
    _, done = made
    assert list(done.studies) == ["good"]
    assert done.not_run["absent"].startswith("the task 'coco/none-such' is not in this version of the lab")
    assert "this optimizer has a fault" in done.not_run["bad"]
    assert "this optimizer has a fault" in (done.path / "failed" / "bad.txt").read_text()
    assert not done.whole
    text = done.report().text
    for said in ("absent: the task", "this optimizer has a fault", "figure 4 of arXiv:2601.15212"):
        assert said in text
    assert (done.path / "figures" / "figure_4.png").is_file()
    assert "ZENITH" in (done.path / "report.html").read_text()


def test_the_table_has_the_papers_values_next_to_ours(made):
    _, done = made
    (table,) = done.outputs.tables
    assert table.header == ("method", "digits", "paper: CIFAR-10, VGG-19 (% / min)")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["ZENITH"][1] == "92.4 / 13.1"
    assert rows["SPS"][1] == "87.7 / 8.93"
    assert rows["cosine"][1] == "not in the paper"
    assert rows["PAL"] == ("not run", "91.0 / 15.0")
    written = json.loads((done.path / "tables" / "table_3.json").read_text())
    records = {record["method"]: record for record in written["records"]}
    assert records["zenith"]["paper_accuracy_percent"] == 92.4
    assert records["zenith"]["best_n"] == 2
    assert records["cosine"]["paper_accuracy_percent"] is None
    study = done.studies["good"]
    best = study.tree["epochs"]["test_metric"].sel(optimizer="zenith").max("epoch").mean()
    assert records["zenith"]["best_mean"] == pytest.approx(float(best))


def test_every_deviation_is_listed(made):
    _, done = made
    text = done.report().text
    for said in (
        "digits stand in the place of CIFAR-10",
        "task digits instead of cifar10/vgg19",
        "batches of 16 instead of 128",
        "8 steps instead of 3,600 s of training",
        "without pal",
        "augment = the default instead of true",
        "Every method was run on 2 seeds",
    ):
        assert said in text


def test_the_same_call_goes_on_where_it_was(made):
    path, done = made
    runs = {file: file.stat().st_mtime_ns for file in (done.path / "good" / "runs").rglob("*") if file.is_file()}
    before = done.report().text
    (path.parent / "optimizers.py").write_text(OPTIMIZERS.replace("taken == 7", "taken < 0"))
    shutil.rmtree(done.path / "bad")  # of another version of the optimizer
    with pytest.warns(RuntimeWarning, match="absent was not run"):
        again = ls.run_paper(path, "smoke", done.path, device="cpu", progress=False)
    assert {file: file.stat().st_mtime_ns for file in runs} == runs
    assert list(again.studies) == ["good", "bad"]
    assert not (done.path / "failed" / "bad.txt").exists()
    assert "has a fault" not in again.report().text
    assert before != again.report().text


def test_what_was_not_asked_for_is_no_failure(made, tmp_path):
    path, _ = made
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # "was not run"
        done = ls.run_paper(path, "smoke", tmp_path / "out", device="cpu", only=["good"], seeds=1, progress=False)
    assert done.whole
    assert "bad: left out of this run, of which only good were asked for" in done.report().text
    deviations = done.report().text.partition("## Deviations")[2].partition("## Not run")[0]
    assert "good: " in deviations
    assert "bad" not in deviations


def test_what_is_not_asked_for_is_left_out(made, tmp_path):
    path, _ = made
    plan = prepare_paper(path, "smoke", tmp_path / "out", device="cpu", only=["good"], seeds=1)
    assert list(plan.studies) == ["good"]
    assert plan.studies["good"].spec.seeds == (0,)
    assert set(plan.left_out) == {"bad", "absent"}
    with pytest.raises(ValueError, match=r"unknown key 'goood' in the studies of .* did you mean 'good'"):
        prepare_paper(path, "smoke", tmp_path / "out", only=["goood"])
    with pytest.raises(ValueError, match="no study of 'mine' can be run at scale smoke: absent: the task"):
        prepare_paper(path, "smoke", tmp_path / "out", only=["absent"])
    with pytest.raises(ValueError, match="unknown scale 'small'"):
        prepare_paper(path, "small", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_values_that_are_none_are_refused():
    given = {"source": "here", "gives": ["a", "b"], "columns": {"x": "X"}, "rows": {"zenith": ["1 / 2"]}}
    assert read_values("mine", given).numbers("zenith", "x") == {"paper_a": 1, "paper_b": 2}
    assert read_values("mine", given).numbers("sps", "x") == {}
    for rows, said in (
        ({"zenith": ["1 / 2", "3 / 4"]}, "zenith has 2 cells"),
        ({"zenith": ["1"]}, "zenith has '1' in column 'x'"),
        ({"zenith": ["1 / b"]}, "each cell gives a / b"),
    ):
        with pytest.raises(ValueError, match=said):
            read_values("mine", {**given, "rows": rows})


def test_the_papers_values_are_of_methods_and_tasks_that_exist():
    for named in map(read_named, named_studies()):
        columns = {part.column for scale in named.scales.values() for part in scale.parts}
        for table in named.tables:
            if table.values:
                values = paper_values(table.values)
                assert set(values.rows) <= set(METHODS)
                assert table.kind == "medians" or {key.partition(" l2=")[0] for key in values.columns} & columns
