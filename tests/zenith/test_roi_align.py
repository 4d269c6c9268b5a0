"""RoIAlign is its definition sample by sample, and has second derivatives."""

import itertools
import math
import sys

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck, gradgradcheck

from landscape.curvature.hessian import HessianOperator
from landscape.objective._torchvision import import_torchvision
from landscape.objective.objective import Objective
from zenith._common.roi_align import differentiable_roi_align, roi_align


def sample(plane, y, x):
    """Bilinear interpolation between cells; zero more than a cell outside, the edge's value up to there."""
    height, width = len(plane), len(plane[0])
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0.0), height - 1), min(max(x, 0.0), width - 1)
    y0, x0 = math.floor(y), math.floor(x)
    y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
    fy, fx = y - y0, x - x0
    top = plane[y0][x0] * (1 - fx) + plane[y0][x1] * fx
    bottom = plane[y1][x0] * (1 - fx) + plane[y1][x1] * fx
    return top * (1 - fy) + bottom * fy


def reference(features, boxes, output_size, scale, ratio, aligned):
    rows, columns = output_size
    planes = features.tolist()
    out = torch.zeros(len(boxes), features.shape[1], rows, columns, dtype=torch.float64)
    for k, (owner, *corners) in enumerate(boxes.tolist()):
        left, top, right, bottom = (c * scale - (0.5 if aligned else 0.0) for c in corners)
        height, width = bottom - top, right - left
        if not aligned:
            height, width = max(height, 1.0), max(width, 1.0)
        down = ratio if ratio > 0 else math.ceil(height / rows)
        across = ratio if ratio > 0 else math.ceil(width / columns)
        for c, p, q in itertools.product(range(features.shape[1]), range(rows), range(columns)):
            total = sum(
                sample(
                    planes[int(owner)][c],
                    top + (p + (i + 0.5) / down) * height / rows,
                    left + (q + (j + 0.5) / across) * width / columns,
                )
                for i in range(down)
                for j in range(across)
            )
            out[k, c, p, q] = total / max(down * across, 1)
    return out


