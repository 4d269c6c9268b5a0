"""Modules and functions of torch: value, gradient, Hessian and Gauss-Newton products against central differences in
float64.

Each agrees within the tolerances of `derivative_battery`, or is refused with a sentence that names it: never a silent
wrong number. Trainable layers lie before and after each, so that its second derivatives by its input count too.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from derivative_battery import Case, judge, stirred
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.nn.utils import parametrizations, parametrize, rnn
from torch.utils.checkpoint import checkpoint

pytestmark = pytest.mark.slow

ROWS = 4


class Call(nn.Module):
    """A function, with parameters of its own if shapes are given."""

    def __init__(self, function: Callable[..., Any], *shapes: Sequence[int]) -> None:
        super().__init__()
        self.function = function
        self.own = nn.ParameterList(torch.randn(*shape) for shape in shapes)

    def forward(self, x: Tensor) -> Any:
        return self.function(x, *self.own)


class Around(nn.Module):
    """x of 3 numbers -> trainable layer -> the shape asked for -> the module -> three logits of all that comes out."""

    def __init__(self, inner: nn.Module, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.front = nn.Linear(3, math.prod(shape))
        self.inner = inner
        with torch.no_grad():
            self.inner.eval()
            self.register_buffer("mix", torch.randn(self.flat(torch.randn(2, 3)).shape[1], 3) / 2)

    def flat(self, x: Tensor) -> Tensor:
        out = self.inner(self.front(x).view(len(x), *self.shape))
        while isinstance(out, (tuple, list)):
            out = out[0]
        return out.reshape(len(x), -1)

    def forward(self, x: Tensor) -> Tensor:
        return self.flat(x) @ self.mix


Made = Callable[[], nn.Module]


def around(inner: Made, *shape: int, **options: Any) -> Callable[[], Case]:
    def make() -> Case:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old interfaces, which are tried because they are used
            model = stirred(Around(inner(), shape or (6,)))
        return Case(model, (torch.randn(ROWS, 3), torch.arange(ROWS) % 3), nn.CrossEntropyLoss(), **options)

    return make


def call(
    function: Callable[..., Any], *shape: int, own: Sequence[Sequence[int]] = (), **options: Any
) -> Callable[[], Case]:
    return around(lambda: Call(function, *own), *shape, **options)


def normed(layer: nn.Module, *shape: int) -> nn.Module:
    """With running statistics other than the initial ones."""
    layer.train()(torch.randn(20, *shape) * 2 + 1)
    return layer.eval()


ACTIVATIONS = {
    type(layer).__name__ + label: around(lambda layer=layer: layer)
    for layer, label in [
        (nn.ELU(0.7), ""),
        (nn.Hardshrink(), ""),
        (nn.Hardsigmoid(), ""),
        (nn.Hardtanh(-0.5, 0.7), ""),
        (nn.Hardswish(), ""),
        (nn.LeakyReLU(0.1), ""),
        (nn.LogSigmoid(), ""),
        (nn.PReLU(6), ""),
        (nn.ReLU(), ""),
        (nn.ReLU6(), ""),
        (nn.RReLU(), ""),
        (nn.SELU(), ""),
        (nn.CELU(0.6), ""),
        (nn.GELU(), ""),
        (nn.GELU("tanh"), " tanh"),
        (nn.Sigmoid(), ""),
        (nn.SiLU(), ""),
        (nn.Mish(), ""),
        (nn.Softplus(2.0), ""),
        (nn.Softshrink(), ""),
        (nn.Softsign(), ""),
        (nn.Tanh(), ""),
        (nn.Tanhshrink(), ""),
        (nn.Threshold(0.1, 0.3), ""),
        (nn.GLU(), ""),
        (nn.Softmin(1), ""),
        (nn.Softmax(1), ""),
        (nn.LogSoftmax(1), ""),
        (nn.Identity(), ""),
        (nn.Dropout(0.5), ""),
        (nn.AlphaDropout(0.3), ""),
        (nn.ReLU(inplace=True), " in place"),
        (nn.SiLU(inplace=True), " in place"),
        (nn.Hardswish(inplace=True), " in place"),
        (nn.ELU(inplace=True), " in place"),
    ]
}

CONVOLUTIONS = {
    "Conv1d": around(lambda: nn.Conv1d(2, 3, 3, padding=1), 2, 5),
    "Conv2d": around(lambda: nn.Conv2d(2, 3, 3), 2, 4, 4),
    "Conv2d, strided, dilated": around(lambda: nn.Conv2d(2, 2, 2, stride=2, dilation=2, padding=1), 2, 5, 5),
    "Conv2d, depthwise": around(lambda: nn.Conv2d(2, 4, 3, groups=2, padding=1, bias=False), 2, 3, 3),
    "Conv2d, circular": around(lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"), 1, 3, 3),
    "Conv2d, reflect": around(lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), 1, 3, 3),
    "Conv2d, replicate": around(lambda: nn.Conv2d(1, 2, 3, padding="same", padding_mode="replicate"), 1, 3, 3),
    "Conv3d": around(lambda: nn.Conv3d(1, 2, 2), 1, 3, 3, 3),
    "ConvTranspose1d": around(lambda: nn.ConvTranspose1d(2, 2, 3, stride=2, output_padding=1), 2, 3),
    "ConvTranspose2d": around(lambda: nn.ConvTranspose2d(2, 2, 3, groups=2), 2, 3, 3),
    "ConvTranspose3d": around(lambda: nn.ConvTranspose3d(1, 1, 2), 1, 2, 2, 2),
    "Unfold": around(lambda: nn.Unfold(2), 1, 3, 3),
    "Fold": around(lambda: nn.Fold((3, 3), 2), 4, 4),
    "Linear": around(lambda: nn.Linear(6, 4)),
    "Bilinear": call(lambda x, w, b: F.bilinear(x[:, :3], x[:, 3:], w, b), own=[(2, 3, 3), (2,)]),
    "convolution, batch norm, relu": around(
        lambda: nn.Sequential(nn.Conv2d(1, 2, 2), normed(nn.BatchNorm2d(2), 2, 3, 3), nn.ReLU()), 1, 4, 4
    ),
}

POOLS = {
    "MaxPool1d": around(lambda: nn.MaxPool1d(2), 2, 4),
    "MaxPool2d": around(lambda: nn.MaxPool2d(2, stride=1), 1, 4, 4),
    "MaxPool3d": around(lambda: nn.MaxPool3d(2), 1, 2, 4, 2),
    "MaxUnpool2d": call(lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), 1, 4, 4),
    "AvgPool1d": around(lambda: nn.AvgPool1d(2), 2, 4),
    "AvgPool2d": around(lambda: nn.AvgPool2d(3, padding=1, count_include_pad=False), 1, 4, 4),
    "AvgPool3d": around(lambda: nn.AvgPool3d(2), 1, 2, 4, 2),
    "LPPool1d": call(lambda x: F.lp_pool1d(x.abs() + 0.1, 3.0, 2), 2, 4),
    "LPPool2d": call(lambda x: F.lp_pool2d(x.abs() + 0.1, 2.0, 2), 1, 4, 4),
    "AdaptiveMaxPool2d": around(lambda: nn.AdaptiveMaxPool2d(2), 1, 5, 4),
    "AdaptiveAvgPool1d": around(lambda: nn.AdaptiveAvgPool1d(2), 2, 5),
    "AdaptiveAvgPool2d": around(lambda: nn.AdaptiveAvgPool2d((2, 1)), 1, 5, 4),
    "AdaptiveAvgPool3d": around(lambda: nn.AdaptiveAvgPool3d(2), 1, 3, 2, 2),
    "FractionalMaxPool2d": around(lambda: nn.FractionalMaxPool2d(2, output_size=3), 1, 7, 7, refused="random"),
}

SHAPES = {
    "ReflectionPad1d": around(lambda: nn.ReflectionPad1d(2), 1, 4),
    "ReflectionPad2d": around(lambda: nn.ReflectionPad2d(1), 1, 3, 3),
    "ReflectionPad3d": around(lambda: nn.ReflectionPad3d(1), 1, 2, 2, 2),
    "ReplicationPad2d": around(lambda: nn.ReplicationPad2d(1), 1, 2, 2),
    "ReplicationPad3d": around(lambda: nn.ReplicationPad3d(1), 1, 2, 2, 2),
    "ZeroPad2d": around(lambda: nn.ZeroPad2d((1, 0, 2, 0)), 1, 2, 2),
    "ConstantPad1d": around(lambda: nn.ConstantPad1d(1, 0.5), 1, 4),
    "CircularPad2d": around(lambda: nn.CircularPad2d(1), 1, 3, 3),
    "PixelShuffle": around(lambda: nn.PixelShuffle(2), 4, 2, 2),
    "PixelUnshuffle": around(lambda: nn.PixelUnshuffle(2), 1, 4, 4),
    "ChannelShuffle": around(lambda: nn.ChannelShuffle(2), 4, 2, 2),
    "Upsample, nearest": around(lambda: nn.Upsample(scale_factor=2), 1, 3, 3),
    "Upsample, linear": around(lambda: nn.Upsample(scale_factor=2, mode="linear"), 1, 4),
    "Upsample, bilinear": around(lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), 1, 3, 3),
    "Upsample, bicubic": around(lambda: nn.Upsample(size=(4, 5), mode="bicubic"), 1, 3, 3),
    "Upsample, trilinear": around(lambda: nn.Upsample(scale_factor=2, mode="trilinear"), 1, 2, 2, 2),
    "interpolate, antialiased": call(lambda x: F.interpolate(x, size=(2, 2), mode="bilinear", antialias=True), 1, 4, 4),
    "interpolate, area": call(lambda x: F.interpolate(x, size=(2, 2), mode="area"), 1, 5, 4),
    "grid_sample, bilinear": call(
        lambda x: F.grid_sample(x[:, :1], x[:, 1:].permute(0, 2, 3, 1).tanh(), align_corners=False), 3, 3, 3
    ),
    "grid_sample, bicubic": call(
        lambda x: F.grid_sample(x[:, :1], x[:, 1:].permute(0, 2, 3, 1).tanh(), mode="bicubic", align_corners=False),
        3,
        3,
        3,
    ),
    "grid_sample, border": call(
        lambda x: F.grid_sample(x[:, :1], x[:, 1:].permute(0, 2, 3, 1), padding_mode="border", align_corners=True),
        3,
        3,
        3,
    ),
    "grid_sample, 3d": call(
        lambda x: F.grid_sample(x[:, :1], x[:, 1:].permute(0, 2, 3, 4, 1).tanh(), align_corners=False), 4, 2, 2, 2
    ),
    "affine_grid": call(lambda x: F.affine_grid(x.view(-1, 2, 3), [len(x), 1, 2, 2], align_corners=False)),
}

NORMS = {
    "BatchNorm1d": around(lambda: normed(nn.BatchNorm1d(6), 6)),
    "BatchNorm2d": around(lambda: normed(nn.BatchNorm2d(2), 2, 3, 3), 2, 3, 3),
    "BatchNorm3d": around(lambda: normed(nn.BatchNorm3d(1), 1, 2, 2, 2), 1, 2, 2, 2),
    "BatchNorm1d, no weights": around(lambda: normed(nn.BatchNorm1d(6, affine=False), 6)),
    "GroupNorm": around(lambda: nn.GroupNorm(2, 4), 4, 3),
    "GroupNorm, no weights": around(lambda: nn.GroupNorm(1, 2, affine=False), 2, 3),
    "InstanceNorm1d": around(lambda: nn.InstanceNorm1d(2, affine=True), 2, 4),
    "InstanceNorm2d, tracking": around(
        lambda: normed(nn.InstanceNorm2d(2, track_running_stats=True), 2, 3, 3), 2, 3, 3
    ),
    "LayerNorm": around(lambda: nn.LayerNorm(6)),
    "LayerNorm, no bias": around(lambda: nn.LayerNorm(6, bias=False)),
    "LayerNorm, no weights": around(lambda: nn.LayerNorm(6, elementwise_affine=False)),
    "layer_norm, bias alone": call(lambda x, b: F.layer_norm(x, (6,), None, b), own=[(6,)]),
    "RMSNorm": around(lambda: nn.RMSNorm(6)),
    "LocalResponseNorm": around(lambda: nn.LocalResponseNorm(2), 3, 4),
    "weight_norm": around(lambda: parametrizations.weight_norm(nn.Linear(6, 4))),
    "weight_norm of a convolution": around(lambda: parametrizations.weight_norm(nn.Conv1d(2, 3, 2)), 2, 4),
    "weight_norm, whole": around(lambda: parametrizations.weight_norm(nn.Linear(6, 4), dim=None)),
    "weight_norm, by column": around(lambda: parametrizations.weight_norm(nn.Linear(6, 4), dim=1)),
    "weight_norm, old": around(lambda: nn.utils.weight_norm(nn.Linear(6, 4))),
    "weight_norm of a convolution, old": around(lambda: nn.utils.weight_norm(nn.Conv2d(1, 2, 2)), 1, 3, 3),
    "spectral_norm": around(lambda: parametrizations.spectral_norm(nn.Linear(6, 4))),
    "spectral_norm, old": around(lambda: nn.utils.spectral_norm(nn.Linear(6, 4))),
    "orthogonal": around(lambda: parametrizations.orthogonal(nn.Linear(4, 4)), 4),
    "orthogonal, cayley": around(lambda: parametrizations.orthogonal(nn.Linear(4, 4), orthogonal_map="cayley"), 4),
    "parametrized": around(lambda: _parametrized()),
    "normalize": call(lambda x: F.normalize(x, dim=1)),
}


class Positive(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return F.softplus(weight)


def _parametrized() -> nn.Module:
    layer = nn.Linear(6, 4)
    parametrize.register_parametrization(layer, "weight", Positive())
    return layer


def packed(x: Tensor, layer: nn.Module) -> Tensor:
    sequence = rnn.pack_padded_sequence(x, torch.tensor([3, 3, 2, 1][: len(x)]), batch_first=True)
    return rnn.pad_packed_sequence(layer(sequence)[0], batch_first=True, total_length=3)[0]


class Packed(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return packed(x, self.layer)


class Heads(nn.Module):
    """nn.MultiheadAttention on one sequence."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x, **self.options)[0]


