"""Models as people write them have exact products and certified eigenpairs, without a change to them.

Truth: gradients by plain `backward()` on a copy in eval mode, differenced, and all rows of the Hessian by autograd.
"""

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.checkpoint import checkpoint

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective

IGNORED = -100


class Block(nn.Module):
    """Pre-norm transformer block on fused attention."""

    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Dropout(0.4), nn.Linear(width, width))

    def forward(self, x):
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, dim=-1)
        )
        attended = functional.scaled_dot_product_attention(
            q, k, v, is_causal=self.causal, dropout_p=0.3 if self.training else 0.0
        )
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 4, 3, stride=3)
        self.token = nn.Parameter(torch.randn(1, 1, 4))
        self.position = nn.Parameter(torch.randn(1, 5, 4))
        self.block = Block(4, 2, causal=False)
        self.head = nn.Linear(4, 3)

    def forward(self, images):
        patches = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(images), -1, -1), patches], dim=1) + self.position
        return self.head(self.block(x)[:, 0])


class LanguageModel(nn.Module):
    """Decoder whose output layer is its embedding."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.position = nn.Embedding(6, 4)
        self.block = Block(4, 2, causal=True)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        return self.head(self.block(self.embedding(tokens) + self.position(positions)))


@dataclass
class Output:
    """What Hugging Face models return."""

    loss: Tensor | None
    logits: Tensor


class HuggingFaceStyle(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4, padding_idx=0)
        self.encoder = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.2, batch_first=True, activation="gelu")
        self.pooler = nn.Linear(4, 4)
        self.classifier = nn.Linear(4, 3)
        self.unused_head = nn.Linear(4, 2)  # as checkpoints of another task bring along
        self.embedding.weight.requires_grad_(False)

    def forward(self, input_ids, attention_mask, labels=None):
        hidden = self.encoder(self.embedding(input_ids), src_key_padding_mask=attention_mask == 0)
        logits = self.classifier(torch.tanh(self.pooler(hidden[:, 0])))
        return Output(None if labels is None else functional.cross_entropy(logits, labels), logits)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.forwards = nn.GRU(3, 3, bidirectional=True, batch_first=True)
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.forwards(x)[0].mean(1))


class UNet(nn.Module):
    """Group norm, pooling, upsampling, a skip connection; the middle is checkpointed."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.GroupNorm(2, 4), nn.SiLU())
        self.middle = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Tanh())
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self.out = nn.ConvTranspose2d(8, 1, 3, padding=1)

    def forward(self, x):
        skip = self.down(x)
        deep = checkpoint(self.middle, skip, use_reentrant=False)
        return self.out(torch.cat([skip, self.up(deep)], dim=1))


class SpatialTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.localise = nn.Linear(36, 6)
        self.head = nn.Linear(36, 3)
        with torch.no_grad():
            self.localise.weight.mul_(0.3)
            self.localise.bias.copy_(torch.tensor([1.0, 0.1, 0.03, -0.1, 0.9, 0.05]))

    def forward(self, images):
        affine = self.localise(images.flatten(1)).view(-1, 2, 3)
        grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
        return self.head(torch.tanh(functional.grid_sample(images, grid, align_corners=False)).flatten(1))


