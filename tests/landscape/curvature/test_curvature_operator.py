"""How products are taken never changes them: routes, kept graphs, blocks, memory."""

import json
from contextlib import nullcontext

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from landscape._common.autotuning import timed
from landscape._common.errors import CannotMeasureError
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective

ROUTES = ["auto", "rewritten", "plain"]


class Residual(nn.Module):
    """Convolutions with batch norm, a skip connection and a pooling head."""

    def __init__(self, width: int = 4, recompute: bool = False) -> None:
        super().__init__()
        self.recompute = recompute
        self.stem, self.norm = nn.Conv2d(2, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.body, self.body_norm = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)
        self.head = nn.Linear(width, 3)

    def block(self, x):
        return torch.relu(self.body_norm(self.body(x)) + x)

    def forward(self, x):
        x = torch.nn.functional.gelu(self.norm(self.stem(x)))
        x = checkpoint(self.block, x, use_reentrant=False) if self.recompute else self.block(x)
        return self.head(x.mean((2, 3)))


def residual_objective(samples: int = 24, dtype: torch.dtype = torch.float64, **options) -> Objective:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = options.pop("model", Residual)(recompute=options.pop("recompute", False))
        model(torch.randn(30, 2, 7, 7))
        data = torch.randn(samples, 2, 7, 7), torch.randint(0, 3, (samples,))
    return Objective(model, nn.CrossEntropyLoss(), data, dtype=dtype, **({"batch_size": 10, "l2": 0.1} | options))


def vectors(operator: HessianOperator, k: int) -> torch.Tensor:
    return torch.randn(operator.size, k, generator=torch.Generator().manual_seed(4), dtype=operator.dtype)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("budget", [0, 2**30], ids=["rebuilt", "kept"])
@pytest.mark.parametrize("recompute", [False, True], ids=["", "checkpointed"])
def test_every_route_gives_the_same_product(case_truth, route, budget, recompute):
    operator = HessianOperator(residual_objective(recompute=recompute), memory_budget=budget, route=route)
    columns = vectors(operator, 3)
    truth = case_truth @ columns
    for _ in range(2):
        assert torch.allclose(operator.matmat(columns), truth, rtol=1e-10, atol=1e-12)
        assert torch.allclose(operator.matvec(columns[:, 0]), truth[:, 0], rtol=1e-10, atol=1e-12)
    assert operator.products == 8


@pytest.fixture(scope="module")
def case_truth():
    """The dense Hessian by plain autograd on one batch of everything."""
    objective = residual_objective()
    model = Residual().double()
    states = {**objective.parameters, **objective.constants}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        donor = Residual()
        donor(torch.randn(30, 2, 7, 7))
        x, y = torch.randn(24, 2, 7, 7).double(), torch.randint(0, 3, (24,))
    model.load_state_dict(states)
    model.eval()
    leaves = list(model.parameters())
    loss = nn.functional.cross_entropy(model(x), y) + 0.05 * sum(p.square().sum() for p in leaves)
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, leaves, create_graph=True)])
    rows = [torch.autograd.grad(entry, leaves, retain_graph=True) for entry in gradient]
    return torch.stack([torch.cat([part.flatten() for part in row]) for row in rows])


def test_protocol_says_what_was_rewritten_and_why():
    operator = HessianOperator(residual_objective(), route="rewritten")
    assert operator.protocol()["layers"] == "not evaluated yet"
    operator.matvec(vectors(operator, 1)[:, 0])
    protocol = json.loads(json.dumps(operator.protocol()))
    assert protocol["layers"] == "2 convolutions rewritten, 2 of 2 batch norms folded in, channels last"
    assert protocol["route"] == "rewritten: equal to the plain product"
    plain = HessianOperator(residual_objective(), route="plain")
    plain.matvec(vectors(plain, 1)[:, 0])
    assert plain.protocol()["layers"] == "as they are"
    auto = HessianOperator(residual_objective(dtype=torch.float32))
    auto.matvec(vectors(auto, 1)[:, 0])
    assert "a plain product took" in auto.protocol()["route"]


