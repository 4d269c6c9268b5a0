"""What Ctrl-C leaves of a measurement."""

from collections.abc import Callable
from typing import Any

import pytest

from landscape._common.interrupts import Interrupted


def finished(measure: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Return what was finished when Ctrl-C ended a measurement, which has to raise."""
    with pytest.raises(Interrupted) as caught:
        measure(*arguments, **keywords)
    return caught.value.partial
