"""Products written down once as a list of tensor operations, without autograd.

A product of a kept graph is a walk through autograd's graph, which does again at each product what does not depend on
the vector. Here the product of one batch is a pure function of parameters, vector, data and constants, traced once by
`make_fx`; the operations that the vector does not reach are done once at a point, the others at each product, and
compiled by inductor. One trace serves all points of an objective and all batches of a shape.

A trace has no `if`: what a model decides by its numbers is refused, as are random numbers, shapes that depend on
numbers, and operations in place. Where it decides by whole numbers of the data, such as lengths of sequences that it
packs or labels that it selects, these become part of the trace, which then serves no others. What slips through is
noticed by comparing products at two points.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, functionalize

from landscape.curvature._hvp.batch_product import BatchProduct, joined
from landscape.curvature._hvp.tuning import same_product
from landscape.objective.data import Batch, map_tensors, tensors_of
from landscape.objective.pytrees import leaves_of

__all__ = ["Trace", "TracedProduct", "signature", "trace_product"]

_PLAIN = (int, float, str, bool, type(None))
_PERTURBATION = 0.3
"""Of the weights, relative to their mean size, where a trace is compared too: what was taken for a constant shows."""

BuildAt = Callable[[nn.Module, Batch, Mapping[str, Tensor]], BatchProduct]
"""From a model, a batch and the tensors that are differentiated by, to the product of the batch."""


def signature(batch: Batch) -> tuple[Any, ...] | None:
    """Return what batches of one trace have in common; None of what holds more than tensors and plain values."""
    found: list[Any] = []
    for name, leaf in leaves_of(batch):
        if isinstance(leaf, Tensor):
            if leaf.layout != torch.strided or leaf.requires_grad or type(leaf) is not Tensor:
                return None
            found.append((name, tuple(leaf.shape), leaf.stride(), leaf.dtype))
        elif isinstance(leaf, _PLAIN):
            found.append((name, leaf))
        else:
            return None
    return tuple(found)


class Trace:
    """The operations of a product, in two parts: what does not depend on the vector, and, compiled, what does.

    Attributes
    ----------
    operations : tuple of int
        How many there are in either part.
    pinned : dict of int to Tensor
        Inputs that a branch was taken by, or that are part of the trace, and what they were.
    """

    def __init__(
        self, once: Any, each: Any, curved: Sequence[int], used: Sequence[int], pinned: Mapping[int, Tensor]
    ) -> None:
        self._once = once
        self._each = each
        self._call: Callable[..., Any] = each.forward
        self._curved, self._used = tuple(curved), tuple(used)
        self.operations = tuple(sum(n.op == "call_function" for n in part.graph.nodes) for part in (once, each))
        self.pinned = dict(pinned)

    def __deepcopy__(self, memo: Any) -> Trace:
        return self  # nothing in it changes

    def __reduce__(self) -> Any:
        return _forgotten, ()  # other processes trace it anew

    def compile(self, residuals: Sequence[Tensor], vectors: Sequence[Tensor]) -> None:
        """Compile what is done at each product, for tensors of these shapes."""
        from torch._guards import TracingContext, tracing
        from torch._inductor import compile as inductor
        from torch._subclasses import FakeTensorMode
        from torch.fx.experimental.symbolic_shapes import ShapeEnv

        # Inductor looks into its cache of graphs only where shapes might be symbols.
        shapes = TracingContext(FakeTensorMode(shape_env=ShapeEnv(), static_shapes=True))
        with torch.no_grad(), torch._C.DisableTorchFunction(), tracing(shapes):
            self._call = inductor(self._each, [*residuals, *vectors])

    def residuals(self, inputs: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Return what products at a point need of it, and the entries of the gradient that are not constant.

        `inputs` are parameters, tensors of the batch, and constants.
        """
        with torch.no_grad():
            found = self._once(*inputs)
        return list(found[len(self._used) :]), list(found[: len(self._used)])

    def rows(self, residuals: Sequence[Tensor], parts: Sequence[Tensor], size: int) -> tuple[Tensor | None, ...]:
        """Return the product with a vector in parts, one entry per parameter, None for zeros."""
        rows: list[Tensor | None] = [None] * size
        with torch.no_grad():
            # Compiled for vectors whose entries are next to each other, which those of a matrix' column are not.
            given = [part.contiguous() for part in parts]
            for i, row in zip(self._curved, self._call(*residuals, *given), strict=True):
                rows[i] = row
        return tuple(rows)

    def gradient(self, found: Sequence[Tensor], size: int) -> tuple[Tensor | None, ...]:
        """Return the gradient, one entry per parameter, None for zeros."""
        entries: list[Tensor | None] = [None] * size
        for i, entry in zip(self._used, found, strict=True):
            entries[i] = entry
        return tuple(entries)


