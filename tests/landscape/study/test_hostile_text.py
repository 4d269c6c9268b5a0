"""Text of files and specs neither becomes a path unchecked nor has any effect where it is shown."""

import csv
import html
import io
import json
import re

import documented
import pytest
import torch
import xarray as xr
from made_studies import made_study
from torch import nn

import zenith
from landscape._common.escaping import csv_cell, latex, latex_label, markdown, markdown_cell, visible
from landscape._common.files import read_tree, write_json, write_toml, write_tree
from landscape.cli.tables import print_table
from landscape.study import Study, StudySpec, write_report
from landscape.study.figure_specs import FigureSpec, StudyFigure
from landscape.study.log import log_runs
from landscape.study.redraw import redraw
from landscape.study.tables import Table, write_tables

BAD_NAMES = [
    "",
    ".",
    "..",
    "../above",
    "/absolute",
    "back\\slash",
    "two\nlines",
    "\x1b[31mred",
    "right\u202eleft",
    "a" * 300,
    "é" * 60,  # 120 bytes
    "nul\0",
    "half\ud800",
    "star*",
    "end ",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_names_that_files_cannot_have_are_refused_before_any_work(name):
    def task(**changes):
        data = (torch.zeros(4, 2), torch.arange(4) % 2)
        given = {"name": "mine", "model": lambda: nn.Linear(2, 2), "train": data, "test": data}
        return zenith.Task(**given | {"loss": nn.CrossEntropyLoss()} | changes)

    for make in (
        lambda: StudySpec(name=name, task="digits"),
        lambda: task(name=name),
        lambda: task(metric={name: lambda outputs, targets: outputs.sum()}),
        lambda: zenith.methods.get((name, lambda params, lr=0.1: torch.optim.SGD(params, lr=lr))),
    ):
        with pytest.raises(ValueError, match=r"called|letters, digits and -_\.\+ only") as caught:
            make()
        message = str(caught.value)
        assert message == visible(message)  # it can be printed
        assert len(message) < 500


def test_names_in_other_scripts_are_names():
    assert StudySpec(name="Größe α 研究 (2)", task="digits").name == "Größe α 研究 (2)"


def gallery(folder, **changes):
    table = Table("numbers", "A caption.", ("name", "n"), (("a", "1"),), ({"name": "a", "n": 1},))
    (folder / "figures").mkdir(parents=True)
    (folder / "tables").mkdir()
    (folder / "tables" / "numbers.json").write_text(json.dumps(table.as_dict() | changes))
    return folder


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../../outside"}, "let its name be 'numbers'"),
        ({"name": "ABSOLUTE"}, "let its name be 'numbers'"),
        ({"name": 3}, "no table"),
        ({"caption": None}, "no table"),
        ({"rows": [["a", 1]]}, "no table"),
        ({"records": []}, "no table"),
        ({"records": [{"a": 1}, {"b": 1}]}, "no table"),
        ({"records": ["text"]}, "no table"),
    ],
)
def test_a_gallery_writes_into_its_own_folder_only(tmp_path, changes, words):
    if changes.get("name") == "ABSOLUTE":
        changes = {"name": str(tmp_path / "outside")}
    folder = gallery(tmp_path / "deep" / "gallery", **changes)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=words) as caught:
        redraw(folder)
    assert "numbers.json" in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_gallery_of_honest_tables_is_redrawn(tmp_path):
    redraw(gallery(tmp_path / "gallery"))
    assert (tmp_path / "gallery" / "tables" / "numbers.csv").read_text() == "name,n\na,1\n"


def renamed(study, **variables):
    """The study with other text in its group of runs."""
    tree = read_tree(study.path / "study.nc")
    runs = tree["runs"].to_dataset()
    for name, text in variables.items():
        runs[name] = (("optimizer", "seed"), [[text] * runs.sizes["seed"]] * runs.sizes["optimizer"])
    write_tree(study.path / "study.nc", xr.DataTree.from_dict({**tree.to_dict(), "/runs": runs}))
    return Study.open(study.path)


