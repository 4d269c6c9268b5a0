"""zenith trains: the ZENITH optimizer, the methods it is compared with, and the paired training loop.

Names are imported when they are first used, so that the table of methods can be printed without waiting for torch's
slower parts, and so that the tasks' dataset libraries stay out until a task is loaded.

Examples
--------
The examples of this package start from these lines:

>>> import torch
>>> import zenith
>>> _ = torch.manual_seed(0)

And so one goes on:

>>> zenith.methods.names()[:2], zenith.tasks.names()[0]
(('zenith', 'constant'), 'digits')
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
