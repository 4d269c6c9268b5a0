import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties, findfont

from landscape.plot import COLUMN_WIDTH, DOUBLE_WIDTH, STYLE, TraceDisplay, method_style, styled

DEFAULT = ["zenith", "constant", "step", "exponential", "polynomial", "cosine"]
ALL = [*DEFAULT, "sgd", "adamw", "new one", "new two", "new three", "new four"]
AUTOMATIC = ["zenith", "pal", "lqa", "gen", "cocob", "dog", "dowg", "d-adaptation", "prodigy", "l4", "ali-g", "sps"]

# Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB
VISION = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(color, vision="full"):
    """CIE L*a*b* (D65) of a colour as seen with a colour-vision deficiency."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    t = xyz / (0.9505, 1.0, 1.089)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_colours_of_the_study_stay_apart_for_every_eye(vision):
    for a, b in itertools.combinations(method_style(ALL[:8]).values(), 2):
        assert np.linalg.norm(lab(a.color, vision) - lab(b.color, vision)) > 20, (a, b)


@pytest.mark.parametrize("vision", VISION)
def test_colours_of_the_automatic_methods_stay_apart_for_every_eye(vision):
    for a, b in itertools.combinations(method_style(AUTOMATIC).values(), 2):
        assert np.linalg.norm(lab(a.color, vision) - lab(b.color, vision)) > 15, (a, b)


def contrast(color, vision="full"):
    """Contrast ratio with white (WCAG 2.1) of a colour as seen with a colour-vision deficiency."""
    f = (lab(color, vision)[0] + 16) / 116
    luminance = f**3 if f > 6 / 29 else 3 * (6 / 29) ** 2 * (f - 4 / 29)
    return 1.05 / (luminance + 0.05)


def test_the_contrast_is_the_standards():
    assert contrast("white") == pytest.approx(1, abs=1e-3)
    assert contrast("black") == pytest.approx(21, abs=0.1)
    assert contrast("#777777") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", [*ALL, *AUTOMATIC[1:]])
def test_every_line_stands_out_from_the_page(name):
    style = method_style([name] if name not in ALL else ALL)[name]
    assert contrast(style.color) >= 3
    assert contrast(style.color, "deuteranopia") >= 2.9  # a dichromat sees some colours lighter
    assert style.linewidth >= 1.0


def test_dash_and_marker_tell_methods_apart_without_colour():
    for names in (ALL, AUTOMATIC):
        styles = method_style(names).values()
        assert len({style.dashes for style in styles}) == len({style.marker for style in styles}) == len(names)
    everything = method_style([*ALL, *AUTOMATIC[1:]]).values()
    assert len({style.dashes for style in everything}) == len(everything)


def simulated(picture, vision):
    """A picture, shape (height, width, 3) in 0 to 1, as seen with a colour-vision deficiency."""
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    return np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("vision", ["full", "deuteranopia", "greyscale"])
def test_drawn_curves_stay_apart_for_every_eye(vision):
    # What is on the page, antialiasing and all: each curve alone, as its mean colour and its pattern along x.
    strips = []
    for name in DEFAULT:
        display = TraceDisplay([0, 60], [[[1.0, 1.0]]], [name], ylabel="loss").plot(legend=False)
        display.ax_.set_axis_off()
        display.lines_[name].set_marker("")
        canvas = display.figure_.canvas
        canvas.draw()
        picture = np.asarray(canvas.buffer_rgba())[..., :3] / 255
        seen = picture.mean(axis=2, keepdims=True) if vision == "greyscale" else simulated(picture, vision)
        rows = np.flatnonzero((seen < 0.9).any(axis=(1, 2)))
        assert rows.size, name
        strips.append(seen[rows.min() : rows.max() + 1].min(axis=(0, 2)))
    for (i, a), (j, b) in itertools.combinations(enumerate(strips), 2):
        # a shift along the curve is no difference: compare how often and how long the ink is
        ink = [np.abs(np.fft.rfft(strip - strip.mean())) / strip.size for strip in (a, b)]
        pattern, tone = np.abs(ink[0] - ink[1]).max(), abs(a.min() - b.min())
        assert pattern > 0.02 or tone > 0.15, (DEFAULT[i], DEFAULT[j])


def test_looks_stay_apart_in_greyscale():
    styles = list(method_style(ALL).values())
    assert len({style.dashes for style in styles}) == len(styles)
    assert len({style.marker for style in styles}) == len(styles)
    lightness = sorted(lab(method_style(DEFAULT)[name].color)[0] for name in DEFAULT)
    assert min(np.diff(lightness)) > 5
    assert lightness[-1] - lightness[0] > 50


def test_a_method_always_looks_the_same():
    full = method_style(ALL)
    for name in ALL[:8]:
        assert method_style([name]) == {name: full[name]}
    assert method_style(["mine", "cosine"])["cosine"] == full["cosine"]
    assert method_style(["mine", "cosine"])["mine"] == full["new one"]
    assert list(method_style(["b", "a", "b"])) == ["b", "a"]
    assert len(method_style([f"m{i}" for i in range(20)])) == 20


def test_no_two_methods_ever_look_alike():
    names = [*dict.fromkeys([*ALL, *AUTOMATIC]), *(f"mine {i}" for i in range(300))]
    styles = method_style(names)
    assert len({(style.color, style.marker, style.dashes) for style in styles.values()}) == len(styles) == len(names)
    known = method_style([*ALL[:8], *AUTOMATIC]).values()
    assert len({style.color for style in known}) == len({style.dashes for style in known}) == len(known)
    for before, after in itertools.pairwise([styles[f"mine {i}"] for i in range(20, 60)]):
        assert before.color != after.color
        assert before.marker != after.marker
        assert before.dashes != after.dashes


def test_zenith_is_the_most_prominent():
    styles = method_style(ALL)
    assert styles["zenith"].linestyle == "-"
    assert all(styles["zenith"].linewidth > 1.5 * style.linewidth for name, style in styles.items() if name != "zenith")
    assert all(styles["zenith"].zorder > style.zorder for name, style in styles.items() if name != "zenith")


def test_style_is_valid_and_asks_for_a_font_that_ships():
    with mpl.rc_context(STYLE):
        assert findfont(FontProperties(family=["sans-serif"]), fallback_to_default=False).endswith("DejaVuSans.ttf")
    assert STYLE["pdf.fonttype"] == 42
    sizes = [value for key, value in STYLE.items() if "size" in key and ("font" in key or "label" in key)]
    assert sizes
    assert min(sizes) >= 6.5
    assert (COLUMN_WIDTH, DOUBLE_WIDTH) == (3.25, 6.75)


def test_styled_restores_even_after_an_error():
    before = dict(mpl.rcParams)

    @styled
    def draw():
        assert mpl.rcParams["font.size"] == STYLE["font.size"]
        raise RuntimeError("in drawing")

    with mpl.rc_context({"font.size": 33}):
        with pytest.raises(RuntimeError, match="in drawing"):
            draw()
        assert mpl.rcParams["font.size"] == 33
    assert dict(mpl.rcParams) == before


def test_one_name_is_no_list_of_letters():
    with pytest.raises(ValueError, match=r"give a list, \['constant'\]"):
        method_style("constant")
