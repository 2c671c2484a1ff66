"""The web app factory: its OpenAPI document, and several apps side by side."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from shared.web.openapi import PROBLEM_SCHEMA
from tests.asgi import open_client
from tests.shared.web.demo import create_demo


def statuses(document: dict[str, Any], path: str, method: str) -> set[str]:
    responses: dict[str, Any] = document["paths"][path][method]["responses"]
    for status, response in responses.items():
        if int(status) >= 400:
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
    return set(responses)


async def test_document_tells_the_problems_of_each_operation(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        document = (await client.get("/openapi/demo.json")).json()
    always = {"200", "400", "422", "500", "503"}
    assert statuses(document, "/v1/things/{thing}", "get") == always | {"401", "403", "404", "429"}
    body = {"408", "413", "415"}
    assert statuses(document, "/v1/things/{thing}", "put") == always | body | {"404", "409"}
    assert statuses(document, "/v1/echo", "post") == always | body | {"401", "403", "429"}
    assert document["components"]["schemas"]["Problem"] == PROBLEM_SCHEMA
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    assert document["paths"]["/v1/things/{thing}"]["get"]["security"] == [
        {"apiKey": ["scores:read"]}
    ]


def test_document_is_the_same_each_time(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    assert app.openapi() == app.openapi()
    assert create_demo(tmp_path).openapi() == app.openapi()


def test_apps_share_the_health_paths_alone(tmp_path: Path) -> None:
    def own_paths(app: FastAPI) -> set[str]:
        paths = {getattr(route, "path", "") for route in app.routes}
        return {path for path in paths if path and not path.startswith("/v1")}

    shared = own_paths(create_demo(tmp_path)) & own_paths(create_demo(tmp_path, name="other"))
    assert shared == {"/livez", "/readyz", "/metrics"}
