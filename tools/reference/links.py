"""The link model once more, written from its description alone: chunks, a fluid, and bounds.

A matrix holds bytes, row = sender, of nodes x npus ranks that all start at 0; rank r is NPU
r % npus of node r // npus. What a rank sends to itself takes no time. Times are picoseconds.

    direct_times, hierarchical_times, rail_times   the model itself: integer picoseconds, chunk by chunk
    fluid_times   a model of another kind: max-min fair flows without chunks or queues; mesh and switch
    direct_bound, relayed_bound   what no schedule can beat: LB2 and LB3; mesh and switch, LB3 of quads as well

A chunk leaves by a port of its sender, passes the ports that it shares with other ranks' chunks in the
order in which chunks are there, and enters by a port of its receiver. Ports are cut-through: a chunk's
first byte goes on as soon as it is there and the port is free, its last one no earlier than it comes.
"""

import collections
import dataclasses
import heapq

import numpy as np

PICO = 10**12


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Bandwidths in bytes/s of one direction, latencies in ps."""

    nodes: int
    npus: int
    topology: str  # of HCCS: mesh, switch or quads
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


# Chunks.


def chunks_of(size, limit):
    """Full chunks, and a shorter one at the end if need be."""
    full, rest = divmod(size, limit)
    return [limit] * full + ([rest] if rest else [])


def duration(size, rate):
    """Picoseconds of `size` bytes, rounded up."""
    return -(-size * PICO // rate)


def peers(cluster, rank):
    """The other ranks in the order in which one turns to them: its own node first and then the
    next ones, in each of them its own index first and then the next ones."""
    node, index = divmod(rank, cluster.npus)
    for node_step in range(cluster.nodes):
        for step in range(cluster.npus):
            to = (node + node_step) % cluster.nodes * cluster.npus + (index + step) % cluster.npus
            if to != rank:
                yield to


# From one rank to another: names of ports, and what they can do. `shared` are (name, bytes/s) in the
# order in which a chunk passes them; latency comes after the first of them, or after `out`.
Way = collections.namedtuple("Way", "out into rate latency shared")


def way(cluster, a, b):
    (node_a, index_a), (node_b, index_b) = divmod(a, cluster.npus), divmod(b, cluster.npus)
    if node_a // cluster.plane != node_b // cluster.plane:
        shared = []
        if cluster.leaf and node_a // cluster.leaf != node_b // cluster.leaf:
            up, down = ("up", node_a // cluster.leaf), ("down", node_b // cluster.leaf)
            shared = [(up, cluster.uplink), (down, cluster.uplink)]
        return Way((a, "nic"), (b, "nic"), cluster.slow, cluster.slow_latency, shared)
    if cluster.topology == "switch":
        return Way((a, "hccs"), (b, "hccs"), cluster.fast, cluster.fast_latency, [])
    if cluster.topology == "quads" and index_a // 4 != index_b // 4:
        crossing = ("pcie", node_a, index_a // 4, index_b // 4)
        return Way((a, "lane"), (b, "lane"), cluster.lane, cluster.lane_latency, [(crossing, cluster.lane)])
    return Way((a, b), (a, b), cluster.fast, cluster.fast_latency, [])


class Chunk:
    """`there`: when its last byte is where it is now; `span`: how long its bytes took at the slowest
    port so far; `serial` tells the chunks of a sender in their order."""

    def __init__(self, source, to, size, serial, stream=None):
        self.source, self.to, self.size, self.serial = source, to, size, serial
        self.stream, self.there, self.span = stream, 0, 0

    def order(self):
        return self.there, self.source, self.serial


def cross(cluster, chunks):
    """From the senders' ports, where each is `there`, into the receivers'."""
    queues = collections.defaultdict(list)
    for chunk in chunks:
        ways = way(cluster, chunk.source, chunk.to)
        for port, rate in ways.shared[:1]:
            queues[port, rate].append(chunk)
        if not ways.shared:
            chunk.there += ways.latency
    downs = collections.defaultdict(list)
    for (port, rate), queue in queues.items():
        serve_shared(queue, rate)
        for chunk in queue:
            ways = way(cluster, chunk.source, chunk.to)
            chunk.there += ways.latency
            for after in ways.shared[1:]:
                downs[after].append(chunk)
    for (port, rate), queue in downs.items():
        serve_shared(queue, rate)
    enter(cluster, chunks)


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


def enter(cluster, chunks):
    ports = collections.defaultdict(list)
    for chunk in chunks:
        ways = way(cluster, chunk.source, chunk.to)
        ports[ways.into, ways.rate].append(chunk)
    for (_, rate), queue in ports.items():
        free = 0
        for chunk in sorted(queue, key=Chunk.order):
            chunk.there = free = max(chunk.there, free + duration(chunk.size, rate))


def leave(cluster, rank, streams):
    """Chunks of streams (to, [(there, size)], name) in the order in which they ask their ports.

    A stream asks when its next chunk is there and its last one has left; who asks anew for a chunk that
    was there all along stands behind who asks at the same instant for the first time.
    """
    ports = collections.defaultdict(list)
    for number, (to, parts, _) in enumerate(streams):
        heapq.heappush(ports[way(cluster, rank, to).out], (parts[0][0], 0, number, 0))
    sent = []
    for asking in ports.values():
        free = 0
        while asking:
            asked, _, number, part = heapq.heappop(asking)
            to, parts, name = streams[number]
            chunk = Chunk(rank, to, parts[part][1], len(sent), name)
            chunk.span = duration(chunk.size, way(cluster, rank, to).rate)
            chunk.there = free = max(asked, free) + chunk.span
            sent.append(chunk)
            if part + 1 < len(parts):
                heapq.heappush(asking, (max(free, parts[part + 1][0]), 1, number, part + 1))
    return sent


def ready(cluster, size, at=0):
    """The chunks of a stream whose payload is all there at one instant."""
    return [(at, part) for part in chunks_of(size, cluster.chunk)]


def exchange(cluster, streams):
    """All chunks of a round, each with the instant at which its receiver has it. `streams`: by rank."""
    chunks = [chunk for rank in range(cluster.world) for chunk in leave(cluster, rank, streams[rank])]
    cross(cluster, chunks)
    return chunks


def last(chunks, done):
    """When each rank has the last of its chunks, `done` where nothing comes."""
    done = list(done)
    for chunk in chunks:
        done[chunk.to] = max(done[chunk.to], chunk.there)
    return done


def messages(cluster, matrix):
    """(sender, receiver, bytes) of what is to be sent, in the order in which senders turn to receivers."""
    for source in range(cluster.world):
        for to in peers(cluster, source):
            if size := int(matrix[source][to]):
                yield source, to, size


def empty(cluster):
    return [[] for _ in range(cluster.world)]


def direct_times(cluster, matrix):
    """When each rank has received everything."""
    streams = empty(cluster)
    for source, to, size in messages(cluster, matrix):
        streams[source].append((to, ready(cluster, size), None))
    return last(exchange(cluster, streams), [0] * cluster.world)


def hierarchical_times(cluster, matrix):
    """2DH: to the node mate with the destination's index first; once a rank has all that it hands
    on, to the destination's node. The first round has the HCCS ports alone, the second the NICs."""
    first, second = empty(cluster), empty(cluster)
    for source, to, size in messages(cluster, matrix):
        mate = source // cluster.npus * cluster.npus + to % cluster.npus
        if mate != source:
            first[source].append((mate, ready(cluster, size), None))
        if mate != to:
            second[mate].append((to, size))
    gathered = last(exchange(cluster, first), [0] * cluster.world)
    onward = [
        [(to, ready(cluster, size, gathered[rank]), None) for to, size in second[rank]]
        for rank in range(cluster.world)
    ]
    return last(exchange(cluster, onward), gathered)


