r"""The loss as a deterministic function of the trainable parameters over a fixed dataset.

.. math:: L(\theta) = \frac{1}{N} \sum_{n=1}^{N} \ell(f_\theta(x_n), y_n) + \frac{\lambda}{2} \lVert\theta\rVert^2

Everything in `landscape` measures this function. It is evaluated through `torch.func.functional_call`, in eval mode
(batch-norm statistics frozen) and without TF32 unless asked otherwise. The user's model is left as it is: its weights,
buffers, gradients, train/eval flags and the random states are the same after an evaluation as before.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Self, TypeVar

import torch
from torch import Tensor, nn

from landscape._common.guesses import guessable
from landscape._common.precision import ROUNDING, Arithmetic, check_arithmetic
from landscape._common.summaries import Summarized, Summary
from landscape.objective.batching import WeightedBatches
from landscape.objective.batchnorm import BatchNorm, check_batchnorm
from landscape.objective.criteria import Loss, OutputsAndLoss, check_order, choose_loss, loss_attributes, scalar, within
from landscape.objective.data import Batch, BatchedData, map_tensors, place, read, with_targets
from landscape.objective.decomposability import check_loss_decomposes, check_metrics_decompose, refuse_cut
from landscape.objective.evaluation import forbid_inference_mode, means, pass_statistics, value_and_gradient
from landscape.objective.functional_model import FunctionalModel
from landscape.objective.metrics import Metric, prepare
from landscape.objective.parameters import ParameterSpace
from landscape.objective.protection import Protected
from landscape.objective.record import record_of, summary_of
from landscape.objective.shared_forward import compare_passes
from landscape.objective.unused_parameters import warn_of_unreached
from landscape.objective.validation import check_loss, differentiates

T = TypeVar("T")


class Objective(Summarized):
    r"""The loss of a model on a dataset as a function of its trainable parameters.

    Parameters
    ----------
    model : torch.nn.Module
        Borrowed, never changed. Parameters that do not require gradients, and buffers, are constants; tied weights
        count once. A compiled model is evaluated as the one it was compiled from, under that one's names. Evaluations
        take turns in a process; outside of the main thread they use a private copy of the modules, so that a training
        that goes on meanwhile is not disturbed (build objectives in the main thread: reading a DataLoader draws random
        numbers).
    criterion : callable or str, optional
        `criterion(model(input), target)` on (input, target) batches; must average over the batch's samples, see Notes.
        A loss of `torch.nn.functional` may be given by its name, such as "cross_entropy".
    data : tuple of tensors, list of batches, DataLoader or other sized iterable of batches
        Tensors are used as they are, without a copy, in chunks of `batch_size`; the rest is kept in memory.
    targets : Tensor, optional
        Where `data` are the inputs alone: `Objective(model, criterion, X, y)` is the objective of `(X, y)`.
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
    space : ParameterSpace
        The parameters, as mappings and as flat vectors, and the constants of the model.
    data : WeightedBatches
        The batches with their weights.
    model : FunctionalModel
        The model as a function of its parameters.
    loss_fn : callable
        `loss_fn(model, batch)`, the mean over a batch.
    metric_fns : dict of str to callable or accumulator
        The metrics by name.
    choices : dict
        What operators have found out about this model by trial, shared with the same objective at other points.

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
    >>> abs(ls.Objective(model, "cross_entropy", X, y).value() - by_hand) < 1e-6
    True
    """

    @guessable
    def __init__(
        self,
        model: nn.Module,
        criterion: Callable[[Any, Any], Tensor] | str | None = None,
        data: Any = None,
        targets: Any = None,
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
        if targets is not None:
            data = with_targets(data, targets)
        if isinstance(criterion, nn.Module) and isinstance(model, nn.Module):
            check_order(model, criterion)
        if not (isinstance(l2, (int, float)) and math.isfinite(l2)):
            raise ValueError(f"l2 is {l2!r}: give a finite coefficient, 0 for no penalty.")
        if dtype not in (None, torch.float64, torch.float32, torch.bfloat16, torch.float16):
            raise ValueError(f"dtype is {dtype!r}: give a real floating-point type such as torch.float64.")
        # What is sharded comes as a functional model that gathers its parameters.
        functional = model if isinstance(model, FunctionalModel) else None
        check_batchnorm(batchnorm, functional is not None and functional.is_sharded)
        if batchnorm_data is not None and batchnorm != "recomputed":
            raise ValueError(f'batchnorm_data is given, but batchnorm is {batchnorm!r}: pass batchnorm="recomputed".')
        if "loss" in (metrics or {}):
            raise ValueError("A metric is named 'loss', the name of the objective itself: give it another name.")
        module: nn.Module = functional.module if functional else getattr(model, "_orig_mod", model)
        self.space = ParameterSpace(module, device, dtype, functional.local if functional else None)
        check_arithmetic(arithmetic, self.dtype)
        functional = functional or FunctionalModel(module, self.device)
        self.model = functional.configured(device=self.device, arithmetic=arithmetic, batchnorm=batchnorm)
        self.l2 = float(l2)
        self.is_checked = check_deterministic
        self.choices: dict[Any, Any] = {}
        self.differentiates: bool = True  # until that is known
        self.loss_fn, criterion_weight = choose_loss(criterion, loss, outputs, output_loss, self.device, dtype)
        prepared = prepare(metrics or {}, isinstance(self.loss_fn, OutputsAndLoss), self.device)
        batches = read(data, batch_size, self.device, check_deterministic).placed(self.device, dtype)
        self.data = WeightedBatches(batches, count, criterion_weight)
        self.metric_fns = {name: _protected(name, metric) for name, metric in prepared.items()}
        self.statistics_data: BatchedData | None = None
        self.holds_statistics = False  # that were recomputed, and are frozen since
        if batchnorm_data is not None:
            statistics = read(batchnorm_data, batch_size, self.device, check_deterministic)
            self.statistics_data = statistics.placed(self.device, dtype)
        # What is checked is the loss and its gradient, which a recomputed batch norm does not have.
        checked = self.with_batchnorm("frozen") if self.model.recomputes else self
        check_loss(checked, check_deterministic)
        self.differentiates = differentiates(checked)
        self.decomposition = check_loss_decomposes(self)
        self.undivided_metrics = check_metrics_decompose(self)
        if check_deterministic:
            compare_passes(self)
        self._unreached = warn_of_unreached(checked) if not self.is_sharded else ()

    def _with(self, **parts: Any) -> Self:
        """Return the same objective with other parts; what is not given is shared, and no check is repeated."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self) | parts)  # copy.copy takes several times as long
        return other

    # ------------------------------------------------------------------ parameters

    @property
    def parameters(self) -> dict[str, Tensor]:
        """Detached copies of the trainable parameters, in the order of `model.named_parameters()`."""
        return self.space.parameters

    @property
    def constants(self) -> Mapping[str, Tensor]:
        """Frozen parameters and buffers of the model."""
        return self.space.constants

    @property
    def num_parameters(self) -> int:
        """Number of trainable parameters, in this process."""
        return self.space.num_parameters

    @property
    def total_parameters(self) -> int:
        """Number of trainable parameters, in all processes."""
        return self.space.num_parameters

    @property
    def device(self) -> torch.device:
        """Where the objective is evaluated."""
        return self.space.device

    @property
    def dtype(self) -> torch.dtype:
        """Type of flat parameter vectors: the parameters' common one."""
        return self.space.dtype

    @property
    def restriction(self) -> tuple[str, ...] | None:
        """Names of the parameters that `restrict` has chosen; None where no other is held constant."""
        return tuple(self.parameters) if self.space.is_restricted else None

    @property
    def unreached(self) -> tuple[str, ...]:
        """Names of the parameters that the loss does not use: their derivatives are zero."""
        return tuple(name for name in self._unreached if name in self.parameters)

    @property
    def is_sharded(self) -> bool:
        """Whether this process holds parts of the parameters, and others the rest."""
        return self.model.is_sharded

    def at(self, state: Mapping[str, Tensor]) -> Self:
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
        return self._with(space=self.space.at(state))

    def with_choices(self, choices: dict[Any, Any]) -> Self:
        """Return the same objective, whose operators know these `choices` and add to them what they find out."""
        return self._with(choices=choices)

    def restrict(self, *patterns: str) -> Self:
        """Return the same loss as a function of some of the trainable parameters; the others are held constant.

        The value is the same number, the penalty of the constant parameters included; gradient and curvature are the
        blocks of the chosen parameters, at less cost, because nothing is differentiated by the others.

        Parameters
        ----------
        *patterns : str
            Parameter names ("head.weight"), modules with all below them ("layer4"), or shell patterns ("*.bias").

        Raises
        ------
        ValueError
            For a pattern that no trainable parameter fits; the message has the nearest names.
        """
        return self._with(space=self.space.restrict(*patterns))

    def flatten(self, direction: Mapping[str, Tensor]) -> Tensor:
        """Return the entries of a mapping from parameter name to tensor as one vector of shape (num_parameters,).

        Raises
        ------
        ValueError
            For missing, unknown or mis-shaped entries.
        """
        return self.space.flatten(direction)

    def unflatten(self, vector: Tensor) -> dict[str, Tensor]:
        """Return a vector of shape (num_parameters,) as a mapping from parameter name to tensor.

        Raises
        ------
        ValueError
            If the vector is no tensor, or has another shape.
        """
        return self.space.unflatten(vector)

    def check(self, mapping: Mapping[str, Tensor], what: str) -> None:
        """Raise ValueError unless `mapping` has exactly the trainable parameters' names and shapes."""
        self.space.check(mapping, what)

    def leaves(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return tensors that require gradients, to be passed to `run`; they share memory with the parameters."""
        return self.space.leaves(parameters)

    # ------------------------------------------------------------------ data

    @property
    def num_samples(self) -> int:
        """Number of samples."""
        return self.data.num_samples

    @property
    def total_weight(self) -> float:
        """What the sum over samples or terms is divided by: the weights of the batches, added up."""
        return self.data.total_weight

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the data."""
        return self.data.fingerprint

    @property
    def is_subset(self) -> bool:
        """Whether the samples are some of those that were given."""
        return self.data.is_subset

    def batches(self) -> Iterator[tuple[Batch, float]]:
        """Iterate over the batches and their weights in L, which sum to one; batches of weight zero are left out."""
        return ((self.lend(batch), weight) for batch, weight in self.data.weighted())

    def subset(self, samples: int | Sequence[int] | Tensor, *, seed: int = 0) -> Self:
        """Return the same loss on some of the samples, in batches no larger than the largest there are.

        Parameters
        ----------
        samples : int or sequence of int or Tensor
            How many to draw without replacement, or their indices, counted through the batches in order; an index
            given twice counts twice.
        seed : int
            Of the draw.

        Raises
        ------
        ValueError
            If the batches do not show their samples, the loss is no mean over samples, or for a number or an index out
            of range.
        """
        chosen = self.data.choose(samples, seed)
        if chosen is None:
            return self
        refuse_cut(self, "its value on some of the samples says nothing of it: build an Objective on those")
        return self._with(data=self.data.subset(*chosen))

    def with_batch_size(self, rows: int) -> Self:
        """Return the same function evaluated in batches of `rows` samples: the same values to rounding.

        Raises
        ------
        ValueError
            If the batches do not show their samples, or the value, or that of a metric, depends on how they are cut.
        """
        data = self.data.with_batch_size(rows)
        if not data.is_cut_like(self.data):
            consequence = f"batches of {rows} samples would be another function: build an Objective on the batches"
            refuse_cut(self, consequence, other_batches=True)
        return self._with(data=data)

    # ------------------------------------------------------------------ loss, metrics, batch norm

    @property
    def rounding(self) -> float:
        """Relative spacing of numbers in which the value is computed (2^-23 in float32, 2^-7 in bfloat16)."""
        return ROUNDING.get(self.model.arithmetic, torch.finfo(self.dtype).eps)

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
        return loss_attributes(self.split.criterion if self.split else None, bool(self.l2))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(self.metric_fns)

    @property
    def decomposes(self) -> bool | None:
        """Whether L is the same however the data are cut, as far as a few samples show; None if they do not."""
        return self.decomposition.holds

    def without_metrics(self) -> Self:
        """Return the loss alone; data are shared and no check is repeated."""
        return self._with(metric_fns={}, undivided_metrics=())

    @property
    def batchnorm(self) -> BatchNorm:
        """How batch norm is treated: "frozen", "batch" or "recomputed"."""
        return self.model.batchnorm

    @property
    def batchnorm_data(self) -> list[Batch] | None:
        """Batches that recomputed statistics are taken from; None for the objective's own."""
        return list(self.statistics_data.batches) if self.statistics_data else None

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
        check_batchnorm(batchnorm, self.is_sharded)
        return self._with(model=self.model.configured(batchnorm=batchnorm), choices={}, holds_statistics=False)

    def batchnorm_statistics(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Return the running statistics that are recomputed at `parameters` (default: the objective's own).

        `objective.with_batchnorm("frozen").at({**parameters, **statistics})` is the loss with these statistics held,
        which has derivatives.

        Raises
        ------
        ValueError
            If a batch has a single value per channel, which has no variance.
        """
        frozen, model = self.with_batchnorm("frozen"), self.with_batchnorm("recomputed").model.here()
        return frozen.run_values(
            lambda _: model.recompute(partial(pass_statistics, self)), self.space.given(parameters)
        )

    def with_held_statistics(self) -> Self:
        """Return the same loss with batch-norm statistics recomputed at its weights, and frozen from there on.

        It has derivatives, unlike the loss with `batchnorm="recomputed"`, of which it has the value here. The protocol
        says so, and names the data that the statistics are of. Running statistics lag behind the weights, and early in
        a training they are of no weights at all.

        Raises
        ------
        ValueError
            As of `batchnorm_statistics`.

        Examples
        --------
        >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 3))
        >>> loss = ls.Objective(net, torch.nn.CrossEntropyLoss(), (X, y), batchnorm="recomputed")
        >>> held = loss.with_held_statistics()
        >>> held.value() == loss.value(), held.protocol()["batchnorm"]
        (True, 'frozen, recomputed once')
        """
        frozen, recomputed = self.with_batchnorm("frozen"), self.with_batchnorm("recomputed")
        if not recomputed.model.recomputes:
            return frozen
        statistics = recomputed.batchnorm_statistics()
        # What operators find out holds at every point.
        known = self.choices.setdefault("held", {})
        return frozen.at({**self.parameters, **statistics})._with(choices=known, holds_statistics=True)

    def in_float64(self) -> Self:
        """Return the same function of the same weights and data in float64; data are cast where they are used.

        No check is repeated: what operators have found out about derivatives holds for both.
        """
        loss_fn = self.loss_fn
        if self.split is not None and self.split.criterion is not None:
            loss_fn = choose_loss(self.split.criterion, None, None, None, self.device, torch.float64)[0]
        # Plans are made anew, once for all points; facts of the function are those of the objective.
        known = self.choices.setdefault("float64", {})
        known.update(
            {key: found for key, found in self.choices.items() if key == "separate" or key[0] == "derivatives"}
        )
        space, model = self.space.in_dtype(torch.float64), self.model.configured(arithmetic="ieee")
        return self._with(space=space, model=model, loss_fn=loss_fn, choices=known)

    def within(self, context: AbstractContextManager[Any]) -> Self:
        """Return the same loss, evaluated inside a reusable context."""
        return self._with(loss_fn=within(self.loss_fn, context))

    # ------------------------------------------------------------------ values

    def value(self, parameters: Mapping[str, Tensor] | None = None) -> float:
        """Return L at `parameters` (default: the objective's own)."""
        return means(self, parameters, {})["loss"]

    def evaluate(self, parameters: Mapping[str, Tensor] | None = None) -> dict[str, float]:
        """Return L under "loss" and the metrics under their names, in one pass over the data."""
        return means(self, parameters, self.metric_fns)

    def value_and_gradient(self, parameters: Mapping[str, Tensor] | None = None) -> tuple[float, dict[str, Tensor]]:
        """Return L and its gradient, one tensor per parameter (zeros for parameters the loss does not use)."""
        return value_and_gradient(self, parameters)

    def penalty(self, parameters: Mapping[str, Tensor]) -> float:
        """Return l2/2 ||theta||^2, over parameters that are held constant as well."""
        return self.l2 / 2 * self.space.squared_norm(parameters) if self.l2 else 0.0

    # ------------------------------------------------------------------ for differential operators

    def lend(self, batch: Batch) -> Batch:
        """Return a batch for the loss: in its precision, and as tensors of its own where it differentiates by them."""
        if self.space.cast is not None:
            batch = place(batch, self.device, self.space.cast)
        return map_tensors(_alias, batch) if self.differentiates else batch

    def loss(self, model: nn.Module, batch: Batch) -> Tensor:
        """Mean loss of one batch, without the penalty; to be called with the model that `run` hands out."""
        with self.model.forward_arithmetic():
            return scalar(self.loss_fn(model, batch), "loss")

    @property
    def split(self) -> OutputsAndLoss | None:
        """The loss as outputs and loss of the outputs, where it is known in these parts.

        Under `run`, call them inside `forward_arithmetic()`.
        """
        return self.loss_fn if isinstance(self.loss_fn, OutputsAndLoss) else None

    def forward_arithmetic(self) -> AbstractContextManager[None]:
        """Return the context in which forward passes run in the objective's arithmetic; `loss` enters it itself."""
        return self.model.forward_arithmetic()

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
            forbid_inference_mode()
        derivatives = torch.is_grad_enabled() and any(p.requires_grad for p in parameters.values())
        if self.model.recomputes and (second_order or derivatives):
            raise ValueError(
                'batchnorm="recomputed" has no derivatives, because the statistics change with the parameters: use '
                'objective.with_batchnorm("frozen"), with .at(...) of batchnorm_statistics() to hold them as they are '
                'here, or with_batchnorm("batch").'
            )
        return self._execute(function, parameters, second_order)

    def run_values(self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor]) -> T:
        """Return `function(model)` for values only: without graphs, unless the loss itself takes derivatives."""
        if not self.differentiates:
            with torch.no_grad():
                return self._execute(function, parameters, False)
        forbid_inference_mode()
        with torch.enable_grad():
            return self._execute(function, {n: p.detach().requires_grad_() for n, p in parameters.items()}, False)

    def sum_over_ranks(self, partial: Tensor) -> Tensor:
        """Return the sum of all processes' parts of a number: here the whole of it."""
        return partial

    def storages(self) -> set[int]:
        """Addresses of the memory that the objective itself holds: batches, parameters and constants."""
        found: set[int] = set()

        def note(tensor: Tensor) -> Tensor:
            if tensor.layout == torch.strided:
                found.add(tensor.untyped_storage().data_ptr())
            return tensor

        map_tensors(note, [self.data.batches, self.parameters, dict(self.constants)])
        return found

    # ------------------------------------------------------------------ record

    def protocol(self) -> dict[str, Any]:
        """Return what determines the value: data, weighting, mode, penalty, precision and versions (JSON-able)."""
        return record_of(self)

    def _summary(self) -> Summary:
        return summary_of(self)

    # ------------------------------------------------------------------ internals

    def _execute(self, function: Callable[[nn.Module], T], parameters: Mapping[str, Tensor], second_order: bool) -> T:
        """Return `function(model)`, where the model has these parameters and is in eval mode."""
        functional, tensors = self.model.here(), self.space.tensors(parameters)
        if not functional.recomputes:
            return functional.run(function, tensors, second_order)

        def recomputed(model: nn.Module) -> T:
            functional.recompute(partial(pass_statistics, self))
            return function(model)

        return functional.run(recomputed, tensors, second_order)


def _protected(name: str, metric: Any) -> Any:
    """Return a metric that cannot edit the data; an accumulator, which takes batches by `update`, as it is."""
    return metric if hasattr(metric, "update") else Protected(metric, f"metric {name!r}")


def _alias(tensor: Tensor) -> Tensor:
    alias = tensor.detach()
    return alias.requires_grad_() if tensor.requires_grad else alias
