"""Every experiment of the papers runs at the scale smoke, and ends in its tables and figures."""

import json

import pytest

import landscape as ls
from landscape.study.papers.spec import named_studies, read_named
from landscape.study.papers.values import paper_values
from zenith import tasks


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Runs that several experiments draw from are trained once."""
    return tmp_path_factory.mktemp("store")


@pytest.mark.slow
@pytest.mark.parametrize("name", named_studies())
def test_an_experiment_runs(name, tmp_path, store, framework):
    named = read_named(name)
    if any(part.task.startswith("coco/") for part in named.scales["smoke"].parts):
        framework("faster_coco_eval")
    absent = {part.task for part in named.scales["smoke"].parts} - set(tasks.names())
    if absent:
        with pytest.raises(ValueError, match="is not in this version of the lab"):
            ls.run_paper(name, "smoke", tmp_path / "out", progress=False)
        pytest.skip(f"the tasks {', '.join(sorted(absent))} are not there yet")
    made = ls.run_paper(name, "smoke", tmp_path / "out", device="cpu", store=store, progress=False)
    assert made.whole, made.not_run
    assert {figure.figure.name for figure in made.outputs.figures} == {f"figure_{number}" for number in named.figures}
    text = made.report().text
    page = (made.path / "report.html").read_text()
    for said in (*named.deviations, *named.scales["smoke"].deviations):
        assert said.split("<")[0][:40] in text
    generated = (made.path / "generated").is_dir()
    assert ("These are generated data" in text) == ("NO NUMBER, TABLE OR FIGURE" in page) == generated
    assert bool(made.outputs.tables) == bool(named.tables)
    for table in made.outputs.tables:
        kept = json.loads((made.path / "tables" / f"{table.name}.json").read_text())
        assert kept["rows"] == [list(row) for row in table.rows]
    valued = [table for table in named.tables if table.values]
    for asked in valued:
        headers = [title for table in made.outputs.tables for title in table.header]
        printed = {cell for row in paper_values(asked.values).rows.values() for cell in row.values()}
        shown = {cell for table in made.outputs.tables for row in table.rows for cell in row}
        assert any(title.startswith("paper: ") for title in headers)
        assert shown & printed
