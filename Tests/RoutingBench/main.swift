// How fast routers decide, on one core: tokens a second, a line of JSON for each measurement.
// tools/bench-routing builds it, runs it and sets numpy's dense gate beside it.

import ClusterModel
import Glibc
import Routing

/// Seconds of this process's CPU time: what it was given, however busy the host is.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Gaussian-like features, [tokens x width]: the sum of four uniform numbers.
func features(tokens: Int, width: Int) -> TokenBatch {
    var random = SeededRandom(seed: 1)
    let values = (0..<tokens * width).map { _ in
        Float((0..<4).reduce(0) { sum, _ in sum + random.nextUnit() } - 2)
    }
    return TokenBatch(width: width, features: values)
}

/// The median and the spread of tokens a second over `rounds` rounds of at least `seconds`.
func measure(
    _ name: String,
    _ batch: TokenBatch,
    rounds: Int = 7,
    seconds: Double = 0.25,
    _ body: () -> Int
) {
    var checksum = body()
    let rates = (0..<rounds).map { _ in
        let start = now()
        var tokens = 0
        repeat {
            checksum &+= body()
            tokens += batch.count
        } while now() - start < seconds
        return Double(tokens) / (now() - start)
    }.sorted()
    print(
        "{\"name\": \"\(name)\", \"tokens\": \(batch.count), \"width\": \(batch.width), "
            + "\"per_second\": \(rates[rounds / 2]), \"min\": \(rates[0]), "
            + "\"max\": \(rates[rounds - 1]), \"checksum\": \(checksum)}"
    )
}

/// Adds up all features and does nothing else: what a core can read of them from its caches or from
/// memory, which no gate that looks at each of them once can beat.
func read(_ features: [Float]) -> Int {
    let lanes = 64
    var sums = SIMD64<Float>.zero
    features.withUnsafeBytes { raw in
        for at in stride(from: 0, through: features.count - lanes, by: lanes) {
            sums += unsafe raw.loadUnaligned(
                fromByteOffset: at * MemoryLayout<Float>.size,
                as: SIMD64<Float>.self
            )
        }
    }
    return Int(sums.sum())
}

for tokens in [256, 4096] {
    let batch = features(tokens: tokens, width: 4096)
    measure("read", batch) { read(batch.features) }
    guard let gate = GroupedAveragePooling(experts: 16, width: 4096) else { fatalError("16 x 256") }
    measure("grap", batch) { gate.affinities(of: batch).count }
}
let settings = RoutingSettings(
    routers: [.locmoePlus],
    baseline: .locmoePlus,
    topK: 1,
    capacityFactor: 1.1,
    capacityFloor: 1,
    threshold: 0.8,
    mode: .ecr,
    policy: .drop
)
for tokens in [512, 4096] {
    let batch = features(tokens: tokens, width: 384)
    for name in [RouterName.locmoePlus, .tcr, .locmoe, .switch] {
        let router = try RouterCatalog.make(
            name,
            settings: settings,
            experts: 16,
            width: 384,
            seed: 7
        )
        measure(name.rawValue, batch) { router.assign(batch).kept }
    }
}