def test_the_choice_is_made_once_for_all_points_of_an_objective():
    objective, reasons = residual_objective(), []
    for scale in (1.0, 0.5):
        operator = HessianOperator(objective.at({n: scale * p for n, p in objective.parameters.items()}))
        operator.matvec(vectors(operator, 1)[:, 0])
        reasons.append(operator.protocol()["route"])
    assert "a plain product took" in reasons[0]
    assert reasons[0] == reasons[1]  # the same times, to three digits


def test_a_model_without_such_layers_is_left_alone(mlp):
    operator = HessianOperator(mlp.objective(batch_size=11))
    operator.matvec(vectors(operator, 1)[:, 0])
    assert operator.protocol()["layers"] == "as they are"
    assert operator.protocol()["route"] == "auto: nothing to rewrite"


class Suspicious(Residual):
    """Computes something else where its convolutions are not torch's own."""

    def forward(self, x):
        y = self.stem(x)
        own = not y.requires_grad or y.grad_fn.name().startswith("ConvolutionBackward")
        x = torch.nn.functional.gelu(self.norm(y) * (1.0 if own else 1.1))
        return self.head(self.block(x).mean((2, 3)))


def test_a_rewritten_product_that_differs_is_not_used():
    plain = HessianOperator(residual_objective(model=Suspicious), route="plain")
    for choice in ("auto", "rewritten"):
        operator = HessianOperator(residual_objective(model=Suspicious), route=choice)
        v = vectors(operator, 1)[:, 0]
        assert torch.equal(operator.matvec(v), plain.matvec(v))
        assert "differs from the plain one" in operator.protocol()["route"]


def test_reruns_with_a_given_route_are_bit_identical():
    for choice in ("rewritten", "plain"):
        runs = []
        for _ in range(2):
            operator = HessianOperator(residual_objective(dtype=torch.float32), route=choice)
            runs.append(operator.matmat(vectors(operator, 5)))
        assert torch.equal(*runs)


@pytest.mark.usefixtures("ever_faster")
def test_blocks_at_once_equal_single_products(make_case):
    for name in ("mlp", "attention", "recurrent", "tied", "frozen", "unused"):
        objective = make_case(name).objective(l2=0.2)
        single, block = HessianOperator(objective), HessianOperator(objective)
        columns = vectors(single, 6)
        truth = torch.stack([single.matvec(column) for column in columns.unbind(1)], dim=1)
        for _ in range(2):  # the second time at once, since that seemed faster
            assert torch.allclose(block.matmat(columns), truth, rtol=1e-9, atol=1e-12)


def test_a_block_builds_each_graph_once(mlp, cross_entropy):
    built = []

    def loss(model, batch):
        built.append(len(batch[0]))
        return cross_entropy(model, batch)

    operator = HessianOperator(Objective(mlp.model, data=mlp.data, loss=loss, batch_size=4), memory_budget=0)
    operator.matvec(vectors(operator, 1)[:, 0])  # with what is looked at only once
    built.clear()
    operator.matmat(vectors(operator, 7))
    assert built == [4, 4, 3]


@pytest.fixture
def chunks_of(monkeypatch):
    """Cut where so many bytes are saved."""

    def cut(size):
        # internal: what fills 128 MB takes many times as long.
        monkeypatch.setattr("landscape.curvature._hvp.tuning.CHUNK_BYTES", size)

    return cut


def test_chunks_near_the_caches_give_the_same_product(case_truth, chunks_of):
    chunks_of(200_000)
    for choice in ("auto", "rewritten"):
        operator = HessianOperator(residual_objective(batch_size=24), route=choice)
        columns = vectors(operator, 2)
        assert torch.allclose(operator.matmat(columns), case_truth @ columns, rtol=1e-10, atol=1e-12)
        assert 8 <= operator.protocol()["chunk"] < 24
    whole = HessianOperator(residual_objective(batch_size=24, batchnorm="batch"))
    whole.matvec(columns[:, 0])
    assert whole.protocol()["chunk"] is None  # the loss depends on the batches


def contrastive(model, batch):
    """InfoNCE: every sample is compared with all others of its batch."""
    codes = nn.functional.normalize(model(batch[0]), dim=1)
    return nn.functional.cross_entropy(codes @ codes.roll(1, 0).T, torch.arange(len(codes)))


