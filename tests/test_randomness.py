"""What a test draws does not depend on the tests before it."""

import random

import numpy as np
import pytest
import torch


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_starts_from_one_random_state(turn):
    fresh = random.Random(0), np.random.RandomState(0), torch.Generator().manual_seed(0)
    assert random.random() == fresh[0].random()
    assert np.random.rand() == fresh[1].rand()  # noqa: NPY002
    assert torch.equal(torch.rand(3), torch.rand(3, generator=fresh[2]))
