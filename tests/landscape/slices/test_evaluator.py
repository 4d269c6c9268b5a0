"""The backends that evaluate many points: each gives the plain values, and is refused where it would not."""

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from landscape.objective.objective import Objective
from landscape.objective.per_sample import SampleLosses, standard_error
from landscape.slices._evaluation import batch_norm_folding, tuning
from landscape.slices._evaluation.backends import Candidate, DisplacedParameters
from landscape.slices._evaluation.evaluator import Evaluator
from landscape.slices.directions import random_direction


def accuracy(model, batch):
    return (model(batch[0]).argmax(1) == batch[1]).double().mean()


def directions(objective, number=2):
    return [random_direction(objective, seed=seed, normalization=None) for seed in range(number)]


POINTS = np.array([(-0.5, 0.3), (0.0, 0.0), (0.2, 0.0), (0.0, 1.0), (0.2, 0.3)])


def values(evaluator, points=POINTS):
    rows = [block for _, block in evaluator.evaluate(points)]
    return dict(zip(evaluator.names, np.concatenate(rows).T, strict=True))


def brute(case, objective, points=POINTS, l2=0.0):
    """Losses of copies whose weights were moved by hand."""
    u, v = directions(objective)
    names = [n for n, p in case.model.named_parameters() if p.requires_grad]
    return [case.value([a * u[n] + b * v[n] for n in names], l2=l2) for a, b in points.tolist()]


@pytest.mark.parametrize("route", ["plain", "rewritten"])
def test_points_are_those_of_a_moved_copy(case, untouched, route):
    objective = case.objective(l2=0.1, metrics={"accuracy": accuracy})
    along = directions(objective)
    with untouched(case.model):
        found = values(Evaluator({"": objective}, along, route=route))
    assert found["loss"] == pytest.approx(brute(case, objective, l2=0.1), rel=1e-12)
    for point, value in zip(POINTS.tolist(), found["accuracy"], strict=True):
        assert value == objective.evaluate(moved(objective, along, point))["accuracy"]


def moved(objective, along, point):
    steps = zip(point, along, strict=True)
    return DisplacedParameters(objective.parameters, [u for _, u in steps]).move_to(point)


def test_many_points_in_one_pass_are_those_of_a_moved_copy(make_case):
    for name in ("mlp", "convnet", "tied", "frozen"):
        case = make_case(name)
        objective = case.objective(l2=0.1)
        along = directions(objective)
        chosen = {"": Candidate(width=3)}
        found = values(Evaluator({"": objective}, along, candidates=chosen))
        assert found["loss"] == pytest.approx(brute(case, objective, l2=0.1), rel=1e-12), name


def test_chunks_give_the_same_values(convnet):
    objective = convnet.objective(batch_size=11, metrics={"accuracy": accuracy})
    chosen = {"": Candidate(rows=4, channels_last=True)}
    found = values(Evaluator({"": objective}, directions(objective), candidates=chosen))
    assert found["loss"] == pytest.approx(brute(convnet, objective), rel=1e-12)


def test_batch_norms_are_folded_and_images_go_channels_last():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 8, 3, groups=2),
        nn.BatchNorm2d(8, affine=False),
        nn.Flatten(),
        nn.Linear(1152, 4),
    )
    model(torch.randn(50, 3, 16, 16))
    data = torch.randn(40, 3, 16, 16), torch.randint(0, 4, (40,))
    objective = Objective(model, nn.CrossEntropyLoss(), data, batch_size=16)
    for normalization in (None, "filter"):  # which moves the batch norms, or not
        along = [random_direction(objective, seed=s, normalization=normalization) for s in range(2)]
        evaluator = Evaluator({"": objective}, along, route="rewritten")
        found = values(evaluator)["loss"]
        assert evaluator.metadata()[""]["layers"] == "2 batch norms folded in, channels last"
        assert found == pytest.approx(values(Evaluator({"": objective}, along, route="plain"))["loss"], rel=1e-5)


def test_reruns_of_the_rewritten_route_have_the_same_bits(convnet):
    objective = convnet.objective()
    first, again = (Evaluator({"": objective}, directions(objective), route="rewritten") for _ in range(2))
    assert np.array_equal(values(first)["loss"], values(again)["loss"])
    assert first.metadata() == again.metadata()
    assert "seconds" not in str(first.metadata())


