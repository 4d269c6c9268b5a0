"""Parameters spread over two processes: the same numbers as one process that holds them all."""

import json

import numpy as np
import pytest
import torch
from torch import nn
from two_ranks import MODELS, RANKS, make, random_block, truth

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.spectrum import hessian_trace
from landscape.distributed.sharding import shard_parameters
from landscape.linalg.operator import draw
from landscape.objective.objective import Objective


def _joined(answers, name):
    """One array of all entries, from what each rank holds; every entry is held once."""
    positions = np.concatenate([answer["positions"] for answer in answers])
    assert sorted(positions) == list(range(len(positions)))
    whole = np.concatenate([answer[name] for answer in answers])
    return whole[np.argsort(positions)]


@pytest.mark.parametrize("kind", MODELS)
def test_products_values_and_gradients_are_those_of_one_process(ranks, kind):
    value, gradient, hessian = truth(kind, l2=0.3)
    answers = ranks.call("sharded_products", kind=kind, l2=0.3)
    block = (hessian @ random_block(len(hessian))).numpy()
    np.testing.assert_allclose(_joined(answers, "block"), block, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(_joined(answers, "ones"), hessian.sum(1).numpy(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(_joined(answers, "gradient"), gradient.numpy(), rtol=1e-12, atol=1e-14)
    model, data = make(kind)
    objective = Objective(model, nn.CrossEntropyLoss(), data, l2=0.3)
    moved = objective.at({name: 2 * p for name, p in objective.parameters.items()}).value()
    for answer in answers:
        assert answer["value"] == pytest.approx(value, rel=1e-12)
        assert answer["value too"] == pytest.approx(value, rel=1e-12)
        assert answer["moved"] == pytest.approx(moved, rel=1e-12)
        assert answer["products"] == 7
        assert answer["sizes"] == (len(hessian), len(answer["positions"]))
        assert answer["protocol"]["samples"] == 11
        assert answer["protocol"]["parameters"] == len(hessian)
    assert json.loads(json.dumps(answers[0]["protocol"])) == answers[1]["protocol"]


@pytest.mark.parametrize("kind", ["mlp", "odd"])
def test_random_vectors_are_those_of_one_process(ranks, kind):
    answers = ranks.call("sharded_products", kind=kind, l2=0.0)
    probe = _joined(answers, "probe")
    assert np.array_equal(probe, draw(len(probe), torch.Generator().manual_seed(5), "gaussian").numpy())


@pytest.mark.parametrize("kind", ["gaussian", "rademacher"])
@pytest.mark.parametrize("size", [1, 15, 17, 32, 1003, 2**20 + 17, 2**21 - 1, 2**21 + 15])
def test_vectors_drawn_in_chunks_are_those_drawn_at_once(ranks, size, kind):
    """Of a million entries or more: each rank draws a chunk at a time, and keeps its part."""
    parts = ranks.call("sharded_probe", size=size, kind=kind)
    assert np.array_equal(np.concatenate(parts), draw(size, torch.Generator().manual_seed(1), kind).numpy())


@pytest.mark.parametrize("kind", ["mlp", "tied", "tokens"])
def test_solvers_agree_with_one_process(ranks, kind):
    model, data = make(kind)
    whole = Objective(model, nn.CrossEntropyLoss(), data)
    top, trace = top_eigenpairs(whole, 2, tol=1e-8), hessian_trace(whole, probes=8)
    answers = ranks.call("sharded_solvers", kind=kind)
    for answer in answers:
        np.testing.assert_allclose(answer["values"], top.values, rtol=1e-12)
        assert answer["trace"] == pytest.approx(trace.value, rel=1e-12)
        assert answer["standard_error"] == pytest.approx(trace.standard_error, rel=1e-9)
        assert np.array_equal(answer["values"], answers[0]["values"])
        assert np.array_equal(answer["residuals"], answers[0]["residuals"])
    vectors = sum(np.square(answer["vectors"]).sum(1) for answer in answers)
    np.testing.assert_allclose(vectors, 1.0, rtol=1e-12)


def test_metrics_are_means_over_all_samples(ranks):
    model, (x, y) = make("tokens")
    value, _, _ = truth("tokens", l2=0.0)
    error = float((model.eval()(x).argmax(1) != y).double().mean())
    for answer in ranks.call("sharded_metrics"):
        assert answer == pytest.approx({"loss": value, "error": error}, rel=1e-12)


def test_restriction_has_the_block_of_the_hessian(ranks):
    _, _, hessian = truth("mlp", l2=0.3)
    head = slice(4 * 5 + 5, None)
    answers = ranks.call("sharded_restriction")
    np.testing.assert_allclose(_joined(answers, "product"), hessian[head, head].sum(1).numpy(), rtol=1e-12, atol=1e-13)
    assert all(answer["size"] == len(hessian[head]) and answer["same value"] < 1e-15 for answer in answers)


def test_the_model_is_cut_in_place_borrowed_and_given_back(ranks):
    answers = ranks.call("sharded_model")
    model, _ = make("tied")
    assert sum(answer.pop("held") for answer in answers) == sum(p.numel() for p in model.parameters())
    for answer in answers:
        assert all(answer.values()), answer


def test_a_model_that_never_was_whole_has_the_same_loss(ranks):
    value, _, _ = truth("attention", l2=0.0)
    assert ranks.call("sharded_meta") == [pytest.approx(value, rel=1e-12)] * RANKS


def test_at_most_a_layer_with_its_tangent_is_whole_at_a_time(ranks):
    # And one more for a moment, because gloo's thread lets go of a tensor after the call has returned. There are eight.
    for answer in ranks.call("sharded_memory"):
        assert answer["entries"] == 8 * 32 * 32 // RANKS
        assert answer["layer"] <= answer["most"] <= 3 * answer["layer"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("whole", "'0.weight' is not sharded: call shard_parameters"),
        ("fsdp", "wrapped by FSDP"),
        ("columns", r"'5.weight' is placed as \(Shard\(dim=1\),\)"),
        ("twice", "DTensor parameters already"),
        ("mesh", "The mesh has 2 dimensions"),
        ("plain operator", "The objective is of type Objective"),
        ("buffers", "Rank 1 differs from rank 0 in its constants"),
        ("l2", r"in its l2 \(0.1 against 0.0\)"),
        ("data", "Ranks 0 and 1 hold the same 8 samples"),
        ("subset", "has no subset"),
        ("batch size", "keeps its batches"),
    ],
)
def test_what_cannot_be_sharded_is_refused_on_every_rank(ranks, what, words):
    answers = ranks.call("sharded_mismatch", what=what)
    assert answers[0] == answers[1]
    kind, message = answers[0]
    assert kind == "ValueError"
    with pytest.raises(ValueError, match=words):
        raise ValueError(message)


def test_without_a_process_group_the_message_says_how_to_start():
    with pytest.raises(ValueError, match="start the script with torchrun"):
        shard_parameters(nn.Linear(2, 2))
