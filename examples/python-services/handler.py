import asyncio

from avocet import aio, kv, objects


async def main(event, context):
    kv.set("greeting", "hello")
    size = objects.put("note", "kept")["size"]
    greeting, price = await asyncio.gather(aio.kv.get("greeting"), aio.messaging.request("prices.ask", "tea"))
    return {"greeting": greeting.decode(), "price": int(price), "size": size}