def rail_times(cluster, matrix):
    """Between nodes to the NPU of the sender's index first, which hands on chunk by chunk as they come."""
    between, inside = empty(cluster), empty(cluster)
    for source, to, size in messages(cluster, matrix):
        relay = to // cluster.npus * cluster.npus + source % cluster.npus
        streams, hop = (inside, to) if relay == source else (between, relay)
        streams[source].append((hop, ready(cluster, size), (source, to)))
    first = exchange(cluster, between)
    relayed = collections.defaultdict(list)
    for chunk in first:
        if chunk.to != chunk.stream[1]:
            relayed[chunk.stream, chunk.to].append((chunk.there, chunk.size))
    for (stream, relay), parts in relayed.items():
        inside[relay].append((stream[1], parts, stream))
    arrived = [chunk for chunk in first if chunk.to == chunk.stream[1]]
    return last(arrived + exchange(cluster, inside), [0] * cluster.world)


# A fluid.


def tiers(cluster, matrix):
    """(bytes inside nodes, bytes between nodes), what a rank sends to itself in neither."""
    node = np.arange(cluster.world) // cluster.npus
    inside = node[:, None] == node[None, :]
    others = ~np.eye(cluster.world, dtype=bool)
    return np.where(inside & others, matrix, 0), np.where(inside, 0, matrix)