def draw(count, seed=0, maps=2):
    """Boxes in units of half a cell of a 7 x 9 map: inside, across the edges, tiny, outside."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(maps, 2, 7, 9, generator=generator, dtype=torch.float64)
    start = torch.rand(count, 2, generator=generator, dtype=torch.float64) * 24 - 5
    size = torch.rand(count, 2, generator=generator, dtype=torch.float64).square() * 20
    owner = torch.randint(0, maps, (count, 1), generator=generator)
    return features, torch.cat([owner.double(), start, start + size], dim=1)


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [-1, 0, 1, 2, 3])
def test_values_are_those_of_the_definition(ratio, aligned):
    features, boxes = draw(12)
    boxes[0, 3:] = boxes[0, 1:3]  # of no size
    ours = roi_align(features, boxes, (3, 2), 0.5, ratio, aligned)
    assert torch.allclose(ours, reference(features, boxes, (3, 2), 0.5, ratio, aligned), rtol=0, atol=1e-12)


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [-1, 2])
def test_values_are_those_of_torchvision(ratio, aligned):
    import_torchvision()
    # Its own version in Python, before compilation; inside the map, where it agrees with its compiled operator.
    theirs = sys.modules["torchvision.ops.roi_align"]._roi_align.__wrapped__
    features, boxes = draw(12)
    boxes[:, 1:] = torch.cat([boxes[:, 1:3].abs() / 8 + 1, boxes[:, 3:].abs() / 5 + 5], dim=1)
    ours = roi_align(features, boxes, 2, 0.5, ratio, aligned)
    assert torch.allclose(ours, theirs(features, boxes, 0.5, 2, 2, ratio, aligned), rtol=0, atol=1e-12)


def test_boxes_in_a_list_are_those_of_a_tensor():
    features, boxes = draw(9, maps=3)
    boxes = boxes[boxes[:, 0].argsort(stable=True)]
    listed = [boxes[boxes[:, 0] == i, 1:] for i in range(3)]
    assert torch.equal(roi_align(features, listed, 4, 0.5, 2), roi_align(features, boxes, (4, 4), 0.5, 2))


@pytest.mark.parametrize("ratio", [-1, 2])
def test_no_boxes_give_no_rows(ratio):
    features, boxes = draw(0)
    assert roi_align(features, boxes, 3, 0.5, ratio).shape == (0, 2, 3, 3)


def test_no_feature_maps_have_no_boxes():
    """As the masks of an image without objects."""
    none = torch.zeros(0, 2, 5, 6)
    assert roi_align(none, torch.zeros(0, 5), 3).shape == (0, 2, 3, 3)
    with pytest.raises(ValueError, match="belongs to none of the 0 feature maps"):
        roi_align(none, torch.tensor([[0.0, 0, 0, 2, 2]]), 3)


def test_single_precision_is_kept():
    features, boxes = draw(12)
    single = roi_align(features.float(), boxes.float(), 3, 0.5)
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), roi_align(features, boxes, 3, 0.5), atol=1e-4)


@pytest.mark.parametrize("ratio", [-1, 2])
def test_first_and_second_derivatives(ratio):
    features, boxes = draw(3, maps=2)
    features = features[:, :1, :4, :4].clone().requires_grad_()

    def pooled(x):
        return roi_align(x.square(), boxes, 2, 0.5, ratio)

    assert gradcheck(pooled, features)
    assert gradgradcheck(pooled, features)


def test_bad_boxes_are_refused():
    features, boxes = draw(3)
    with pytest.raises(ValueError, match=r"shape \(3, 4\), not \(k, 5\)"):
        roi_align(features, boxes[:, 1:], 2)
    with pytest.raises(ValueError, match=r"shapes \[\(3, 4\)\] for 2 feature maps"):
        roi_align(features, [boxes[:, 1:]], 2)
    boxes[1, 0] = 2
    with pytest.raises(ValueError, match="belongs to none of the 2 feature maps"):
        roi_align(features, boxes, 2)


# ---------------------------------------------------------------------- inside torchvision


def callers():
    ops = import_torchvision().ops
    from torchvision.models.detection import roi_heads
    from torchvision.ops import poolers

    return {
        "ops": ops.roi_align,
        "layer": sys.modules["torchvision.ops.roi_align"].roi_align,
        "poolers": poolers.roi_align,
        "heads": roi_heads.roi_align,
    }


def test_torchvision_uses_it_inside_and_its_own_afterwards():
    before = callers()
    assert roi_align not in before.values()
    with differentiable_roi_align():
        assert set(callers().values()) == {roi_align}
        with differentiable_roi_align():
            assert set(callers().values()) == {roi_align}
        assert set(callers().values()) == {roi_align}
    assert callers() == before
    with pytest.raises(KeyboardInterrupt), differentiable_roi_align():
        raise KeyboardInterrupt
    assert callers() == before


class Pooled(nn.Module):
    """A detector's core: features, pooled at boxes, classified."""

    def __init__(self, pool):
        super().__init__()
        self.features = nn.Conv2d(1, 2, 3, padding=1)
        self.pool = pool
        self.head = nn.Linear(8, 3)

    def forward(self, images, boxes):
        return self.head(self.pool(torch.tanh(self.features(images)), boxes).flatten(1))


def test_objective_with_roi_layers_has_a_hessian():
    ops = import_torchvision().ops
    before = callers()
    _, boxes = draw(6)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        images = torch.randn(2, 1, 7, 9, dtype=torch.float64)
        model = Pooled(ops.RoIAlign((2, 2), 0.5, 2)).double()
    labels = torch.arange(6) % 3

    def loss(model, batch):
        return nn.functional.cross_entropy(model(batch["images"], batch["boxes"]), batch["labels"])

    batch = {"images": images, "boxes": boxes, "labels": labels}
    objective = Objective(model, data=[batch], loss=loss, count=lambda batch: 6)
    hessian = HessianOperator(objective).matmat(torch.eye(objective.num_parameters, dtype=torch.float64))

    def value(vector):
        parameters = objective.unflatten(vector)
        convolved = nn.functional.conv2d(images, parameters["features.weight"], parameters["features.bias"], padding=1)
        pooled = reference_pool(torch.tanh(convolved))
        logits = pooled.flatten(1) @ parameters["head.weight"].T + parameters["head.bias"]
        return nn.functional.cross_entropy(logits, labels)

    # The definition is linear in the features: as a matrix, column by column, from the loops above.
    cells = torch.eye(2 * 2 * 63, dtype=torch.float64).view(-1, 2, 2, 7, 9)
    matrix = torch.stack([reference(cell, boxes, (2, 2), 0.5, 2, False).flatten() for cell in cells], dim=1)

    def reference_pool(features):
        return (matrix @ features.flatten()).view(6, 2, 2, 2)

    truth = torch.autograd.functional.hessian(value, objective.flatten(objective.parameters))
    assert torch.allclose(hessian, truth, rtol=1e-10, atol=1e-13)
    assert objective.value() == pytest.approx(float(value(objective.flatten(objective.parameters))), rel=1e-12)
    assert callers() == before
