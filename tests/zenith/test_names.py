import pytest

from zenith._common.names import lookup, unknown_keys

TABLE = {"zenith": 1, "cosine": 2}


def test_lookup_finds_the_entry():
    assert lookup(TABLE, "cosine", "method") == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zenit", "unknown method 'zenit': did you mean 'zenith'? valid methods: zenith, cosine"),
        ("ZENITH", "unknown method 'ZENITH': did you mean 'zenith'? valid methods: zenith, cosine"),
        ("adamw", "unknown method 'adamw': valid methods: zenith, cosine"),
    ],
)
def test_lookup_names_the_nearest(name, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole message is compared)
        lookup(TABLE, name, "method")
    assert str(caught.value) == message


def test_known_keys_pass():
    assert unknown_keys({"lr": 1, "window": 2}, ("window", "lr"), "the spec") is None


@pytest.mark.parametrize(
    ("valid", "message"),
    [
        (("lr", "window"), "unknown key 'windw' in the spec: did you mean 'window'? valid keys: lr, window"),
        ((), "unknown key 'windw' in the spec: valid keys: none"),
    ],
)
def test_unknown_key_is_named_with_the_nearest(valid, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the whole message is compared)
        unknown_keys({"windw": 1}, valid, "the spec")
    assert str(caught.value) == message
