"""A door for TLS programs that do not speak XMPP: what comes in goes to the server behind STARTTLS."""

import asyncio
import threading

_HELLO = ("<?xml version='1.0'?><stream:stream xmlns='jabber:server' to='{to}' version='1.0' "
          "xmlns:stream='http://etherx.jabber.org/streams'>")
_STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


class Door:
    """Open while the context lasts, at `address` and the port in `port`."""

    def __init__(self, address, server, to):
        self._address, self._server, self._hello = address, server, _HELLO.format(to=to).encode()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._listener = self._run(asyncio.start_server(self._serve, self._address, 0))
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._run(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cancel_all(self):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer):
        server = await asyncio.open_connection(*self._server)
        try:
            server[1].write(self._hello)
            await server[0].readuntil(b"</stream:features>")
            server[1].write(_STARTTLS)
            await server[0].readuntil(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            await asyncio.gather(_pass(reader, server[1]), _pass(server[0], writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # whoever looks at the other end sees it
        finally:
            writer.close()
            server[1].close()


async def _pass(reader, writer):
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