def _forgotten() -> None:
    return None


class TracedProduct:
    """The Hessian of one batch at one point, by a trace."""

    def __init__(self, trace: Trace, inputs: Sequence[Tensor], batch: Batch, leaves: Mapping[str, Tensor]) -> None:
        self._trace, self._leaves = trace, tuple(leaves.values())
        self._watched = [*self._leaves, *tensors_of(batch)]
        self._version = self._now()
        self._residuals, self._gradient = trace.residuals(inputs)

    @classmethod
    def of(cls, trace: Trace, model: nn.Module, batch: Batch, leaves: Mapping[str, Tensor]) -> TracedProduct | None:
        """Return the matrix at the tensors of a model; None where it would take another branch than the trace."""
        inputs = _inputs(model, batch, leaves)
        if not all(torch.equal(inputs[i], before) for i, before in trace.pinned.items()):
            return None
        return cls(trace, inputs, batch, leaves)

    def _now(self) -> int:
        return sum(tensor._version for tensor in self._watched)

    @property
    def outputs(self) -> list[Tensor]:
        """Nothing: no graph is gone through, and no model called."""
        return []

    @property
    def saved(self) -> dict[int, int]:
        """Bytes that are held for products, by address."""
        storages = [tensor.untyped_storage() for tensor in (*self._residuals, *self._gradient)]
        return {storage.data_ptr(): storage.nbytes() for storage in storages}

    def gradient(self) -> Tensor:
        """Return the gradient of this batch's loss as a flat vector."""
        return joined(self._trace.gradient(self._gradient, len(self._leaves)), self._leaves, ())

    def product(self, parts: tuple[Tensor, ...], *, keep: bool, block: bool = False) -> Tensor:
        """Return the flat product with a vector given in parts, one per parameter; see `BatchProduct`."""
        if self._now() != self._version:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation"
            )
        if block:
            return torch.stack([self.product(part, keep=True) for part in zip(*parts, strict=True)])
        return joined(self._trace.rows(self._residuals, parts, len(self._leaves)), self._leaves, ())


class _Holder(nn.Module):
    """Calls a function with a module, so that `functional_call` can give the module other tensors meanwhile."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, function: Callable[[nn.Module], Any]) -> Any:
        return function(self.module)


def _constants(model: nn.Module, leaves: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of a model that are not differentiated by, tied ones once."""
    own = {id(leaf) for leaf in leaves.values()}
    tensors = [*model.named_parameters(), *model.named_buffers()]
    return {name: t.detach() for name, t in tensors if name not in leaves and id(t) not in own}


def _inputs(model: nn.Module, batch: Batch, leaves: Mapping[str, Tensor]) -> list[Tensor]:
    parameters = [leaf.detach() for leaf in leaves.values()]
    return [*parameters, *tensors_of(batch), *_constants(model, leaves).values()]


def trace_product(
    build: BuildAt,
    model: nn.Module,
    batch: Batch,
    leaves: Mapping[str, Tensor],
    mode: Callable[[], AbstractContextManager[Any]],
) -> tuple[Trace | None, str]:
    """Trace the product of a batch's Hessian and compile it; return the trace, and what it is or why there is none.

    To be called inside `objective.run`.

    Parameters
    ----------
    build : callable
    model : torch.nn.Module
        As handed out by `objective.run`.
    batch : batch
    leaves : mapping of str to Tensor
    mode : callable
        Context in which a loss is evaluated.
    """
    whole = {
        len(leaves) + i: t for i, t in enumerate(tensors_of(batch)) if not (t.is_floating_point() or t.is_complex())
    }
    trace, found = _trace_with(build, model, batch, leaves, mode, {})
    if trace is None and whole and any(words in found for words in _DECIDES):
        fixed = {place: tensor.clone() for place, tensor in whole.items()}
        trace, found = _trace_with(build, model, batch, leaves, mode, fixed)
    return trace, found


