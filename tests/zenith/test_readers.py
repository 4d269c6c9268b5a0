import gzip
import io
import os
import pickle
import struct
import tarfile
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from zenith.tasks import file_formats
from zenith.tasks.file_formats import archive_files, cifar_batch, decode_images, folder_files, read_idx


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def pixels(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def python2_batch(images, labels):
    """Spell out a batch as Python 2 pickled it, opcode by opcode: byte strings, numpy.core, protocol 2."""

    def text(value):
        return (b"U" + bytes([len(value)]) if len(value) < 256 else b"T" + struct.pack("<I", len(value))) + value

    array = b"cnumpy.core.multiarray\n_reconstruct\n" + b"cnumpy\nndarray\n" + b"K\x00\x85" + text(b"b") + b"\x87R"
    kind = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R" + b"(K\x03" + text(b"|") + b"NNN"
    kind += b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
    shape = b"M" + struct.pack("<H", images.shape[0]) + b"M" + struct.pack("<H", images.shape[1]) + b"\x86"
    array += b"(K\x01" + shape + kind + b"\x89" + text(images.tobytes()) + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    entries = text(b"batch_label") + text(b"training batch 1 of 5") + text(b"labels") + numbers + text(b"data") + array
    return b"\x80\x02}(" + entries + b"u."


# --- IDX --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("shape", [(7,), (3, 28, 28), (2, 3, 4, 5), (0, 28, 28)])
def test_idx_round_trip(tmp_path, shape, suffix):
    array = pixels(*shape)
    path = tmp_path / f"file{suffix}"
    path.write_bytes(gzip.compress(idx(array)) if suffix else idx(array))
    np.testing.assert_array_equal(read_idx(path), array)
    assert read_idx(path).shape == shape


WHOLE = idx(pixels(3, 28, 28))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x00", WHOLE[:9], WHOLE[:-1], WHOLE + b"\x00", b"\x00\x00\x0d" + WHOLE[3:], b"\x89PNG" + WHOLE],
    ids=["empty", "magic only", "cut header", "one byte short", "one byte long", "floats", "png"],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_damaged_idx_is_named(tmp_path, content, suffix):
    path = tmp_path / f"images{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(ValueError, match=rf"{path} is (not an IDX file|truncated or damaged).*: download it again"):
        read_idx(path)


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-20], lambda whole: b"no gzip", lambda whole: whole[:40] + whole[45:]]
)
def test_damaged_gzip_is_named(tmp_path, damage):
    path = tmp_path / "images.gz"
    path.write_bytes(damage(gzip.compress(WHOLE)))
    with pytest.raises(ValueError, match=f"{path} is a broken gzip file"):
        read_idx(path)


# --- CIFAR batches ----------------------------------------------------------------------------------------------------


