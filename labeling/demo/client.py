"""One signed-in person's way to the server: its HTTP API, as any other program would use it."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

from labeling.supervisor.faults import Fault

TIMEOUT_SECONDS = 120.0
TRIES = 5


class Client:
    """The API at an address, with one person's token."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=f"{url}/api/v1/", timeout=TIMEOUT_SECONDS)
        token = self.post("token", {"username": name, "password": password})["token"]
        self.http.headers["Authorization"] = f"Token {token}"

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path."""
        return self._asked(self.http.build_request("GET", path, params=query)).json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to a JSON body."""
        return self._asked(self.http.build_request("POST", path, json=body)).json()

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to a JSON body that takes the place of what is there."""
        return self._asked(self.http.build_request("PUT", path, json=body)).json()

    def upload(self, path: str, name: str, data: bytes) -> Any:
        """The JSON answer to an uploaded zip."""
        return self._asked(self.http.build_request("POST", path, files={"archive": (name, data)})).json()

    def rows(self, path: str) -> Iterator[dict[str, Any]]:
        """The objects of a JSON lines file, as they arrive."""
        with self.http.stream("GET", path) as response:
            if response.is_error:
                response.read()
                raise Fault(complaint(response))
            yield from (json.loads(line) for line in response.iter_lines())

    def _asked(self, request: httpx.Request) -> httpx.Response:
        """Send a request, again after a while where the network fails: every request here is safe to send twice."""
        for number in range(TRIES):
            try:
                response = self.http.send(request)
            except httpx.TransportError as error:
                if number == TRIES - 1:
                    raise Fault(f"{request.url} cannot be reached: {error}") from error
                time.sleep(0.2 * 2**number)
                continue
            if response.is_error:
                raise Fault(complaint(response))
            return response
        raise AssertionError("unreachable")


def complaint(response: httpx.Response) -> str:
    """What was asked, and why it was refused."""
    try:
        reason = response.json().get("reason", response.reason_phrase)
    except ValueError:
        reason = response.reason_phrase
    return f"{response.request.method} {response.request.url.path}: {response.status_code} {reason}"
