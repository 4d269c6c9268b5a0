"""What a user runs with `torchrun --nproc-per-node=2`: curvature of a replicated and of a sharded model."""

import json
import os
import signal
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from two_ranks import make

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.distributed.data_parallel import DataParallelOperator
from landscape.distributed.sharded_hessian import ShardedHessianOperator
from landscape.distributed.sharded_objective import ShardedObjective, shard_parameters
from landscape.objective.objective import Objective

folder, what = Path(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo")
rank, ranks = dist.get_rank(), dist.get_world_size()
model, (X, y) = make("mlp")
part = X[rank::ranks], y[rank::ranks]

local = Objective(model, nn.CrossEntropyLoss(), part)
with DataParallelOperator(HessianOperator(local)) as hessian:
    top = top_eigenpairs(hessian, 2, tol=1e-8)
    start = hessian.probe(torch.Generator().manual_seed(0))
    product = hessian.matvec(start)

shard_parameters(model)
sharded = ShardedHessianOperator(ShardedObjective(model, nn.CrossEntropyLoss(), part))
own = sharded.probe(torch.Generator().manual_seed(0))
if what == "die" and rank == 1:
    os.kill(os.getpid(), signal.SIGKILL)
form = sharded.sum_over_ranks(own @ sharded.matvec(own))

result = {"values": top.values.tolist(), "product": float(start @ product), "sharded product": float(form)}
(folder / f"{rank}.json").write_text(json.dumps(result))
dist.destroy_process_group()
