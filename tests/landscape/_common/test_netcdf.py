"""Reading and writing netCDF-4 files by h5py, against xarray's own reader and writer."""

import copy
import os
import pickle
import subprocess
import sys

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape._common.files import read_tree, write_tree
from landscape._common.netcdf import has_group, read_groups

LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
VALUES = {
    "float64": st.floats(width=64),
    "float32": st.floats(width=32),
    "int64": st.integers(-(2**60), 2**60),
    "int8": st.integers(-128, 127),
    "bool": st.booleans(),
    "O": LETTERS,
}


@st.composite
def datasets(draw):
    sizes = draw(st.dictionaries(st.sampled_from(["step", "k", "alpha"]), st.integers(1, 4)))
    variables = {}
    for i in range(draw(st.integers(0, 4))):
        kind, dims = draw(st.sampled_from(sorted(VALUES))), draw(st.permutations(sorted(sizes)))
        dims = dims[: draw(st.integers(0, len(dims)))]
        count = int(np.prod([sizes[dim] for dim in dims]))
        values = np.empty(count, kind)
        values[:] = draw(st.lists(VALUES[kind], min_size=count, max_size=count))
        attributes = draw(
            st.dictionaries(st.sampled_from(["units_", "note"]), st.one_of(LETTERS, st.floats(), st.integers(0, 9)))
        )
        variables[f"v{i}"] = (dims, values.reshape([sizes[dim] for dim in dims]), attributes)
    data = xr.Dataset(variables, attrs=draw(st.dictionaries(st.just("protocol"), LETTERS)))
    named = [dim for dim in sizes if dim in data.dims and draw(st.booleans())]
    data = data.assign_coords({dim: np.arange(data.sizes[dim]) * 2.0 for dim in named})
    return data.set_coords([name for name in data.data_vars if draw(st.booleans())])


@settings(deadline=None, max_examples=60)
@given(tree=st.dictionaries(st.sampled_from(["/", "/a", "/a/b", "/c"]), datasets(), min_size=1))
def test_every_group_is_what_xarray_reads_and_would_have_written(tmp_path_factory, tree):
    path = tmp_path_factory.mktemp("tree") / "tree.nc"
    try:
        written = xr.DataTree.from_dict(tree)
    except ValueError:  # a group and the one below it have the same dimension at two sizes
        return
    write_tree(path, written)
    written.to_netcdf(path.with_name("theirs.nc"), engine="h5netcdf")
    with xr.open_datatree(path, engine="h5netcdf") as theirs:
        theirs.load()
        with xr.open_datatree(path.with_name("theirs.nc"), engine="h5netcdf") as as_they_write:
            xr.testing.assert_identical(theirs, as_they_write.load())
            for node, other in zip(theirs.subtree, as_they_write.subtree, strict=True):
                assert {name: (v.dims, v.dtype) for name, v in node.variables.items()} == {
                    name: (v.dims, v.dtype) for name, v in other.variables.items()
                }
        for ours in (read_groups(path), read_groups(path, lazy=True)):
            xr.testing.assert_identical(ours, theirs)
            for node, other in zip(ours.subtree, theirs.subtree, strict=True):
                for name, array in node.variables.items():
                    assert array.dtype == other[name].dtype or {array.dtype.kind, other[name].dtype.kind} == {"O", "U"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.nc"
    data = xr.Dataset({"x": (("a", "b"), np.arange(20.0).reshape(4, 5)), "name": ("a", ["one", "", "ß", "four"])})
    write_tree(path, xr.DataTree.from_dict({"/group": data}))
    return path


KEYS = [slice(None), slice(1, 3), slice(None, None, -1), slice(3, 0, -2), 2, -1, [2, 0], [0, 0, 3], slice(0, 0), []]


@pytest.mark.parametrize("first", KEYS, ids=str)
@pytest.mark.parametrize("second", KEYS, ids=str)
def test_whatever_is_selected_of_a_lazy_variable_is_what_numpy_selects(file, first, second):
    data = read_groups(file, lazy=True)["group"].to_dataset()
    taken = data["x"].isel(a=first, b=second).values
    np.testing.assert_array_equal(taken, np.arange(20.0).reshape(4, 5)[first][..., second])
    assert list(data["name"].isel(a=[3, 1]).values) == ["four", ""]


def test_a_lazy_tree_is_of_the_file_that_was_opened_and_can_be_copied_and_sent(file):
    tree = read_tree(file, lazy=True)
    write_tree(file.with_name("other.nc"), xr.DataTree.from_dict({"/group": xr.Dataset({"x": ("a", np.zeros(3))})}))
    os.replace(file.with_name("other.nc"), file)
    assert copy.deepcopy(tree)["group"]["x"].shape == (4, 5)
    sent = pickle.loads(pickle.dumps(tree))
    for each in (tree, sent):
        np.testing.assert_array_equal(each["group"]["x"].values, np.arange(20.0).reshape(4, 5))
        assert each["group"]["name"].values.tolist() == ["one", "", "ß", "four"]


def test_a_lazy_tree_may_be_written_to_and_the_file_stays_as_it_is(file):
    tree = read_groups(file, lazy=True)
    before = tree.copy(deep=True)
    tree["group"]["x"][{"a": 1, "b": 2}] = -1.0
    tree["group"]["name"][{"a": 0}] = "new"
    assert float(tree["group"]["x"][1, 2]) == -1.0
    assert str(tree["group"]["name"].values[0]) == "new"
    for unchanged in (before, read_groups(file)):
        assert float(unchanged["group"]["x"][1, 2]) == 7.0
        assert str(unchanged["group"]["name"].values[0]) == "one"


def test_opening_lazily_reads_no_values(file, monkeypatch):
    read = []
    original = h5py.Dataset.__getitem__
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda self, key: read.append(self.name) or original(self, key))
    tree = read_groups(file, lazy=True)
    assert read == []
    assert tree["group"]["x"].sum() == 190
    assert read == ["/group/x"]


def test_a_file_of_another_program_is_read_as_well(tmp_path):
    path = tmp_path / "plain.nc"
    with h5py.File(path, "w") as plain:  # dimension scales, and none of netCDF's numbers
        plain["x"], plain["step"] = np.arange(3.0), np.arange(3)
        plain["step"].make_scale("step")
        plain["x"].dims[0].attach_scale(plain["step"])
    tree = read_groups(path)
    assert tree["x"].dims == ("step",)
    assert tree["x"].values.tolist() == [0, 1, 2]
    assert has_group(path, "x")
    assert not has_group(path, "y")


def test_files_of_equal_data_are_equal_whatever_the_hashes_of_text_are():
    code = (
        "import hashlib, numpy as np, xarray as xr\n"
        "from landscape._common.netcdf import netcdf_bytes\n"
        "data = xr.Dataset({'x': (tuple('abcdef'), np.zeros((2,) * 6))})\n"
        "print(hashlib.sha256(netcdf_bytes(data)).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "0123"
    }
    assert len(digests) == 1
