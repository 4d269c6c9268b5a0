"""Recurrent networks that classify sequences: GRU and LSTM."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

__all__ = ["Recurrent"]


class Recurrent(nn.Module):
    """An embedding, a GRU or LSTM, and a linear layer on its last state.

    Parameters
    ----------
    cell : {"gru", "lstm"}
    tokens, classes : int
        Different tokens, without the one that pads, which is number `tokens`.
    embedding, width, depth : int
        Size of a token's vector and of the state, and recurrent layers.
    dropout : float
        Between recurrent layers and before the last layer.
    """

    def __init__(
        self,
        cell: str,
        tokens: int,
        classes: int,
        embedding: int = 32,
        width: int = 64,
        depth: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.padding = tokens
        self.embedding = nn.Embedding(tokens + 1, embedding, padding_idx=tokens)
        between: dict[str, Any] = {"dropout": dropout if depth > 1 else 0.0}
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.recurrent = kind(embedding, width, num_layers=depth, batch_first=True, **between)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, classes)

    def forward(self, sequences: Tensor) -> Tensor:
        """Return logits of shape ``(n, classes)`` for padded sequences of shape ``(n, length)``."""
        lengths = (sequences != self.padding).sum(1).cpu()
        packed = pack_padded_sequence(self.embedding(sequences), lengths, batch_first=True, enforce_sorted=False)
        _, last = self.recurrent(packed)
        state = last[0] if isinstance(last, tuple) else last
        return self.head(self.dropout(state[-1]))
