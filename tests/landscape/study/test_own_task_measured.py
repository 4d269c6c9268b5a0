"""Tasks of one's own are measured as they are: ragged and named batches, accumulated metrics, without augmentation."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

import landscape as ls
import zenith
from landscape.study import execute, prepare
from landscape.study.tables import study_tables

SMALL = ls.MeasureSpec(
    samples=0, trace_probes=2, sharpness_samples=2, line_points=3, plane_points=3, plane_seeds=0, spectrum_seeds=0
)


class Words(Dataset):
    """Sentences of different lengths."""

    def __init__(self, n, seed):
        generator = torch.Generator().manual_seed(seed)
        lengths = torch.randint(2, 6, (n,), generator=generator).tolist()
        self.items = [torch.randint(1, 9, (length,), generator=generator) for length in lengths]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        words = self.items[index]
        return words, int(words[0] > 4)


def padded(samples):
    words = torch.nn.utils.rnn.pad_sequence([words for words, _ in samples], batch_first=True)
    return {"words": words, "label": torch.tensor([label for _, label in samples])}


class Bag(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(9, 6)
        self.out = torch.nn.Linear(6, 2)

    def forward(self, words):
        return self.out(self.embedding(words).mean(1))


class F1:
    """Of class 1: no mean over batches."""

    higher_is_better = True

    def reset(self):
        self.counts = np.zeros(3)

    def update(self, model, batch):
        said, true = model(batch["words"]).argmax(1) == 1, batch["label"] == 1
        self.counts += [int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum())]

    def compute(self):
        both, wrong, missed = self.counts
        return 2 * both / max(1, 2 * both + wrong + missed)


def loss(model, batch):
    return torch.nn.functional.cross_entropy(model(batch["words"]), batch["label"])


def found(model, batch):
    return (model(batch["words"]).argmax(1) == batch["label"]).float().mean()


def shuffled(words):
    return torch.cat([words[:1], words[1:][torch.randperm(len(words) - 1)]])


def parts_of(data):
    """The batches that the DataLoader makes in order. Padding changes the mean over words, so that their cut counts."""
    return [padded([data[i] for i in range(start, start + 8)]) for start in range(0, len(data), 8)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    task = zenith.Task(
        name="words",
        model=Bag,
        train=DataLoader(Words(40, 0), batch_size=8, collate_fn=padded),
        test=DataLoader(Words(24, 1), batch_size=8, collate_fn=padded),
        loss=loss,
        metric={"f1": F1(), "share_found": found},
        augment=shuffled,
    )
    spec = ls.StudySpec(
        name="words",
        task=task,
        methods=["zenith", "cosine"],
        seeds=1,
        epochs=2,
        batch_size=8,
        checkpoints=1,
        measure=SMALL,
    )
    return execute(prepare(spec, tmp_path_factory.mktemp("words") / "s", device="cpu"), progress=False)


def test_a_metric_of_all_batches_is_measured_on_all_of_them(study):
    run = str(study.tree["runs"]["run_id"].sel(optimizer="cosine", seed=0).values)
    model = Bag()
    model.load_state_dict(study.read_checkpoint(run, max(study.checkpoint_steps(run))))
    for prefix, data in (("train", Words(40, 0)), ("test", Words(24, 1))):
        metric = F1()
        metric.reset()
        for part in parts_of(data):
            metric.update(model, part)
        found = study.tree["end"][f"{prefix}_f1"].sel(optimizer="cosine", seed=0)
        assert float(found) == pytest.approx(metric.compute())
    last = study.tree["epochs"]["test_metric"].sel(optimizer="cosine", seed=0).isel(epoch=-1)
    assert float(study.tree["end"]["test_f1"].sel(optimizer="cosine", seed=0)) == pytest.approx(float(last))
    assert float(study.tree["curvature"]["f1"].sel(optimizer="cosine", seed=0).isel(step=-1)) == pytest.approx(
        float(study.tree["end"]["train_f1"].sel(optimizer="cosine", seed=0))
    )


def test_the_loss_and_its_hessian_are_those_of_ragged_batches_weighted_by_samples(study):
    run = str(study.tree["runs"]["run_id"].sel(optimizer="zenith", seed=0).values)
    state = study.read_checkpoint(run, max(study.checkpoint_steps(run)))
    model = Bag()
    model.load_state_dict(state)
    parts = parts_of(Words(40, 0))
    with torch.no_grad():
        expected = np.mean([float(loss(model, part)) for part in parts])
        whole = float(loss(model, padded([Words(40, 0)[i] for i in range(40)])))
    found = study.tree["curvature"].to_dataset().sel(optimizer="zenith", seed=0).isel(step=-1)
    assert float(found["loss"]) == pytest.approx(expected, rel=1e-5)
    assert abs(whole - expected) > 1e-4
    top = ls.top_eigenpairs(ls.Objective(model, loss=loss, data=parts))
    assert float(found["eigenvalue"].isel(k=0)) == pytest.approx(float(top.values[0]), rel=1e-3)


def test_lines_have_no_metric_that_is_none_of_the_objective(study):
    line = study.tree["lines/random"]
    assert "loss" in line
    assert "test_loss" in line
    assert "f1" not in line


def test_metrics_but_the_main_one_have_a_table(study):
    table = next(each for each in study_tables(study, study.analysis) if each.name == "other_metrics")
    assert table.header == ("method", "training share found", "test share found")
    for record in table.records:
        run = str(study.tree["runs"]["run_id"].sel(optimizer=record["method"], seed=0).values)
        model = Bag()
        model.load_state_dict(study.read_checkpoint(run, max(study.checkpoint_steps(run))))
        for part, data in (("train", Words(40, 0)), ("test", Words(24, 1))):
            mean = np.mean([float(found(model, batch)) for batch in parts_of(data)])
            assert record[f"{part}_share_found_mean"] == pytest.approx(mean)


@pytest.mark.slow
def test_the_report_says_once_how_many_samples_there_are_and_that_they_are_augmented(study):
    text = study.report().path.with_suffix(".md").read_text()
    assert text.count("40 training and 24 test samples") == 1
    assert "augment=shuffled in training only" in text
    assert "no augmentation" not in text
    assert "- Other metrics: [table](tables/other_metrics.csv)" in text