def test_a_loss_that_couples_samples_is_not_cut(chunks_of):
    chunks_of(20_000)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, x = nn.Sequential(nn.Linear(6, 30), nn.Tanh(), nn.Linear(30, 4)).double(), torch.randn(200, 6).double()
    objective = Objective(model, data=[(x,)], loss=contrastive)
    operator, plain = HessianOperator(objective), HessianOperator(objective, route="plain")
    v = vectors(operator, 1)[:, 0]
    assert torch.allclose(operator.matvec(v), plain.matvec(v), rtol=1e-10, atol=1e-13)
    assert operator.protocol()["chunk"] is None


def test_a_point_without_curvature_decides_nothing():
    objective = residual_objective(l2=0.0, model=Suspicious)
    for scale in (0.0, float("nan")):
        flat = HessianOperator(objective.at({n: scale * p for n, p in objective.parameters.items()}), route="rewritten")
        v = vectors(flat, 1)[:, 0]
        with pytest.raises(CannotMeasureError, match="not finite") if scale else nullcontext():
            flat.matvec(v)
        assert flat.protocol()["layers"] == "as they are"
    operator, plain = (HessianOperator(objective, route=choice) for choice in ("rewritten", "plain"))
    assert torch.equal(operator.matvec(v), plain.matvec(v))


