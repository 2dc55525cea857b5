"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

PROBLEM = "application/problem+json"


def problem(
    status: int,
    detail: str,
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] = MappingProxyType({}),
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    """A problem with its status and one sentence; `errors` names every bad field by its JSON pointer (RFC 6901)."""
    body = problem_body(status, detail, errors, more)
    response = Response(body, status, dict(headers), content_type=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


def problem_body(
    status: int, detail: str, errors: Sequence[tuple[str, str]] = (), more: Mapping[str, Any] = MappingProxyType({})
) -> bytes:
    """The same as bytes, for whoever answers without the framework."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = [{"pointer": pointer, "detail": sentence} for pointer, sentence in errors]
    return json.dumps({**body, **more}).encode()


def answer_errors(target: Blueprint | Flask) -> None:
    """Let errors of the framework speak the same way as our own."""
    target.register_error_handler(HTTPException, _from_exception)


def _from_exception(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    response = problem(error.code or 500, error.description or error.name)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response