def test_the_names_in_a_study_file_are_no_paths(tmp_path):
    study = renamed(made_study(tmp_path / "deep" / "study"), run_id="../../../outside")
    for read in (
        lambda: log_runs(study, "jsonl"),
        lambda: study.run_folder("../../../outside"),
        lambda: study.read_measure("planes", "../../../outside"),
        lambda: study.has_complete_measure("measures", "/outside"),
    ):
        with pytest.raises(ValueError, match="files are named after it"):
            read()
    assert list(tmp_path.rglob("*outside*")) == []


def test_a_figure_is_written_under_a_plain_name_only(tmp_path):
    data = xr.Dataset({"a": ("x", [1.0, 2.0])})
    spec = FigureSpec(StudyFigure("../outside", "title", "caption"), data, lambda: pytest.fail("drawn"))
    with pytest.raises(ValueError, match=r"a figure is called '\.\./outside'"):
        spec.save(tmp_path / "figures", {})
    assert list(tmp_path.iterdir()) == []


HOSTILE = "a\x1b[31m\u202e <script>alert(1)</script> | [x](javascript:y) `z` \\input{/etc/passwd} {$%&#_^~}\r\n# b"


def table_of(text):
    record = {"method": text, "n": -1.5, "sum": "=1+1", "at": "@a", "minus": "-2+3", "plus": "+1", "plain": "a-b"}
    return Table("hostile", text, (text, "n"), ((text, "-1.5"),), (record,))


def test_markdown_holds_no_html_no_link_and_no_other_cell():
    text = table_of(HOSTILE).to_markdown()
    header, rule, row = text.splitlines()
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in (header, rule, row))
    assert "<" not in text
    assert "](" not in text
    assert not re.search(r"(?<!\\)`", text)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert markdown("plain [95 % interval], 2 * 3") == "plain [95 % interval], 2 * 3"
    assert markdown_cell("a|b") == "a\\|b"
    # A backslash of the text's own is shown, and takes none of ours away.
    assert markdown("\\`") == "\\\\\\`"
    assert markdown_cell("\\|") == "\\\\\\|"
    assert markdown(r"\lambda") == r"\lambda"


def test_latex_holds_no_command_of_the_text():
    assert latex("{a}\\b") == r"\{a\}\textbackslash{}b"
    text = latex(HOSTILE)
    # What is left after our own commands has no character that LaTeX acts on.
    rest = re.sub(r"\\(text\w+|[{}&%_#$])(\{\})?", "", text)
    assert not set(rest) & set("\\{}&%_#$^~")
    assert "\n" not in text
    assert latex_label("tab_1} \\evil") == "tab_1---evil"
    assert r"\label{tab:hostile}" in table_of(HOSTILE).to_latex()


def test_cells_of_csv_are_no_formulas_and_numbers_stay_numbers():
    (row,) = csv.DictReader(io.StringIO(table_of(HOSTILE).to_csv()))
    assert row["n"] == "-1.5"
    assert [row[key] for key in ("sum", "at", "minus", "plus", "plain")] == ["'=1+1", "'@a", "'-2+3", "'+1", "a-b"]
    assert csv_cell("\t=1") == "' =1"
    assert csv_cell(-2) == -2
    assert "\x1b" not in row["method"]


def test_a_table_is_written_under_its_name_only(tmp_path):
    table = table_of("a")
    with pytest.raises(ValueError, match=r"a table is called '\.\./hostile'"):
        write_tables(tmp_path / "tables", [Table("../hostile", *list(table.as_dict().values())[1:])])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow  # a report and its figures
