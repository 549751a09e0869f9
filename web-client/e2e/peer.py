"""A WHIP publisher and a WHEP viewer on aiortc, for the browser tests.

    peer.py publish --url URL --token TOKEN [--camera N]     sends sound and a picture with a time code until its standard input closes
    peer.py watch   --url URL --token TOKEN --seconds S      receives; prints one JSON object with what it saw and heard

Both print "connected" as a JSON line once ICE and DTLS are done.
"""

import argparse
import asyncio
import fractions
import json
import math
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame

WIDTH, HEIGHT, RATE = 640, 360, 15
CELLS = 32


def crc8(value):
    crc = 0
    for bit in range(19, -1, -1):
        top = (crc >> 7 & 1) ^ (value >> bit & 1)
        crc = crc << 1 & 0xFF
        if top:
            crc ^= 0x07
    return crc


def cells(camera, frame):
    """See timecode.mjs."""
    value = (camera & 0xF) << 16 | frame & 0xFFFF
    text = f"{value:020b}{crc8(value):08b}"
    return [True, False] + [bit == "1" for bit in text] + [False, True]


def read(luma):
    low, high = min(luma), max(luma)
    if high - low < 80:
        return None
    bits = [level > (low + high) / 2 for level in luma]
    value = int("".join("1" if bit else "0" for bit in bits[2:22]), 2)
    if bits != cells(value >> 16, value & 0xFFFF):
        return None
    return value >> 16, value & 0xFFFF


class Picture(MediaStreamTrack):
    kind = "video"

    def __init__(self, camera):
        super().__init__()
        self.camera, self.number, self.begin = camera, 0, None

    async def recv(self):
        if self.begin is None:
            self.begin = time.monotonic()
        await asyncio.sleep(max(0.0, self.begin + self.number / RATE - time.monotonic()))
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        row = b"".join((b"\xeb" if cell else b"\x10") * (WIDTH // CELLS) for cell in cells(self.camera, self.number))
        shade = bytes((90 + (x + self.number) // 4 % 80) for x in range(WIDTH))
        luma = frame.planes[0]
        padding = bytes(luma.line_size - WIDTH)
        luma.update((row + padding) * (HEIGHT // 18) + (shade + padding) * (HEIGHT - HEIGHT // 18))
        for plane in frame.planes[1:]:
            plane.update(bytes([128]) * plane.buffer_size)
        frame.pts, frame.time_base = self.number * (90000 // RATE), fractions.Fraction(1, 90000)
        self.number += 1
        return frame


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.samples, self.begin = 0, None

    async def recv(self):
        if self.begin is None:
            self.begin = time.monotonic()
        await asyncio.sleep(max(0.0, self.begin + self.samples / 48000 - time.monotonic()))
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(
            b"".join(int(8000 * math.sin(2 * math.pi * 440 * (self.samples + i) / 48000)).to_bytes(2, "little", signed=True) for i in range(960))
        )
        frame.pts, frame.sample_rate, frame.time_base = self.samples, 48000, fractions.Fraction(1, 48000)
        self.samples += 960
        return frame


def say(**fields):
    print(json.dumps(fields), flush=True)


def request(method, url, token, body=None):
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/sdp"
    call = urllib.request.Request(url, method=method, headers=headers, data=None if body is None else body.encode())
    try:
        with urllib.request.urlopen(call, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {url}: {error.code} {error.read().decode()}")


async def connect(connection, arguments):
    connected = asyncio.Event()

    @connection.on("connectionstatechange")
    def changed():
        if connection.connectionState == "connected":
            connected.set()

    await connection.setLocalDescription(await connection.createOffer())
    begin = time.monotonic()
    status, headers, answer = await asyncio.to_thread(request, "POST", arguments.url, arguments.token, connection.localDescription.sdp)
    if status != 201:
        sys.exit(f"POST {arguments.url}: {status}, not 201")
    location = urllib.parse.urljoin(arguments.url, headers["Location"])
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.wait_for(connected.wait(), 15)
    say(connected=True, ms=round((time.monotonic() - begin) * 1000), location=location)
    return location


async def publish(arguments):
    connection = RTCPeerConnection()
    connection.addTransceiver(Tone(), direction="sendonly")
    connection.addTransceiver(Picture(arguments.camera), direction="sendonly")
    location = await connect(connection, arguments)
    await asyncio.to_thread(sys.stdin.read)
    status, _, _ = await asyncio.to_thread(request, "DELETE", location, arguments.token)
    say(deleted=status)
    await connection.close()


async def watch(arguments):
    connection = RTCPeerConnection()
    connection.addTransceiver("audio", direction="recvonly")
    connection.addTransceiver("video", direction="recvonly")
    frames, energy, tasks = [], [0.0], []

    async def pictures(track):
        while True:
            frame = (await track.recv()).reformat(format="yuv420p")
            plane, line = frame.planes[0], frame.planes[0].line_size
            row = bytes(plane)[line * (frame.height // 36) : line * (frame.height // 36) + frame.width]
            code = read([row[(2 * cell + 1) * frame.width // (2 * CELLS)] for cell in range(CELLS)])
            frames.append((time.time() * 1000, code, frame.width))

    async def sound(track):
        while True:
            frame = await track.recv()
            samples = memoryview(bytes(frame.planes[0])[: frame.samples * len(frame.layout.channels) * 2]).cast("h")
            energy[0] += sum((sample / 32768) ** 2 for sample in samples[::8])

    @connection.on("track")
    def received(track):
        tasks.append(asyncio.ensure_future((sound if track.kind == "audio" else pictures)(track)))

    location = await connect(connection, arguments)
    await asyncio.sleep(arguments.seconds)
    for task in tasks:
        task.cancel()
    coded = [code for _, code, _ in frames if code]
    status, _, _ = await asyncio.to_thread(request, "DELETE", location, arguments.token)
    say(
        pictures=len(frames),
        coded=len(coded),
        cameras=sorted({camera for camera, _ in coded}),
        different=len({frame for _, frame in coded}),
        width=frames[-1][2] if frames else None,
        energy=round(energy[0], 3),
        deleted=status,
    )
    await connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["publish", "watch"])
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--camera", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    asyncio.run(publish(arguments) if arguments.what == "publish" else watch(arguments))


main()
