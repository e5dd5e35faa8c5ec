"""Send one request and read its response, without limits and retries: on the event loop, or with a client of botocore.

The event loop sends the requests of the busy services at a fraction of the cost of botocore's clients. Clients send the
requests of the other protocols (S3, REST), and all requests with `transport = "botocore"`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore import xform_name
from botocore.exceptions import NoCredentialsError

from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.http.client import HttpClient
from iamsql.aws.http.messages import HttpResponse
from iamsql.aws.http.operations import Operation
from iamsql.aws.http.responses import checked_body
from iamsql.aws.sessions import MAX_THREADS, AccountSession, SessionFactory, expected_shape

Read = Callable[[Any], Any]  # converts a response
# Bytes of a body above which it is parsed in a thread: a page of policies would block the event loop.
LARGE_BODY_BYTES = 128 * 1024


class Transport:
    """Sends the requests of all accounts, with the transport that the session factory has."""

    def __init__(self, sessions: SessionFactory) -> None:
        """Create the thread pool, which starts threads when it needs them."""
        self._sessions, self._operations = sessions, sessions.operations
        self._pool = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="aws")
        self._http = HttpClient(sessions.setting("ca_bundle"))

    async def send(
        self, session: AccountSession, service: str, name: str, region: str, params: dict[str, Any], read: Read
    ) -> Any:
        """Return `read(response)`, which may be called in another thread, for one request.

        Raise the exceptions of botocore, MalformedResponseError and ResponseTooLargeError, and RequestFailedError for an invalid
        endpoint.
        """
        operation = await self._find_operation(service, name, region)
        if operation is None:
            return await self._run_in_thread(
                lambda: read(self._send_with_client(session, service, name, region, params))
            )
        credentials = await self._frozen_credentials(session)
        with expected_shape(name):
            request = operation.request(params, credentials)
        if (answer := self._sessions.offline) is None:
            response = await self._http.send(request)
        else:  # a test double may sleep
            response = await self._run_in_thread(lambda: _offline_response(answer(request=request)))
        if len(response.body) > LARGE_BODY_BYTES:
            return await self._run_in_thread(lambda: read(_parse_response(operation, name, response)))
        return read(_parse_response(operation, name, response))

    async def _find_operation(self, service: str, name: str, region: str) -> Operation | None:
        """Return the operation; None if a client of botocore has to send its requests."""
        if self._sessions.uses_botocore:
            return None
        try:
            if not self._operations.is_loaded(service, region):
                await self._run_in_thread(lambda: self._operations.load(service, region))
            return self._operations.find(service, name, region)
        except ValueError as error:
            raise _invalid_endpoint(error) from error

    def _send_with_client(
        self, session: AccountSession, service: str, name: str, region: str, params: dict[str, Any]
    ) -> Any:
        """Return the response of a client of botocore. Blocks the thread."""
        try:
            client = self._sessions.client(service, region)
        except ValueError as error:
            raise _invalid_endpoint(error) from error
        with expected_shape(name):
            return self._sessions.send(session, getattr(client, xform_name(name)), params)

    async def _frozen_credentials(self, session: AccountSession) -> Any:
        """Return the present credentials of a session. Raise the errors of botocore if they cannot be loaded."""
        credentials = session.credentials
        if credentials is None:
            raise NoCredentialsError
        # To refresh credentials, botocore sends requests or runs a command.
        refresh_needed = getattr(credentials, "refresh_needed", None)
        if refresh_needed is not None and refresh_needed():
            return await self._run_in_thread(credentials.get_frozen_credentials)
        return credentials.get_frozen_credentials()

    async def _run_in_thread(self, function: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def close(self) -> None:
        """Stop the threads without waiting for requests in progress."""
        # A request may wait for its response for a minute.
        self._pool.shutdown(wait=False, cancel_futures=True)


def _offline_response(response: Any) -> HttpResponse:
    """Return a response of botocore as a response of the network."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpResponse(response.status_code, headers, checked_body(response.content))


def _parse_response(operation: Operation, name: str, response: HttpResponse) -> dict[str, Any]:
    with expected_shape(name):
        return operation.read(response)


def _invalid_endpoint(error: ValueError) -> RequestFailedError:
    return RequestFailedError(Fault("error", "InvalidEndpoint", str(error)))
