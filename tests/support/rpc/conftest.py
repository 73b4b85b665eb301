from collections.abc import Iterator

import pytest

from tests.chassis.issuer import Issuer, serving


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with serving() as found:
        yield found
