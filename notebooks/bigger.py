# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Bigger: fewer samples, a GPU, several processes, sharded models
#
# A Hessian product costs about two to three gradients of whatever data you give it, so there are four ways to larger
# problems, in the order in which to try them: fewer samples (and knowing what that costs), a memory budget, a GPU,
# several processes. This page was executed on two CPU cores without a GPU; where there is one, the same lines use it.

# %%
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import landscape as ls
from zenith import tasks, train

torch.set_num_threads(1)
device = "cuda" if torch.cuda.is_available() else "cpu"

task = tasks.get("digits")
train_split = task.load(None).train
X, y = train_split.batch(torch.arange(len(train_split)))
run = train("digits", "cosine", seed=0, epochs=10, batch_size=32)
model = task.model()
model.load_state_dict(run.final)
criterion = torch.nn.CrossEntropyLoss()

# %% [markdown]
# ## 1. How many samples suffice?
#
# The cheapest speed-up is to use fewer samples, and the question is how wrong that is. `minibatch_curvature` measures
# λ_max on random batches of several sizes against that of all samples, and predicts the size at which one batch has a
# stated error.

# %%
loss = ls.Objective(model.to(device), criterion, (X, y), device=device)
batches = ls.curvature.minibatch_curvature(loss, [32, 128, 512], batches=12)
batches

# %%
batches.required_batch_size(relative_error=0.05)

# %% [markdown]
# That is about the distribution that the samples came from. If only these samples matter (the training loss itself), a
# batch that is a large part of them is nearer to the truth:

# %%
batches.required_batch_size(relative_error=0.05, population=loss.num_samples)

# %% [markdown]
# **What would mislead:** the spread alone. Batches do not scatter around the full value, they lie above it in
# expectation (the mean of a dozen may still come out below), so averaging λ_max over many small batches converges to
# the wrong number. Once a size is chosen, measure on a fixed subset; its seed is part of the protocol, and slices on it
# carry a standard error.

# %%
subset = loss.subset(512, seed=0)
subset

# %% [markdown]
# ## 2. A memory budget
#
# Graphs of the gradient are kept from one product to the next where that fits a budget (4 GiB on a CPU, half of the
# free memory on a GPU, or `memory_budget` in bytes); what does not fit is built anew each time. That changes the time
# and not the numbers. If a device runs out of memory all the same, batches are cut smaller, and the protocol says so.

# %%
v = torch.randn(loss.num_parameters, generator=torch.Generator().manual_seed(0)).to(device)
products = {}
for name, budget in {"default": None, "no graph kept": 0}.items():
    with ls.HessianOperator(loss, memory_budget=budget) as hessian:
        products[name] = hessian @ v  # the first product builds what is kept
        seconds = []
        for _ in range(10):
            start = time.perf_counter()
            hessian @ v
            seconds.append(time.perf_counter() - start)
        print(f"{name:14s} {1e3 * min(seconds):6.1f} ms a product at best, graph: {hessian.protocol()['graph']}")
difference = (products["default"] - products["no graph kept"]).norm() / products["default"].norm()
print(f"relative difference of the products: {difference:.0e}")

# %% [markdown]
# ## 3. A GPU
#
# An objective lives where its model is, or on `device`. Data given as tensors are moved once; a `DataLoader`'s batches
# are read once, checked to be the same on a second reading, and kept. Two things change on a GPU:
#
# - Products of kept graphs can be captured as CUDA graphs (`HessianOperator(loss, cuda_graphs=True)`), so that small
#   networks do not wait for the host.
# - TF32 stays *off* unless you ask (`arithmetic="tf32"` or `"bf16"`). With 10 bits of mantissa a residual of 10⁻³ is as
#   large as the rounding, and a small second difference of the loss drowns in it. The protocol says which arithmetic
#   was used.

# %%
protocol = ls.top_eigenpairs(loss).protocol
{key: protocol[key] for key in ("device", "dtype", "arithmetic", "launch", "graph", "route")}