class Both(nn.Module):
    """A decoder or a transformer, from one sequence to itself."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x, x)


MASK = torch.tensor([[True, False, True], [True, True, False], [False, True, True]])

SEQUENCES = {
    "RNN": around(lambda: nn.RNN(2, 3, batch_first=True), 3, 2),
    "RNN, relu": around(lambda: nn.RNN(2, 3, nonlinearity="relu", batch_first=True), 3, 2),
    "LSTM": around(lambda: nn.LSTM(2, 2, batch_first=True), 3, 2),
    "LSTM, two layers, both ways": around(
        lambda: nn.LSTM(2, 2, 2, bidirectional=True, batch_first=True, dropout=0.2), 3, 2
    ),
    "LSTM, projected": around(lambda: nn.LSTM(2, 3, proj_size=2, batch_first=True), 3, 2),
    "LSTM, packed": around(lambda: Packed(nn.LSTM(2, 2, batch_first=True)), 3, 2),
    "GRU": around(lambda: nn.GRU(2, 3, batch_first=True), 3, 2),
    "GRU, packed": around(lambda: Packed(nn.GRU(2, 2, batch_first=True)), 3, 2),
    "RNNCell": around(lambda: nn.RNNCell(6, 3)),
    "LSTMCell": around(lambda: nn.LSTMCell(6, 2)),
    "GRUCell": around(lambda: nn.GRUCell(6, 2)),
    "MultiheadAttention": around(lambda: Heads(), 3, 4),
    "MultiheadAttention, no weights": around(lambda: Heads(need_weights=False), 3, 4),
    "MultiheadAttention, causal": around(
        lambda: Heads(attn_mask=~torch.ones(3, 3).tril().bool(), need_weights=False), 3, 4
    ),
    "TransformerEncoderLayer": around(lambda: nn.TransformerEncoderLayer(4, 2, 5, batch_first=True), 3, 4),
    "TransformerEncoderLayer, norm first": around(
        lambda: nn.TransformerEncoderLayer(4, 2, 5, activation="gelu", norm_first=True, batch_first=True), 3, 4
    ),
    "TransformerEncoder": around(
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 2, 3, batch_first=True), 2, enable_nested_tensor=False
        ),
        2,
        4,
    ),
    "TransformerDecoderLayer": around(lambda: Both(nn.TransformerDecoderLayer(4, 2, 4, batch_first=True)), 2, 4),
    "Transformer": around(lambda: Both(nn.Transformer(4, 1, 1, 1, 4, batch_first=True)), 2, 4),
    "scaled_dot_product_attention": call(lambda x: F.scaled_dot_product_attention(x, x.roll(1, 1), x), 2, 3, 2),
    "scaled_dot_product_attention, masked": call(
        lambda x: F.scaled_dot_product_attention(x, x.roll(1, 1), x, attn_mask=MASK), 2, 3, 2
    ),
    "scaled_dot_product_attention, causal": call(
        lambda x: F.scaled_dot_product_attention(x, x.roll(1, 1), x, is_causal=True, scale=0.3), 2, 3, 2
    ),
    "scaled_dot_product_attention, grouped": call(
        lambda x: F.scaled_dot_product_attention(x, x[:, :1], x[:, 1:], enable_gqa=True), 2, 3, 2
    ),
}


TOKENS = torch.tensor([[0, 1, 2], [3, 1, 1], [4, 0, 4], [2, 2, 0]])


BAG = "embedding_bag.*use torch.nn.Embedding and a mean or sum"


def embedded(layer: Made, **options: Any) -> Callable[[], Case]:
    def make() -> Case:
        inner = stirred(layer())
        with torch.no_grad():
            width = inner(TOKENS).flatten(1).shape[1]
        model = nn.Sequential(inner, nn.Flatten(), nn.Tanh(), nn.Linear(width, 3))
        return Case(model, (TOKENS, torch.arange(ROWS) % 3), nn.CrossEntropyLoss(), **options)

    return make


EMBEDDINGS = {
    "Embedding": embedded(lambda: nn.Embedding(5, 2)),
    "Embedding, padded": embedded(lambda: nn.Embedding(5, 2, padding_idx=0), refused="not that of the loss.*Embedding"),
    "EmbeddingBag, mean": embedded(lambda: nn.EmbeddingBag(5, 3, mode="mean"), refused=BAG),
    "EmbeddingBag, sum, padded": embedded(lambda: nn.EmbeddingBag(5, 3, mode="sum", padding_idx=0), refused=BAG),
    "EmbeddingBag, max": embedded(lambda: nn.EmbeddingBag(5, 3, mode="max"), refused=BAG),
    "EmbeddingBag, weighted": call(
        lambda x, w: F.embedding_bag(TOKENS[: len(x)], w, per_sample_weights=x[:, :3].contiguous(), mode="sum"),
        own=[(5, 3)],
        refused=BAG,
    ),
    "Embedding, gradients by frequency": embedded(
        lambda: nn.Embedding(5, 2, scale_grad_by_freq=True), refused="gradient"
    ),
    "Embedding, renormed": embedded(lambda: nn.Embedding(5, 2, max_norm=0.5), refused="'0.weight' in place.*max_norm"),
    "Embedding, sparse": embedded(lambda: nn.Embedding(5, 2, sparse=True)),
}


def symmetric(x: Tensor) -> Tensor:
    m = x.view(-1, 3, 3)
    return m @ m.mT + torch.diag(torch.tensor([1.0, 2.0, 4.0]).to(x.dtype))


class TwiceWrong(torch.autograd.Function):
    """The derivative of tanh, which forgets that it depends on x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = torch.tanh(x)
        ctx.slope = (1 - y * y).detach()
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g * ctx.slope


