"""Links that ranks share, and relays, once more, written from their description alone: quads with a
PCIe port between them, leaf switches with uplinks, a plane over several nodes, and the rail exchange.

    direct_times, rail_times   when each rank has received everything, in picoseconds

A chunk leaves by a port of its sender, passes the ports that it shares with other ranks' chunks in the
order in which chunks are there, and enters by a port of its receiver. Ports are cut-through: a chunk's
first byte goes on as soon as it is there and the port is free, its last one no earlier than it comes.
"""

import collections
import dataclasses
import heapq

from links import chunks_of, duration, peers, round_robin


@dataclasses.dataclass(frozen=True)
class Fabric:
    """Bandwidths in bytes/s of one direction, latencies in ps."""

    nodes: int
    npus: int
    topology: str  # mesh, switch or quads
    leaf: int = 0  # nodes of a leaf switch, 0: one switch for all
    oversubscription: float = 1.0
    plane: int = 1  # nodes of one HCCS switch
    fast: int = 28 * 10**9
    fast_latency: int = 3 * 10**6
    lane: int = 32 * 10**9
    lane_latency: int = 4 * 10**6
    slow: int = 25 * 10**9
    slow_latency: int = 10 * 10**6
    chunk: int = 64 * 1024

    @property
    def world(self):
        return self.nodes * self.npus

    @property
    def uplink(self):
        """Bytes/s of a leaf switch, each way."""
        return int(self.slow * self.leaf * self.npus / self.oversubscription + 0.5)


# From one rank to another: names of ports, and what they can do. `shared` are (name, bytes/s) in the
# order in which a chunk passes them; latency comes after the first of them, or after `out`.
Way = collections.namedtuple("Way", "out into rate latency shared")


