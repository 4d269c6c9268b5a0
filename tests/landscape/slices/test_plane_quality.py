"""Numbers of planes whose shape is known in closed form, and of planes drawn from objectives."""

import json
import re

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import landscape as ls
from landscape.slices.kinks import find_kinks
from landscape.slices.plane_quality import plane_quality


def surface(function, alphas=None, betas=None, **attrs):
    alphas = np.linspace(-1, 1, 21) if alphas is None else np.asarray(alphas)
    betas = alphas if betas is None else np.asarray(betas)
    values = function(alphas[:, None], betas[None]) + np.zeros((len(alphas), len(betas)))
    return xr.Dataset({"loss": (("alpha", "beta"), values)}, coords={"alpha": alphas, "beta": betas}, attrs=attrs)


UNEVEN = [-1.0, -0.7, -0.45, -0.1, 0.0, 0.15, 0.4, 0.8, 1.1]


@pytest.mark.parametrize("alphas", [np.linspace(-1, 1, 21), UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("matrix", [[[3, 1], [1, 2]], [[3, -2.5], [-2.5, 2]], [[-1, 0], [0, -2]], [[2, 0], [0, 0]]])
def test_quadratics_are_measured_exactly(alphas, matrix):
    (p, q), (_, r) = matrix
    plane = surface(lambda a, b: 5 + a - 2 * b + (p * a * a + 2 * q * a * b + r * b * b) / 2, alphas)
    quality = plane_quality(plane)
    assert quality.curvature.differences == pytest.approx(np.array(matrix, dtype=float), abs=1e-10)
    assert quality.curvature.fit == pytest.approx(np.array(matrix, dtype=float), abs=1e-10)
    assert quality.curvature.difference_errors.max() < 1e-9
    assert quality.curvature.centre == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))
    assert quality.convex_share == (1.0 if min(np.linalg.eigvalsh(matrix)) >= 0 else 0.0)
    assert quality.roughness == pytest.approx(0, abs=1e-12)
    assert quality.curvature.principal == pytest.approx(np.linalg.eigvalsh(matrix), abs=1e-9)


def test_errors_of_the_curvature_hold_the_truth():
    for function, truth in [(np.cosh, 1.0), (np.cos, -1.0), (lambda x: x**2 + 3 * x**4, 2.0)]:
        curvature = plane_quality(surface(lambda a, b, f=function: f(a) + f(2 * b))).curvature
        for value, error in [
            (curvature.differences, curvature.difference_errors),
            (curvature.fit, curvature.fit_errors),
        ]:
            assert 0.5 * error[0, 0] <= abs(value[0, 0] - truth) <= 1.02 * error[0, 0]  # the next orders are small
            assert 0.5 * error[1, 1] <= abs(value[1, 1] - 4 * truth) <= 1.02 * error[1, 1]
            assert value[0, 1] == pytest.approx(0, abs=1e-9)
        assert curvature.difference_errors[0, 0] < 0.1 * abs(truth)


def test_convex_area_of_a_double_well_and_an_egg_box():
    alphas = np.linspace(-2, 2, 201)
    well = plane_quality(surface(lambda a, b: (a**2 - 1) ** 2 + b**2, alphas))
    outside = 1 - 2 / np.sqrt(3) / (alphas[-2] - alphas[1] + 0.02)  # convex where |a| > 1/sqrt(3)
    assert well.convex_share == pytest.approx(outside, abs=0.01)
    assert well.num_minima == 2
    assert sorted(well.locations[:, 0]) == pytest.approx([-1, 1])
    assert well.minima.persistences[1] == pytest.approx(1)

    steps = np.linspace(-np.pi, np.pi, 118)
    eggs = plane_quality(surface(lambda a, b: np.cos(2 * a) + np.cos(2 * b), steps))
    assert eggs.convex_share == pytest.approx(0.25, abs=0.01)
    assert eggs.num_minima == 4
    finite = eggs.minima.persistences[1:4]  # from -2 over a saddle at 0
    assert finite == pytest.approx([2, 2, 2], abs=0.01)
    assert (eggs.minima.on_border[:4] == [False] * 4).all()
    assert eggs.variation == pytest.approx(4, abs=0.01)  # down, up, down, up
    assert eggs.roughness > 10 * plane_quality(surface(lambda a, b: np.cosh(a) + np.cosh(b))).roughness


