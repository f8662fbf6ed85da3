"""Carries connections from one Unix socket to another: proxy.py FROM TO.

Stopped (SIGSTOP), it is a cable that was cut; killed, all its connections break.
"""

import asyncio
import sys


async def carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def accept(reader, writer):
    try:
        to_reader, to_writer = await asyncio.open_unix_connection(sys.argv[2])
    except OSError:
        writer.close()
        return
    await asyncio.gather(carry(reader, to_writer), carry(to_reader, writer))


async def main():
    await (await asyncio.start_unix_server(accept, sys.argv[1])).serve_forever()


asyncio.run(main())
