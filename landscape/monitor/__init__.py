"""Watch a training of one's own: curvature and the edge of stability along the way, recorded, logged and followed.

Examples
--------
>>> logger = ls.monitor.JSONLinesLogger("numbers.jsonl")  # or TensorBoardLogger, WandbLogger, MLflowLogger
>>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
>>> with ls.SharpnessMonitor(loss, every=200, optimizer=optimizer, path="mine.jsonl", loggers=[logger]) as monitor:
...     measurement = monitor.measure()  # or monitor.step() after every step of the optimizer
>>> measurement.converged
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
