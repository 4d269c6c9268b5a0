"""Small transformers on torch's scaled_dot_product_attention: a GPT, and a ViT for small images."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout as drop
from torch.nn.functional import scaled_dot_product_attention

__all__ = ["GPT", "ViT"]


class _Block(nn.Module):
    """Attention and a two-layer network of four times the width, each normalised before and added to its input."""

    def __init__(self, width: int, heads: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal, self.dropout = heads, causal, dropout
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.network = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens: Tensor) -> Tensor:
        n, length, width = tokens.shape
        parts = self.queries_keys_values(self.norms[0](tokens)).view(n, length, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)
        attended = scaled_dot_product_attention(queries, keys, values, is_causal=self.causal)
        attended = self.project(attended.transpose(1, 2).reshape(n, length, width))
        tokens = tokens + drop(attended, self.dropout, self.training)
        return tokens + drop(self.network(self.norms[1](tokens)), self.dropout, self.training)


class _Transformer(nn.Module):
    """Blocks over embedded tokens with learned positions, and a norm."""

    def __init__(self, length: int, width: int, depth: int, heads: int, dropout: float, causal: bool) -> None:
        if heads < 1 or width % heads:
            raise ValueError(f"width={width} is no multiple of heads={heads}: each head takes an equal share of it")
        super().__init__()
        self.dropout = dropout
        self.positions = nn.Parameter(torch.empty(length, width))
        self.blocks = nn.Sequential(*(_Block(width, heads, dropout, causal) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)

    def _initialise(self) -> None:
        """As GPT-2: normal weights of deviation 0.02, biases of zero."""
        nn.init.normal_(self.positions, std=0.02)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def _run(self, tokens: Tensor) -> Tensor:
        embedded = drop(tokens + self.positions[: tokens.shape[1]], self.dropout, self.training)
        return self.norm(self.blocks(embedded))


class GPT(_Transformer):
    """A decoder that predicts the next token at every place (Radford et al. 2019), pre-norm, embeddings not tied.

    Parameters
    ----------
    tokens : int
        Different tokens.
    context : int
        Longest sequence.
    width, depth, heads : int
        Size of a token's vector, blocks, and heads of each attention.
    dropout : float
        Of embeddings and of what each half of a block adds.
    """

    def __init__(
        self, tokens: int, context: int = 64, width: int = 64, depth: int = 2, heads: int = 2, dropout: float = 0.0
    ) -> None:
        super().__init__(context, width, depth, heads, dropout, causal=True)
        self.embedding = nn.Embedding(tokens, width)
        self.head = nn.Linear(width, tokens, bias=False)
        self._initialise()

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits of shape ``(n, tokens, length)``, as cross-entropies take them, for ``(n, length)`` tokens."""
        return self.head(self._run(self.embedding(tokens))).transpose(1, 2)


class ViT(_Transformer):
    """A vision transformer over square patches (Dosovitskiy et al. 2021), pre-norm, classified by the tokens' mean.

    Parameters
    ----------
    classes, image_size, patch : int
        Sides of images and patches in pixels.
    width, depth, heads : int
        As of ViT-Ti (Touvron et al. 2021) by default.
    dropout : float
        As of `GPT`.
    """

    def __init__(
        self,
        classes: int = 10,
        image_size: int = 32,
        patch: int = 4,
        width: int = 192,
        depth: int = 12,
        heads: int = 3,
        dropout: float = 0.0,
    ) -> None:
        if patch < 1 or image_size % patch:
            raise ValueError(f"patch={patch} does not divide image_size={image_size}: give one that does")
        super().__init__((image_size // patch) ** 2, width, depth, heads, dropout, causal=False)
        self.patch = patch
        self.embedding = nn.Linear(3 * patch * patch, width)
        self.head = nn.Linear(width, classes)
        self._initialise()

    def forward(self, images: Tensor) -> Tensor:
        """Return logits of shape ``(n, classes)`` for images of shape ``(n, 3, image_size, image_size)``."""
        pieces = nn.functional.unfold(images, self.patch, stride=self.patch).transpose(1, 2)
        return self.head(self._run(self.embedding(pieces)).mean(1))
