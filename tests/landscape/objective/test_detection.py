"""Detectors of torchvision have exact Hessian products on their own training loss, and are given back as they were."""

import functools

import pytest
import torch
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.objective._torchvision import import_torchvision
from landscape.objective.detection import detection_loss
from landscape.objective.objective import Objective
from zenith._common.roi_align import differentiable_roi_align

FLAGS = {"rpn", "roi_heads", ""}


def targets(seed, size=32):
    """One image with two objects and their masks."""
    generator = torch.Generator().manual_seed(seed)
    masks = torch.zeros(2, size, size, dtype=torch.uint8)
    a, b, c, d = size // 8, size // 2, size // 3, size - 2
    masks[0, a:b, a + 1 : b + 4] = 1
    masks[1, c:d, b:d] = 1
    boxes = torch.tensor([[a + 1, a, b + 4, b], [b, c, d, d]], dtype=torch.float32)
    target = {"boxes": boxes, "labels": torch.tensor([1, 2]), "masks": masks}
    return torch.rand(3, size, size, generator=generator), target


def batch(*seeds, size=32):
    images, labels = zip(*(targets(seed, size) for seed in seeds), strict=True)
    return list(images), list(labels)


def objective_of(model, batches, **options):
    return Objective(model, data=batches, loss=detection_loss, count=lambda batch: len(batch[0]), **options)


def backbone(channels=4):
    layers = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.Tanh(),
        nn.Conv2d(4, channels, 3, stride=2, padding=1),
        nn.Tanh(),
        nn.Dropout(0.5),
    )
    layers.out_channels = channels
    return layers


def tiny_mask_rcnn():
    ops = import_torchvision().ops
    from torchvision.models.detection import MaskRCNN
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
    from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor

    return MaskRCNN(
        backbone(),
        rpn_anchor_generator=AnchorGenerator(((8, 16),), ((0.5, 1.0, 2.0),)),
        box_roi_pool=ops.MultiScaleRoIAlign(["0"], 2, 2),
        box_head=TwoMLPHead(16, 6),
        box_predictor=FastRCNNPredictor(6, 3),
        mask_roi_pool=ops.MultiScaleRoIAlign(["0"], 4, 2),
        mask_head=MaskRCNNHeads(4, (3,), 1),
        mask_predictor=MaskRCNNPredictor(3, 3, 3),
        min_size=(24, 32),  # one is drawn at random in training
        max_size=40,
        rpn_batch_size_per_image=16,
        rpn_pre_nms_top_n_train=50,
        rpn_post_nms_top_n_train=12,
        box_batch_size_per_image=8,
    )


@pytest.fixture
def detector():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return tiny_mask_rcnn().train()


@pytest.fixture
def fix_proposals(monkeypatch):
    """Hold the proposals, which torchvision's gradients take for constants, at those of the objective's point."""

    def fix(objective):
        from torchvision.models.detection.rpn import RegionProposalNetwork

        original, recorded = RegionProposalNetwork.filter_proposals, []

        def record(*arguments):
            recorded.append(original(*arguments))
            return recorded[-1]

        monkeypatch.setattr(RegionProposalNetwork, "filter_proposals", record)
        objective.value()
        assert len(recorded) == 1
        monkeypatch.setattr(RegionProposalNetwork, "filter_proposals", lambda *arguments: recorded[0])

    return fix


def difference_quotient(objective, vector, step):
    """Central differences of the gradient along a vector."""
    start = objective.flatten(objective.parameters)

    def gradient(scale):
        return objective.flatten(objective.value_and_gradient(objective.unflatten(start + scale * vector))[1])

    return (gradient(step) - gradient(-step)) / (2 * step)


def test_key_points_are_given_to_torchvision_in_the_precision_that_it_takes():
    class Detector(nn.Linear):
        def forward(self, images, targets):
            kinds = {target["keypoints"].dtype for target in targets}
            assert kinds == {torch.float32}
            return {"loss": super().forward(images[0]).sum()}

    data = [([torch.ones(3, dtype=torch.float64)], [{"keypoints": torch.zeros(1, 17, 3, dtype=torch.float64)}])]
    assert detection_loss(Detector(3, 1).double(), data[0]).dtype == torch.float64


def test_products_of_mask_rcnn_are_differences_of_its_gradients(detector, fix_proposals, untouched):
    with untouched(detector):
        objective = objective_of(detector, [batch(0, 1)], dtype=torch.float64)
        operator = HessianOperator(objective)
        generator = torch.Generator().manual_seed(1)
        vectors = torch.stack([operator.probe(generator) for _ in range(2)])
        images = torch.stack([operator.matvec(vector) for vector in vectors])
    fix_proposals(objective)
    for vector, image in zip(vectors, images, strict=True):
        truth = difference_quotient(objective, vector, 1e-6)
        assert (image - truth).norm() <= 1e-7 * truth.norm()
    gram = vectors @ images.T
    assert torch.allclose(gram, gram.T, rtol=1e-10)
    parts = operator.unflatten(images[0])
    for name in ("backbone.0.weight", "rpn.head.bbox_pred.weight", "roi_heads.mask_predictor.mask_fcn_logits.weight"):
        assert parts[name].norm() > 0