def max_min(active):
    """Max-min fair rates of flows between egress rows and ingress columns of capacity 1.

    Progressive filling, several bottlenecks a round: a port whose share is the smallest at
    every flow it carries can be settled whatever happens elsewhere.
    """
    rates = np.zeros(active.shape)
    left = active.copy()
    while left.any():
        out = share(1 - rates.sum(1), left.sum(1))[:, None]
        into = share(1 - rates.sum(0), left.sum(0))[None, :]
        slack = 1 + 1e-12
        rows = (~left | (out <= into * slack)).all(1, keepdims=True)
        columns = (~left | (into <= out * slack)).all(0, keepdims=True)
        settled = left & (rows | columns)
        rates[settled] = np.minimum(out, into)[settled]
        left &= ~settled
    return rates


def share(room, flows):
    """What each flow of a port gets, infinite at a port without flows."""
    return np.where(flows > 0, np.maximum(room, 0) / np.maximum(flows, 1), np.inf)


def drain(sizes, rate):
    """When each flow ends (s), ports of `rate` shared max-min fairly, from one end to the next."""
    rest = sizes.astype(float)
    ends = np.zeros(sizes.shape)
    now = 0.0
    while (rest > 0).any():
        speed = max_min(rest > 0) * rate
        lasts = np.full(sizes.shape, np.inf)
        np.divide(rest, speed, out=lasts, where=rest > 0)
        step = lasts.min()
        now += step
        over = lasts <= step * (1 + 1e-9)
        ends[over] = now
        rest = np.where(over, 0, np.maximum(rest - speed * step, 0))
    return ends


def fluid_times(cluster, matrix):
    """When each rank has received everything, if flows were fluids."""
    inner, outer = tiers(cluster, matrix)
    fast = drain(inner, cluster.fast) if cluster.topology == "switch" else inner / cluster.fast
    slow = drain(outer, cluster.slow)
    fast = np.where(inner > 0, fast * PICO + cluster.fast_latency, 0)
    slow = np.where(outer > 0, slow * PICO + cluster.slow_latency, 0)
    return np.maximum(fast, slow).max(0)


# Bounds. Latency is left out of them.


def both_ways(square):
    """Sent and received bytes of every rank, one after the other."""
    return np.concatenate([square.sum(1), square.sum(0)])


def direct_bound(cluster, matrix):
    """LB2: every byte takes its own link; the busiest NIC or HCCS link decides."""
    inner, outer = tiers(cluster, matrix)
    fast = both_ways(inner).max() if cluster.topology == "switch" else inner.max()
    return max(fast / cluster.fast, both_ways(outer).max() / cluster.slow) * PICO


def quads_bound(cluster, matrix):
    """Seconds of the busiest PCIe port, and of the busiest quad over all that joins it with others."""
    rank = np.arange(cluster.world)
    node, quad = rank // cluster.npus, rank % cluster.npus // 4
    times = []
    for n in range(cluster.nodes):
        for q in (0, 1):
            members, mates = (node == n) & (quad == q), (node == n) & (quad != q)
            times.append(matrix[np.ix_(members, mates)].sum() / cluster.lane)
            around = members.sum() * cluster.slow + cluster.lane
            times.append(matrix[np.ix_(members, ~members)].sum() / around)
            times.append(matrix[np.ix_(~members, members)].sum() / around)
    return max(times)


def relayed_bound(cluster, matrix):
    """LB3: node mates may relay.

    All NICs of a node carry what leaves or enters it; all HCCS links of a rank what stays in the
    node; and NIC and HCCS together everything the rank sends or receives. Where there are quads, all
    NICs of a quad and its PCIe ports carry what leaves or enters it; of a rank's links inside, one is its lane.
    """
    inner, outer = tiers(cluster, matrix)
    shape = (cluster.nodes, cluster.npus) * 2
    nodes = both_ways(outer.reshape(shape).sum((1, 3))).max() / (cluster.npus * cluster.slow)
    links_inside = {"switch": 1, "mesh": cluster.npus - 1, "quads": min(3, cluster.npus - 1)}
    fast = cluster.fast * links_inside[cluster.topology]
    if cluster.npus == 1:
        return nodes * PICO
    if cluster.topology == "quads" and cluster.npus > 4:
        fast += cluster.lane
        nodes = max(nodes, quads_bound(cluster, matrix))
    inside = both_ways(inner).max() / fast
    ranks = both_ways(inner + outer).max() / (fast + cluster.slow)
    return max(nodes, inside, ranks) * PICO
