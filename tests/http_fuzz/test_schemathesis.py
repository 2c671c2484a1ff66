"""What the OpenAPI documents allow, and what they don't: each answer is one that they describe."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.http_fuzz.conftest import SERVICES, Target

pytestmark = pytest.mark.slow

EXAMPLES = 100
SECONDS = 10
PAGES = ("/s/", "/l/", "/u/")
"""People get pages; everything else gets problems."""


AnyCase = Case[Any]
Operation = APIOperation[Any, Any, Any, Any]


def errors_are_problems(_: CheckContext, response: Response, case: AnyCase) -> None:
    """A schemathesis check (RFC 9457)."""
    if response.status_code < 400 or case.path.startswith(PAGES):
        return
    assert response.headers["content-type"] == ["application/problem+json"]
    problem = msgspec.json.decode(response.content)
    assert problem["status"] == response.status_code
    assert problem["title"]


CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    errors_are_problems,
]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_answers_are_as_described(target: Target, service: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{target.url}/openapi/{service}.json")
    with requests.Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            _try(found.ok(), mode, target, session)
    target.still_runs()


def _try(
    operation: Operation, mode: GenerationMode, target: Target, session: requests.Session
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: AnyCase) -> None:
        case.call_and_validate(
            base_url=target.url,
            headers=target.headers,
            checks=CHECKS,
            session=session,
            timeout=SECONDS,
        )

    # An operation without input can't be asked wrongly.
    with suppress(Unsatisfiable):
        answers()
