"""The loss of a task of one's own is measured as it is trained: without augmentation, weighted by its terms."""

import pytest
import torch
from test_augmentation import wild
from test_own_tasks import Language, data, padded, task, text
from torch import nn

from landscape.study.measure import objective_of
from zenith.training.evaluation import measurements
from zenith.training.train import initial_model


@pytest.mark.parametrize("rows", [4, 21])
@pytest.mark.parametrize("given", [{}, {"loss": nn.functional.cross_entropy}], ids=["criterion", "function"])
def test_padded_text_has_the_loss_of_its_tokens(rows, given):
    own = text(rows, metric=["accuracy", "perplexity"], **given)
    split = own.load().train
    objective = objective_of(own, split, 0, "cpu")
    loss, accuracy, _ = measurements(own, initial_model(own, 0), split)
    assert objective.value() == pytest.approx(loss, rel=1e-6)
    assert objective.evaluate()["accuracy"] == pytest.approx(accuracy, rel=1e-6)
    inputs, targets = padded([split.dataset[i] for i in range(len(split))])
    model = initial_model(own, 0)
    assert isinstance(model, Language)
    assert loss == pytest.approx(nn.functional.cross_entropy(model(inputs), targets).item(), rel=1e-6)


def test_it_sees_no_augmentation():
    own = task(augment=wild, augment_batch=wild)
    x, y = data()
    model = initial_model(own, 0)
    with torch.no_grad():
        expected = nn.functional.cross_entropy(model(x), y).item()
    assert objective_of(own, own.load().train, 0, "cpu").value() == pytest.approx(expected, rel=1e-6)