# %% [markdown]
# ## 4. Data over several processes
#
# Every rank holds the whole model and its own part of the data. `DataParallelOperator` makes one all-reduce per
# product, and every solver takes it in the place of an objective. Cut the data without overlap, `X[rank::ranks]`:
# torch's `DistributedSampler` pads shards with repeated samples, which is another mean.
#
# ## 5. A model larger than a device
#
# `shard_parameters` cuts each parameter into rows, one part per rank. The operator's vectors are cut alike, so that
# neither the model nor a Krylov space has to fit on one device. (FSDP's own wrappers have no second derivatives.)
#
# Both in one script, as you would give it to `torchrun`:

# %%
script = Path(tempfile.mkdtemp()) / "two_ways.py"
script.write_text(
    """
import copy
import sys

import torch
import torch.distributed as dist

import landscape as ls
from zenith import tasks

torch.set_num_threads(1)
dist.init_process_group("gloo")  # on GPUs: "nccl", after torch.cuda.set_device(local_rank)
rank, ranks = dist.get_rank(), dist.get_world_size()

task = tasks.get("digits")
split = task.load(None).train
X, y = split.batch(torch.arange(rank, len(split), ranks))  # this rank's samples
model = task.model()
model.load_state_dict(torch.load(sys.argv[1], weights_only=True))
criterion = torch.nn.CrossEntropyLoss()

local = ls.Objective(model, criterion, (X, y))
with ls.distributed.DataParallelOperator(ls.HessianOperator(local)) as hessian:
    parallel = ls.top_eigenpairs(hessian, k=2)

sharded_model = ls.distributed.shard_parameters(copy.deepcopy(model))
sharded_loss = ls.distributed.ShardedObjective(sharded_model, criterion, (X, y))
with ls.distributed.ShardedHessianOperator(sharded_loss) as hessian:
    sharded = ls.top_eigenpairs(hessian, k=2)
    held = hessian.local_size, hessian.size

if rank == 0:
    print("ranks", ranks, "- samples on this one", local.num_samples, "of", parallel.protocol["samples"])
    print("data parallel ", *(f"{value:.6f}" for value in parallel.values), parallel.message)
    print("sharded       ", *(f"{value:.6f}" for value in sharded.values), sharded.message)
    print("parameters on this rank", held[0], "of", held[1])
dist.destroy_process_group()
"""
)
weights = script.with_name("weights.pt")
torch.save(run.final, weights)
finished = subprocess.run(
    [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", str(script), str(weights)],
    capture_output=True,
    text=True,
)
print(finished.stdout or finished.stderr[-2000:])
finished.check_returncode()

# %% [markdown]
# (`python -m torch.distributed.run` is `torchrun`, by the interpreter of this notebook.) Beside one process with all
# samples:

# %%
alone = ls.top_eigenpairs(loss, k=2)
print("one process   ", *(f"{value:.6f}" for value in alone.values), alone.message)

# %% [markdown]
# The values agree to the tolerance asked for; their last digits depend on the order of sums and on the random start.
#
# **What would mislead:** a speed-up read off this page, where the ranks share two cores; and taking more ranks where
# fewer samples would have done. A network this small has nothing to gain from either.
#
# ## What to choose
#
# | Problem | Take |
# | --- | --- |
# | too slow | `loss.subset(n, seed=0)`, with n from `minibatch_curvature` |
# | out of memory in the batch | a smaller `batch_size` in `Objective`; the value does not depend on it |
# | out of memory in the graphs | `HessianOperator(loss, memory_budget=...)` |
# | many samples, several GPUs | `DataParallelOperator` under `torchrun` |
# | a model that does not fit on a device | `shard_parameters`, `ShardedObjective`, `ShardedHessianOperator` |
# | planes with many points | `ls.adaptive_plane`, or `ls.plane(..., workers=2)` |
# | a long plane on a cluster that kills jobs | `ls.plane(..., path="plane.jsonl")`: it goes on where it was |