_DECIDES = "get value out of a tracing tensor", "depends on numbers"
"""Of messages, torch's and ours, where a model looks at a number."""


def _trace_with(
    build: BuildAt,
    model: nn.Module,
    batch: Batch,
    leaves: Mapping[str, Tensor],
    mode: Callable[[], AbstractContextManager[Any]],
    fixed: Mapping[int, Tensor],
) -> tuple[Trace | None, str]:
    """Trace and compile a product, with some inputs, by their place, as part of the trace."""
    from torch.fx.experimental.proxy_tensor import make_fx

    names, constants, data = list(leaves), _constants(model, leaves), tensors_of(batch)
    holder, curved, used = _Holder(model), [], []  # type: ignore[var-annotated]

    def products(*inputs: Tensor) -> list[Tensor]:
        vectors, rest = inputs[: len(names)], inputs[len(names) :]
        given = iter([fixed.get(place, tensor) for place, tensor in enumerate(rest)])
        parameters = {name: next(given).detach().requires_grad_() for name in names}
        lent = map_tensors(lambda _: next(given), batch)
        others = dict(zip(constants, given, strict=True))

        def function(module: nn.Module) -> list[Tensor]:
            with mode():
                matrix = build(module, lent, parameters)
            entries, rows = matrix.gradient_parts(), matrix.product_parts(tuple(vectors))  # type: ignore[attr-defined]
            curved[:] = [i for i, row in enumerate(rows) if row is not None]
            used[:] = [i for i, entry in enumerate(entries) if entry is not None]
            return [tensor.detach() for tensor in (*entries, *rows) if tensor is not None]

        tensors = {f"module.{name}": tensor for name, tensor in (parameters | others).items()}
        return functional_call(holder, tensors, (function,))

    generator = torch.Generator("cpu").manual_seed(0)
    vectors = [torch.randn(p.shape, generator=generator).to(p.device, p.dtype) for p in leaves.values()]
    inputs = _inputs(model, batch, leaves)
    before = [tensor._version for tensor in (*inputs, *data)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what tracing and compiling import
            with _looking_at(inputs, bool(fixed)) as pinned:
                traced = make_fx(products, _error_on_data_dependent_ops=not fixed)(*vectors, *inputs)
            if not all(map(_is_constant, _asked(traced.graph))):
                return None, "not compiled: the model decides by its numbers"
            if fixed:
                _fold(traced)
            # Autograd adds up in place; in another order that would write to what is kept.
            traced = make_fx(functionalize(traced, remove="mutations"))(*vectors, *inputs)
            refusal = _why_not(traced.graph)
            if refusal or not curved:
                return None, f"not compiled: {refusal or 'no curvature'}"
            trace = Trace(*_split(traced, len(names), len(used)), curved, used, {**pinned, **fixed})
            trace.compile(trace.residuals(inputs)[0], vectors)
            moved = [p + _PERTURBATION * p.abs().mean() * v for p, v in zip(inputs, vectors, strict=False)]
            for point in (inputs, [*moved, *inputs[len(names) :]]):
                residuals, entries = trace.residuals(point)
                rows = [row for row in trace.rows(residuals, vectors, len(names)) if row is not None]
                if not _same([*entries, *rows], products(*vectors, *point)):
                    return None, "not compiled: the traced product differs from autograd's"
    except Exception as error:  # whatever a model does that a trace cannot follow, or a compiler lacks
        line = (str(error).strip().splitlines() or [""])[0]
        return None, f"not compiled ({type(error).__name__}: {line[:160]})"
    if before != [tensor._version for tensor in (*inputs, *data)]:
        return None, "not compiled: the model writes to its data or buffers"
    once, each = trace.operations
    return trace, f"compiled: {each} of {once + each} operations at each product"


@contextmanager
def _looking_at(inputs: Sequence[Tensor], whole_numbers: bool) -> Iterator[dict[int, Tensor]]:
    """Let attention ask whether a mask that is an input is causal, and collect such inputs by their place.

    The batch sizes of packed sequences, which recurrent layers ask for, follow from their lengths, and are part of the
    trace if the `whole_numbers` among the data are.
    """
    from torch.fx.experimental.proxy_tensor import disable_proxy_modes_tracing, get_proxy_mode, get_proxy_slot
    from torch.nn.modules import transformer
    from torch.nn.utils import rnn

    pinned: dict[int, Tensor] = {}
    asked = transformer._detect_is_causal_mask

    def looking(mask: Tensor | None, *rest: Any, **options: Any) -> bool:
        place = next((i for i, tensor in enumerate(inputs) if tensor is mask), None)
        if mask is None or place is None:
            return asked(mask, *rest, **options)
        pinned[place] = mask.clone()
        with disable_proxy_modes_tracing():
            return asked(mask, *rest, **options)

    pack = rnn._VF._pack_padded_sequence

    def packing(input: Tensor, lengths: Tensor, batch_first: bool) -> tuple[Tensor, Tensor]:
        packed, sizes = pack(input, lengths, batch_first)
        mode = get_proxy_mode() if whole_numbers else None
        known = None if mode is None else get_proxy_slot(lengths, mode.tracer, None)
        if mode is not None and (known is None or _is_constant(known.proxy.node)):
            with disable_proxy_modes_tracing():
                sizes = pack(torch.zeros((*input.shape[:2], 1)), lengths, batch_first)[1]
        return packed, sizes

    transformer._detect_is_causal_mask = looking
    rnn._VF._pack_padded_sequence = packing
    try:
        yield pinned
    finally:
        transformer._detect_is_causal_mask = asked
        del rnn._VF._pack_padded_sequence


def _asked(graph: Any) -> list[Any]:
    """Return where numbers were taken out of tensors."""
    tags = ((node, getattr(node.target, "tags", ())) for node in graph.nodes if node.op == "call_function")
    return [node for node, its in tags if torch.Tag.data_dependent_output in its]


def _is_constant(node: Any) -> bool:
    """Whether a result depends on nothing that a trace takes, and on no chance."""
    chance = torch.Tag.nondeterministic_seeded
    return not any(each.op == "placeholder" or chance in getattr(each.target, "tags", ()) for each in _before(node))


def _before(*nodes: Any) -> set[Any]:
    """Return nodes and all that they depend on."""
    seen, left = set(nodes), list(nodes)
    while left:
        new = set(left.pop().all_input_nodes) - seen
        seen |= new
        left += new
    return seen


def _written(node: Any) -> list[Any]:
    """Return the nodes whose results an operation writes to."""
    schema = getattr(node.target, "_schema", None)
    if schema is None or not schema.is_mutable:
        return []
    writes = [argument.alias_info is not None and argument.alias_info.is_write for argument in schema.arguments]
    return [given for given, written in zip(node.args, writes, strict=False) if written]


def _fold(traced: Any) -> None:
    """Do once what depends on nothing that a trace takes, and keep what comes of it in its place."""
    from torch.fx.node import map_arg

    nodes, constant = list(traced.graph.nodes), set[Any]()
    for node in nodes:  # in their order, so that one pass does
        chance = torch.Tag.nondeterministic_seeded in getattr(node.target, "tags", ())
        if node.op in ("get_attr", "call_function") and not chance and constant.issuperset(node.all_input_nodes):
            constant.add(node)
    # What others write to is made at each time.
    constant -= _before(*(of for node in nodes if node not in constant for of in _written(node) if of in constant))
    values: dict[Any, Any] = {}
    for node in nodes:
        if node not in constant or any(before not in values for before in node.all_input_nodes):
            continue
        if node.op == "get_attr":
            values[node] = getattr(traced, node.target)
        else:
            arguments, keywords = map_arg((node.args, node.kwargs), values.__getitem__)
            values[node] = node.target(*arguments, **keywords)
    for node, value in values.items():
        outside = [user for user in node.users if user not in values]
        if node.op == "call_function" and outside and isinstance(value, Tensor):
            name = f"folded_{node.name}"
            traced.register_buffer(name, value)
            with traced.graph.inserting_after(node):
                known = traced.graph.get_attr(name)
            node.replace_all_uses_with(known, delete_user_cb=lambda user, outside=outside: user in outside)
    for node in reversed(values):
        if not node.users:
            traced.graph.erase_node(node)
    traced.recompile()


def _same(mine: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    flat = [torch.cat([tensor.reshape(-1) for tensor in tensors]) for tensors in (mine, theirs)]
    return same_product(flat[0], flat[1], [tensor.numel() for tensor in theirs])


def _why_not(graph: Any) -> str:
    """Return which operation of a trace cannot be done again at another point, or in another order; "" if none."""
    for node in graph.nodes:
        if node.op != "call_function":
            continue
        tags, schema = getattr(node.target, "tags", ()), getattr(node.target, "_schema", None)
        name = str(node.target)
        if torch.Tag.nondeterministic_seeded in tags:
            return f"{name} draws random numbers"
        if torch.Tag.dynamic_output_shape in tags and not _gathers(node):
            return f"the shape that {name} returns depends on numbers"
        if schema is not None and schema.is_mutable:
            return f"{name} writes in place"
    return ""


def _gathers(node: Any) -> bool:
    """Whether an indexing takes whole numbers, which say how many; truth values do so only where they are constant."""
    if "index" not in str(node.target):
        return False
    if all(map(_is_constant, node.all_input_nodes[1:])):
        return True
    tensors = [each.meta.get("val") for each in node.all_input_nodes[1:]]
    return all(isinstance(t, Tensor) and t.dtype in (torch.int64, torch.int32) for t in tensors)


def _keep_sums_apart(graph: Any) -> None:
    """Write sums such that inductor does them where their result is used.

    It would make matrix products of them that begin with a copy of the other summand: slower than reading it.
    """
    for node in graph.find_nodes(op="call_function", target=torch.ops.aten.add.Tensor):
        kinds = [
            (value.shape, value.dtype) if isinstance(value, Tensor) else None
            for value in (getattr(each, "meta", {}).get("val") for each in node.args)
        ]
        if not node.kwargs and None not in kinds and kinds[0] == kinds[1]:
            node.target = torch.ops.prims.add.default


def _split(traced: Any, vectors: int, gradients: int) -> tuple[Any, Any]:
    """Split a trace into two, of which the second takes what the first returns behind the gradient, and the vector."""
    from torch import fx

    nodes = list(traced.graph.nodes)
    reached = set([node for node in nodes if node.op == "placeholder"][:vectors])
    parts = [node for node in nodes if node in reached]
    for node in nodes[:-1]:
        if any(before in reached for before in node.all_input_nodes):
            reached.add(node)
    results = list(nodes[-1].args[0])
    entries, rows = results[:gradients], results[gradients:]
    needed: dict[Any, None] = {}
    for node in nodes[:-1]:
        if node in reached:
            needed |= dict.fromkeys(before for before in node.all_input_nodes if before not in reached)
    needed |= dict.fromkeys(row for row in rows if row not in reached)
    once, each = fx.Graph(), fx.Graph()
    first: dict[Any, Any] = {}
    second: dict[Any, Any] = {node: each.placeholder(node.name) for node in (*needed, *parts)}
    for node in nodes[:-1]:
        if node not in reached:
            first[node] = once.node_copy(node, first.__getitem__)
        elif node not in second:
            second[node] = each.node_copy(node, second.__getitem__)
    once.output([first[node] for node in (*entries, *needed)])
    each.output([second[row] for row in rows])
    _keep_sums_apart(each)
    for graph in (once, each):
        graph.eliminate_dead_code()
        graph.lint()
    return fx.GraphModule(traced, once), fx.GraphModule(traced, each)
