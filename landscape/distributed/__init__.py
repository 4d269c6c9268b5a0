"""Objectives and Hessians over several ranks: data-parallel and sharded parameters.

Examples
--------
>>> sorted(name for name in dir(ls.distributed) if name.startswith("Sharded"))
['ShardedHessianOperator', 'ShardedObjective']
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