def test_reports_show_hostile_labels_and_reasons_as_letters(tmp_path):
    source = Study.open(documented.ROOT / "figures" / "digits")
    spec = source.spec.derived(methods=("zenith", "constant"), seeds=(0, 1), tuning=None)
    few = {"optimizer": ["zenith", "constant"], "seed": [0, 1]}
    groups = {
        path: data.sel({dim: labels for dim, labels in few.items() if dim in data.dims})
        for path, data in source.tree.to_dict().items()
        if not path.startswith(("/planes", "/spectra", "/tuning"))
    }
    reasons = {"what": "top eigenvalue", "optimizer": "zenith", "seed": 0, "step": -1, "reason": HOSTILE}
    groups["/not_measured"] = xr.Dataset({name: ("entry", [value]) for name, value in reasons.items()})
    groups["/"].attrs["metric_label"] = HOSTILE + " $\\frac{$"  # which is no mathematics
    folder = tmp_path / "study"
    folder.mkdir()
    write_toml(folder / "study.toml", spec.as_dict(), "made")
    write_json(folder / "study.json", {"schema_version": 2, "provenance": source.provenance})
    write_tree(folder / "study.nc", xr.DataTree.from_dict(groups))
    write_report(Study.open(folder))
    markdown_page, page = ((folder / name).read_text() for name in ("report.md", "report.html"))
    for text in (markdown_page, page):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "<script>alert" not in text
    assert html.escape("<script>alert(1)</script>") in page
    assert "\\x1b[31m" in markdown_page
    for path in folder.rglob("*.svg"):
        assert "<script>alert" not in path.read_text()
    groups["/"].attrs["metric"] = "../../../outside"
    write_tree(folder / "study.nc", xr.DataTree.from_dict(groups))
    with pytest.raises(ValueError, match="files are named after it"):
        write_report(Study.open(folder))
    assert not list(tmp_path.parent.rglob("outside*"))


def test_tables_on_the_terminal_show_brackets_and_control_characters(capsys):
    print_table(("weights",), [("run[/].pt",), ("[red]a\x1b[31m",)])
    out = capsys.readouterr().out
    assert "run[/].pt" in out
    assert "[red]a\\x1b[31m" in out


def hostile_store(folder, **changes):
    """A study whose spec was changed, with a file next to it that tells when it is run."""
    study = made_study(folder / "study")
    (study.path / "own.py").write_text("open('ran', 'w').close()\nmine = 3\n")
    spec = {key: value for key, value in (study.spec.as_dict() | changes).items() if value is not None}
    write_toml(study.path / "study.toml", spec, "hostile")
    return study.path


@pytest.mark.parametrize(
    "changes",
    [
        {"methods": ["own.py:mine", "zenith"]},
        {"methods": ["../../x", "zenith"]},
        {"methods": ["zenith", "**"]},
        {"seeds": [-1]},
        {"seeds": "01"},
        {"seeds": 10**10},
        {"sweep": {"learning_rate": "ab"}},
        {"sweep": {"learning_rate": list(range(1, 2000)), "window": list(range(1, 2000))}},
        {"task": 3},
        {"focus": "nothing"},
        {"measure": {"line_points": 10**12}},
        {"steps": 10**15, "epochs": None},
    ],
    ids=range(12),
)
def test_a_folder_with_a_hostile_spec_is_refused_in_a_sentence(changes, tmp_path):
    folder = hostile_store(tmp_path, **changes)
    with pytest.raises(ValueError, match=r"^[^\n]*\Z"):
        Study.open(folder)
    assert not list(tmp_path.rglob("ran"))


def test_to_open_a_folder_runs_none_of_its_code(tmp_path, monkeypatch):
    mine = {"make": "own.py:mine", "betas": [0.1, 0.2]}
    folder = hostile_store(tmp_path, task="own.py:task", methods={"mine": mine, "zenith": {}}, focus="mine")
    monkeypatch.chdir(folder)
    opened = Study.open(".")
    assert opened.spec.methods == ("mine", "zenith")
    assert opened.spec.settings["mine"] == {"betas": [0.1, 0.2]}
    assert not list(tmp_path.rglob("ran"))