@pytest.fixture
def eager_trials(monkeypatch):
    """Trials for points that take no time."""
    # internal: points that take half a second are too slow for a test.
    monkeypatch.setattr(tuning, "LEAST_SECONDS", 0.0)


@pytest.mark.usefixtures("eager_trials")
def test_auto_tries_every_way_and_tells_what_they_took(mlp):
    objective = mlp.objective()
    points = np.stack([np.linspace(-1, 1, 140), np.zeros(140)], axis=1)
    evaluator = Evaluator({"": objective}, directions(objective))
    found = values(evaluator, points)["loss"]
    metadata = evaluator.metadata()[""]
    assert "a plain point took" in metadata["reason"]
    assert "64 points at once" in metadata["reason"]
    assert found == pytest.approx(
        values(Evaluator({"": objective}, directions(objective), route="plain"), points)["loss"]
    )


def test_rewritten_takes_many_points_of_a_small_model_in_one_pass(mlp):
    objective = mlp.objective()
    along = directions(objective)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, size=(150, 2))  # the last pass is not full
    evaluator = Evaluator({"": objective}, along, route="rewritten")
    found = values(evaluator, points)["loss"]
    assert "64 points at once" in evaluator.metadata()[""]["layers"]
    np.testing.assert_allclose(found, brute(mlp, objective, points), rtol=1e-12)
    again = values(evaluator, points)["loss"]  # in other blocks, since the first call has found their size
    assert (
        found.tolist()
        == again.tolist()
        == values(Evaluator({"": objective}, along, route="rewritten"), points)["loss"].tolist()
    )


def test_batch_norm_that_is_not_frozen_is_evaluated_plainly(convnet):
    objective = convnet.objective(batchnorm="batch")
    evaluator = Evaluator({"": objective}, directions(objective), route="rewritten")
    found = values(evaluator)["loss"]
    assert evaluator.metadata()[""]["reason"] == "batch norm takes batch statistics"
    along = directions(objective)
    here = {n: p - 0.5 * along[0][n] + 0.3 * along[1][n] for n, p in objective.parameters.items()}
    assert found[0] == pytest.approx(objective.value(here), rel=1e-12)


class Folded(nn.Module):
    """A convolution and a batch norm, and more that is done with them."""

    def __init__(self, how):
        super().__init__()
        self.conv, self.norm, self.how = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), how
        self.twin = nn.BatchNorm2d(4)
        for norm in (self.norm, self.twin):
            norm.running_mean.copy_(torch.randn(4))
            norm.running_var.copy_(torch.rand(4) + 0.5)

    def forward(self, x):
        y = self.conv(x)
        if self.how == "in place before":
            y.mul_(2.0)
        far = float(self.conv.weight.detach().abs().max()) > 1.0
        if self.how == "elsewhere" and far:  # which no trial near the origin shows
            return y.flatten(1).sum(1, keepdim=True).expand(-1, 3)
        z = self.twin(y) if self.how == "another" and far else self.norm(y)
        if self.how == "again after" or (self.how == "far" and far):
            z = z + torch.cat([y, y])[: len(y)]
        return z.flatten(1)[:, :3]


@pytest.mark.parametrize("how", ["plain", "in place before", "again after", "far", "elsewhere", "another"])
def test_a_batch_norm_is_folded_only_where_that_is_the_model(how):
    torch.manual_seed(0)
    data = torch.randn(20, 1, 6, 6).double(), torch.randint(0, 3, (20,))
    objective = Objective(Folded(how).double(), nn.CrossEntropyLoss(), data)
    along = directions(objective)
    found = Evaluator({"": objective}, along, candidates={"": Candidate(folded={"conv": "norm"})})
    points = np.array([(0.0, 0.0), (0.1, 0.0), (3.0, 2.0), (-0.1, 0.1)])
    expected = [objective.value(moved(objective, along, point)) for point in points.tolist()]
    assert values(found, points)["loss"] == pytest.approx(expected, rel=1e-12)
    chosen = Evaluator({"": objective}, along, route="rewritten")
    assert values(chosen, points)["loss"] == pytest.approx(expected, rel=1e-12)
    if how in ("plain", "far", "elsewhere", "another"):
        assert chosen.metadata()[""]["layers"] == "1 batch norms folded in"