def test_python2_batch_equals_pickle_and_hand_decoding():
    images, labels = pixels(5, 3072), [3, 0, 9, 9, 1]
    content = python2_batch(images, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy 2 moved the module that the file names
        theirs = pickle.loads(content, encoding="bytes")
    np.testing.assert_array_equal(theirs[b"data"], images)  # the spelled-out pickle is a true one
    ours, our_labels = cifar_batch(content, "data_batch_1")
    np.testing.assert_array_equal(ours, images.reshape(5, 3, 32, 32))
    assert our_labels.tolist() == theirs[b"labels"] == labels


@pytest.mark.parametrize("key", [lambda name: name.encode(), str], ids=["bytes", "str"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("order", ["C", "F"])
def test_batches_written_by_python_3(protocol, key, order):
    images, labels = np.asarray(pixels(4, 3072), order=order), [1, 2, 3, 4]
    content = pickle.dumps({key("data"): images, key("labels"): labels, key("filenames"): [b"a.png"] * 4}, protocol)
    ours, our_labels = cifar_batch(content, "data_batch_1")
    np.testing.assert_array_equal(ours.reshape(4, 3072), images)
    assert our_labels.tolist() == labels


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("kind", [np.uint8, np.int32, ">i8", np.int64])
def test_labels_saved_as_an_array(protocol, kind):
    content = pickle.dumps({b"data": pixels(4, 3072), b"labels": np.array([1, 0, 9, 4], dtype=kind)}, protocol)
    assert cifar_batch(content, "data_batch_1")[1].tolist() == [1, 0, 9, 4]


@pytest.mark.parametrize(
    "state",
    [b"}U\x07planted" + b"K\x01s", b"N}U\x07planted" + b"K\x01s\x86", b"N}U\x09__class__cnumpy\nndarray\ns\x86"],
    ids=["attributes", "slots", "class"],
)
@pytest.mark.parametrize(
    "name", ["numpy.core.multiarray\n_reconstruct", "numpy._core.numeric\n_frombuffer", "_codecs\nencode"]
)
def test_a_pickle_cannot_change_what_it_names(name, state):
    """What stands for the functions has no attributes to be set, and makes arrays afterwards as before."""
    # internal: an attribute that was planted shows in nothing that is read.
    known = file_formats._BatchUnpickler._known
    before = {key: (type(each), dir(each)) for key, each in known.items()}
    with pytest.raises(ValueError, match="data_batch_1 is not a readable CIFAR-10 batch"):
        cifar_batch(b"\x80\x02c" + name.encode() + b"\n" + state + b"b.", "data_batch_1")
    assert {key: (type(each), dir(each)) for key, each in known.items()} == before
    for protocol in (2, 5):
        content = pickle.dumps({b"data": pixels(4, 3072), b"labels": np.array([1, 0, 9, 4])}, protocol)
        assert cifar_batch(content, "data_batch_1")[1].tolist() == [1, 0, 9, 4]


class Malicious:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("function", [os.mkdir, eval, getattr, np.save, pickle.loads])
def test_malicious_pickle_is_refused_and_not_run(tmp_path, function):
    marker = tmp_path / "marker"
    arguments = {
        os.mkdir: (str(marker),),
        eval: (f"__import__('os').mkdir({str(marker)!r})",),
        getattr: ("", "format"),
        np.save: (str(marker), np.zeros(1)),
        pickle.loads: (pickle.dumps(Malicious(os.mkdir, str(marker))),),
    }[function]
    content = pickle.dumps({b"data": Malicious(function, *arguments), b"labels": []}, protocol=4)
    with pytest.raises(
        ValueError, match=r"data_batch_1 is not a readable CIFAR-10 batch \(it names .*the original does not"
    ):
        cifar_batch(content, "data_batch_1")
    assert list(tmp_path.iterdir()) == []


GOOD = pickle.dumps({b"data": pixels(4, 3072), b"labels": [1, 2, 3, 4]}, protocol=4)


@pytest.mark.parametrize(
    "content",
    [b"", GOOD[:-1], GOOD[: len(GOOD) // 2], b"\xff" + GOOD, pickle.dumps([1, 2]), pickle.dumps({b"labels": [1]})],
    ids=["empty", "one byte short", "half", "junk in front", "a list", "no data"],
)
def test_damaged_batch_is_named(content):
    with pytest.raises(ValueError, match="test_batch is not a readable CIFAR-10 batch"):
        cifar_batch(content, "test_batch")


@pytest.mark.parametrize(
    ("data", "labels", "message"),
    [
        (pixels(4, 3000), [0] * 4, r"data \(4, 3000\)"),
        (pixels(4, 3072), [0] * 3, r"labels \(3,\)"),
        (pixels(2, 3072), [0, 10], "labels 0 to 10: CIFAR-10 has classes 0 to 9"),
        (pixels(2, 3072), [0.5, 1.0], r"n integers"),
        (np.zeros((2, 3072)), [0, 1], "pixels of type float64 instead of unsigned bytes"),
        ([[0] * 3072], [0], "pixels of type int64 instead of unsigned bytes"),
        (pixels(1, 3072), 3, r"labels \(\): expected \(n, 3072\) and n integers"),
        (pixels(1, 3072), np.array(3), r"labels \(\): expected"),
        (pixels(1, 3072), np.array([[3]]), r"labels \(1, 1\): expected"),
        (pixels(1, 3072), np.array([-1]), "labels -1 to -1"),
        (pixels(1, 3072), np.array([None]), "an array of type 'O8' instead of numbers"),
    ],
)
def test_wrong_content_is_named(data, labels, message):
    content = pickle.dumps({b"data": data, b"labels": labels}, protocol=4)
    with pytest.raises(ValueError, match=f"test_batch .*{message}"):
        cifar_batch(content, "test_batch")


# --- images and archives ----------------------------------------------------------------------------------------------


def encode(image, form):
    file = io.BytesIO()
    Image.fromarray(image).save(file, form)
    return file.getvalue()


def test_images_equal_pillow(tmp_path):
    images = pixels(3, 5, 7, 3)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(encode(images[0], "PNG"))
    (tmp_path / "y.jpg").write_bytes(encode(images[1], "JPEG"))
    (tmp_path / "z.png").write_bytes(encode(images[2][:, :, 0], "PNG"))  # grey
    files = folder_files(tmp_path)
    assert list(files) == ["a/x.png", "y.jpg", "z.png"]
    decoded = decode_images(files, ["z.png", "a/x.png", "y.jpg"], (5, 7), "here")
    assert decoded.shape == (3, 3, 5, 7)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded[0], np.stack([images[2][:, :, 0]] * 3))
    np.testing.assert_array_equal(decoded[1].transpose(1, 2, 0), images[0])
    np.testing.assert_array_equal(decoded[2].transpose(1, 2, 0), np.asarray(Image.open(tmp_path / "y.jpg")))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (encode(pixels(5, 7, 3), "JPEG")[:-200], "is not a readable image"),
        (encode(pixels(5, 7, 3), "PNG")[:60], "is not a readable image"),
        (b"text", "is not a readable image"),
        (encode(pixels(5, 7, 3), "BMP"), "is not a readable image"),
        (encode(pixels(7, 5, 3), "PNG"), "is 7x5 pixels: expected 5x7"),
    ],
)
def test_bad_image_is_named(content, message):
    with pytest.raises(ValueError, match=f"^here/a.jpg {message}"):
        decode_images({"a.jpg": lambda: content}, ["a.jpg"], (5, 7), "here")


def png_of_size(width, height):
    """A PNG whose header announces more pixels than it holds."""
    header = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\x00" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.parametrize(
    ("width", "height", "message"),
    [(40000, 40000, r"is not a readable image \(Image size"), (8000, 9000, "is 9000x8000 pixels: expected 5x7")],
)
def test_an_image_that_announces_too_many_pixels_is_named_and_not_decoded(monkeypatch, width, height, message):
    def load(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    content = png_of_size(width, height)
    with pytest.raises(ValueError, match=f"^here/a.png {message}"):
        decode_images({"a.png": lambda: content}, ["a.png"], (5, 7), "here")


def write_tar(path, entries, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_archive_gives_regular_files_only_and_extracts_nothing(tmp_path, mode):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    entries = [
        ("./a/x", b"one"),
        ("a/link", (tarfile.SYMTYPE, str(secret))),
        ("a/hard", (tarfile.LNKTYPE, str(secret))),
        ("a/device", (tarfile.CHRTYPE, "")),
        ("../outside", b"two"),
        ("a", (tarfile.DIRTYPE, "")),
    ]
    folder = tmp_path / "data"
    folder.mkdir()
    write_tar(folder / "x.tar", entries, mode)
    files = archive_files(folder / "x.tar", lambda name: 100)
    assert {name: read() for name, read in files.items()} == {"a/x": b"one", "../outside": b"two"}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["data", "secret", "x.tar"]


def test_archive_holds_wanted_files_only_and_none_above_its_limit(tmp_path):
    path = tmp_path / "x.tar"
    write_tar(path, [("a/small", b"1234"), ("b/foreign", bytes(2**24)), (".", b"nameless"), ("a/empty", b"")], "w")
    wanted = {"a/small": 4, "a/empty": 1}
    tracemalloc.start()
    try:
        files = archive_files(path, lambda name: wanted.get(name, 0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert {name: read() for name, read in files.items()} == {"a/small": b"1234", "a/empty": b""}
    assert peak < 2**22
    with pytest.raises(ValueError, match=f"{path}/a/small holds 4 bytes, where 3 suffice: download it again"):
        archive_files(path, lambda name: 3 if name == "a/small" else 0)


@pytest.mark.parametrize("damage", [lambda whole: whole[: len(whole) // 2], lambda whole: b"no archive"])
def test_damaged_archive_is_named(tmp_path, damage):
    path = tmp_path / "x.tar.gz"
    write_tar(path, [("a", os.urandom(5000))])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=f"{path} is a broken archive"):
        archive_files(path, lambda name: 10000)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
@pytest.mark.parametrize("size", [2**33 - 1, -1])
def test_headers_of_an_archive_are_not_held_in_memory(tmp_path, kind, size):
    info = tarfile.TarInfo("header")
    info.type, info.size = kind, size
    path = tmp_path / "x.tar"
    with path.open("wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        file.truncate(2**26)  # none of it on disk
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"{path} is a broken archive .a header of .*: download it again"):
            archive_files(path, lambda name: 10000)
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_headers_of_headers_without_end_are_named(tmp_path):
    info = tarfile.TarInfo("header")
    info.type = tarfile.XHDTYPE
    path = tmp_path / "x.tar"
    path.write_bytes(info.tobuf(tarfile.GNU_FORMAT) * 5000)
    with pytest.raises(ValueError, match=f"{path} is a broken archive"):
        archive_files(path, lambda name: 10000)