def test_a_change_in_place_is_refused_with_kept_graphs_too():
    class InPlace(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(2, 6), nn.Linear(6, 3)

        def forward(self, x):
            z = torch.exp(self.first(x))
            if len(x) > 40:
                z.mul_(0.5)
            return self.second(z)

    data = torch.randn(64, 2), torch.randint(0, 3, (64,))
    objective = Objective(InPlace(), nn.CrossEntropyLoss(), data)
    for budget in (0, 2**30):
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            HessianOperator(objective, route="plain", memory_budget=budget).matvec(torch.ones(39))


class Inner(nn.Module):
    """A network whose output is a derivative, as physics-informed ones are."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))

    def forward(self, x):
        return torch.func.vmap(torch.func.grad(lambda z: self.net(z).squeeze()))(x)


class Graph(nn.Module):
    """A layer with a sparse adjacency matrix."""

    def __init__(self):
        super().__init__()
        self.register_buffer("adjacency", torch.eye(9).to_sparse())
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return torch.sparse.mm(self.adjacency, torch.tanh(self.layer(x)))


@pytest.mark.parametrize("make", [Inner, Graph])
@pytest.mark.parametrize("budget", [0, 2**30])
def test_functional_derivatives_and_sparse_tensors_inside_a_model(make, budget):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, x = make().double(), torch.randn(9, 2).double()
    objective = Objective(model, nn.MSELoss(), (x, torch.zeros_like(x)))
    leaves = list(model.parameters())
    gradient = torch.autograd.grad(model(x).square().mean(), leaves, create_graph=True, allow_unused=True)
    operator = HessianOperator(objective, memory_budget=budget)
    v = vectors(operator, 1)[:, 0]
    parts = [part.view(p.shape) for part, p in zip(v.split([p.numel() for p in leaves]), leaves, strict=True)]
    curved = [(g, part) for g, part in zip(gradient, parts, strict=True) if g is not None]
    rows = torch.autograd.grad([g for g, _ in curved], leaves, [part for _, part in curved], allow_unused=True)
    truth = [torch.zeros_like(p) if row is None else row for row, p in zip(rows, leaves, strict=True)]
    assert torch.allclose(operator.matvec(v), torch.cat([part.flatten() for part in truth]), rtol=1e-9, atol=1e-12)


def test_wrong_shapes_and_arguments_are_named(mlp):
    operator = HessianOperator(mlp.objective())
    with pytest.raises(ValueError, match=r"The vector has shape \(2,\), not \(43,\)"):
        operator.matvec(torch.ones(2))
    with pytest.raises(ValueError, match=r"The matrix has shape \(2, 43\), not \(43, k\)"):
        operator.matmat(torch.ones(2, 43))
    with pytest.raises(ValueError, match="route is 'fast': choose one of 'auto'"):
        HessianOperator(mlp.objective(), route="fast")


def test_a_trial_does_not_count_the_time_that_other_processes_take(monkeypatch):
    wall, cpu = iter([10.0, 17.0]), iter([2.0, 2.25])  # seven seconds, most of them waiting for a core
    monkeypatch.setattr("time.perf_counter", lambda: next(wall))
    monkeypatch.setattr("time.process_time", lambda: next(cpu))
    with timed(torch.device("cpu")) as elapsed:
        pass
    assert elapsed == [0.25]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [((4, 4), 3, 2, 1), ((5, 4), 3, 2, 0), ((4, 6), (3, 2), (2, 1), (1, 0)), ((5, 5), 3, 3, 1), ((6, 6), 4, (3, 2), 2)],
)
def test_strided_convolutions_of_few_pixels_have_the_same_products(size, kernel, stride, padding):
    def build() -> nn.Sequential:
        net = nn.Sequential(
            *(nn.Conv2d(2, 3, 1), nn.Tanh(), nn.Conv2d(3, 4, kernel, stride=stride, padding=padding)),
            *(nn.Tanh(), nn.Flatten(), nn.LazyLinear(2)),
        )
        net(torch.zeros(1, 2, *size))
        return net

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build()
        data = torch.randn(70, 2, *size), torch.randint(0, 2, (70,))
    objective = Objective(model, nn.CrossEntropyLoss(), data, dtype=torch.float64)
    # A matrix from plain autograd, which knows none of the products here.
    leaves = [p.detach().clone().requires_grad_() for p in objective.parameters.values()]

    def loss(*values: torch.Tensor) -> torch.Tensor:
        named = dict(zip(objective.parameters, values, strict=True))
        return nn.functional.cross_entropy(torch.func.functional_call(model, named, (data[0].double(),)), data[1])

    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss(*leaves), leaves, create_graph=True)])
    operator = HessianOperator(objective, route="rewritten")
    vector = vectors(operator, 1)[:, 0]
    truth = torch.cat([g.flatten() for g in torch.autograd.grad(gradient @ vector, leaves)])
    assert torch.allclose(operator.matvec(vector), truth, rtol=1e-10, atol=1e-12)


class Checkpointed(nn.Module):
    """Goes forward again in its backward pass, by a function that reads a parameter of the module."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Parameter(torch.randn(5, 5, dtype=torch.float64))
        self.head = nn.Linear(5, 3, dtype=torch.float64)

    def forward(self, x):
        return self.head(checkpoint(lambda z: torch.tanh(z @ self.inner), x, use_reentrant=False))


class ByHand(Checkpointed):
    """Reads the parameter in the backward pass of a function written by hand."""

    def forward(self, x):
        module = self

        class Product(torch.autograd.Function):
            @staticmethod
            def forward(ctx, z, weight):
                ctx.save_for_backward(z)
                return z @ weight

            @staticmethod
            def backward(ctx, slope):
                (z,) = ctx.saved_tensors
                return slope @ module.inner.T, z.T @ slope

        return self.head(torch.tanh(Product.apply(torch.tanh(Product.apply(x, self.inner)), self.inner)))


@pytest.mark.parametrize("model", [Checkpointed, ByHand])
def test_kept_graphs_that_need_the_model_find_it_at_the_objectives_point(model):
    torch.manual_seed(0)
    data = torch.randn(12, 5, dtype=torch.float64), torch.randint(0, 3, (12,))
    borrowed = model()
    elsewhere = {name: 2 * p.detach() for name, p in borrowed.named_parameters()}
    objective = Objective(borrowed, nn.CrossEntropyLoss(), data).at(elsewhere)
    kept, rebuilt = HessianOperator(objective), HessianOperator(objective, memory_budget=0)
    vector = vectors(kept, 1)[:, 0]
    expected = rebuilt.matvec(vector)
    for _ in range(3):
        assert torch.allclose(kept.matvec(vector), expected, rtol=1e-10, atol=1e-14)


def test_kept_graphs_are_gone_through_in_full_precision_and_without_the_callers_autocast(mlp):
    operator = HessianOperator(mlp.objective(dtype=torch.float32))
    vector = vectors(operator, 1)[:, 0]
    expected = operator.matvec(vector)
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        assert torch.equal(operator.matvec(vector), expected)
    with torch.inference_mode(), pytest.raises(ValueError, match="inference_mode"):
        operator.matvec(vector)