def test_convex_area_counts_area_and_not_points():
    alphas = np.concatenate([np.linspace(-1, 0, 101), np.linspace(0, 1, 11)[1:]])
    quality = plane_quality(surface(lambda a, b: np.sign(a) * a**2 + b**2, alphas, np.linspace(-1, 1, 11)))
    assert quality.convex_share == pytest.approx(0.5, abs=0.06)  # of the points a tenth is convex


def test_directions_of_any_length_and_angle_show_the_same_surface():
    matrix = np.array([[3.0, 1.0], [1.0, 2.0]])
    transform = np.array([[2.0, 1.5], [0.0, 0.5]])  # columns: directions in orthonormal coordinates
    sizes = np.linalg.norm(transform, axis=0)
    cosine = transform[:, 0] @ transform[:, 1] / sizes.prod()

    def loss(a, b):
        x = transform[0, 0] * a + transform[0, 1] * b
        y = transform[1, 0] * a + transform[1, 1] * b
        return (matrix[0, 0] * x * x + 2 * matrix[0, 1] * x * y + matrix[1, 1] * y * y) / 2 + 0.2 * np.cos(3 * x)

    skewed = surface(loss, np.linspace(-0.02, 0.02, 21), norm_alpha=sizes[0], norm_beta=sizes[1], cosine=cosine)
    truth = np.linalg.eigvalsh(matrix - np.diag([1.8, 0]))
    assert plane_quality(skewed).curvature.principal == pytest.approx(truth, rel=0.01)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.floats(0.1, 10), shift=st.floats(-10, 10), holes=st.booleans())
def test_numbers_do_not_change_with_the_unit_of_the_loss(seed, factor, shift, holes):
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(8, 9)) + np.linspace(-2, 2, 9) ** 2
    if holes:
        values[generator.random((8, 9)) < 0.05] = np.nan
    one, other = (
        plane_quality(surface(lambda a, b, v=v: v, np.arange(8.0) ** 1.2, np.arange(9.0)))
        for v in (values, factor * values + shift)
    )
    for name in ("convex_share", "roughness", "variation", "num_minima", "finite_share"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9, nan_ok=True)
    assert other.minima.cells.tolist() == one.minima.cells.tolist()
    assert other.minima.persistences == pytest.approx(factor * one.minima.persistences, rel=1e-9)
    assert 0 <= one.convex_share <= 1
    assert one.variation >= 1


def test_roughness_and_variation_of_a_checkerboard():
    values = (-1.0) ** np.add.outer(np.arange(40), np.arange(40))
    quality = plane_quality(surface(lambda a, b: values, np.linspace(-1, 1, 40)))
    assert quality.roughness == pytest.approx(0.5, abs=0.002)  # +-1 about a quadratic that is all but zero, over 2
    assert quality.variation == 39
    assert quality.num_minima == 1  # the low cells meet at their corners
    half = plane_quality(surface(lambda a, b: a + 0 * b))
    assert half.variation == pytest.approx(1)


def test_non_finite_values_are_left_out_and_counted():
    plane = surface(lambda a, b: a**2 + b**2)
    plane["loss"][3, 4] = np.nan
    plane["loss"][17, 17] = np.inf
    quality = plane_quality(plane)
    assert quality.finite_share == 1 - 2 / 441
    assert quality.convex_share == 1
    assert quality.roughness == pytest.approx(0, abs=1e-12)
    assert quality.range[1] == 2
    assert quality.num_minima == 1
    plane["loss"][9, 10] = np.nan
    assert np.isnan(plane_quality(plane).curvature.differences[0, 0])
    assert plane_quality(plane).curvature.fit[0, 0] == pytest.approx(2)  # from the other points


def test_signs_within_rounding_are_said_to_be():
    flat = plane_quality(surface(lambda a, b: 1000 + a, protocol=json.dumps({"dtype": "float32"})))
    assert flat.convex_share == flat.undetermined_share == 1
    bowl = surface(lambda a, b: 1 + 1e-6 * (a**2 + b**2), protocol=json.dumps({"dtype": "float32"}))
    assert plane_quality(bowl).undetermined_share == 1
    assert plane_quality(bowl.assign_attrs(protocol=json.dumps({"dtype": "float64"}))).undetermined_share == 0
    assert plane_quality(surface(lambda a, b: 2.0)).roughness == 0
    assert np.isnan(plane_quality(surface(lambda a, b: 2.0)).variation)


