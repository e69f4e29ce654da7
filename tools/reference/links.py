"""The link model once more, written from its description alone: chunks, a fluid, and bounds.

A matrix holds bytes, row = sender, of nodes x npus ranks that all start at 0; rank r is NPU
r % npus of node r // npus. What a rank sends to itself takes no time. Times are picoseconds.

    chunk_times   the model itself: integer picoseconds, chunk by chunk
    hierarchical_times   the same for two rounds: inside nodes, then between NPUs of one index
    fluid_times   a model of another kind: max-min fair flows without chunks or queues
    direct_bound, relayed_bound   what no schedule can beat: LB2 and LB3
"""

import dataclasses

import numpy as np

PICO = 10**12


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Bandwidths in bytes/s of one direction, latencies in ps."""

    nodes: int
    npus: int
    switch: bool  # HCCS: one port an NPU, else a link for each ordered pair
    fast: int = 28 * 10**9
    fast_latency: int = 3 * 10**6
    slow: int = 25 * 10**9
    slow_latency: int = 10 * 10**6
    chunk: int = 64 * 1024

    @property
    def world(self):
        return self.nodes * self.npus

    def inside(self, a, b):
        """Whether two ranks share a node."""
        return a // self.npus == b // self.npus


def tiers(cluster, matrix):
    """(bytes inside nodes, bytes between nodes), what a rank sends to itself in neither."""
    node = np.arange(cluster.world) // cluster.npus
    inside = node[:, None] == node[None, :]
    others = ~np.eye(cluster.world, dtype=bool)
    return np.where(inside & others, matrix, 0), np.where(inside, 0, matrix)


# Chunks.


def chunks_of(size, limit):
    """Full chunks, and a shorter one at the end if need be."""
    full, rest = divmod(size, limit)
    return [limit] * full + ([rest] if rest else [])


def duration(size, rate):
    """Picoseconds of `size` bytes, rounded up."""
    return -(-size * PICO // rate)


def round_robin(queues):
    """Takes one item of each queue in turn until all are empty: (key, item)."""
    for turn in range(max(map(len, queues.values()), default=0)):
        for key, queue in queues.items():
            if turn < len(queue):
                yield key, queue[turn]


def peers(cluster, rank):
    """The other ranks in the order in which one turns to them: its own node first and then the
    next ones, in each of them its own index first and then the next ones."""
    node, index = divmod(rank, cluster.npus)
    for node_step in range(cluster.nodes):
        for step in range(cluster.npus):
            to = (node + node_step) % cluster.nodes * cluster.npus + (index + step) % cluster.npus
            if to != rank:
                yield to


def depart(cluster, matrix):
    """Everything that arrives at each ingress port: {port: [(arrive, source, seq, size, to)]}.

    All payload is ready at 0, so an egress port is never idle before it is done.
    """
    ports = {}
    for source in range(cluster.world):
        egress = {}
        for to in peers(cluster, source):
            if not cluster.inside(source, to):
                port = "nic"
            elif cluster.switch:
                port = "switch"
            else:
                port = ("pair", to)
            egress.setdefault(port, {})[to] = chunks_of(int(matrix[source][to]), cluster.chunk)
        for port, queues in egress.items():
            slow = port == "nic"
            rate = cluster.slow if slow else cluster.fast
            latency = cluster.slow_latency if slow else cluster.fast_latency
            free = 0
            for seq, (to, size) in enumerate(round_robin(queues)):
                free += duration(size, rate)
                # The far end of a pair's link is a port of that pair alone.
                far = (to, source) if isinstance(port, tuple) else (to, port)
                ports.setdefault((far, rate), []).append((free + latency, source, seq, size, to))
    return ports


def chunk_times(cluster, matrix, tie=lambda source: source):
    """When each rank has received everything. `tie` orders sources of simultaneous arrivals."""
    done = [0] * cluster.world
    for (_, rate), arrivals in depart(cluster, matrix).items():
        free = 0
        for arrive, _, _, size, to in sorted(arrivals, key=lambda c: (c[0], tie(c[1]), c[2])):
            # Cut-through: an idle ingress hands a chunk on as its last byte comes in.
            free = max(arrive, free + duration(size, rate))
            done[to] = max(done[to], free)
    return done


# Two rounds.


def play(cluster, streams, ready):
    """When each rank has received everything of a round, `ready` where nothing comes.

    `streams` of a rank are (to, bytes) in the order in which they ask; they may leave from `ready`
    on. Those of one port take turns, whoever they are for.
    """
    ports = {}
    for source in range(cluster.world):
        egress = {}
        for number, (to, size) in enumerate(streams[source]):
            port = "switch" if cluster.switch else ("pair", to)
            port = port if cluster.inside(source, to) else "nic"
            egress.setdefault(port, {})[number, to] = chunks_of(size, cluster.chunk)
        for port, queues in egress.items():
            slow = port == "nic"
            rate = cluster.slow if slow else cluster.fast
            latency = cluster.slow_latency if slow else cluster.fast_latency
            free = ready[source]
            for (_, to), size in round_robin(queues):
                free += duration(size, rate)
                far = (to, source) if isinstance(port, tuple) else (to, port)
                ports.setdefault((far, rate), []).append((free + latency, source, free, size, to))
    done = list(ready)
    for (_, rate), arrivals in ports.items():
        free = 0
        for arrive, _, _, size, to in sorted(arrivals):
            free = max(arrive, free + duration(size, rate))
            done[to] = max(done[to], free)
    return done


def hierarchical_times(cluster, matrix):
    """2DH: to the node mate with the destination's index first; once a rank has all that it hands
    on, to the destination's node. The first round has the HCCS ports alone, the second the NICs."""
    first = [[] for _ in range(cluster.world)]
    second = [[] for _ in range(cluster.world)]
    for source in range(cluster.world):
        for to in peers(cluster, source):
            size = int(matrix[source][to])
            mate = source // cluster.npus * cluster.npus + to % cluster.npus
            if size and mate != source:
                first[source].append((mate, size))
            if size and mate != to:
                second[mate].append((to, size))
    gathered = play(cluster, first, [0] * cluster.world)
    return play(cluster, second, gathered)


# A fluid.


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
    fast = drain(inner, cluster.fast) if cluster.switch else inner / cluster.fast
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
    fast = both_ways(inner).max() if cluster.switch else inner.max()
    return max(fast / cluster.fast, both_ways(outer).max() / cluster.slow) * PICO


def relayed_bound(cluster, matrix):
    """LB3: node mates may relay.

    All NICs of a node carry what leaves or enters it; all HCCS links of a rank what stays in the
    node; and NIC and HCCS together everything the rank sends or receives.
    """
    inner, outer = tiers(cluster, matrix)
    shape = (cluster.nodes, cluster.npus) * 2
    nodes = both_ways(outer.reshape(shape).sum((1, 3))).max() / (cluster.npus * cluster.slow)
    fast = cluster.fast * (1 if cluster.switch else cluster.npus - 1)
    if cluster.npus == 1:
        return nodes * PICO
    inside = both_ways(inner).max() / fast
    ranks = both_ways(inner + outer).max() / (fast + cluster.slow)
    return max(nodes, inside, ranks) * PICO