class EarlyExit(nn.Module):
    """Depth depends on the data; the last layer is never reached."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(4))
        self.heads = nn.ModuleDict({"early": nn.Linear(4, 3), "late": nn.Linear(4, 3)})

    def forward(self, x):
        rows = []
        for row in x:
            depth, hidden = 0, row
            while depth < 3 and (depth == 0 or float(hidden.detach().abs().max()) > 0.7):
                hidden = torch.tanh(self.layers[depth](hidden))
                depth += 1
            rows.append(self.heads["early" if depth < 2 else "late"](hidden))
        return torch.stack(rows)


@dataclass(frozen=True)
class Entry:
    model: nn.Module
    batches: list[Any]
    loss: Callable[[nn.Module, Any], Tensor]
    count: Callable[[Any], float]


def classified(model, inputs, cuts=(5, 2)):
    labels = torch.arange(len(inputs)) % 3
    return Entry(
        model,
        list(zip(inputs.split(cuts), labels.split(cuts), strict=True)),
        lambda m, b: functional.cross_entropy(m(b[0]), b[1]),
        lambda b: len(b[0]),
    )


def language_model():
    tokens = torch.randint(0, 7, (5, 6))
    targets = tokens.roll(-1, dims=1)
    targets[:, -1] = IGNORED
    targets[0, 1:] = IGNORED  # unequal numbers of tokens: means of batches are no mean
    targets[3, 3:] = IGNORED

    def loss(model, batch):
        logits = model(batch["tokens"])
        return functional.cross_entropy(logits.flatten(0, 1), batch["targets"].flatten(), ignore_index=IGNORED)

    batches = [{"tokens": tokens[a:b], "targets": targets[a:b]} for a, b in ((0, 2), (2, 5))]
    return Entry(LanguageModel(), batches, loss, lambda batch: int((batch["targets"] != IGNORED).sum()))


def hugging_face():
    ids = torch.randint(1, 7, (7, 5))
    mask = torch.ones_like(ids)
    mask[:3, 3:] = 0
    labels = torch.arange(7) % 3
    batches = [{"input_ids": ids[a:b], "attention_mask": mask[a:b], "labels": labels[a:b]} for a, b in ((0, 4), (4, 7))]
    return Entry(HuggingFaceStyle(), batches, lambda m, b: m(**b).loss, lambda b: len(b["labels"]))


def unet():
    images = torch.randn(5, 1, 4, 4)
    model = UNet()
    model.middle(model.down(images))  # running statistics other than the initial ones
    return Entry(
        model,
        [(images[:3],), (images[3:],)],
        lambda m, b: functional.smooth_l1_loss(m(b[0]), b[0].square(), beta=0.5),
        lambda b: len(b[0]),
    )


def embedding_classifier():
    model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.LayerNorm(12), nn.Linear(12, 3))
    return classified(model, torch.randint(0, 9, (7, 3)))


ZOO: dict[str, Callable[[], Entry]] = {
    "vision transformer": lambda: classified(VisionTransformer(), torch.randn(7, 1, 6, 6)),
    "language model": language_model,
    "hugging face": hugging_face,
    "gru": lambda: classified(Recurrent(), torch.randn(7, 4, 3)),
    "u-net": unet,
    "spatial transformer": lambda: classified(SpatialTransformer(), torch.randn(7, 1, 6, 6)),
    "early exit": lambda: classified(EarlyExit(), torch.randn(7, 4)),
    "embedding": embedding_classifier,
}


@pytest.fixture(params=ZOO)
def entry(request):
    with torch.random.fork_rng():
        torch.manual_seed(5)
        made = ZOO[request.param]()
    made.model.double().train()

    def double(item):
        return item.double() if isinstance(item, Tensor) and item.is_floating_point() else item

    batches = [tuple(map(double, batch)) if isinstance(batch, tuple) else batch for batch in made.batches]
    return dataclasses.replace(made, batches=batches)


def objective_of(entry):
    return Objective(entry.model, data=entry.batches, loss=entry.loss, count=entry.count)


def total(entry, model):
    """The weighted mean over batches, written out."""
    weights = [entry.count(batch) for batch in entry.batches]
    terms = [weight * entry.loss(model, batch) for weight, batch in zip(weights, entry.batches, strict=True)]
    return sum(terms) / sum(weights)


def parameters(model):
    return [p for p in model.parameters() if p.requires_grad]


def gradient(entry, shift):
    """The gradient by backward() on a copy whose parameters are moved."""
    model = copy.deepcopy(entry.model).eval()
    with torch.no_grad():
        for p, step in zip(parameters(model), shift.split([p.numel() for p in parameters(model)]), strict=True):
            p.add_(step.view_as(p))
    total(entry, model).backward()
    return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters(model)])


def hessian(entry):
    model = copy.deepcopy(entry.model).eval()
    theta = parameters(model)
    with sdpa_kernel(SDPBackend.MATH):
        loss = total(entry, model)
    first = torch.autograd.grad(loss, theta, create_graph=True, allow_unused=True)
    flat = torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for p, g in zip(theta, first, strict=True)])
    rows = []
    for unit in torch.eye(len(flat), dtype=flat.dtype):
        row = torch.autograd.grad(flat, theta, unit, retain_graph=True, allow_unused=True)
        rows.append(
            torch.cat([(torch.zeros_like(p) if r is None else r).flatten() for p, r in zip(theta, row, strict=True)])
        )
    return torch.stack(rows)


def test_products_are_differences_of_plain_gradients(entry, untouched):
    with untouched(entry.model):
        operator = HessianOperator(objective_of(entry))
        vector = operator.probe(torch.Generator().manual_seed(0))
        vector /= vector.norm()
        image = operator.matvec(vector)
    step = 1e-5
    truth = (gradient(entry, step * vector) - gradient(entry, -step * vector)) / (2 * step)
    assert (image - truth).norm() <= 1e-7 * truth.norm()
    assert torch.allclose(operator.matvec(vector), image, rtol=1e-10, atol=1e-14)  # from the kept graph


def test_top_eigenpairs_are_those_of_the_dense_hessian(entry, untouched):
    with untouched(entry.model):
        pairs = top_eigenpairs(objective_of(entry), 2, tol=1e-6)
    truth = torch.linalg.eigvalsh(hessian(entry)).flip(0)[:2]
    assert pairs.converged.all()
    assert pairs.values == pytest.approx(truth.tolist(), rel=1e-8)


def test_functions_compiled_inside_a_model(untouched):
    class Inside(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(4, 3)
            self.activation = torch.compile(torch.tanh, backend="aot_eager")

        def forward(self, x):
            return self.activation(self.inner(x))

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Inside().double()
        entry = classified(model, torch.randn(7, 4, dtype=torch.float64))
    with untouched(model):
        dense = HessianOperator(objective_of(entry)).matmat(torch.eye(15, dtype=torch.float64))
    plain = copy.copy(entry.model)
    plain.activation = torch.tanh
    assert torch.allclose(dense, hessian(dataclasses.replace(entry, model=plain)), rtol=1e-10, atol=1e-13)
