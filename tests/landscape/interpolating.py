"""Small classifiers that fit their data as closely as one likes, with their Hessians in float64 from a stable loss."""

import torch
from torch import Tensor, nn
from torch.func import functional_call

from landscape.objective.objective import Objective


def interpolating(loss: float, seed: int, samples: int = 24) -> tuple[nn.Module, Tensor, Tensor]:
    """A network in float32 whose mean cross-entropy is `loss`, by the scale of its last layer, with its data."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(samples, 3, generator=generator)
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 3))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=generator) * 0.7)
        y = model(X).argmax(1)  # labels that it fits already
        outputs = model(X).double()
        low, high = 1e-3, 1e6
        for _ in range(80):
            middle = (low * high) ** 0.5
            low, high = (middle, high) if float(stable_cross_entropy(middle * outputs, y)) > loss else (low, middle)
        for p in model[2].parameters():
            p.mul_(middle)
    return model, X, y


def stable_cross_entropy(outputs: Tensor, y: Tensor) -> Tensor:
    """The mean of log(1 + sum of exp(z_j - z_y)), of which nothing cancels however small it is."""
    others = torch.ones_like(outputs, dtype=torch.bool).scatter(1, y[:, None], False)
    gaps = (outputs - outputs.gather(1, y[:, None]))[others].view(len(y), -1)
    return torch.log1p(gaps.exp().sum(1)).mean()


def eigenvalues(model: nn.Module, X: Tensor, y: Tensor) -> Tensor:
    """All eigenvalues of the Hessian at the float32 weights, ascending."""
    state = {name: p.detach().double() for name, p in model.named_parameters()}
    shapes = [(name, p.shape) for name, p in state.items()]

    def value(flat: Tensor) -> Tensor:
        parts = flat.split([shape.numel() for _, shape in shapes])
        moved = {name: part.view(shape) for (name, shape), part in zip(shapes, parts, strict=True)}
        return stable_cross_entropy(functional_call(model, moved, (X.double(),)), y)

    flat = torch.cat([p.reshape(-1) for p in state.values()])
    return torch.linalg.eigvalsh(torch.autograd.functional.hessian(value, flat))


def objective(model: nn.Module, X: Tensor, y: Tensor, **options: object) -> Objective:
    return Objective(model, nn.CrossEntropyLoss(), (X, y), check_deterministic=False, **options)
