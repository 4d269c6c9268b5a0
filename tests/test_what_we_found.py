"""What the page of results quotes stands in the reports that it names."""

import re
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from landscape.stats.paired import adjust, paired_comparison
from landscape.study import Study

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "what-we-found.md"
QUOTED = re.compile(r"^<!-- from (\S+) -->\n((?:.+\n)+)", re.MULTILINE)


def missing(page):
    for name, lines in QUOTED.findall(page):
        report = (PAGE.parent / name).read_text(encoding="utf-8")
        for line in lines.splitlines():
            yield from [line] if line.removeprefix("> - ") not in report else []


def test_quotations_and_tables_are_those_of_the_reports():
    page = PAGE.read_text(encoding="utf-8")
    assert len(QUOTED.findall(page)) >= 4
    assert list(missing(page)) == []
    assert list(missing(page.replace("flatter points than exponential", "flatter points than cosine"))) != []


def test_every_quotation_says_where_it_is_from():
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"^> .*$", page, re.MULTILINE)) == set(
        re.findall(r"^> .*$", "".join(lines for _, lines in QUOTED.findall(page)), re.MULTILINE)
    )


BASES = {
    "SGD": ("zenith", "cosine"),
    "AdamW": ("zenith-adamw", "adamw-cosine"),
    "Muon": ("zenith-muon", "muon-cosine"),
}


def within_optimizers(study, quantity, said):
    """Return, by optimizer, what is said of ZENITH against the cosine on it; those that are shown in bold."""
    values = study.analysis.quantity(quantity).values
    found = adjust(
        [
            paired_comparison(
                values.sel(optimizer=zenith).values,
                values.sel(optimizer=cosine).values,
                method=zenith,
                reference=cosine,
                measure=quantity,
                transform="identity" if quantity.startswith("test") else "log",
            )
            for zenith, cosine in BASES.values()
        ]
    )
    words = [said(c).replace("-", "−") for c in found]
    shown = [f"**{each}**" if c.p_holm <= 0.05 else each for each, c in zip(words, found, strict=True)]
    return {base: f"{each} (p = {c.p_holm:.2g})" for base, each, c in zip(BASES, shown, found, strict=True)}


def test_the_comparisons_within_an_optimizer_are_those_of_the_data():
    page = PAGE.read_text(encoding="utf-8")

    def row(base, columns):
        return f"| ZENITH on {base} | {' | '.join(column[base] for column in columns)} |"

    def ratio(comparison):
        return f"×{comparison.median_ratio:.2f}"

    papers = ROOT / "figures" / "papers"
    gru, lstm, gpt = map(Study.open, (papers / "recurrent/gru", papers / "recurrent/lstm", papers / "transformers/gpt"))
    accuracy = [
        within_optimizers(at, "test_accuracy", lambda c: f"{100 * c.median_difference:+.2f} points")
        for study in (gru, lstm)
        for at in (study, study.tuned)
    ]
    perplexity = [
        within_optimizers(at, "test_perplexity", lambda c: f"{c.median_difference:+.2f}") for at in (gpt, gpt.tuned)
    ]
    measures = ("lambda_max", "adaptive_sharpness")
    recurrent = [
        [within_optimizers(at, measure, ratio) for study in (gru, lstm) for at in (study, study.tuned)]
        for measure in measures
    ]
    transformer = [within_optimizers(at, measure, ratio) for measure in measures for at in (gpt, gpt.tuned)]
    for columns in (accuracy, perplexity, *recurrent, transformer):
        for base in BASES:
            assert row(base, columns) in page


def test_of_the_transformer_what_is_said_of_adamw_is_that_of_the_data():
    as_given = Study.open(ROOT / "figures" / "papers" / "transformers" / "gpt")
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    for study in (as_given, as_given.tuned):
        for name in ("test_perplexity", "lambda_max"):
            median = study.analysis.quantity(name).values.median("seed").sel(optimizer=["adamw", "adamw-cosine"]).values
            assert median[0] < median[1]
    base = study.spec.settings["zenith-adamw"]["lr"]
    end = float(study.tree["traces"]["lr"].sel(optimizer="zenith-adamw").isel(step=-1).median())
    assert f"ends at {100 * end / base:.0f} % of its base rate" in page


