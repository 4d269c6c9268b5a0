"""Data spread over two processes: the same numbers as one process, and one fate."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from two_ranks import MODELS, RANKS, make, truth

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.curvature.spectrum import hessian_trace
from landscape.distributed.data_parallel import DataParallelOperator
from landscape.objective.objective import Objective

HERE = Path(__file__).parents[1]


@pytest.mark.parametrize("kind", MODELS)
def test_products_are_those_of_the_dense_hessian_of_all_data(ranks, kind):
    _, gradient, hessian = truth(kind, l2=0.3)
    answers = ranks.call("parallel_products", kind=kind, l2=0.3)
    for answer in answers:
        np.testing.assert_allclose(answer["block"], hessian.numpy(), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(answer["ones"], hessian.sum(1).numpy(), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(answer["gradient"], gradient.detach().numpy(), rtol=1e-12, atol=1e-13)
        assert answer["products"] == len(hessian) + 1
    assert np.array_equal(answers[0]["block"], answers[1]["block"])


def test_one_reduction_per_product_or_block(ranks):
    assert ranks.call("count_reductions") == [{"all_reduce": 2}] * RANKS


def test_protocol_is_that_of_all_data(ranks):
    first, second = ranks.call("parallel_products", kind="tokens", l2=0.0)
    protocol = first["protocol"]
    assert json.loads(json.dumps(protocol)) == second["protocol"] == protocol
    targets = make("tokens")[1][1]
    assert protocol["samples"] == 11
    assert protocol["samples_per_rank"] == [8, 3]
    assert protocol["weights_per_rank"] == [float((part != -100).sum()) for part in (targets[:8], targets[8:])]
    assert protocol["fingerprints_per_rank"] == [first["fingerprint"], second["fingerprint"]]
    assert (protocol["ranks"], protocol["backend"], protocol["batches"]) == (2, "gloo", 3)
    assert protocol["fingerprint"] not in protocol["fingerprints_per_rank"]


@pytest.mark.parametrize("kind", ["mlp", "convnet", "attention", "tokens"])
def test_solvers_agree_with_one_process_and_bit_for_bit_between_ranks(ranks, kind):
    model, data = make(kind)
    whole = Objective(model, nn.CrossEntropyLoss(), data)
    top, trace = top_eigenpairs(whole, 2, tol=1e-8), hessian_trace(whole, probes=8)
    first, second = ranks.call("parallel_solvers", kind=kind)
    np.testing.assert_allclose(first["values"], top.values, rtol=1e-12)
    assert first["trace"] == pytest.approx(trace.value, rel=1e-12)
    assert first["standard_error"] == pytest.approx(trace.standard_error, rel=1e-9)
    assert first["samples"] == 11
    for name in ("values", "residuals", "trace", "standard_error"):
        assert np.array_equal(first[name], second[name])
    for one, two in zip(first["vectors"], second["vectors"], strict=True):
        assert all(np.array_equal(one[name], two[name]) for name in one)


def test_float32_products_are_added_in_float64(ranks):
    model, data = make("convnet")
    whole = HessianOperator(Objective(model, nn.CrossEntropyLoss(), data))
    exact = whole.matvec(torch.ones(whole.size, dtype=torch.float64)).numpy()
    for kind, product in ranks.call("parallel_float32"):
        assert kind == "torch.float32"
        assert np.linalg.norm(product - exact) <= 1e-6 * np.linalg.norm(exact)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("weights", "Rank 1 differs from rank 0 in its weights"),
        ("buffers", "Rank 1 differs from rank 0 in its constants"),
        ("model", "Rank 1 differs from rank 0 in its model"),
        ("dtype", "differs from rank 0 in its (weights|dtype)"),
        ("l2", r"in its l2 \(0.1 against 0.0\)"),
        ("weighting", "in its weighting"),
        ("operator", "in its operator"),
        ("data", "Ranks 0 and 1 hold the same 8 samples"),
        ("no objective", "Rank 1 cannot take part: The _Diagonal has no objective"),
    ],
)
def test_ranks_that_disagree_are_refused_on_every_rank(ranks, what, words):
    answers = ranks.call("parallel_mismatch", what=what)
    assert answers[0] == answers[1]
    kind, message = answers[0]
    assert kind == "ValueError"
    with pytest.raises(ValueError, match=words):
        raise ValueError(message)


@pytest.mark.parametrize(
    ("how", "kinds", "words"),
    [
        ("value", ("ValueError", "ValueError"), "Rank 1 failed .* the disk is on fire"),
        ("runtime", ("RuntimeError", "RuntimeError"), "Rank 1 failed .* the disk is on fire"),
        ("shape", ("ValueError", "ValueError"), "Rank 1 failed .* shape"),
        ("vectors", ("ValueError", "ValueError"), "The ranks multiply different vectors"),
        ("nan", ("CannotMeasureError", "CannotMeasureError"), "not finite"),
    ],
)
def test_a_rank_that_fails_fails_for_all_and_the_next_product_is_right(ranks, how, kinds, words):
    answers = ranks.call("parallel_failure", how=how)
    assert tuple(kind for kind, _, _ in answers) == kinds
    with pytest.raises(ValueError, match=words):
        raise ValueError(answers[0][1])
    assert all(right_again for _, _, right_again in answers)


def test_an_interrupt_of_one_rank_stops_all_at_the_same_product(ranks):
    answers = ranks.call("parallel_failure", how="interrupt")
    assert [kind for kind, _, _ in answers] == ["KeyboardInterrupt"] * RANKS
    assert all(right_again for _, _, right_again in answers)


def test_inside_a_with_block_an_interrupt_between_products_waits_for_the_next_one(ranks):
    first, second = ranks.call("parallel_interrupt")
    assert first == (4, "KeyboardInterrupt", True)  # three products, and one of the second block
    assert second == (4, "KeyboardInterrupt KeyboardInterrupt", True)


@pytest.mark.parametrize("sharded", [False, True], ids=["parallel", "sharded"])
def test_an_interrupted_solver_returns_the_same_on_all_ranks(ranks, sharded):
    first, second = ranks.call("interrupted_solver", sharded=sharded)
    assert np.array_equal(first["values"], second["values"])
    assert not first["converged"].any()
    assert first["products"] == second["products"] == 7
    assert first["message"] == second["message"]
    assert "nterrupted" in first["message"]


def test_without_a_process_group_the_message_says_how_to_start(mlp):
    with pytest.raises(ValueError, match="start the script with torchrun"):
        DataParallelOperator(HessianOperator(mlp.objective()))


def _torchrun(folder: Path, what: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={RANKS}"]
    return subprocess.run(
        [*command, str(HERE / "torchrun_script.py"), str(folder), what],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.mark.slow
def test_under_torchrun_a_users_script_has_the_numbers_of_one_process(tmp_path):
    done = _torchrun(tmp_path, "measure")
    assert done.returncode == 0, done.stderr[-2000:]
    model, data = make("mlp")
    values = top_eigenpairs(Objective(model, nn.CrossEntropyLoss(), data), 2, tol=1e-8).values
    parallel = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(RANKS)]
    assert parallel[0] == parallel[1]
    np.testing.assert_allclose(parallel[0]["values"], values, rtol=1e-12)
    np.testing.assert_allclose(parallel[0]["product"], parallel[0]["sharded product"], rtol=1e-12)


@pytest.mark.slow
def test_under_torchrun_a_rank_that_dies_ends_the_job(tmp_path):
    done = _torchrun(tmp_path, "die")
    assert done.returncode != 0
    assert "SIGKILL" in done.stderr or "-9" in done.stderr
