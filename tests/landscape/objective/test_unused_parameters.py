"""Parameters that a model computes without are named when an objective is built; those of other tasks are only
recorded."""

import copy

import pytest
import torch
from torch import nn

from landscape.curvature.eigenvalues import top_eigenpairs
from landscape.curvature.hessian import HessianOperator
from landscape.objective.objective import Objective


class Cached(nn.Module):
    """Computes with its weight in training, and with the one of the last such call in eval mode."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 5))
        self.kept = self.weight.detach().clone()

    def forward(self, x):
        if self.training:
            self.kept = self.weight.detach().clone()
            return x @ self.weight.T
        return x @ self.kept.T


class Adapter(nn.Module):
    """A low-rank adapter that `eval()` merges into the weight, and `train()` takes out again."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 5), requires_grad=False)
        self.a, self.b = nn.Parameter(torch.randn(4, 2)), nn.Parameter(torch.randn(2, 5))
        self.in_weight = False

    def train(self, mode=True):
        if mode == self.in_weight:
            self.weight.data += (self.a @ self.b).detach() * (-1 if mode else 1)
            self.in_weight = not mode
        return super().train(mode)

    def forward(self, x):
        return x @ self.weight.T + (0 if self.in_weight else x @ (self.a @ self.b).T)


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.used, self.other = nn.Linear(5, 4), nn.Linear(4, 3), nn.Linear(4, 2)

    def forward(self, x):
        return self.used(self.body(x).tanh())


class Experts(nn.Module):
    """Each sample goes through one of two layers; the first few all go through the same."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(5, 3), nn.Linear(5, 3)

    def forward(self, x):
        right = x[:, 0] > 0
        out = x.new_zeros(len(x), 3)
        for rows, layer in ((right, self.one), (~right, self.two)):
            if rows.any():
                out = out.index_put((rows,), layer(x[rows]))
        return out


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(60, 5, generator=generator), torch.arange(60) % 3


def built(model, data, **options):
    return Objective(model, nn.CrossEntropyLoss(), data, **options)


def stacked(first):
    torch.manual_seed(0)
    return nn.Sequential(first(), nn.Tanh(), nn.Linear(4, 3))


def test_a_weight_cached_in_eval_mode_is_named(data, untouched):
    model = stacked(Cached).train()
    with (
        untouched(model),
        pytest.warns(UserWarning, match=r"'0\.weight'.*backward\(\) reaches them in the model as it is"),
    ):
        objective = built(model, data)
    with pytest.warns(UserWarning, match=r"'0\.weight'.*backward\(\) reaches them in training mode"):
        built(model.eval(), data)
    assert objective.unreached == ("0.weight",)
    assert objective.protocol()["without_gradient"] == ["0.weight"]
    assert "1 tensor" in repr(objective)
    assert top_eigenpairs(objective).protocol["without_gradient"] == ["0.weight"]
    assert objective.restrict("2").unreached == objective.restrict("2.bias").unreached == ()


def test_merged_adapters_are_named_and_the_advice_works(data):
    model = stacked(Adapter).double()
    data = data[0].double(), data[1]
    expected = top_eigenpairs(built(model.train(), data), tol=1e-8).values[0]
    model.eval()
    with pytest.warns(UserWarning, match=r"2 trainable parameters .*'0\.a', '0\.b'.*model\.train\(\)"):
        merged = built(model, data)
    assert top_eigenpairs(merged, tol=1e-8).values[0] < 0.999 * expected
    model.train()  # as the warning says
    assert top_eigenpairs(built(model, data), tol=1e-8).values[0] == pytest.approx(expected, rel=1e-6)
    model.eval()
    for name in ("a", "b"):  # or as it says for those who mean it
        getattr(model[0], name).requires_grad_(False)
    assert built(model, data).unreached == ()


def test_loralib(data, framework):
    loralib = framework("loralib")
    torch.manual_seed(0)
    model = nn.Sequential(loralib.Linear(5, 4, r=2), nn.Tanh(), nn.Linear(4, 3))
    nn.init.normal_(model[0].lora_B)
    loralib.mark_only_lora_as_trainable(model)
    model[2].requires_grad_(True)
    assert built(model.train(), data).unreached == ()
    with pytest.warns(
        UserWarning, match=r"'0\.lora_A', '0\.lora_B'.*merged into the weights.*model\.train\(\) in loralib"
    ):
        built(model.eval(), data)
    assert built(model.train(), data).unreached == ()


def test_peft(data, framework):
    peft = framework("peft")
    torch.manual_seed(0)
    base = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    model = peft.get_peft_model(base, peft.LoraConfig(target_modules=["0"], modules_to_save=["2"], r=2))
    assert built(model.eval(), data).unreached == ()
    model.merge_adapter()
    with pytest.warns(UserWarning, match=r"lora_A.*merged into the weights.*model\.unmerge_adapter\(\) in peft"):
        built(model, data)
    model.unmerge_adapter()
    assert built(model, data).unreached == ()


def test_heads_of_other_tasks_are_recorded_without_a_warning(data):
    objective = built(TwoHeads(), data)
    assert objective.unreached == ("other.weight", "other.bias")
    with HessianOperator(objective) as operator:
        product = operator.unflatten(operator.matvec(torch.ones(operator.size)))
        assert operator.protocol()["without_gradient"] == ["other.weight", "other.bias"]
    assert not any(product[name].any() for name in objective.unreached)
    moved = objective.at({name: 2 * p for name, p in objective.parameters.items()})
    assert moved.unreached == objective.unreached


def test_what_only_a_later_batch_uses_counts(data):
    order = data[0][:, 0].argsort(descending=True)
    data = data[0][order], data[1][order]
    assert built(Experts(), data, batch_size=8).unreached == ()
    few = built(Experts(), (data[0][:8], data[1][:8]))
    assert few.unreached == ("two.weight", "two.bias")


def test_a_model_that_cannot_be_copied_is_measured(data):
    class Stubborn(TwoHeads):
        def __deepcopy__(self, memo):
            raise TypeError("not to be copied")

    with pytest.raises(TypeError):
        copy.deepcopy(Stubborn())
    assert built(Stubborn(), data).unreached == ("other.weight", "other.bias")


class Lazy(nn.Module):
    """Keeps what it computes from its weight at the first call in eval mode, with its graph."""

    saves = False

    def __init__(self):
        super().__init__()
        self.weight, self.kept = nn.Parameter(torch.randn(4, 5)), None

    def forward(self, x):
        if self.kept is None or self.training:
            self.kept = self.weight.tanh() if self.saves else 2 * self.weight
        return x @ self.kept.T


def test_a_weight_cached_with_its_graph_is_named(data):
    """It cannot be copied, and autograd reaches the user's own parameter by it instead of the one that is varied."""
    model = stacked(Lazy).eval()
    words = r"'0\.weight'.*keeps values that it computed from them at a former call"
    with pytest.warns(UserWarning, match=words):  # of the objective's own first evaluation
        assert built(model, data).unreached == ("0.weight",)
    model = stacked(Lazy).eval()
    model(data[0])
    with pytest.warns(UserWarning, match=words):
        assert built(model, data).unreached == ("0.weight",)
    model[0].saves = True
    model[0].kept = None
    with pytest.raises(ValueError, match=r"keeps what it computed at a former call.*compute such values anew"):
        built(model, (data[0][:20], data[1][:20]))
