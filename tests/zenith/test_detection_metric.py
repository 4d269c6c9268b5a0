"""Mean average precision of a detector, as torchmetrics computes it: known numbers, for any cut into batches."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

import zenith

BOX, OTHER, ELSEWHERE = [10.0, 10.0, 30.0, 30.0], [40.0, 40.0, 80.0, 60.0], [100.0, 100.0, 120.0, 120.0]
IMAGES = [  # what is found, as rows of a box, a score and a class; what is there, as boxes and classes
    ([[*BOX, 0.9, 0]], [BOX], [0]),
    ([[*ELSEWHERE, 0.8, 0], [*OTHER, 0.7, 0]], [OTHER], [0]),
    ([[*BOX, 0.6, 1]], [BOX], [1]),
    ([], [], []),
]
# Of class 0, of two objects, the best-scored box is right, the next wrong, the last right: precision 1 up to a recall
# of 1/2, that is at 51 of COCO's 101 recalls, and 2/3 at the other 50. Class 1 is found.
EXPECTED = ((51 + 50 * 2 / 3) / 101 + 1) / 2


def collated(samples):
    images, targets = zip(*samples, strict=True)
    return list(images), list(targets)


def loader(rows):
    samples = [
        (
            torch.tensor(found).reshape(-1, 6),
            {"boxes": torch.tensor(boxes).reshape(-1, 4), "labels": torch.tensor(labels, dtype=torch.int64)},
        )
        for found, boxes, labels in IMAGES
    ]
    return DataLoader(samples, batch_size=rows, collate_fn=collated)


class Detector(nn.Module):
    """Finds what its images say, so that the number is known; it has something to learn."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.ones(1))

    def forward(self, images):
        return [{"boxes": i[:, :4], "scores": i[:, 4], "labels": i[:, 5].long()} for i in images]


def loss(model, batch):
    return model.bias.square().sum()


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
def test_mean_average_precision_is_that_of_all_images_together(framework, rows):
    torchmetrics = framework("torchmetrics")
    framework("faster_coco_eval")
    precision = torchmetrics.detection.MeanAveragePrecision(backend="faster_coco_eval")
    task = zenith.Task(
        name="boxes", model=Detector, train=loader(rows), test=loader(rows), loss=loss, metric={"map_50": precision}
    )
    run = zenith.train(task, "constant", epochs=1, settings={"lr": 0.01})
    assert run.trace.epochs["test_metric"] == pytest.approx([EXPECTED, EXPECTED], abs=1e-6)
