"""The networks and data that benchmarks run on, each at the point that is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from zenith import tasks


@dataclass(frozen=True)
class Net:
    """A model in eval mode at some weights, with one batch of data, measured with the mean cross-entropy."""

    name: str
    model: nn.Module
    inputs: Tensor
    targets: Tensor

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.model.parameters())


class Block(nn.Module):
    """Two convolutions with batch norm and a shortcut."""

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(width_in, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.norm2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or width_in != width:
            self.shortcut = nn.Sequential(nn.Conv2d(width_in, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class ResNet8(nn.Module):
    """The residual network of He et al. (2016) at depth 8; 19,954 parameters at width 8."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(Block(width, width, 1), Block(width, 2 * width, 2), Block(2 * width, 4 * width, 2))
        self.head = nn.Linear(4 * width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(functional.relu(self.norm(self.stem(x)))).mean((2, 3)))


class TinyViT(nn.Module):
    """A vision transformer on 8x8 patches of 32x32 images."""

    def __init__(self, width: int = 64, depth: int = 4, heads: int = 4, patch: int = 4) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.positions = nn.Parameter(torch.randn(1, (32 // patch) ** 2, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, heads, 2 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        return self.head(self.norm(self.encoder(tokens)).mean(1))


class RowLSTM(nn.Module):
    """An LSTM that reads images row by row."""

    def __init__(self, columns: int, width: int = 48) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(columns, width, batch_first=True), nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0][:, -1])


def train(model: nn.Module, inputs: Tensor, targets: Tensor, steps: int, lr: float) -> None:
    """SGD with momentum 0.9 on batches of 64."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    generator = torch.Generator().manual_seed(0)
    model.train()
    for _ in range(steps):
        index = torch.randint(0, len(inputs), (64,), generator=generator)
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs[index]), targets[index]).backward()
        optimizer.step()
    model.eval()


def noise_images(samples: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(samples, 3, 32, 32, generator=generator), torch.randint(0, 10, (samples,), generator=generator)


def digits() -> tuple[Tensor, Tensor]:
    data = load_digits()
    return torch.tensor(data.data[:1437], dtype=torch.float32) / 16, torch.tensor(data.target[:1437])


def resnet(steps: int, samples: int = 512, width: int = 8) -> Net:
    torch.manual_seed(0)
    inputs, targets = noise_images(samples)
    model = ResNet8(width)
    model.train()
    model(inputs)  # running statistics
    train(model, inputs, targets, steps, 0.05)
    return Net(f"ResNet-8 on noise, {f'{steps} steps' if steps else 'at initialisation'}", model, inputs, targets)


def vit(data_root: Path | None) -> Net:
    torch.manual_seed(0)
    inputs, targets = cifar10(data_root, 256) if data_root else noise_images(256)
    model = TinyViT()
    train(model, inputs, targets, 300, 0.02)
    return Net(f"ViT-tiny on {'CIFAR-10' if data_root else 'noise'}, 300 steps", model, inputs, targets)


def lstm() -> Net:
    torch.manual_seed(0)
    inputs, targets = digits()
    inputs = inputs.view(-1, 8, 8)
    model = RowLSTM(8)
    train(model, inputs, targets, 300, 0.1)
    return Net("LSTM on digits, 300 steps", model, inputs, targets)


def digits_cnn() -> Net:
    torch.manual_seed(0)
    inputs, targets = digits()
    inputs = inputs.view(-1, 1, 8, 8)
    model = tasks.get("digits").model()
    train(model, inputs, targets, 300, 0.1)
    return Net("the digits task's CNN, 300 steps", model, inputs, targets)


def cifar10(data_root: Path, samples: int) -> tuple[Tensor, Tensor]:
    task = tasks.get("cifar10")
    split = task.load(data_root).train.subset(samples, seed=0)
    return split.batch(torch.arange(samples))


def cifar_resnet(data_root: Path) -> Net:
    torch.manual_seed(0)
    inputs, targets = cifar10(data_root, 2000)
    model = ResNet8()
    train(model, inputs, targets, 300, 0.05)
    return Net("ResNet-8 on CIFAR-10, 300 steps", model, inputs[:512], targets[:512])


def suite(data_root: Path | None) -> Iterator[Callable[[], Net]]:
    """Iterate over the factories of the benchmark's networks."""
    yield from named(data_root).values()


def named(data_root: Path | None) -> dict[str, Callable[[], Net]]:
    """Return the factories of the benchmark's networks by name; those on CIFAR-10 need the data."""
    factories: dict[str, Callable[[], Net]] = {
        "LSTM on digits, 300 steps": lstm,
        "the digits task's CNN, 300 steps": digits_cnn,
        "ResNet-8 on noise, 300 steps": lambda: resnet(300),
        f"ViT-tiny on {'CIFAR-10' if data_root else 'noise'}, 300 steps": lambda: vit(data_root),
        "ResNet-8 on noise, at initialisation": lambda: resnet(0),
    }
    if data_root:
        factories["ResNet-8 on CIFAR-10, 300 steps"] = lambda: cifar_resnet(data_root)
    return factories


class Mixer(nn.Module):
    """An MLP-Mixer (Tolstikhin et al. 2021) on 2x2 patches of 8x8 images."""

    def __init__(self, width: int = 48, depth: int = 3) -> None:
        super().__init__()
        self.patches = nn.Linear(4, width)
        self.tokens = nn.ModuleList(self._mlp(width, 16, 32) for _ in range(depth))
        self.channels = nn.ModuleList(self._mlp(width, width, 2 * width) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    @staticmethod
    def _mlp(width: int, mixed: int, hidden: int) -> nn.ModuleList:
        return nn.ModuleList(
            [nn.LayerNorm(width), nn.Sequential(nn.Linear(mixed, hidden), nn.GELU(), nn.Linear(hidden, mixed))]
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x.view(-1, 4, 2, 4, 2).transpose(2, 3).reshape(-1, 16, 4))
        for (first, across), (second, along) in zip(self.tokens, self.channels, strict=True):
            x = x + across(first(x).transpose(1, 2)).transpose(1, 2)
            x = x + along(second(x))
        return self.head(x.mean(1))


class CharGPT(nn.Module):
    """A causal transformer on characters; logits of shape (samples, characters, positions)."""

    def __init__(self, vocabulary: int = 65, width: int = 64, depth: int = 2, context: int = 32) -> None:
        super().__init__()
        self.embed, self.positions = nn.Embedding(vocabulary, width), nn.Parameter(0.02 * torch.randn(context, width))
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocabulary)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(context))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.embed(x) + self.positions, mask=self.mask)).transpose(1, 2)