def way(fabric, a, b):
    (node_a, index_a), (node_b, index_b) = divmod(a, fabric.npus), divmod(b, fabric.npus)
    if node_a // fabric.plane != node_b // fabric.plane:
        shared = []
        if fabric.leaf and node_a // fabric.leaf != node_b // fabric.leaf:
            up, down = ("up", node_a // fabric.leaf), ("down", node_b // fabric.leaf)
            shared = [(up, fabric.uplink), (down, fabric.uplink)]
        return Way((a, "nic"), (b, "nic"), fabric.slow, fabric.slow_latency, shared)
    if fabric.topology == "switch":
        return Way((a, "hccs"), (b, "hccs"), fabric.fast, fabric.fast_latency, [])
    if fabric.topology == "quads" and index_a // 4 != index_b // 4:
        crossing = ("pcie", node_a, index_a // 4, index_b // 4)
        return Way((a, "lane"), (b, "lane"), fabric.lane, fabric.lane_latency, [(crossing, fabric.lane)])
    return Way((a, b), (a, b), fabric.fast, fabric.fast_latency, [])


class Chunk:
    """`there`: when its last byte is where it is now; `span`: how long its bytes took at the slowest
    port so far; `serial` tells the chunks of a sender in their order."""

    def __init__(self, source, to, size, serial, stream=None):
        self.source, self.to, self.size, self.serial = source, to, size, serial
        self.stream, self.there, self.span = stream, 0, 0

    def order(self):
        return self.there, self.source, self.serial


def cross(fabric, chunks):
    """From the senders' ports, where each is `there`, into the receivers'."""
    queues = collections.defaultdict(list)
    for chunk in chunks:
        ways = way(fabric, chunk.source, chunk.to)
        for port, rate in ways.shared[:1]:
            queues[port, rate].append(chunk)
        if not ways.shared:
            chunk.there += ways.latency
    downs = collections.defaultdict(list)
    for (port, rate), queue in queues.items():
        serve_shared(queue, rate)
        for chunk in queue:
            ways = way(fabric, chunk.source, chunk.to)
            chunk.there += ways.latency
            for after in ways.shared[1:]:
                downs[after].append(chunk)
    for (port, rate), queue in downs.items():
        serve_shared(queue, rate)
    enter(fabric, chunks)


def serve_shared(queue, rate):
    free = None
    for chunk in sorted(queue, key=Chunk.order):
        time = duration(chunk.size, rate)
        begin = chunk.there - chunk.span
        begin = begin if free is None else max(begin, free)
        # Bytes of others pass between those of a chunk that comes more slowly than the port serves.
        free = begin + time
        chunk.there = max(free, chunk.there)
        chunk.span = max(chunk.span, time)


def enter(fabric, chunks):
    ports = collections.defaultdict(list)
    for chunk in chunks:
        ways = way(fabric, chunk.source, chunk.to)
        ports[ways.into, ways.rate].append(chunk)
    for (_, rate), queue in ports.items():
        free = 0
        for chunk in sorted(queue, key=Chunk.order):
            chunk.there = free = max(chunk.there, free + duration(chunk.size, rate))


def leave(fabric, source, streams):
    """Chunks of one sender whose payload is all there at 0. `streams`: (to, bytes, name)."""
    ports = collections.defaultdict(dict)
    for number, (to, size, _) in enumerate(streams):
        ports[way(fabric, source, to).out][number] = chunks_of(size, fabric.chunk)
    sent = []
    for queues in ports.values():
        free = 0
        for number, size in round_robin(queues):
            to, _, name = streams[number]
            chunk = Chunk(source, to, size, len(sent), name)
            chunk.span = duration(size, way(fabric, source, to).rate)
            free += chunk.span
            chunk.there = free
            sent.append(chunk)
    return sent


def last(fabric, chunks):
    done = [0] * fabric.world
    for chunk in chunks:
        done[chunk.to] = max(done[chunk.to], chunk.there)
    return done


def direct_times(fabric, matrix):
    chunks = []
    for source in range(fabric.world):
        sizes = [(to, int(matrix[source][to]), None) for to in peers(fabric, source)]
        chunks += leave(fabric, source, [stream for stream in sizes if stream[1]])
    cross(fabric, chunks)
    return last(fabric, chunks)


def rail_times(fabric, matrix):
    """Between nodes to the NPU of the sender's index first, which hands on chunk by chunk as they come.

    A relay's stream asks its port when its next chunk is there and its last one has left.
    """
    first, inside = [], [[] for _ in range(fabric.world)]
    for source in range(fabric.world):
        streams = []
        for to in peers(fabric, source):
            size = int(matrix[source][to])
            relay = to // fabric.npus * fabric.npus + source % fabric.npus
            if size and relay == source:
                inside[source].append((to, [(0, part) for part in chunks_of(size, fabric.chunk)]))
            elif size:
                streams.append((relay, size, (source, to)))
        first += leave(fabric, source, streams)
    cross(fabric, first)
    relayed = collections.defaultdict(list)
    for chunk in first:
        if chunk.to != chunk.stream[1]:
            relayed[chunk.stream, chunk.to].append((chunk.there, chunk.size))
    for ((_, to), relay), parts in relayed.items():
        inside[relay].append((to, parts))
    second = []
    for rank, streams in enumerate(inside):
        second += hand_on(fabric, rank, streams)
    cross(fabric, second)
    direct = [chunk for chunk in first if chunk.to == chunk.stream[1]]
    return last(fabric, direct + second)


def hand_on(fabric, rank, streams):
    """Chunks of streams (to, [(there, size)]) in the order in which they ask; who asks anew for a
    chunk that was there all along stands behind who asks at the same instant for the first time."""
    ports = collections.defaultdict(list)
    for number, (to, parts) in enumerate(streams):
        heapq.heappush(ports[way(fabric, rank, to).out], (parts[0][0], 0, number, 0))
    sent = []
    for asking in ports.values():
        free = 0
        while asking:
            asked, _, number, part = heapq.heappop(asking)
            to, parts = streams[number]
            chunk = Chunk(rank, to, parts[part][1], len(sent))
            chunk.span = duration(chunk.size, way(fabric, rank, to).rate)
            chunk.there = free = max(asked, free) + chunk.span
            sent.append(chunk)
            if part + 1 < len(parts):
                heapq.heappush(asking, (max(free, parts[part + 1][0]), 1, number, part + 1))
    return sent
