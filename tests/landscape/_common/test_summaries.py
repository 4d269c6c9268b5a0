"""What results show of themselves: the right numbers, nothing unconverged hidden, and sound HTML whatever the names."""

import dataclasses
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

import landscape as ls
from landscape._common.summaries import ROWS, Summarized, Summary, as_html, as_text, cell
from landscape.stats.paired import adjust, paired_comparison
from landscape.stats.sign_flip_test import sign_flip_test
from zenith import train

STUDY = Path(__file__).parents[3] / "figures" / "digits"


@pytest.fixture(scope="module")
def states():
    states = []
    for seed in range(3):
        torch.manual_seed(seed)
        states.append(torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3)).state_dict())
    return states


@pytest.fixture(scope="module")
def loss(states):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    data = torch.randn(40, 4), torch.randint(3, (40,))
    return ls.Objective(model, torch.nn.CrossEntropyLoss(), data, batch_size=20).at(states[0])


@pytest.fixture(scope="module")
def pairs(loss):
    return ls.top_eigenpairs(loss, k=2)


@pytest.fixture(scope="module")
def results(loss, states, pairs):
    density = ls.spectral_density(loss, probes=2, steps=5)
    directions = pairs.vectors
    plane = ls.plane(loss, directions, np.linspace(-0.1, 0.1, 5))
    quality = ls.slices.plane_quality(plane, reference=pairs, directions=directions)
    batches = ls.curvature.minibatch_curvature(loss, [10, 20], batches=4)
    path = ls.connectivity.interpolate(loss, states[0], states[1], np.linspace(0, 1, 5))
    study = ls.Study.open(STUDY)
    return [
        loss,
        pairs,
        pairs.certificate,
        ls.hessian_trace(loss, probes=4),
        density,
        density.count_above(0.1),
        density.smooth(),
        ls.curvature.hessian_diagonal(loss, probes=4),
        batches,
        batches.required_batch_size(0.1),
        ls.connectivity.plane_through(*states),
        quality,
        quality.curvature,
        quality.minima,
        ls.project({"one": states}),
        path,
        path.barrier,
        ls.connectivity.connect(loss, states[0], states[1], steps=5),
        ls.connectivity.align(loss, states[0], states[1]),
        ls.sharpness.worst_case_sharpness(loss, rho=0.1),
        ls.sharpness.worst_case_sharpness(loss, rho=0.1, m=20),
        study,
        ls.compare(study, "zenith", "cosine")["lambda_max"],
        sign_flip_test([0.1, 0.2, -0.05]),
    ]


def parsed(result):
    """The HTML as a tree: raises if a tag is left open or a name was not escaped."""
    return ElementTree.fromstring(result._repr_html_().replace("&nbsp;", " "))


def words(element):
    return " ".join(element.itertext())


def test_every_result_shows_its_kind_and_its_protocol_is_folded_away(results):
    for result in results:
        kind = type(result).__name__
        text, page = repr(result), parsed(result)
        assert text.startswith(f"{kind}: ")
        assert "object at 0x" not in text
        assert "tensor(" not in text
        assert "array(" not in text
        assert len(text) < 4000
        assert words(page).startswith(kind)
        protocol = getattr(result, "protocol", None)
        if protocol is not None:
            shown = protocol() if callable(protocol) else protocol
            folds = {fold.findtext("summary"): words(fold) for fold in page.iter("details")}
            assert {key for key in shown if key not in folds["Protocol"]} == set()
            assert "open" not in next(page.iter("details")).attrib


def test_tables_have_headers_for_screen_readers_and_no_colours_of_their_own(results):
    for result in results:
        page = parsed(result)
        for table in page.iter("table"):
            assert table.get("aria-label")
            assert all(cell.get("scope") == "col" for head in table.iter("thead") for cell in head.iter("th"))
            assert all(row.find("th").get("scope") == "row" for body in table.iter("tbody") for row in body.iter("tr"))
        styles = " ".join(element.get("style", "") for element in page.iter())
        assert not re.search(r"(^|[ ;])(color|background)|#[0-9a-f]{3}|rgb", styles)


def test_numbers_are_those_of_the_result(pairs, loss):
    for value, residual in zip(pairs.values, pairs.residuals, strict=True):
        assert f"{value:.6g}" in repr(pairs)
        assert cell(residual) in repr(pairs)
    trace = ls.hessian_trace(loss, probes=8)
    low, high = trace.interval(0.95)
    assert f"{trace.value:.6g} ± {trace.standard_error:.2g}" in repr(trace)
    assert f"{cell(low)} to {cell(high)}" in repr(trace)
    assert "trace of the Hessian" in repr(trace)


def test_what_did_not_converge_is_said_first(loss):
    pairs = ls.top_eigenpairs(loss, k=2, tol=1e-6, max_products=3)
    missing = int((~pairs.converged).sum())
    assert missing
    assert f"{missing} not converged" in repr(pairs).splitlines()[0]
    assert f"{missing} not converged" in words(parsed(pairs).find("p"))