def test_of_table_3_the_counts_and_the_traces_are_those_of_the_data():
    study = Study.open(ROOT / "figures" / "papers" / "table3" / "cifar10-vgg19")
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    best = 100 * study.tree["epochs"]["test_metric"].max("epoch").mean("seed").to_series()
    above = best[best > best["zenith"]]
    assert len(best) == 17
    assert len(above) == 12
    assert 0 < above["constant"] - best["zenith"] < 0.1
    ahead = best[["step", "exponential", "polynomial", "cosine"]] - best["zenith"]
    assert f"by {ahead.min():.0f} to {ahead.max():.0f} points" in page
    steps = study.tree["traces"].to_dataset().sel(optimizer="zenith").transpose("seed", "step")
    last = (np.arange(400) + 1) % 40 == 0
    norm, lr = steps["gradient_norm"].values, steps["lr"].values
    assert f"its gradient norm is {np.median(norm[:, last]) / np.median(norm[:, ~last]):.1f} times" in page
    assert f"ends at {np.median(lr[:, -1]):.2f}" in page
    assert f"spends {100 * lr.mean(1).mean() / 0.1:.0f} % of the learning-rate integral" in page
    assert int(study.provenance["data"]["train_samples"]) % study.spec.batch_size == 8


def test_of_the_rates_what_is_said_is_that_of_the_data():
    figure = ROOT / "figures" / "papers" / "figure3"
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    points = Study.open(figure / "rates").points.values()

    def over_rates(method, quantity):
        """Return the rates, ascending, and the values of shape (rates, seeds)."""
        found = {
            p.spec.settings[method]["lr"]: p.analysis.quantity(quantity).values.sel(optimizer=method).values
            for p in points
        }
        return np.array(sorted(found)), np.array([found[rate] for rate in sorted(found)])

    def ranked(rates, values):
        return max(float(spearmanr(rates, seed).statistic) for seed in values.T)

    rates, eigenvalue = over_rates("constant", "lambda_max")
    _, adaptive = over_rates("constant", "adaptive_sharpness")
    _, accuracy = over_rates("constant", "test_accuracy")
    assert f"{ranked(rates, eigenvalue):.2f} or below in each seed".replace("-", "−") in page
    assert f"({ranked(rates, adaptive):.2f} or below)".replace("-", "−") in page
    assert (rates[accuracy.argmax(axis=0)] == 0.01).all()
    assert (accuracy[rates >= 0.2] < accuracy[rates == 0.004]).all()
    _, loss = over_rates("constant", "train_loss")
    assert (np.median(loss, axis=1)[rates <= 0.03] < 1.705).all()
    assert (np.median(loss, axis=1)[rates > 0.03] > 1.895).all()
    edge = rates[:, None] * eigenvalue / 2
    assert f"is {edge.min():.0f} to {edge.max():.0f}, where 1" in page
    medians = np.median(edge, axis=1)
    assert list(medians[:6]) == sorted(medians[:6])
    assert rates[medians.argmax()] == 0.3
    line = Study.open(figure / "cifar10-vgg19").tree["lines/random"]["loss"]
    rise = (line.isel(alpha=[0, -1]).mean("alpha") - line.isel(alpha=line.sizes["alpha"] // 2)).median("seed")
    order = list(rise.sortby(rise).optimizer.values)
    assert set(order[:3]) == {"pal", "ali-g", "cocob"}
    assert order.index("sps") < order.index("zenith") == 9
    assert order.index("dowg") == 11
    _, of_zenith = over_rates("zenith", "test_accuracy")
    falling = np.median(of_zenith, axis=1)
    assert list(falling) == sorted(falling, reverse=True)
    assert f"falls from {100 * falling[0]:.0f} to {100 * falling[-1]:.0f} %" in page


def test_of_the_costs_what_is_said_is_that_of_the_table():
    report = (ROOT / "figures" / "papers" / "table1" / "report.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w-]+) \| [\d.]+ \| ([\d.-]+) \|.*?/ ([\d.]+) / \d \|$", report, re.MULTILINE)
    ours, theirs = ({name: float(row[i]) for name, *row in rows} for i in (0, 1))
    assert len(rows) == 13
    assert max(ours, key=ours.get) == max(theirs, key=theirs.get) == "LQA"
    assert [round(ours[name]) for name in ("GeN", "LQA")] == [21, 85]
    others = ours.keys() - {"SGD", "ZENITH", "PAL", "GeN", "LQA"}
    assert max(ours[name] for name in others) < 10
    assert [round(find(theirs[name] for name in others)) for find in (min, max)] == [16, 82]


def test_of_the_windows_what_is_said_is_that_of_the_data():
    sweep = Study.open(ROOT / "figures" / "papers" / "figure6" / "windows")
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    accuracy, spent, swing = {}, {}, {}
    for study in sweep.points.values():
        tree = study.tree.sel(optimizer="zenith")
        window = study.spec.settings["zenith"]["window"]
        lr = tree["traces"]["lr"].transpose("seed", "step").values
        accuracy[window] = 100 * tree["epochs"]["test_metric"].isel(epoch=-1).values
        spent[window] = lr.mean() / 0.1
        of_an_epoch = np.median(lr[:, 160:].reshape(-1, 40), axis=0)
        swing[window] = of_an_epoch.max() / of_an_epoch.min()
    medians = {window: np.median(values) for window, values in sorted(accuracy.items())}
    assert sorted(medians.values()) == list(medians.values())
    assert min(swing[w] for w in (2, 5, 20, 60)) > 1.05 > max(swing[w] for w in (40, 120))
    assert sorted(spent.values()) == [spent[window] for window in sorted(spent)]
    assert f"from {100 * spent[2]:.0f} % of what a constant 0.1 spends to {100 * spent[120]:.0f} %" in page
    assert f"median accuracy, from {medians[2]:.0f} to {medians[120]:.0f} %" in page
    assert (accuracy[120] > accuracy[2]).all()
    constant = 100 * study.tree["epochs"]["test_metric"].sel(optimizer="constant").isel(epoch=-1).median()
    assert f"is at {constant:.0f} %" in page
    assert all(accuracy[w].min() < constant < accuracy[w].max() for w in (20, 40, 60, 120))


def test_on_cifar10_adamz_is_adam_with_clipped_gradients():
    tree = Study.open(ROOT / "figures" / "papers" / "adamz-cifar10" / "cifar10").tree
    epochs, steps = tree["epochs"].to_dataset(), tree["traces"].to_dataset().sel(optimizer="adamz")
    for other in ("adamz-corrected", "adamz-clip-only"):
        for name in ("train_loss", "test_loss", "test_metric"):
            assert (epochs[name].sel(optimizer="adamz").values == epochs[name].sel(optimizer=other).values).all()
    assert (steps["lr"] == 0.01).all()
    page = PAGE.read_text(encoding="utf-8")
    assert f"in {100 * float((steps['gradient_norm'] > 1).mean()):.0f} % of the steps" in page


def test_on_mnist_adamz_is_adam_with_a_decay():
    study = Study.open(ROOT / "figures" / "papers" / "adamz-mnist" / "mnist")
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    accuracy = 100 * study.analysis.quantity("test_accuracy").values
    ends = study.tree["traces"]["lr"].isel(step=-1)
    others = [name for name in study.spec.methods if name != "adamz"]
    assert len(others) == 10
    assert (ends.sel(optimizer=others) == 0.01).all()
    for name in ("train_loss", "test_loss", "test_metric"):
        values = study.tree["epochs"][name]
        np.testing.assert_array_equal(values.sel(optimizer="adamz-corrected"), values.sel(optimizer="adamz-clip-only"))
    decays = np.log(ends.sel(optimizer="adamz").values / 0.01) / np.log(0.864)
    np.testing.assert_allclose(decays, decays.round(), atol=1e-6)
    assert f"by 0.864 some {decays.min():.0f} to {decays.max():.0f} times" in page
    assert np.round(ends.sel(optimizer="adamz"), 5).min() == 0.00014
    assert np.round(ends.sel(optimizer="adamz"), 5).max() == 0.0004
    assert 44 < 0.01 / float(ends.sel(optimizer="adamz").median()) < 45.5
    assert f"clipping alone ends at {float(accuracy.sel(optimizer='adamz-clip-only').median()):.1f} %" in page
    adam = np.sort(accuracy.sel(optimizer="adam").values)
    assert adam[3] < 11.4 < 65 < adam[4] < 66 < 90 < adam[5]
    report = (ROOT / "figures" / "papers" / "adamz-mnist" / "report.md").read_text(encoding="utf-8")
    number = r"([\d.]+)"
    rows = re.findall(rf"^\| (\w+) \|[^|]*\| {number} [^|]*\| {number} / {number} / {number} \|", report, re.MULTILINE)
    assert len(rows) == 9
    apart = {name: abs(float(mine) - float(paper)) for name, mine, _, paper, _ in rows}
    assert max(value for name, value in apart.items() if name != "Adam") <= 0.8 < apart["Adam"]
    for place in (1, 3):
        assert sorted(rows, key=lambda row: float(row[place]))[-3:][::-1] == [
            next(row for row in rows if row[0] == name) for name in ("AdamZ", "Adamax", "Adagrad")
        ]


def test_the_runs_that_end_at_chance_are_those_of_the_data():
    study = Study.open(ROOT / "figures" / "papers" / "adamz-cifar10" / "cifar10")
    accuracy = study.analysis.quantity("test_accuracy").values
    stuck = {str(name): int((accuracy.sel(optimizer=name) <= 0.101).sum()) for name in accuracy.optimizer.values}
    assert {name: n for name, n in stuck.items() if n and not name.startswith("adamz-")} == (
        {"adamz": 1, "adam": 5, "adamw": 5, "adamax": 5, "nadam": 2}
    )
    rest = accuracy.sel(optimizer=["adam", "adamw"]).values
    rest = rest[rest > 0.101]
    assert 0.199 <= rest.min() <= rest.max() <= 0.311


def test_the_readme_links_it_on_its_first_screen():
    assert "docs/what-we-found.md" in "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:45])