def test_what_a_convolution_shared_by_two_batch_norms_computes_is_not_folded():
    class Shared(Folded):
        def forward(self, x):
            return (self.norm(self.conv(x)) + self.twin(self.conv(x))).flatten(1)[:, :3]

    torch.manual_seed(0)
    data = torch.randn(20, 1, 6, 6).double(), torch.randint(0, 3, (20,))
    objective = Objective(Shared("").double(), nn.CrossEntropyLoss(), data)
    evaluator = Evaluator({"": objective}, directions(objective), route="rewritten")
    values(evaluator)
    assert evaluator.metadata()[""] == {"layers": "as they are", "reason": "nothing to rewrite"}


def test_wrong_values_are_refused(monkeypatch):
    """Of whatever is tried, the values at two points decide."""
    # internal: a folding is that of the layers but for errors of ours.
    original = batch_norm_folding.BatchNormFolding._fold

    def wrong(self, *arguments):
        kernel, shift = original(self, *arguments)
        return kernel * (1 + 1e-6), shift

    # internal: a folded batch norm is that of the model but for errors of ours.
    monkeypatch.setattr(batch_norm_folding.BatchNormFolding, "_fold", wrong)
    torch.manual_seed(0)
    data = torch.randn(20, 1, 6, 6).double(), torch.randint(0, 3, (20,))
    objective = Objective(Folded("plain").double(), nn.CrossEntropyLoss(), data)
    along = directions(objective)
    evaluator = Evaluator({"": objective}, along, route="rewritten")
    expected = [objective.value(moved(objective, along, point)) for point in POINTS.tolist()]
    assert values(evaluator)["loss"].tolist() == expected
    assert evaluator.metadata()[""]["reason"] == "the rewritten values differ from the plain ones"


class Remembering(nn.Module):
    """What leaves something behind for the next evaluation, unless it is put back."""

    def __init__(self, how):
        super().__init__()
        self.layer, self.how = nn.Linear(4, 3), how
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        if self.how == "buffer":
            self.calls += 1
        noise = {
            "torch": lambda: torch.rand(()),
            "numpy": np.random.rand,
            "python": random.random,
            "buffer": lambda: self.calls,
            "far": lambda: torch.rand(()) if float(self.layer.weight.detach().abs().max()) > 2 else 0.5,
        }[self.how]()
        return self.layer(x) * (1 + noise)


@pytest.mark.parametrize("route", ["plain", "rewritten"])
@pytest.mark.parametrize("how", ["torch", "numpy", "python", "buffer", "far"])
def test_no_point_depends_on_random_states_and_buffers_that_others_leave_behind(how, route, untouched):
    torch.manual_seed(0)
    model, data = Remembering(how), (torch.randn(9, 4), torch.arange(9) % 3)
    objective = Objective(model, nn.CrossEntropyLoss(), data, check_deterministic=False)
    along = directions(objective)
    points = np.concatenate([POINTS, POINTS[::-1], 9 * POINTS, POINTS])
    expected = [objective.value(moved(objective, along, point)) for point in points.tolist()]
    with untouched(model):
        found = values(Evaluator({"": objective}, along, route=route), points)["loss"].tolist()
    assert found == expected


# ---------------------------------------------------------------------- displaced parameters


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from([0.0, -0.0, 0.5, -1.25, 3.0])] * 2), min_size=1, max_size=6),
    st.sampled_from([torch.float32, torch.float64]),
)
def test_moves_do_not_depend_on_the_way_they_came(path, dtype):
    torch.manual_seed(0)
    origin = {"a": torch.randn(3, 2, dtype=dtype), "b": torch.tensor([-0.0, 1.0], dtype=dtype), "c": torch.ones(2)}
    along = [{n: torch.randn(p.shape).to(p) for n, p in origin.items()} for _ in range(2)]
    for u in along:
        u["c"].zero_()
    before = {n: p.clone() for n, p in origin.items()}
    displaced = DisplacedParameters(origin, along)
    assert displaced.moved == ["a", "b"]
    for point in path:
        found = displaced.move_to(point)
    fresh = DisplacedParameters(origin, along).move_to(path[-1])
    for name, p in found.items():
        assert torch.equal(p, fresh[name])
        if not any(path[-1]):
            assert torch.equal(p.view(torch.uint8), origin[name].view(torch.uint8))  # the sign of zero too
        assert torch.equal(before[name], origin[name])
    addresses = [p.data_ptr() for p in displaced.move_to((1.0, 2.0)).values()]
    assert [p.data_ptr() for p in displaced.move_to((3.0, 4.0)).values()] == addresses


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize("name", ["mlp", "convnet", "attention", "frozen"])
def test_standard_errors_are_those_of_the_sample_mean(make_case, name):
    case = make_case(name)
    objective = case.objective(l2=0.2)
    along = directions(objective)
    for route in ("plain", "rewritten"):
        found = values(Evaluator({"": objective}, along, route=route, errors={"": True}))
        plain = values(Evaluator({"": objective}, along, route="plain"))
        assert found["loss"] == pytest.approx(plain["loss"], rel=1e-12)
        per_sample = [_losses(case, objective, along, point) for point in POINTS]
        centre = per_sample[1]
        expected = [x.std(ddof=1) / np.sqrt(len(x)) for x in per_sample]
        differences = [(x - centre).std(ddof=1) / np.sqrt(len(x)) for x in per_sample]
        assert found["loss_se"] == pytest.approx(expected, rel=1e-10)
        assert found["loss_difference_se"] == pytest.approx(differences, rel=1e-9, abs=1e-15)


