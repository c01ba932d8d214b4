"""Requests made of the service's own description, right ones and wrong ones."""

from __future__ import annotations

import contextlib

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from services import PATIENCE


@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_of_every_address(web, ids, pytestconfig, mode):
    """Never 5xx, whatever fits the description, or does not."""
    schema = schemathesis.openapi.from_dict(web.get("/openapi.json").json())
    schema.config.update(base_url=str(web.base_url))
    number = max(pytestconfig.getoption("--fuzz") // 20, 10)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) == 11
    count = 0
    tried = set()
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=number,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: schemathesis.Case) -> None:
            nonlocal count
            count += 1
            if "id" in (case.path_parameters or {}) and count % 2:
                case.path_parameters["id"] = ids["scan"]
            answer = case.call(timeout=PATIENCE)
            case.validate_response(answer, checks=[not_a_server_error])
            assert answer.status_code < 500

        with contextlib.suppress(Unsatisfiable):  # without values there are no wrong ones
            ask()
            tried.add(operation.path)
    assert tried >= {"/", "/products/{id}/limits"}
    assert count >= 2 * number