def test_the_rounding_is_that_of_each_objective(mlp):
    X, y = mlp.data
    single = ls.Objective(mlp.model, mlp.criterion, (X.float(), y), dtype=torch.float32)
    directions = [ls.random_direction(single, seed=seed) for seed in (0, 1)]
    steps = np.linspace(-1e-2, 1e-2, 5)
    alone = plane_quality(ls.plane(single, directions, steps))
    together = ls.plane({"one": single, "two": single}, directions, steps)
    among = plane_quality(together, variable="one_loss")
    assert (among.curvature.difference_errors == alone.curvature.difference_errors).all()
    assert among.undetermined_share == alone.undetermined_share


def test_plane_of_a_network_has_the_curvature_of_its_hessian(convnet):
    objective = convnet.objective()
    with ls.HessianOperator(objective) as hessian:
        pairs = ls.top_eigenpairs(hessian, k=2, tol=1e-10)
        u = pairs.vectors[0]
        v = {
            n: 0.5 * pairs.vectors[1][n] + 0.8 * pairs.vectors[0][n] for n in u
        }  # neither of unit length nor orthogonal
        plane = ls.plane(objective, (u, v), np.linspace(-0.02, 0.02, 7))
        by_products = plane_quality(plane, reference=hessian, directions=(u, v))
    by_pairs = plane_quality(plane, reference=pairs, directions=(u, v))
    truth = np.array(
        [
            [convnet.hessian().numpy() @ objective.flatten(y).numpy() @ objective.flatten(x).numpy() for y in (u, v)]
            for x in (u, v)
        ]
    )
    for quality, products in [(by_products, 2), (by_pairs, 0)]:
        curvature = quality.curvature
        assert curvature.exact == pytest.approx(truth, rel=1e-8)
        assert curvature.products == quality.protocol["products"] == products
        assert (np.abs(curvature.differences - truth) <= 2 * curvature.difference_errors).all()
        assert curvature.differences == pytest.approx(truth, rel=1e-3)
        assert (np.abs(curvature.exact - truth) <= curvature.exact_errors).all()
        assert curvature.principal[1] == pytest.approx(pairs.values[0], rel=1e-3)
    assert quality.protocol["plane"]["fingerprint"] == objective.fingerprint
    json.dumps(quality.protocol)
    text = repr(by_products)
    assert "matrix" in text
    assert re.search(r"convex .* 100\.0%", text)


def test_what_is_no_plane_is_refused(mlp):
    objective = mlp.objective()
    u, v = (ls.random_direction(objective, seed=seed) for seed in (0, 1))
    plane = ls.plane(objective, (u, v), np.linspace(-1, 1, 3))
    pairs = ls.top_eigenpairs(objective, k=1)
    double = {n: 2 * d for n, d in u.items()}
    bowl = surface(lambda a, b: a**2 + b**2)
    for arguments, words in [
        ({"plane": plane, "variable": "accuracy"}, "no variable 'accuracy'"),
        ({"plane": plane.isel(alpha=0)}, "select one plane"),
        ({"plane": plane.isel(alpha=slice(2))}, r"shape \(2, 3\)"),
        ({"plane": bowl * np.nan}, "0 finite values"),
        ({"plane": plane.assign_coords(alpha=[0, 0, 1])}, "different"),
        ({"plane": plane, "threshold": np.nan}, "threshold is nan"),
        ({"plane": plane, "directions": (u, v)}, "both reference and directions"),
        ({"plane": plane, "reference": pairs, "directions": (double, v)}, "norm_alpha"),
        ({"plane": plane, "reference": pairs, "directions": (u,)}, "two directions, not 1"),
        ({"plane": plane, "reference": pairs, "directions": (u, v)}, "outside of the span of the 1 eigenvectors"),
        ({"plane": bowl.isel(alpha=slice(10, 21)), "reference": pairs, "directions": (u, v)}, "no interior point"),
    ]:
        with pytest.raises(ValueError, match=words):
            plane_quality(**arguments)
    assert plane_quality(bowl.isel(alpha=slice(10, 21))).curvature is None
    assert "no interior point" in repr(plane_quality(bowl.isel(alpha=slice(10, 21))))


def test_order_of_dimensions_and_of_steps_does_not_matter():
    plane = surface(lambda a, b: np.cos(5 * a) + b**3, UNEVEN, np.linspace(-1, 2, 15))
    expected = plane_quality(plane)
    turned = plane_quality(plane.isel(alpha=slice(None, None, -1)).transpose("beta", "alpha"))
    assert turned.convex_share == expected.convex_share
    assert turned.curvature.differences.tolist() == expected.curvature.differences.tolist()
    assert turned.locations.tolist() == expected.locations.tolist()


