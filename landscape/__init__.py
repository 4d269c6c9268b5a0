"""landscape measures and draws the loss surface of any PyTorch model.

Names are imported when they are first used, so that ``landscape --help`` and the plotting classes do not wait for
torch.

Examples
--------
The examples of this package start from these lines:

>>> import torch
>>> import landscape as ls
>>> _ = torch.manual_seed(0)
>>> def network():
...     return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
>>> model, other = network(), network()
>>> X = torch.randn(60, 4)
>>> y = X[:, :3].argmax(1)
>>> loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (X, y))

And so one goes on:

>>> top = ls.top_eigenpairs(loss)
>>> top.values.round(2), top.residuals < 1e-3 * top.values
(array([0.85]), array([ True]))
"""

from typing import Any

import lazy_loader

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("zenith-landscape")
    if name in __all__:
        return _attribute(name)
    from landscape._common.guesses import explain_unknown_name

    raise AttributeError(explain_unknown_name(__name__, name, __all__), name=name)
