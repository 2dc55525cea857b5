"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, json, request
from werkzeug.exceptions import HTTPException


def problem(
    status: int, detail: str, errors: Sequence[tuple[str, str]] = (), headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """A problem with its status and one sentence; `errors` names every bad field by its JSON pointer (RFC 6901)."""
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail
    if errors:
        body["errors"] = [{"pointer": pointer, "detail": sentence} for pointer, sentence in errors]
    response = Response(json.dumps(body | more), status, headers, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    return response


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
