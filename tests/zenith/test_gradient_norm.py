"""The one norm over many tensors (sharded ones: test_two_ranks.py)."""

import math

import pytest
import torch

from zenith.optimizer.norms import gradient_norm


def exact(tensors):
    return math.sqrt(sum(float((t.to_dense().to(torch.complex128).abs() ** 2).sum()) for t in tensors))


def rand(*shape, dtype=torch.float32, scale=1.0):
    generator = torch.Generator().manual_seed(len(shape))
    return (torch.randn(*shape, generator=generator, dtype=torch.float64) * scale).to(dtype)


@pytest.mark.parametrize(
    "tensors",
    [
        [rand(3, 4), rand(5), rand(())],
        [rand(3, 4, dtype=torch.float64), rand(5)],
        [
            rand(100, dtype=torch.float16, scale=2e4),
            rand(7, dtype=torch.bfloat16),
            rand(3),
            rand(2, dtype=torch.float64),
        ],
        [rand(100, dtype=torch.float16, scale=2e4)],  # a norm in half precision would be infinite
        [torch.complex(rand(4), rand(4)), rand(3)],
        [rand(4, 3).to_sparse(), rand(5)],
        [torch.zeros(0), rand(5)],
    ],
    ids=["single", "double", "mixed", "half", "complex", "sparse", "empty"],
)
def test_is_the_norm_of_all_entries(tensors):
    found = gradient_norm(tensors)
    assert found.shape == ()
    assert found.dtype in (torch.float32, torch.float64)
    assert found.item() == pytest.approx(exact(tensors), rel=1e-6)


def test_an_uncoalesced_entry_counts_once():
    index = torch.tensor([[1, 1]])
    assert (
        gradient_norm([torch.sparse_coo_tensor(index, torch.tensor([3.0, 1.0]), (4,), check_invariants=True)]).item()
        == 4.0
    )


def test_of_nothing_is_zero():
    assert gradient_norm([]).item() == 0.0


def test_equals_torchs_own_to_the_last_bit():
    tensors = [rand(50, 40), rand(40), rand(40, 7), rand(7)]
    assert torch.equal(gradient_norm(tensors), torch.nn.utils.get_total_norm(tensors))