def _losses(case, objective, along, point):
    here = {n: p + point[0] * along[0][n] + point[1] * along[1][n] for n, p in objective.parameters.items()}

    def run(model):
        return functional.cross_entropy(model(case.data[0]), case.data[1], reduction="none").numpy()

    with torch.no_grad():
        return objective.run(run, here)


def test_tokens_of_a_sequence_are_not_taken_for_independent():
    torch.manual_seed(0)
    model, classes = nn.Embedding(7, 3).double(), torch.tensor([1.0, 5.0, 0.5]).double()
    x, y = torch.randint(0, 7, (6, 5)), torch.randint(0, 3, (6, 5))
    y[0, 2:] = -100
    objective = Objective(nn.Sequential(model, Transposed()), nn.CrossEntropyLoss(weight=classes), (x, y), batch_size=4)
    along = directions(objective, 1)
    found = values(Evaluator({"": objective}, along, route="plain", errors={"": True}), np.zeros((1, 1)))
    losses = functional.cross_entropy(model(x).movedim(-1, 1), y, reduction="none").detach()
    weights = torch.where(y == -100, 0.0, classes[y.clamp(min=0)])
    s, w = (losses * weights).sum(1).numpy(), weights.sum(1).numpy()
    ratio = s.sum() / w.sum()
    expected = np.sqrt(6 / 5 * ((s - ratio * w) ** 2).sum()) / w.sum()
    assert found["loss"] == pytest.approx(ratio, rel=1e-12)
    assert found["loss"] == pytest.approx(objective.value(), rel=1e-12)
    assert found["loss_se"] == pytest.approx(expected, rel=1e-12)


class Transposed(nn.Module):
    def forward(self, x):
        return x.movedim(-1, 1)


def test_standard_errors_cover_the_mean_of_what_was_drawn_from():
    generator = np.random.default_rng(0)
    population = generator.exponential(size=400)
    hits, drawn = 0, 300
    for _ in range(drawn):
        part = generator.choice(population, 100, replace=False)
        error = standard_error(SampleLosses(part, np.ones(100)), population=400)
        hits += abs(part.mean() - population.mean()) < 1.96 * error
    assert 0.91 < hits / drawn < 0.98  # without the correction for the finite population 0.976 and more
    whole = SampleLosses(population, np.ones(400))
    assert standard_error(whole, population=400) == 0


def test_errors_that_cannot_be_told_are_refused(mlp, cross_entropy):
    objective = Objective(mlp.model, data=[mlp.data], loss=cross_entropy)
    with pytest.raises(ValueError, match="losses of single samples are not known of a loss"):
        Evaluator({"": objective}, directions(objective), errors={"": True})


def test_objectives_at_other_weights_are_refused(mlp):
    objective = mlp.objective()
    moved = objective.at({n: p + 1 for n, p in objective.parameters.items()})
    with pytest.raises(ValueError, match=r"'a' and 'b' differ in '0.weight'.*'b'.at"):
        Evaluator({"a": objective, "b": moved}, directions(objective))
    with pytest.raises(ValueError, match="route is 'fast'"):
        Evaluator({"": objective}, directions(objective), route="fast")