def test_names_are_escaped(states):
    hostile = "<script>alert('x')</script> & \"co\""
    trajectory = ls.project({hostile: states})
    assert "<script" not in trajectory._repr_html_()
    assert hostile in words(parsed(trajectory))
    assert hostile in repr(trajectory)
    summary = Summary(hostile, (hostile, hostile), [(hostile, 1.0)], [hostile], {hostile: {hostile: hostile}})
    page = ElementTree.fromstring(as_html(hostile, summary))
    assert words(page).count(hostile) == 9
    assert not list(page.iter("script"))


def test_long_tables_are_cut_and_say_so():
    rows = [(f"layer {i}", i) for i in range(ROWS + 7)]
    text, page = as_text("Long", Summary("x", ("layer", "size"), rows)), as_html("Long", Summary("x", ("a", "b"), rows))
    for shown in (text, page):
        assert f"layer {ROWS - 1}" in shown
        assert f"layer {ROWS}" not in shown
        assert "… and 7 more" in shown


def test_columns_of_numbers_end_at_the_same_place():
    lines = as_text(
        "Few", Summary("x", ("name", "value"), [("a", 1.5), ("long name", 12345), ("c", None)])
    ).splitlines()
    assert lines[1:] == ["  name       value", "  a            1.5", "  long name  12345", "  c              –"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "yes"),
        (np.False_, "no"),
        (1 / 3, "0.3333"),
        (np.float32(2), "2"),
        (float("nan"), "nan"),
        (np.int64(1234567), "1234567"),
        ((1, 2.5), "1, 2.5"),
        (list(range(20)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … (20 in all)"),
    ],
)
def test_cells(value, shown):
    assert cell(value) == shown


def test_comparisons_read_as_ratios_or_differences():
    arguments = {"method": "a", "reference": "b", "measure": "sharpness"}
    ratio = paired_comparison([2.0, 4.0, 8.0], [1.0, 2.0, 4.1], **arguments)
    difference = paired_comparison([2.0, 4.0, np.nan], [1.0, 2.5, 4.0], **arguments, transform="identity")
    (adjusted,) = adjust([difference])
    assert cell(ratio.ratio) in repr(ratio)
    assert " ratio " in repr(ratio)
    assert cell(difference.mean_difference) in repr(difference)
    assert " difference " in repr(difference)
    assert "1 pair without finite values left out" in repr(difference)
    assert cell(adjusted.p_holm) in words(parsed(adjusted))


def test_a_whole_analysis_shows_every_comparison_and_its_conclusion():
    from landscape.study import analyse

    analysis = analyse(ls.Study.open(STUDY))
    text = repr(analysis)
    assert all(sentence.split()[0] in text for sentence in analysis.conclusion)
    assert text.count(" vs ") == min(ROWS, sum(map(len, analysis.comparisons.values())))
    assert "Limits" in analysis._repr_html_() or not analysis.notes


def test_operators_say_how_large_they_are(loss):
    with ls.HessianOperator(loss) as hessian:
        assert (
            repr(hessian)
            == f"HessianOperator({loss.num_parameters} x {loss.num_parameters}, float32 on cpu, 0 products so far)"
        )
        hessian @ hessian.probe(torch.Generator().manual_seed(0))
        assert "1 products so far" in repr(hessian)


def test_a_run_shows_where_it_began_and_ended():
    run = train("digits", "zenith", epochs=1, window=10, checkpoints=1)
    assert repr(run).startswith("Run: zenith on digits, seed 0, finished")
    assert f"test_loss {run.trace.epochs['test_loss'][-1]:.4g}" in repr(run)
    assert "tensor(" not in repr(run)
    page = ElementTree.fromstring(run._repr_html_())
    first, last = page.find("table").find("tbody").findall("tr")
    assert [words(row).split()[1] for row in (first, last)] == [
        f"{run.trace.epochs['train_loss'][i]:.4g}" for i in (0, -1)
    ]
    assert run.batch_order in words(page.find("details"))
    assert "diverged at step 3" in repr(dataclasses.replace(run, status="diverged", diverged_at=3))


def test_a_result_without_a_summary_is_a_mistake():
    class Forgotten(Summarized):
        pass

    with pytest.raises(NotImplementedError):
        repr(Forgotten())


def test_a_display_shows_itself_as_it_was_made_for_its_venue():
    def drawn():
        return ls.plot.LineComparisonDisplay([-1, 0, 1], [[[2.0, 1.0, 3.0]]], ["zenith"], xlabel="alpha").plot()

    with ls.plot.styled(venue="icml"):
        inside = drawn()._repr_png_()
        later = drawn()
    assert later._repr_png_() == inside
    assert drawn()._repr_png_() != inside


def test_a_display_says_in_words_what_it_shows():
    display = ls.plot.LineComparisonDisplay([-1, 0, 1], [[[2.0, 1.0, 3.0]]], ["zenith"], xlabel="alpha")
    assert repr(display) == "LineComparisonDisplay: call plot() to draw it"
    assert display._repr_mimebundle_() == ({}, {})
    display.plot()
    assert repr(display) == "LineComparisonDisplay: loss against alpha (zenith)"
    picture, about = display._repr_mimebundle_()
    assert picture["image/png"].startswith(b"\x89PNG")
    assert about["image/png"]["alt"] == repr(display)
