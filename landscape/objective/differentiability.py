"""Operations without a second derivative, named with what to do about them.

Most of them raise an error deep inside autograd, which `explain_missing_derivatives` translates. One kind does not:
where a custom function is marked `once_differentiable`, autograd leaves its part of the Hessian out without a word
when unused parameters are allowed, which `check_twice_differentiable` finds beforehand.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor
from torch.autograd import function

_NAMED = (
    r"derivative for (?:\w+::)?(?P<op>\w+) is not implemented",
    r"derivative for '(?P<op>\w+)[^']*' is not implemented",
    r"[Dd]ouble backwards? on (?P<op>\w+) not supported",
    r"[Dd]ouble backwards? is not supported for (?P<op>\w+)",
    r"Trying to backward through (?P<op>[\w.]+?)(?:\.default)? but no autograd formula",
    r"(?P<op>FlexAttention) does not support backward",
)
"""Messages of PyTorch and torchvision for an operation of which a derivative is missing."""

_OTHERS = {
    "with aot_autograd does not currently support double backward": (
        "A function compiled with torch.compile has no second derivative: call the plain function, "
        'or measure inside torch.compiler.set_stance("force_eager").'
    ),
    "torch.utils.checkpoint is incompatible with .grad()": (
        "torch.utils.checkpoint with use_reentrant=True cannot be differentiated with respect to chosen tensors: "
        "call it with use_reentrant=False."
    ),
    "Trying to backward through the graph a second time": (
        "The model or the loss keeps what it computed at a former call, with the graph of that call (a weight cached "
        "in eval mode): let it compute such values anew at every call."
    ),
    "marked with @once_differentiable": (
        "A custom autograd function is marked @once_differentiable, so it has no second derivative: remove the mark, "
        "if its backward is made of differentiable operations."
    ),
}

_REMEDIES = {
    "scaled_dot_product": "let PyTorch choose the attention kernel (remove sdpa_kernel(...) from the model)",
    "FlexAttention": "use torch.nn.functional.scaled_dot_product_attention with a mask",
    "cdist": "write the distances as (x[:, None] - y[None]).square().sum(-1).sqrt()",
    "pdist": "write the distances as (x[:, None] - x[None]).square().sum(-1).sqrt()",
    "embedding_bag": "use torch.nn.Embedding and a mean or sum over the bag",
    "margin_loss": "write the hinge with clamp(min=0)",
    "segment_reduce": "use index_add or scatter_reduce",
    "roi_align": "call it as torchvision.ops.roi_align(...), which is replaced inside, or use zenith._common.roi_align",
}
"""What replaces an operation whose name contains the key."""

_ELSE = "write it with operations that can be differentiated twice"


@contextmanager
def explain_missing_derivatives() -> Iterator[None]:
    """Turn PyTorch's errors about missing derivatives into a ValueError that names the operation and a remedy.

    Raises
    ------
    ValueError
        From the original error. Other errors pass unchanged.
    """
    try:
        yield
    except RuntimeError as error:  # NotImplementedError is one of them
        sentence = _explain(str(error))
        if sentence is None:
            raise
        raise ValueError(sentence) from error


def check_twice_differentiable(loss: Tensor, gradient: Iterable[Tensor | None]) -> None:
    """Refuse a gradient that depends on a function marked `once_differentiable`.

    Differentiating it with `allow_unused=True` would leave that part out in silence. The check walks the graphs once,
    about a microsecond per operation; once per operator will do.

    Parameters
    ----------
    loss : Tensor
    gradient : iterable of Tensor or None
        Of the loss, taken with create_graph=True.

    Raises
    ------
    ValueError
        Naming the function.
    """
    ends = [part.grad_fn for part in gradient if part is not None]
    if all(node.name() != "torch::autograd::Error" for node in graph_nodes(ends)):
        return
    names = sorted({kind.__qualname__ for node in graph_nodes([loss.grad_fn]) if (kind := _once_differentiable(node))})
    raise ValueError(
        f"The custom autograd function {' and '.join(names) or 'in the graph'} is marked @once_differentiable, so it "
        "has no second derivative: remove the mark, if its backward is made of differentiable operations; otherwise "
        f"{_ELSE}."
    )


def _explain(message: str) -> str | None:
    for phrase, sentence in _OTHERS.items():
        if phrase in message:
            return sentence
    for pattern in _NAMED:
        if found := re.search(pattern, message):
            break
    else:
        return None
    raw = found["op"]
    name = raw.removeprefix("_").removesuffix("_backward").removesuffix("_for_cpu")
    remedy = next((remedy for key, remedy in _REMEDIES.items() if key in name), _ELSE)
    return f"The operation {name} cannot be differentiated as often as a Hessian needs ({raw}): {remedy}."


def graph_nodes(ends: Iterable[Any]) -> Iterator[Any]:
    """Iterate over the nodes of an autograd graph, each once."""
    pending = [node for node in ends if node is not None]
    seen = set(pending)
    while pending:
        node = pending.pop()
        yield node
        new = {before for before, _ in node.next_functions if before is not None} - seen
        seen |= new
        pending.extend(new)


def _once_differentiable(node: Any) -> type | None:
    """Return the custom function of a node if its backward is wrapped by `once_differentiable`."""
    kind = getattr(node, "_forward_cls", None)
    code = getattr(getattr(kind, "backward", None), "__code__", None)
    # The wrapper is PyTorch's own code; an unmarked backward is the user's.
    return kind if code is not None and code.co_filename == function.__file__ else None
