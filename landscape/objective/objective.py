r"""The loss as a deterministic function of the trainable parameters over a fixed dataset.

.. math:: L(\theta) = \frac{1}{N} \sum_{n=1}^{N} \ell(f_\theta(x_n), y_n) + \frac{\lambda}{2} \lVert\theta\rVert^2

Everything in `landscape` measures this function. It is evaluated through `torch.func.functional_call`, in eval mode
(batch-norm statistics frozen) and without TF32 unless asked otherwise. The user's model is only borrowed: its weights,
buffers, gradients, train/eval flags and the random states are the same after an evaluation as before.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Self, TypeVar, get_args

import torch
from torch import Tensor, nn

from landscape._common.precision import DESCRIPTIONS, ROUNDING, Arithmetic, check_arithmetic
from landscape._common.summaries import Summarized, Summary, counted
from landscape.objective.batching import WeightedBatches
from landscape.objective.criteria import Loss, OutputsAndLoss, choose_loss, name_and_unit, scalar
from landscape.objective.data import Batch, map_tensors, place, read
from landscape.objective.decomposability import check_loss_decomposes, check_metrics_decompose, refuse_cut
from landscape.objective.functional_model import BatchNorm, FunctionalModel
from landscape.objective.metrics import Metric, Totals, prepare
from landscape.objective.parameters import ParameterSpace
from landscape.objective.protection import Protected
from landscape.objective.unused_parameters import warn_of_unreached
from landscape.objective.validation import check_loss, differentiates

T = TypeVar("T")


class Objective(Summarized, ParameterSpace, WeightedBatches):
    r"""The loss of a model on a dataset as a function of its trainable parameters.

    Parameters
    ----------
    model : torch.nn.Module
        Borrowed, never changed. Parameters that do not require gradients, and buffers, are constants; tied weights
        count once. A compiled model is evaluated as the one it was compiled from, under that one's names. Evaluations
        take turns in a process; outside of the main thread they use a private copy of the modules, so that a training
        that goes on meanwhile is not disturbed (build objectives in the main thread: reading a DataLoader draws random
        numbers).
    criterion : callable, optional
        `criterion(model(input), target)` on (input, target) batches; must average over the batch's samples, see Notes.
    data : tuple of tensors, list of batches, DataLoader or other sized iterable of batches
        Tensors are used as they are, without a copy, in chunks of `batch_size`; the rest is kept in memory.
    loss : callable, optional
        Instead of `criterion`: `loss(model, batch)`, the mean over the batch's samples as a scalar tensor.
    outputs, output_loss : callable, optional
        The same in two parts, for Gauss-Newton and Fisher matrices: `outputs(model, batch)`, a tensor (such as
        `model(**batch).logits`) or several, and `output_loss(outputs, batch)`, the scalar mean.
    metrics : mapping of str to callable or accumulator, optional
        Name to `metric(model, batch)`, each a mean over the batch's samples; or to an object that accumulates over the
        batches what is no such mean (macro-F1, AUC): `reset()`, `update(model, batch)`, and `compute()` for the number.
        A `torchmetrics.Metric` is updated with the model's output and the target of (input, target) batches.
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
    arithmetic : {"ieee", "tf32", "bf16"}
        Of matrix products and convolutions on float32 parameters. "tf32" lets them round their factors to 10 bits and
        add in float32, where the hardware can (on CPUs without such units nothing changes); "bf16" runs forward passes
        under `torch.autocast`, their derivatives accordingly, with float32 parameters and sums over batches.
    batchnorm : {"frozen", "batch", "recomputed"}
        Normalise with the running statistics ("frozen"); with those of each batch as in training, without writing any
        ("batch"): the value then depends on how the data are cut into batches; or with running statistics that are
        recomputed at every point where the objective is evaluated ("recomputed"), as is done between trained models
        (Garipov et al. 2018, arXiv 1802.10026) and after averaging weights. Everything else stays in eval mode.

        Recomputed are the averages of the batches' means and unbiased variances, weighted by values per channel, in
        one pass in which each layer normalises with the statistics of the batch: `torch.optim.swa_utils.update_bn`
        without dropout, and with a ragged last batch counting for what it holds. It costs a second pass per point, and
        there are no derivatives, because the statistics would be differentiated as well.
    batchnorm_data : like data, optional
        For "recomputed": batches to take the statistics from, of the same form as the data, cut by `batch_size`.
        Default: the objective's own (of a `subset`, those of the subset). A test loss needs the training data here.
    check_deterministic : bool
        Read lazy data twice, evaluate the first batch twice at the parameters and at half of them (where the loss is
        not saturated), and refuse if the results differ.

    Attributes
    ----------
    parameters : dict of str to Tensor
        Detached copies of the trainable parameters, in the order of `model.named_parameters()`.
    num_parameters, num_samples : int
    total_weight : float
        What the sum over samples or terms is divided by: the weights of the batches, added up.
    fingerprint : str
        SHA-256 of the data.

    Raises
    ------
    ValueError
        If the data, the model or the loss cannot make a deterministic scalar function; the message says why.

    Notes
    -----
    Losses may differentiate (`torch.autograd.grad` by inputs or parameters, `torch.func`), as those of physics-informed
    networks do. They see the data as tensors of their own, so that `x.requires_grad_()` stays inside.

    Losses that are no mean over samples (contrastive ones, a root mean square, Dice) are recognised by comparing a few
    samples with their parts. On one batch of all data they are an objective like any other, that cannot be cut; on
    several batches of your own L is the mean of the batches' losses, as a training loop takes it, which the protocol
    says; tensors are not cut for them.

    Examples
    --------
    >>> loss = ls.Objective(model, torch.nn.CrossEntropyLoss(), (X, y), batch_size=16)
    >>> by_hand = torch.nn.functional.cross_entropy(model(X), y).item()
    >>> abs(loss.value() - by_hand) < 1e-6  # however the data are cut into batches
    True
    >>> loss.num_parameters, loss.num_samples, loss.protocol()["batchnorm"]
    (67, 60, 'frozen')
    """

    is_sharded = False
    """Whether this process holds parts of the parameters, and others the rest."""

    def __init__(
        self,
        model: nn.Module,
        criterion: Callable[[Any, Any], Tensor] | None = None,
        data: Any = None,
        *,
        loss: Loss | None = None,
        outputs: Callable[[nn.Module, Batch], Any] | None = None,
        output_loss: Callable[[Any, Batch], Tensor] | None = None,
        metrics: Mapping[str, Metric] | None = None,
        l2: float = 0.0,
        count: Callable[[Batch], float] | None = None,
        batch_size: int = 512,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        arithmetic: Arithmetic = "ieee",
        batchnorm: BatchNorm = "frozen",
        batchnorm_data: Any = None,
        check_deterministic: bool = True,
    ) -> None:
        if data is None:
            raise ValueError("data is None: give (inputs, targets) tensors, a DataLoader or a list of batches.")
        if not (isinstance(l2, (int, float)) and math.isfinite(l2)):
            raise ValueError(f"l2 is {l2!r}: give a finite coefficient, 0 for no penalty.")
        if dtype not in (None, torch.float64, torch.float32, torch.bfloat16, torch.float16):
            raise ValueError(f"dtype is {dtype!r}: give a real floating-point type such as torch.float64.")
        self._check_batchnorm(batchnorm)
        if batchnorm_data is not None and batchnorm != "recomputed":
            raise ValueError(f'batchnorm_data is given, but batchnorm is {batchnorm!r}: pass batchnorm="recomputed".')
        if "loss" in (metrics or {}):
            raise ValueError("A metric is named 'loss', the name of the objective itself: give it another name.")
        model = getattr(model, "_orig_mod", model)
        ParameterSpace.__init__(self, model, device, dtype)
        check_arithmetic(arithmetic, self._dtype)
        self._functional_model = FunctionalModel(model, self._device, arithmetic, batchnorm)
        self._l2 = float(l2)
        self._checked = check_deterministic
        # What operators have found out about this model by trial, shared with the same objective at other points.
        self.choices: dict[Any, Any] = {}
        self._differentiates: bool = True  # until that is known
        self._loss, criterion_weight = choose_loss(criterion, loss, outputs, output_loss, self._device, dtype)
        self._metrics = prepare(metrics or {}, isinstance(self._loss, OutputsAndLoss), self._device)
        batches, fingerprint, self._source = read(data, batch_size, self._device, check_deterministic)
        WeightedBatches.__init__(
            self, [place(batch, self._device, dtype) for batch in batches], fingerprint, count, criterion_weight
        )
        self._metrics = {name: _protected(name, metric) for name, metric in self._metrics.items()}
        self._statistics: _Statistics | None = None
        if batchnorm_data is not None:
            read_data = read(batchnorm_data, batch_size, self._device, check_deterministic)
            self._statistics = _Statistics(
                [place(batch, self._device, dtype) for batch in read_data[0]], *read_data[1:]
            )
        # What is checked is the loss and its gradient, which a recomputed batch norm does not have.
        checked = self.with_batchnorm("frozen") if self._functional_model.recomputes else self
        check_loss(checked, check_deterministic)
        self._differentiates = differentiates(checked)
        self._decomposition = check_loss_decomposes(self)
        self.undivided_metrics = check_metrics_decompose(self)
        self._unreached = warn_of_unreached(checked) if not self.is_sharded else ()

    # ------------------------------------------------------------------ points

    @property
    def rounding(self) -> float:
        """Relative spacing of numbers in which the value is computed (2^-23 in float32, 2^-7 in bfloat16)."""
        return ROUNDING.get(self._functional_model.arithmetic, torch.finfo(self._dtype).eps)

    @property
    def unreached(self) -> tuple[str, ...]:
        """Names of the parameters that the loss does not use: their derivatives are zero."""
        return tuple(name for name in self._unreached if name in self.parameters)

    @property
    def l2(self) -> float:
        """Coefficient of the penalty l2/2 ||theta||^2."""
        return self._l2

    @property
    def loss_attributes(self) -> dict[str, str]:
        """Name and unit of the loss, as attributes of an xarray variable.

        "long_name", and "units" where they are known.

        A criterion is named, with the penalty if there is one; of `loss=` and `outputs=` nothing is known but that they
        are the loss.

        Examples
        --------
        >>> loss.loss_attributes
        {'long_name': 'loss (cross-entropy)', 'units': 'nats'}
        """
        name, unit = name_and_unit(self.split.criterion if self.split else None)
        parts = [*([name] if name else []), *(["L2 penalty"] if self._l2 else [])]
        named = "loss" if not parts else f"loss with {parts[0]}" if not name else f"loss ({' + '.join(parts)})"
        return {"long_name": named, "units": unit} if unit else {"long_name": named}

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(self._metrics)

    def _check_cut(self, consequence: str, *, other_batches: bool) -> None:
        """Refuse to cut what is no mean over samples; `consequence` says what the cut would be."""
        elsewhere = self._statistics is not None and self._functional_model.normalization() == "recomputed"
        if other_batches and self._functional_model.normalization() != "frozen" and not elsewhere:
            raise ValueError(
                "Batch norm normalises with the statistics of each batch here, so other batches are another function: "
                "cut the data as you mean them before."
            )
        refuse_cut(self, consequence, other_batches)

    @property
    def differentiates(self) -> bool:
        """Whether the loss or a metric takes derivatives itself, so that values need graphs as well."""
        return self._differentiates

    @property
    def decomposes(self) -> bool | None:
        """Whether L is the same however the data are cut, as far as a few samples show; None if they do not."""
        return self._decomposition.holds

    def without_metrics(self) -> Self:
        """Return the loss alone; data are shared and no check is repeated."""
        other = copy.copy(self)
        other._metrics, other.undivided_metrics = {}, ()
        return other

    @property
    def batchnorm(self) -> BatchNorm:
        """How batch norm is treated: "frozen", "batch" or "recomputed"."""
        return self._functional_model.batchnorm

    @property
    def batchnorm_data(self) -> list[Batch] | None:
        """Batches that recomputed statistics are taken from; None for the objective's own."""
        return list(self._statistics.batches) if self._statistics else None

    def with_batchnorm(self, batchnorm: BatchNorm) -> Self:
        """Return the same loss with another treatment of batch norm; data are shared and no check is repeated.

        Parameters
        ----------
        batchnorm : {"frozen", "batch", "recomputed"}
            See `Objective`. The `batchnorm_data` are remembered.

        Raises
        ------
        ValueError
            For an unknown treatment.
        """
        self._check_batchnorm(batchnorm)
        other = copy.copy(self)
        other._functional_model = self._functional_model.treated(batchnorm)
        other.choices = {}
        return other

    def batchnorm_statistics(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return the running statistics that are recomputed at `parameters` (default: the objective's own).

        `objective.with_batchnorm("frozen").at({**parameters, **statistics})` is the loss with these statistics held,
        which has derivatives.

        Raises
        ------
        ValueError
            If a batch has a single value per channel, which has no variance.
        """
        frozen, model = self.with_batchnorm("frozen"), self.with_batchnorm("recomputed")._functional_model.here()
        return frozen.run_values(lambda _: model.recompute(self._pass_statistics), self._given(parameters))

    def in_float64(self) -> Self:
        """Return the same function of the same weights and data in float64; data are cast where they are used.

        No check is repeated: what operators have found out about derivatives holds for both.
        """
        other = copy.copy(self)
        other._recast(torch.float64)
        other._functional_model = FunctionalModel(
            self._functional_model.model, self._device, "ieee", self._functional_model.batchnorm
        )
        other._functional_model.undrawn = self._functional_model.undrawn
        if isinstance(self._loss, OutputsAndLoss) and self._loss.criterion is not None:
            other._loss = choose_loss(self._loss.criterion, None, None, None, self._device, torch.float64)[0]
        # Plans are made anew, once for all points; facts of the function are those of the objective.
        known = self.choices.setdefault("float64", {})
        known.update(
            {key: found for key, found in self.choices.items() if key == "separate" or key[0] == "derivatives"}
        )
        other.choices = known
        return other

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
        return ((self.lend(batch), weight) for batch, weight in super().batches())

    def lend(self, batch: Batch) -> Batch:
        """Return a batch for the loss: in its precision, and as tensors of its own where it differentiates by them."""
        if self._cast is not None:
            batch = place(batch, self._device, self._cast)
        return map_tensors(_alias, batch) if self._differentiates else batch

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean loss of one batch, without the penalty; to be called with the model that `run` hands out."""
        with self._functional_model.forward_arithmetic():
            return scalar(self._loss(model, batch), "loss")

    @property
    def split(self) -> OutputsAndLoss | None:
        """The loss as outputs and loss of the outputs, where it is known in these parts.

        Under `run`, call them inside `forward_arithmetic()`.
        """
        return self._loss if isinstance(self._loss, OutputsAndLoss) else None

    def forward_arithmetic(self) -> AbstractContextManager[None]:
        """Return the context in which forward passes run in the objective's arithmetic; `loss` enters it itself."""
        return self._functional_model.forward_arithmetic()

    def run(
        self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor], *, second_order: bool = False
    ) -> T:
        """Return `function(model)`, where the model has these parameters and is in eval mode.

        Derivatives are best taken inside `function`: checkpointed modules run again in the backward pass and must
        find the same parameters. With `second_order`, attention uses the one kernel that can be differentiated twice.

        Raises
        ------
        ValueError
            If derivatives are to be taken inside `torch.inference_mode()`, or of recomputed batch-norm statistics.
        """
        if torch.is_grad_enabled():
            _forbid_inference_mode()
        derivatives = torch.is_grad_enabled() and any(p.requires_grad for p in parameters.values())
        if self._functional_model.recomputes and (second_order or derivatives):
            raise ValueError(
                'batchnorm="recomputed" has no derivatives, because the statistics change with the parameters: use '
                'objective.with_batchnorm("frozen"), with .at(...) of batchnorm_statistics() to hold them as they are '
                'here, or with_batchnorm("batch").'
            )
        return self._execute(function, parameters, second_order)

    def run_values(self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor]) -> T:
        """Return `function(model)` for values only: without graphs, unless the loss itself takes derivatives."""
        if not self._differentiates:
            with torch.no_grad():
                return self._execute(function, parameters, False)
        _forbid_inference_mode()
        with torch.enable_grad():
            return self._execute(function, {n: p.detach().requires_grad_() for n, p in parameters.items()}, False)

    def _execute(self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor], second_order: bool) -> T:
        """Return `function(model)`, where the model has these parameters and is in eval mode."""
        # A forward pass may write to the buffers: each run starts from the same ones.
        constants = {name: t.clone() if name in self._buffers else t for name, t in self._constants.items()}
        functional = self._functional_model.here()
        if not functional.recomputes:
            return functional.run(function, constants | dict(parameters), second_order)

        def recomputed(model: nn.Module) -> T:
            functional.recompute(self._pass_statistics)
            return function(model)

        return functional.run(recomputed, constants | dict(parameters), second_order)

    def within(self, context: AbstractContextManager[Any]) -> Self:
        """Return the same loss, evaluated inside a reusable context."""

        def inside(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any) -> Any:
                with context:
                    return function(*args)

            return call

        other, split = copy.copy(self), self.split
        other._loss = (
            inside(self._loss)
            if split is None
            else OutputsAndLoss(inside(split.outputs), inside(split.loss), split.criterion)
        )
        return other

    def storages(self) -> set[int]:
        """Addresses of the memory that the objective itself holds: batches, parameters and constants."""
        found: set[int] = set()

        def note(tensor: Tensor) -> Tensor:
            if tensor.layout == torch.strided:
                found.add(tensor.untyped_storage().data_ptr())
            return tensor

        map_tensors(note, [self._batches, self.parameters, self._constants])
        return found

    def _summary(self) -> Summary:
        protocol = self.protocol()
        unreached = f" ({len(self.unreached)} tensors of them without gradient)" if self.unreached else ""
        penalty = f", l2 = {self._l2:g}" if self._l2 else ""
        return Summary(
            f"mean loss over {counted(self.num_samples, 'sample')} as a function of "
            f"{counted(protocol['parameters'], 'parameter')}{unreached}, {protocol['mode']} mode, batch norm "
            f"{protocol['batchnorm']}{penalty}, {protocol['dtype']} on {protocol['device']}",
            folded={"Protocol": protocol},
        )

    def protocol(self) -> dict[str, Any]:
        """Return what determines the value: data, weighting, mode, penalty, precision and versions (JSON-able)."""
        batchnorm = self._functional_model.normalization()
        statistics: dict[str, Any] = {}
        if self._functional_model.recomputes:
            held = self._statistics
            statistics["batchnorm_data"] = {
                "data": held.source if held else "the objective's own",
                "fingerprint": held.fingerprint if held else self.fingerprint,
                "batches": len(held.batches if held else self._batches),
                "average": "of batch means and unbiased variances, weighted by values per channel",
            }
        return {
            "objective": "mean loss + l2/2 ||theta||^2",
            "data": self._source,
            "fingerprint": self.fingerprint,
            "samples": self.num_samples,
            "subset": self._subset,
            "batches": len(self._batches),
            "weighting": self._weighting,
            "mean_over": self._decomposition.description(len(self._batches)),
            "mode": "eval",
            "batchnorm": batchnorm,
            **statistics,
            "l2": self._l2,
            "parameters": self.num_parameters,
            "without_gradient": list(self.unreached),
            "restricted_to": list(self.parameters) if self._held else None,
            "dtype": str(self._dtype).removeprefix("torch."),
            "arithmetic": DESCRIPTIONS[self._functional_model.arithmetic],
            "device": str(self._device),
            "deterministic": "checked" if self._checked else "not checked",
            "torch": str(torch.__version__),
        }

    # ------------------------------------------------------------------ internals

    def _check_batchnorm(self, batchnorm: Any) -> None:
        if batchnorm not in get_args(BatchNorm):
            raise ValueError(
                f'batchnorm is {batchnorm!r}: choose "frozen" (running statistics), "batch" or "recomputed".'
            )
        if batchnorm == "recomputed" and self.is_sharded:
            raise ValueError('batchnorm="recomputed" needs whole parameters in one process: build an Objective.')

    def _pass_statistics(self, model: nn.Module) -> None:
        """Run the model on the data that batch-norm statistics are taken from."""
        if self._statistics is None:
            batches = [b for b, n in zip(self._batches, self._metric_weights, strict=True) if n]  # empty ones have none
        else:
            batches = self._statistics.batches
        split = self.split
        for batch in map(self.lend, batches):
            with torch.set_grad_enabled(self._differentiates), self.forward_arithmetic():
                if split is None:
                    self._loss(model, batch)
                else:
                    split.outputs(model, batch)

    def _penalty(self, parameters: Mapping[str, Tensor]) -> float:
        if not self._l2:
            return 0.0
        every = [*parameters.values(), *(self._constants[name] for name in self._held)]
        return self._l2 / 2 * sum(float(p.detach().double().square().sum()) for p in every)

    def _means(self, parameters: Mapping[str, Tensor] | None, metrics: Mapping[str, Metric]) -> dict[str, float]:
        given = self._given(parameters)
        means = {"loss": self._penalty(given)}

        totals = Totals(self, metrics)

        def run(model: nn.Module) -> None:
            for batch, weight, share in zip(self._batches, self._weights, self._metric_weights, strict=True):
                lent = self.lend(batch)
                if weight:
                    means["loss"] += weight * float(self.loss(model, lent).detach())
                totals.add(model, lent, share)

        self.run_values(run, given)
        return means | totals.values()


@dataclass(frozen=True)
class _Statistics:
    """Data that batch-norm statistics are taken from, other than the objective's own."""

    batches: list[Batch]
    fingerprint: str
    source: str


def _protected(name: str, metric: Any) -> Any:
    """Return a metric that cannot edit the data; an accumulator, which takes batches by `update`, as it is."""
    return metric if hasattr(metric, "update") else Protected(metric, f"metric {name!r}")


def _alias(tensor: Tensor) -> Tensor:
    alias = tensor.detach()
    return alias.requires_grad_() if tensor.requires_grad else alias


def _forbid_inference_mode() -> None:
    if torch.is_inference_mode_enabled():
        raise ValueError(
            "torch.inference_mode() is on, which forbids derivatives of any kind: leave it, or use torch.no_grad()."
        )


def _gradient(loss: Tensor, leaves: Mapping[str, Tensor]) -> tuple[Tensor | None, ...]:
    if not loss.requires_grad:
        return (None,) * len(leaves)
    return torch.autograd.grad(loss, tuple(leaves.values()), allow_unused=True)
