import asyncio
from itertools import repeat

from benchmarks.client import Load, Timed, drive


def drive_against(answer: bytes) -> Timed:
    """Drives a server that gives the same answer, in two parts, to whatever comes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            writer.write(answer[:30])
            await writer.drain()
            writer.write(answer[30:])
        writer.close()

    async def run() -> Timed:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await drive(port, repeat(b"GET / HTTP/1.1\r\n\r\n"), 200, Load(2, 0.1))

    return asyncio.run(run())


def test_answers_are_counted_and_timed() -> None:
    timed = drive_against(b"HTTP/1.1 200 OK\r\nX: y\r\ncontent-length: 5\r\n\r\nquite")
    assert timed.latencies
    assert timed.errors == 0


def test_an_answer_with_another_status_is_an_error() -> None:
    timed = drive_against(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno")
    assert timed.errors > 0
    assert timed.broken.startswith(b"HTTP/1.1 503")
