"""The server's own description of itself, held against the specifications."""

from openapi_spec_validator import OpenAPIV31SpecValidator


def test_the_routes_are_a_valid_openapi_document(server):
    status, document = server.request("GET", "/api/openapi.json")
    assert (status, document["openapi"]) == (200, "3.1.0")
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_a_fault_in_the_document_would_be_found(server):
    _, document = server.request("GET", "/api/openapi.json")
    del document["paths"]["/api/upload"]["post"]["responses"]
    document["paths"]["/api/users/{id}"]["get"]["parameters"] = []
    document["components"]["schemas"]["Id"]["type"] = "text"
    assert len(list(OpenAPIV31SpecValidator(document).iter_errors())) >= 2