class Reversal(torch.autograd.Function):
    """Of domain-adversarial networks: the gradient is not that of the loss."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return -g


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g * ctx.saved_tensors[0].cos()


class Right(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g * ctx.saved_tensors[0].cos()


def straight_through(x: Tensor) -> Tensor:
    return x + (x.round() - x).detach()


def gelu_quick(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


FUNCTIONS = {
    "cosine_similarity": call(lambda x: F.cosine_similarity(x[:, :3], x[:, 3:])),
    "pairwise_distance": call(lambda x: F.pairwise_distance(x[:, :3], x[:, 3:])),
    "pdist": call(
        lambda x: torch.stack([F.pdist(row.view(3, 2)) for row in x]), refused="pdist.*write the distances as"
    ),
    "cdist": call(
        lambda x: torch.cdist(x.view(-1, 3, 2), x.view(-1, 3, 2) + 1), refused="cdist.*write the distances as"
    ),
    "cdist, p = 1.5": call(
        lambda x: torch.cdist(x.view(-1, 3, 2), x.view(-1, 3, 2) + 1, p=1.5), refused="cdist.*write the distances as"
    ),
    "logsumexp": call(lambda x: x.view(-1, 2, 3).logsumexp(2)),
    "cumsum": call(lambda x: x.cumsum(1).tanh()),
    "cumprod": call(lambda x: x.cumprod(1)),
    "logcumsumexp": call(lambda x: x.logcumsumexp(1)),
    "cummax": call(lambda x: x.cummax(1).values),
    "prod": call(lambda x: x.view(-1, 2, 3).prod(2)),
    "einsum": call(lambda x: torch.einsum("bij,bkj->bik", x.view(-1, 2, 3), x.view(-1, 2, 3))),
    "bmm": call(lambda x: torch.bmm(x.view(-1, 2, 3), x.view(-1, 3, 2))),
    "baddbmm": call(lambda x, c: torch.baddbmm(c, x.view(-1, 2, 3), x.view(-1, 3, 2)), own=[(1, 2, 2)]),
    "rfft": call(lambda x: torch.fft.rfft(x).abs()),
    "fft and back": call(lambda x, w: torch.fft.irfft(torch.fft.rfft(x) * torch.complex(w, w.cos()), n=6), own=[(4,)]),
    "complex product": call(lambda x: torch.view_as_real(torch.view_as_complex(x.view(-1, 3, 2)) ** 2)),
    "complex angle": call(lambda x: torch.view_as_complex(x.view(-1, 3, 2)).angle()),
    "stft": call(lambda x: torch.stft(x, 4, window=torch.hann_window(4).to(x), return_complex=True).abs().square(), 8),
    "svdvals": call(lambda x: torch.linalg.svdvals(x.view(-1, 2, 3))),
    "eigh": call(lambda x: torch.linalg.eigvalsh(symmetric(x)), 9),
    "inv": call(lambda x: torch.linalg.inv(symmetric(x)), 9),
    "solve": call(lambda x: torch.linalg.solve(symmetric(x), x.view(-1, 3, 3)), 9),
    "cholesky": call(lambda x: torch.linalg.cholesky(symmetric(x)), 9),
    "det": call(lambda x: torch.linalg.det(x.view(-1, 3, 3)), 9),
    "logdet": call(lambda x: torch.logdet(symmetric(x)), 9),
    "qr": call(lambda x: torch.linalg.qr(symmetric(x)).R, 9),
    "matrix_exp": call(lambda x: torch.linalg.matrix_exp(x.view(-1, 3, 3) / 2), 9),
    "nuclear norm": call(lambda x: torch.linalg.matrix_norm(x.view(-1, 2, 3), "nuc")),
    "norms": call(lambda x: torch.stack([x.norm(p=p, dim=1) for p in (1, 2, 3, math.inf)], 1)),
    "sort": call(lambda x: x.sort(1).values.sin()),
    "topk": call(lambda x: x.topk(2, 1).values.sin()),
    "median": call(lambda x: x.median(1).values.sin()),
    "max": call(lambda x: x.max(1).values.sin()),
    "gather": call(lambda x: x.sin().gather(1, torch.tensor([[0, 0, 5]]).expand(len(x), -1))),
    "scatter_add": call(
        lambda x: torch.zeros_like(x).scatter_add(1, torch.tensor([[0, 0, 1, 2, 5, 5]]).expand(len(x), -1), x.sin())
    ),
    "scatter_reduce, prod": call(
        lambda x: torch.ones_like(x).scatter_reduce(1, torch.tensor([[0, 0, 1, 2, 5, 5]]).expand(len(x), -1), x, "prod")
    ),
    "index_add": call(lambda x: torch.zeros_like(x).index_add(1, torch.tensor([0, 0, 1, 2, 5, 5]), x.sin())),
    "where": call(lambda x: torch.where(x > 0, x.exp(), x.sin())),
    "clamp": call(lambda x: x.clamp(-0.5, 0.5).square()),
    "atan2": call(lambda x: torch.atan2(x[:, :3], x[:, 3:])),
    "erf": call(torch.erf),
    "erfinv": call(lambda x: torch.erfinv(x.tanh() * 0.9)),
    "lgamma": call(lambda x: torch.lgamma(x.abs() + 0.5)),
    "digamma": call(lambda x: torch.digamma(x.abs() + 0.5)),
    "xlogy": call(lambda x: torch.xlogy(x[:, :3], x[:, 3:].exp())),
    "logaddexp": call(lambda x: torch.logaddexp(x[:, :3], x[:, 3:])),
    "i0": call(torch.special.i0),
    "i1e": call(torch.special.i1e),
    "ndtr": call(torch.special.ndtr),
    "log_ndtr": call(torch.special.log_ndtr),
    "expm1, log1p": call(lambda x: torch.expm1(x) * torch.log1p(x.square())),
    "pow": call(lambda x: (x.abs() + 0.1) ** 1.7 + 2.0**x),
    "rsqrt": call(lambda x: torch.rsqrt(x.square() + 0.1)),
    "sinc": call(torch.sinc),
    "hypot": call(lambda x: torch.hypot(x[:, :3], x[:, 3:])),
    "nan_to_num": call(lambda x: torch.nan_to_num(x.sin())),
    "roll, flip": call(lambda x: x.roll(2, 1) * x.flip(1)),
    "repeat_interleave": call(lambda x: x.repeat_interleave(2, 1).sin()),
    "var, std": call(lambda x: torch.stack([x.var(1), x.std(1)], 1)),
    "renorm": call(lambda x: torch.renorm(x, 2, 0, 1.0)),
    "trapezoid": call(lambda x: torch.cumulative_trapezoid(x.sin())),
    "gelu, quick": call(gelu_quick),
    "vmap": call(lambda x: torch.func.vmap(lambda row: torch.outer(row[:2], row[2:4]).sin())(x)),
    "inner gradient": call(lambda x: torch.func.vmap(torch.func.grad(lambda row: row.sin().prod()))(x)),
    "checkpoint": call(lambda x, w: checkpoint(lambda z: torch.tanh(z @ w), x, use_reentrant=False), own=[(6, 3)]),
    "checkpoint, reentrant": call(
        lambda x, w: checkpoint(lambda z: torch.tanh(z @ w), x, use_reentrant=True),
        own=[(6, 3)],
        refused="reentrant",
    ),
    "compiled": around(lambda: nn.Sequential(torch.compile(nn.Linear(6, 4), backend="eager"), nn.Tanh())),
    "scripted": around(
        lambda: torch.jit.trace(nn.Sequential(nn.Linear(6, 4), nn.Tanh()), torch.randn(2, 6)),
        refused="'inner' is TorchScript",
    ),
    "Function": call(Right.apply),
    "Function, once differentiable": call(Once.apply, refused="Once"),
    "Function, second derivative wrong": call(TwiceWrong.apply, refused="TwiceWrong"),
    "Function, gradient reversed": call(Reversal.apply, refused="Reversal"),
    "straight-through": call(straight_through, refused="not that of the loss|values that are detached"),
    "gumbel_softmax": call(lambda x: F.gumbel_softmax(x), refused="random"),
    "dropout in eval mode": call(lambda x: F.dropout(x, 0.5, training=True), refused="random"),
}

MODULES = ACTIVATIONS | CONVOLUTIONS | POOLS | SHAPES | NORMS | SEQUENCES | EMBEDDINGS | FUNCTIONS


@pytest.mark.filterwarnings(
    "ignore:The .grad attribute of a Tensor that is not a leaf"
)  # torch.compile and torch.jit look
@pytest.mark.parametrize("name", MODULES)
def test_derivatives_of(name):
    torch.manual_seed(2)
    judge(MODULES[name]())
