r"""The loss as a deterministic function of the trainable parameters over a fixed dataset.

.. math:: L(\theta) = \frac{1}{N} \sum_{n=1}^{N} \ell(f_\theta(x_n), y_n) + \frac{\lambda}{2} \lVert\theta\rVert^2

Everything in `landscape` measures this function. It is evaluated through `torch.func.functional_call`, in eval mode
(batch-norm statistics frozen) and without TF32, so the user's model is only borrowed: its weights, buffers, gradients,
train/eval flags and the random states are the same after an evaluation as before.
"""

import copy
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from landscape.batches import Batch, count_samples, map_tensors, place, read
from landscape.borrowed import BorrowedModel
from landscape.checks import check_loss
from landscape.criterion import Loss, prepare, scalar

T = TypeVar("T")


class Objective:
    r"""The loss of a model on a dataset as a function of its trainable parameters.

    Parameters
    ----------
    model : torch.nn.Module
        Borrowed, never changed. Parameters that do not require gradients, and buffers, are constants; tied weights
        count once. A compiled model is evaluated as the one it was compiled from, under that one's names. Evaluations
        of one model must not run in several threads at a time.
    criterion : callable, optional
        `criterion(model(input), target)` on (input, target) batches; must average over the batch.
    data : tuple of tensors, list of batches, DataLoader or other sized iterable of batches
        Tensors are used as they are, without a copy, in chunks of `batch_size`; the rest is kept in memory.
    loss : callable, optional
        Instead of `criterion`: `loss(model, batch)`, the mean over the batch's samples as a scalar tensor.
    metrics : mapping of str to callable, optional
        Name to `metric(model, batch)`, each a mean over the batch's samples.
    l2 : float
        Coefficient :math:`\lambda` of the penalty over the trainable parameters.
    count : callable, optional
        `count(batch)`, the number of terms that the means of a batch run over (such as tokens): the weight of the
        batch. By default the number of samples; for cross-entropy and NLL criteria the loss is weighted by what their
        mean divides by, so that ignored targets and class weights come out as on one batch of all samples.
    batch_size : int
        Rows of a chunk when `data` are tensors. The value does not depend on it if the mean runs over samples, or over
        terms that `count` or the criterion tells; a loss that hides class weights or ignored targets from `Objective`
        needs `count`. A model with batch norm without running statistics has a value that depends on the batches.
    device : torch.device or str, optional
        Default: that of the first parameter.
    dtype : torch.dtype, optional
        Evaluate in this precision on private copies of parameters, buffers and floating-point data.
    check_deterministic : bool
        Read lazy data twice, evaluate the first batch twice at the parameters and at half of them (where the loss is
        not saturated), and refuse if the results differ.

    Attributes
    ----------
    parameters : dict of str to Tensor
        Detached copies of the trainable parameters, in the order of `model.named_parameters()`.
    num_parameters, num_samples : int
    fingerprint : str
        SHA-256 of the data.

    Raises
    ------
    ValueError
        If the data, the model or the loss cannot make a deterministic scalar function; the message says why.
    """

    def __init__(
        self,
        model: nn.Module,
        criterion: Callable[[Any, Any], Tensor] | None = None,
        data: Any = None,
        *,
        loss: Loss | None = None,
        metrics: Mapping[str, Loss] | None = None,
        l2: float = 0.0,
        count: Callable[[Batch], float] | None = None,
        batch_size: int = 512,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        check_deterministic: bool = True,
    ) -> None:
        if (criterion is None) == (loss is None):
            raise ValueError("Give either criterion(output, target) or loss=loss(model, batch), one of the two.")
        if data is None:
            raise ValueError("data is None: give (inputs, targets) tensors, a DataLoader or a list of batches.")
        if not (isinstance(l2, (int, float)) and math.isfinite(l2)):
            raise ValueError(f"l2 is {l2!r}: give a finite coefficient, 0 for no penalty.")
        if dtype is not None and not dtype.is_floating_point:
            raise ValueError(f"dtype is {dtype}: give a real floating-point type such as torch.float64.")
        if "loss" in (metrics or {}):
            raise ValueError("A metric is named 'loss', the name of the objective itself: give it another name.")
        model = getattr(model, "_orig_mod", model)
        trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
        if not trainable:
            raise ValueError(
                "The model has no trainable parameters (none requires a gradient): "
                "call requires_grad_(True) on those to vary."
            )
        if any(p.is_complex() for p in trainable.values()):
            raise ValueError("The model has complex parameters: give it real ones (view_as_real).")

        self._device = torch.device(device) if device is not None else next(iter(trainable.values())).device
        self._borrowed = BorrowedModel(model, self._device)
        self._cast = dtype
        self._l2 = float(l2)
        self._metrics = dict(metrics or {})
        self._checked = check_deterministic

        self.parameters: dict[str, Tensor] = {name: self._copy(p) for name, p in trainable.items()}
        constants = {name: p for name, p in model.named_parameters() if name not in trainable} | dict(
            model.named_buffers()
        )
        self._constants: dict[str, Tensor] = {name: self._copy(tensor) for name, tensor in constants.items()}
        self._buffers = frozenset(name for name, _ in model.named_buffers())
        self.num_parameters = sum(p.numel() for p in self.parameters.values())
        self._dtype = functools.reduce(torch.promote_types, (p.dtype for p in self.parameters.values()))

        terms: Callable[[Batch], float] | None = None
        if criterion is not None:
            loss, terms = prepare(criterion, self._device, dtype)
        assert loss is not None
        self._loss = loss

        batches, self.fingerprint, self._source = read(data, batch_size, self._device, check_deterministic)
        self._batches = [place(batch, self._device, dtype) for batch in batches]
        samples = [count_samples(batch) for batch in self._batches]
        self._weighting = "count(batch)" if count else "terms of the criterion's mean" if terms else "samples"
        if count is None and None in samples:
            raise ValueError(
                f"Batch {samples.index(None)} does not show its number of samples (its tensors do not share their "
                "first dimension): pass count=, a function from batch to the number of samples or terms."
            )
        weigh = count or terms
        weights = [float(weigh(batch)) for batch in self._batches] if weigh else [float(n or 0) for n in samples]
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights) or not sum(weights):
            raise ValueError(
                f"The batches weigh {weights[:5]}{'...' if len(weights) > 5 else ''}: an empty dataset "
                "or a negative or non-finite count has no mean; give at least one sample."
            )
        counts = [n if n is not None else round(weight) for n, weight in zip(samples, weights, strict=True)]
        self.num_samples = sum(counts)
        self._weights = [weight / sum(weights) for weight in weights]
        self._metric_weights = self._weights if count else [n / self.num_samples for n in counts]
        check_loss(self, check_deterministic)

    # ------------------------------------------------------------------ points

    @property
    def device(self) -> torch.device:
        """Where the objective is evaluated."""
        return self._device

    @property
    def dtype(self) -> torch.dtype:
        """Type of flat parameter vectors: the parameters' common one."""
        return self._dtype

    @property
    def l2(self) -> float:
        """Coefficient of the penalty l2/2 ||theta||^2."""
        return self._l2

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(self._metrics)

    def at(self, state: Mapping[str, Tensor]) -> "Objective":
        """Return the same objective at other weights; data are shared and no check is repeated.

        Parameters
        ----------
        state : mapping of str to Tensor
            All trainable parameters, and any frozen parameters and buffers to be replaced as well; a model's
            `state_dict()` fits. Non-finite weights are allowed: the value there is NaN.

        Raises
        ------
        ValueError
            For missing, unknown or mis-shaped entries.
        """
        _check_mapping(state, "state")
        state = {name.removeprefix("_orig_mod."): tensor for name, tensor in state.items()}  # of a compiled model
        aliases = {alias: name for alias, name in self._borrowed.aliases().items() if alias in state}
        for alias, name in aliases.items():
            one, two = state.setdefault(name, state[alias]), state[alias]
            # Weights of a diverged run hold NaN, which here equals itself.
            if one.shape != two.shape or not torch.allclose(one, two.to(one), rtol=0, atol=0, equal_nan=True):
                raise ValueError(f"The state has different values for the tied weights {alias!r} and {name!r}.")
        known = self.parameters.keys() | self._constants.keys() | aliases.keys()
        if missing := [name for name in self.parameters if name not in state]:
            raise ValueError(f"The state lacks the trainable parameter {missing[0]!r} ({len(missing)} missing).")
        if extra := [name for name in state if name not in known]:
            raise ValueError(f"The state has an entry {extra[0]!r} that the model has not ({len(extra)} such).")
        other = copy.copy(self)
        other.parameters = {name: self._checked_copy(name, old, state[name]) for name, old in self.parameters.items()}
        other._constants = {
            name: self._checked_copy(name, old, state[name]) if name in state else old
            for name, old in self._constants.items()
        }
        return other

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return the entries of a mapping from parameter name to tensor as one vector of shape (num_parameters,).

        Raises
        ------
        ValueError
            For missing, unknown or mis-shaped entries.
        """
        self.check(direction, "direction")
        return torch.cat([direction[n].reshape(-1).to(self._device, self._dtype) for n in self.parameters])

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector of shape (num_parameters,) as a mapping from parameter name to tensor.

        Raises
        ------
        ValueError
            If the vector has another shape.
        """
        if vector.shape != (self.num_parameters,):
            raise ValueError(f"The vector has shape {tuple(vector.shape)}, not ({self.num_parameters},).")
        parts = vector.split([p.numel() for p in self.parameters.values()])
        return {n: part.view(p.shape).to(p.dtype) for (n, p), part in zip(self.parameters.items(), parts, strict=True)}

    def check(self, mapping: Mapping[str, Tensor], what: str) -> None:
        """Raise ValueError unless `mapping` has exactly the trainable parameters' names and shapes."""
        _check_mapping(mapping, what)
        if mapping.keys() != self.parameters.keys():
            missing = [name for name in self.parameters if name not in mapping]
            extra = [name for name in mapping if name not in self.parameters]
            raise ValueError(
                f"The {what} does not have exactly the trainable parameters' names: "
                f"missing {missing[:3]}, unknown {extra[:3]}."
            )
        for name, parameter in self.parameters.items():
            if mapping[name].shape != parameter.shape:
                raise ValueError(
                    f"The {what} has shape {tuple(mapping[name].shape)} for {name!r}, "
                    f"whose parameter has shape {tuple(parameter.shape)}."
                )

    # ------------------------------------------------------------------ values

    def value(self, parameters: Mapping[str, Tensor] | None = None) -> float:
        """Return L at `parameters` (default: the objective's own)."""
        return self._means(parameters, {})["loss"]

    def evaluate(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, float]:
        """Return L under "loss" and the metrics under their names, in one pass over the data."""
        return self._means(parameters, self._metrics)

    def value_and_gradient(self, parameters: Mapping[str, Tensor] | None = None) -> tuple[float, dict[str, Tensor]]:
        """Return L and its gradient, one tensor per parameter (zeros for parameters the loss does not use)."""
        leaves = self.leaves(parameters)
        value = self._penalty(leaves)
        sums = [self._l2 * leaf.detach().double() for leaf in leaves.values()]

        def run(model: nn.Module) -> None:
            nonlocal value
            for batch, weight in self.batches():
                loss = self.loss(model, batch)
                value += weight * float(loss.detach())
                for total, part in zip(sums, _gradient(loss, leaves), strict=True):
                    if part is not None:
                        total.add_(part, alpha=weight)

        with torch.enable_grad():
            self.run(run, leaves)
        return value, {n: total.to(p.dtype) for (n, p), total in zip(leaves.items(), sums, strict=True)}

    # ------------------------------------------------------------------ for differential operators

    def batches(self) -> Iterator[tuple[Batch, float]]:
        """Iterate over the batches and their weights in L, which sum to one; batches of weight zero are left out."""
        return ((b, w) for b, w in zip(self._batches, self._weights, strict=True) if w)

    def leaves(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return tensors that require gradients, to be passed to `run`; they share memory with the parameters."""
        return {name: p.detach().requires_grad_() for name, p in self._given(parameters).items()}

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean loss of one batch, without the penalty; to be called with the model that `run` hands out."""
        return scalar(self._loss(model, batch), "loss")

    def run(
        self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor], *, second_order: bool = False
    ) -> T:
        """Return `function(model)`, where the model has these parameters and is in eval mode.

        Derivatives are best taken inside `function`: checkpointed modules run again in the backward pass and must
        find the same parameters. With `second_order`, attention uses the one kernel that can be differentiated twice.

        Raises
        ------
        ValueError
            If derivatives are to be taken inside `torch.inference_mode()`.
        """
        if torch.is_inference_mode_enabled() and torch.is_grad_enabled():
            raise ValueError(
                "torch.inference_mode() is on, which forbids derivatives of any kind: leave it, or use torch.no_grad()."
            )
        # A forward pass may write to the buffers: each run starts from the same ones.
        constants = {name: t.clone() if name in self._buffers else t for name, t in self._constants.items()}
        return self._borrowed.run(function, constants | dict(parameters), second_order)

    def storages(self) -> set[int]:
        """Addresses of the memory that the objective itself holds: batches, parameters and constants."""
        found: set[int] = set()

        def note(tensor: Tensor) -> Tensor:
            if tensor.layout == torch.strided:
                found.add(tensor.untyped_storage().data_ptr())
            return tensor

        map_tensors(note, [self._batches, self.parameters, self._constants])
        return found

    def protocol(self) -> dict[str, Any]:
        """What determines the value: data, weighting, mode, penalty, precision and versions (JSON-able)."""
        batchnorm = "batch statistics (no running statistics)" if self._borrowed.uses_batch_statistics() else "frozen"
        return {
            "objective": "mean loss + l2/2 ||theta||^2",
            "data": self._source,
            "fingerprint": self.fingerprint,
            "samples": self.num_samples,
            "batches": len(self._batches),
            "weighting": self._weighting,
            "mode": "eval",
            "batchnorm": batchnorm,
            "l2": self._l2,
            "parameters": self.num_parameters,
            "dtype": str(self._dtype).removeprefix("torch."),
            "arithmetic": "ieee, no TF32",
            "device": str(self._device),
            "deterministic": "checked" if self._checked else "not checked",
            "torch": str(torch.__version__),
        }

    # ------------------------------------------------------------------ internals

    def _copy(self, tensor: Tensor) -> Tensor:
        dtype = self._cast if self._cast and tensor.is_floating_point() else tensor.dtype
        return tensor.detach().to(self._device, dtype, copy=True)

    def _checked_copy(self, name: str, old: Tensor, new: Tensor) -> Tensor:
        if new.shape != old.shape:
            raise ValueError(f"The state has shape {tuple(new.shape)} for {name!r}, the model {tuple(old.shape)}.")
        return new.detach().to(self._device, old.dtype, copy=True)

    def _given(self, parameters: Mapping[str, Tensor] | None) -> Mapping[str, Tensor]:
        if parameters is None:
            return self.parameters
        self.check(parameters, "parameter mapping")
        return {name: parameters[name].to(old.device, old.dtype) for name, old in self.parameters.items()}

    def _penalty(self, parameters: Mapping[str, Tensor]) -> float:
        if not self._l2:
            return 0.0
        return self._l2 / 2 * sum(float(p.detach().double().square().sum()) for p in parameters.values())

    def _means(self, parameters: Mapping[str, Tensor] | None, metrics: Mapping[str, Loss]) -> dict[str, float]:
        given = self._given(parameters)
        means = {"loss": self._penalty(given)} | dict.fromkeys(metrics, 0.0)

        def run(model: nn.Module) -> None:
            for batch, weight, share in zip(self._batches, self._weights, self._metric_weights, strict=True):
                if weight:
                    means["loss"] += weight * float(self.loss(model, batch))
                for name, metric in metrics.items():
                    means[name] += share * float(scalar(metric(model, batch), f"metric {name!r}"))

        with torch.no_grad():
            self.run(run, given)
        return means


def _gradient(loss: Tensor, leaves: Mapping[str, Tensor]) -> tuple[Tensor | None, ...]:
    if not loss.requires_grad:
        return (None,) * len(leaves)
    return torch.autograd.grad(loss, tuple(leaves.values()), allow_unused=True)


def _check_mapping(mapping: Any, what: str) -> None:
    """Raise ValueError unless `mapping` goes from names to tensors."""
    if not isinstance(mapping, Mapping):
        hint = "such as objective.unflatten(vector)"
        if hasattr(mapping, "vectors"):
            hint = "such as one of its vectors, .vectors[0]"
        raise ValueError(
            f"The {what} is a {type(mapping).__name__}: give a mapping from parameter name to tensor, {hint}."
        )
    for name, tensor in mapping.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"The {what} has a {type(tensor).__name__} for {name!r}: give a tensor.")
