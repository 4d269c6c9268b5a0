import os
from pathlib import Path

import pytest
import torch
from sklearn.metrics import balanced_accuracy_score

import zenith
from zenith import tasks
from zenith.tasks import fixtures, surnames, tinyshakespeare
from zenith.tasks.networks.recurrent import Recurrent
from zenith.tasks.networks.transformer import GPT, ViT

REAL_DATA = Path(os.environ.get("DATA_ROOT", "no DATA_ROOT in the environment"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    fixtures.write_tinyshakespeare(folder, 3000)
    fixtures.write_names(folder, 12)
    return folder


def decoded(tokens):
    return "".join(tinyshakespeare.CHARACTERS[i] for i in tokens)


def test_windows_cover_the_text_and_targets_follow(root):
    data = tasks.get("tinyshakespeare/gpt", context=20).load(root)
    text = (root / "tinyshakespeare" / "input.txt").read_text()
    shown, following = data.train.batch(torch.arange(len(data.train)))
    assert len(data.train) == (2700 - 1) // 20
    assert "".join(map(decoded, shown)) == text[: 20 * len(shown)]
    assert "".join(map(decoded, following)) == text[1 : 20 * len(shown) + 1]
    test_shown = data.test.batch(torch.arange(len(data.test)))[0]
    assert "".join(map(decoded, test_shown)) == text[2700:][: 20 * len(test_shown)]
    few = tasks.get("tinyshakespeare/gpt", context=20, train_samples=5).load(root).train.batch(torch.arange(5))[0]
    assert {decoded(row) for row in few} <= {decoded(row) for row in shown}


def test_text_of_other_characters_is_refused(tmp_path):
    (tmp_path / "input.txt").write_text("to be\u00a0or not" * 100, encoding="utf-8")
    with pytest.raises(ValueError, match=r"has the character '\\xa0', which tinyshakespeare has not: download"):
        tinyshakespeare.load(tmp_path)
    (tmp_path / "input.txt").write_text("to be or not", encoding="utf-8")
    with pytest.raises(ValueError, match="context=64 is longer than the 10 characters of a part"):
        tinyshakespeare.load(tmp_path)


@pytest.mark.parametrize("name", ["tinyshakespeare/gpt", "names/gru", "names/lstm"])
def test_missing_data_are_said_where_they_go(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data root: give --data-root DIR with"):
        tasks.get(name).load()
    with pytest.raises(FileNotFoundError, match=r"put .* of https://github\.com/.* into"):
        tasks.get(name).load(tmp_path)


def test_the_next_character_is_predicted_from_those_before_alone():
    torch.manual_seed(0)
    model = GPT(65, context=12, width=16, depth=2, heads=2).double()
    tokens = torch.randint(65, (1, 12))
    changed = tokens.clone()
    changed[0, 7] = (tokens[0, 7] + 1) % 65
    before, after = model(tokens), model(changed)
    assert before.shape == (1, 65, 12)
    assert torch.equal(before[..., :7], after[..., :7])
    assert (before[..., 7:] - after[..., 7:]).abs().amax(1).min() > 0
    torch.testing.assert_close(model(tokens[:, :7]), before[..., :7])


def test_an_image_is_cut_into_patches():
    torch.manual_seed(0)
    model = ViT(image_size=8, patch=4, width=12, depth=1, heads=3)
    image = torch.randn(1, 3, 8, 8)
    embedded = []
    model.embedding.register_forward_hook(lambda module, inputs, outputs: embedded.append(inputs[0]))
    assert model(image).shape == (1, 10)
    for number, (i, j) in enumerate([(0, 0), (0, 4), (4, 0), (4, 4)]):
        assert torch.equal(embedded[0][0, number], image[0, :, i : i + 4, j : j + 4].flatten())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GPT(65, width=10, heads=3), "width=10 is no multiple of heads=3"),
        (lambda: ViT(patch=5), "patch=5 does not divide image_size=32"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_standard_sizes_of_the_transformers():
    assert sum(p.numel() for p in ViT().parameters()) == pytest.approx(5.4e6, rel=0.02)  # ViT-Ti's blocks
    gpt = sum(p.numel() for p in GPT(65, 64, 64, 2, 2).parameters())
    block = 12 * 64**2 + 13 * 64
    assert gpt == 2 * block + 2 * 65 * 64 + 64 * 64 + 2 * 64


def test_no_name_is_in_both_parts(root):
    data = tasks.get("names/gru").load(root)
    parts = []
    for split in (data.train, data.test):
        letters, _ = split.fields
        parts.append({tuple(row) for row in letters.tolist()})
    assert len(data.train) > 2 * len(data.test) > 0
    assert not parts[0] & parts[1]


def test_a_name_of_several_languages_and_spellings_is_in_one_part(tmp_path):
    for language in surnames.LANGUAGES:
        file = tmp_path / f"{language}.txt"
        file.write_text(
            "\n".join(f"N\u00e0m{'abcdefghijklmnop'[i]}" for i in range(16)) + "\nNama\nNAMA", encoding="utf-8"
        )
    data = surnames.load(tmp_path, test_share=0.5)
    assert len(data.train) + len(data.test) == 16 * 18  # N\u00e0ma, Nama and NAMA are one
    for split in (data.train, data.test):
        letters, languages = split.batch(torch.arange(len(split)))
        for name in letters.unique(dim=0):
            assert languages[(letters == name).all(1)].tolist() == list(range(18))


def test_a_batch_is_padded_to_its_longest_name(root):
    data = tasks.get("names/lstm").load(root)
    lengths = (data.train.fields[0] != surnames.PADDING).sum(1)
    short = lengths.argsort()[:5]
    assert data.train.batch(short)[0].shape == (5, int(lengths[short].max()))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_padding_changes_nothing(cell):
    torch.manual_seed(0)
    model = Recurrent(cell, tokens=29, classes=18, width=16, depth=2).double()
    name = torch.randint(29, (1, 5))
    padded = torch.cat([name, torch.full((1, 4), 29)], dim=1)
    torch.testing.assert_close(model(padded), model(name))
    other = torch.cat([padded, torch.randint(29, (1, 9))])
    torch.testing.assert_close(model(other)[:1], model(name))


class Fixed(torch.nn.Module):
    def forward(self, guesses):
        return torch.nn.functional.one_hot(guesses, 18).float()


def test_balanced_accuracy_is_that_of_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    languages = torch.randint(5, (200,), generator=generator) ** 2
    guesses = torch.where(torch.rand(200, generator=generator) < 0.6, languages, 4)
    metric = surnames.BalancedAccuracy()
    for part in torch.arange(200).split(64):
        metric.update(Fixed(), (guesses[part], languages[part]))
    assert metric.compute() == pytest.approx(balanced_accuracy_score(languages, guesses))


@pytest.mark.parametrize(
    ("name", "options", "method"),
    [
        ("tinyshakespeare/gpt", {"context": 16, "width": 16}, "zenith-adamw"),
        ("names/gru", {"width": 16}, "zenith"),
        ("names/lstm", {"width": 16}, "zenith-muon"),
    ],
)
def test_zenith_trains_them(root, name, options, method):
    run = zenith.train(tasks.get(name, **options), method, data_root=root, epochs=2, batch_size=16)
    assert run.status == "finished"
    assert run.trace.epochs["train_loss"][-1] < run.trace.epochs["train_loss"][0]


@pytest.mark.skipif(not (REAL_DATA / "names").is_dir(), reason=f"no names: {REAL_DATA}")
def test_real_names():
    data = tasks.get("names/gru").load(REAL_DATA)
    assert len(data.train) + len(data.test) == pytest.approx(18_000, rel=0.01)
    assert len(data.test) / (len(data.train) + len(data.test)) == pytest.approx(0.2, abs=0.01)


@pytest.mark.skipif(not (REAL_DATA / "tinyshakespeare").is_dir(), reason=f"no tinyshakespeare: {REAL_DATA}")
def test_the_real_text_has_these_characters():
    text = (REAL_DATA / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")
    assert "".join(sorted(set(text))) == tinyshakespeare.CHARACTERS