def net(activation, seed, width, samples):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(5, width), activation, nn.Linear(width, width), activation, nn.Linear(width, 3))
    inputs, targets = torch.randn(samples, 5), torch.randint(0, 3, (samples,))
    return ls.Objective(model, nn.CrossEntropyLoss(), (inputs, targets), dtype=torch.float64)


def quality_and_truth(objective, reach=0.2, points=11):
    u, v = (ls.random_direction(objective, seed=seed) for seed in (0, 1))
    plane = ls.plane(objective, (u, v), np.linspace(-reach, reach, points))
    with ls.HessianOperator(objective) as hessian:
        compared = plane_quality(plane, reference=hessian, directions=(u, v)).curvature
    return plane, compared


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("width", "samples"), [(8, 40), (40, 400)])
def test_kinks_are_named_where_no_error_can_be_told(seed, width, samples):
    plane, curvature = quality_and_truth(net(nn.ReLU(), seed, width, samples))
    assert json.loads(plane.attrs["protocol"])["kinks"] == ["relu"]
    assert np.isnan(curvature.difference_errors).all()
    assert np.isnan(curvature.fit_errors).all()
    assert np.isfinite(curvature.differences).all()
    assert np.isfinite(curvature.exact).all()  # what the message advises
    assert "kinks (relu)" in curvature.message
    assert "reference=HessianOperator(objective)" in repr(plane_quality(plane))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("activation", [nn.Tanh(), nn.GELU(), nn.SiLU()], ids=lambda a: type(a).__name__)
def test_smooth_networks_keep_tight_errors_that_hold(activation, seed):
    plane, curvature = quality_and_truth(net(activation, seed, 16, 80), reach=0.05)
    assert json.loads(plane.attrs["protocol"])["kinks"] == []
    assert curvature.message == ""
    off = np.abs(curvature.differences - curvature.exact)
    assert (off <= 1.5 * curvature.difference_errors + curvature.exact_errors).all()
    assert curvature.difference_errors.max() < 1e-2 * np.abs(curvature.exact).max()


def test_kinks_of_surfaces_that_say_nothing_of_them_are_seen_by_how_differences_change():
    bowl = plane_quality(surface(lambda a, b: a**2 + b**2)).curvature
    assert "does not say whether the loss is smooth" in bowl.message
    assert bowl.difference_errors.max() < 1e-9
    for kink in (0.0, 0.03, 0.12):
        curvature = plane_quality(surface(lambda a, b, k=kink: a**2 + 0.3 * np.abs(a - k) + b**2)).curvature
        off = abs(curvature.differences[0, 0] - 2.0)
        assert np.isnan(curvature.difference_errors[0, 0]) or off <= curvature.difference_errors[0, 0], kink
        assert curvature.difference_errors[1, 1] < 1e-9


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        (nn.GELU(), []),
        (nn.LayerNorm(8), []),
        (nn.Softmax(1), []),
        (nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True), []),
        (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), ["relu"]),
        (nn.ReLU(inplace=True), ["relu"]),
        (nn.LeakyReLU(), ["leaky_relu"]),
        (nn.ReLU6(), ["hardtanh"]),
        (nn.MaxPool1d(2, 1, 1), ["max_pool2d_with_indices"]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_operations_with_kinks_are_found(layer, found):
    torch.manual_seed(0)
    width = 9 if isinstance(layer, nn.MaxPool1d) else 8
    model = nn.Sequential(nn.Linear(5, 8), layer, nn.Linear(width, 3))
    objective = ls.Objective(model, nn.CrossEntropyLoss(), (torch.randn(40, 5), torch.randint(0, 3, (40,))))
    state = torch.get_rng_state()
    assert find_kinks(objective) == found
    assert torch.equal(state, torch.get_rng_state())


def test_clamps_that_change_nothing_and_kinks_of_the_data_are_none():
    torch.manual_seed(0)

    class Cosine(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(5, 3)

        def forward(self, x):
            return nn.functional.normalize(self.linear(x.abs()), dim=1)

    data = torch.randn(40, 5), torch.randint(0, 3, (40,))
    assert find_kinks(ls.Objective(Cosine(), nn.CrossEntropyLoss(), data)) == []
    assert find_kinks(ls.Objective(nn.Linear(5, 1), nn.L1Loss(), (data[0], torch.randn(40, 1)))) == ["abs"]