def test_value_is_the_sum_of_the_training_losses(detector):
    images, labels = batch(0, 1)
    value = objective_of(detector, [(images, labels)]).value()
    detector.train()
    for module in (detector.transform, detector.backbone):
        module.eval()
    with torch.random.fork_rng(), torch.no_grad(), differentiable_roi_align():
        torch.manual_seed(0)
        losses = detector(images, labels)
    assert set(losses) == {
        "loss_classifier",
        "loss_box_reg",
        "loss_mask",
        "loss_objectness",
        "loss_rpn_box_reg",
    }
    assert value == pytest.approx(sum(map(float, losses.values())), rel=1e-6)


@pytest.mark.parametrize("outside", ["training", "eval"])
def test_only_the_parts_with_losses_are_in_training_mode(detector, untouched, outside):
    detector.train(outside == "training")
    inside = []
    detector.rpn.register_forward_hook(
        lambda *_: inside.append({name for name, module in detector.named_modules() if module.training})
    )
    objective = objective_of(detector, [batch(0)])
    with untouched(detector):
        first = objective.value()
        assert objective.value() == first
    assert all(names == FLAGS for names in inside)
    assert detector.training == (outside == "training")
    if outside == "eval":  # on its own as well
        with untouched(detector), differentiable_roi_align(), torch.no_grad():
            assert float(detection_loss(detector, batch(0))) == pytest.approx(first, rel=1e-6)


def test_eigenpair_of_a_wrapped_detector(detector, untouched):
    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = detector

        def forward(self, images, labels):
            return self.inner(images, labels)

    model = Wrapped()
    with untouched(model):
        pairs = top_eigenpairs(objective_of(model, [batch(0), batch(1, 2)]), k=1)
    assert pairs.converged.all()
    assert pairs.values[0] > 0


def test_detectors_without_proposals(untouched):
    import_torchvision()
    from torchvision.models.detection import FCOS, RetinaNet
    from torchvision.models.detection.anchor_utils import AnchorGenerator

    with torch.random.fork_rng():
        torch.manual_seed(0)
        sizes = {"min_size": 32, "max_size": 32}
        anchors = functools.partial(AnchorGenerator, ((8,),))
        models = [
            RetinaNet(backbone(), 3, anchor_generator=anchors(((0.5, 1.0),)), **sizes),
            FCOS(backbone(32), 3, anchor_generator=anchors(((1.0,),)), **sizes),
        ]
        for model in models:
            for p in model.head.parameters():  # initial heads are all but zero, at the kink of the boxes' relu
                nn.init.normal_(p, std=0.1)
    for model in models:
        with untouched(model):
            objective = objective_of(model, [batch(0, 1)], dtype=torch.float64)
            generator = torch.Generator().manual_seed(0)
            vector = torch.randn(objective.num_parameters, generator=generator, dtype=torch.float64)
            vector /= vector.norm()
            image = HessianOperator(objective).matvec(vector)
        truth = difference_quotient(objective, vector, 1e-6)
        assert (image - truth).norm() <= 1e-6 * truth.norm()


def test_models_without_a_dict_of_losses_are_refused():
    class Boxes(nn.Linear):
        def forward(self, images, labels):
            return super().forward(images[0].flatten())

    with pytest.raises(ValueError, match=r"returned a Tensor and no dict of losses.*write loss\(model, batch\)"):
        objective_of(Boxes(3 * 32 * 32, 1), [batch(0)])


@pytest.mark.slow
def test_product_of_mask_rcnn_resnet50(fix_proposals, untouched):
    import_torchvision()
    from torchvision.models.detection import maskrcnn_resnet50_fpn

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = maskrcnn_resnet50_fpn(
            weights=None,
            weights_backbone=None,
            num_classes=3,
            min_size=64,
            max_size=64,
            rpn_batch_size_per_image=32,
            box_batch_size_per_image=16,
            rpn_post_nms_top_n_train=32,
        )
    with untouched(model):
        objective = objective_of(model, [batch(0, size=64)], dtype=torch.float64, check_deterministic=False)
        vector = torch.randn(objective.num_parameters, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        vector /= vector.norm()
        image = HessianOperator(objective, memory_budget=0).matvec(vector)
    fix_proposals(objective)
    truth = difference_quotient(objective, vector, 1e-5)
    assert (image - truth).norm() <= 1e-5 * truth.norm()