class RowGRU(RowLSTM):
    """A GRU that reads images row by row."""

    def __init__(self, columns: int, width: int = 48) -> None:
        super().__init__(columns, width)
        self.lstm = nn.GRU(columns, width, batch_first=True)  # type: ignore[assignment]


def separable(width: int = 16) -> nn.Sequential:
    """Return a network of depthwise separable convolutions with batch norm, as MobileNets have."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU6()]
    for stride, factor in ((1, 2), (2, 2), (1, 1), (2, 2)):
        wide = width * factor
        layers += [nn.Conv2d(width, width, 3, stride, 1, groups=width, bias=False), nn.BatchNorm2d(width), nn.ReLU6()]
        layers += [nn.Conv2d(width, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6()]
        width = wide
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def residual18(width: int = 16) -> nn.Sequential:
    """Return a ResNet-18 for 32x32 images, narrow."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    before = width
    for stage in range(4):
        now = width * 2**stage
        layers += [Block(before, now, 1 if stage == 0 else 2), Block(now, now, 1)]
        before = now
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10))


def ten() -> Iterator[Net]:
    """Iterate over ten networks of different kinds at initialisation, small enough for one thread."""
    inputs, targets = digits()
    images = noise_images(64)
    text = torch.randint(0, 65, (16, 33), generator=torch.Generator().manual_seed(0))
    mlp = (nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 10))
    nets: dict[str, tuple[Callable[[], nn.Module], Tensor, Tensor]] = {
        "MLP on digits": (lambda: nn.Sequential(*mlp), inputs, targets),
        "MLP-Mixer on digits": (Mixer, inputs[:256], targets[:256]),
        "character GPT": (CharGPT, text[:, :-1], text[:, 1:]),
        "GRU on digits": (lambda: RowGRU(8), inputs[:512].view(-1, 8, 8), targets[:512]),
        "LSTM on digits": (lambda: RowLSTM(8), inputs[:512].view(-1, 8, 8), targets[:512]),
        "ViT-tiny on noise": (TinyViT, *images),
        "separable convolutions on noise": (separable, *images),
        "ResNet-18 of width 16 on noise": (residual18, *images),
        "the digits task's CNN": (tasks.get("digits").model, inputs[:512].view(-1, 1, 8, 8), targets[:512]),
        "ResNet-8 on noise": (ResNet8, *images),
    }
    for name, (make, x, y) in nets.items():
        torch.manual_seed(0)
        model = make().train()
        with torch.no_grad():
            model(x)  # running statistics
        yield Net(f"{name}, at initialisation", model.eval(), x, y)
