// Plays random steps from seeds and holds them against the rules.
//   moecluster-soak COUNT [FIRST-SEED]

import Conformance
import Glibc

let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
guard (1...2).contains(arguments.count), let count = arguments[0], count > 0,
    let first = arguments.count > 1 ? arguments[1] : 1
else {
    print("soak: error: expected COUNT [FIRST-SEED], both whole numbers")
    exit(64)
}
var failures = 0
var chunks = 0
for seed in first..<first + count {
    let step = SoakCase(seed: seed)
    do {
        chunks += try Conformance.check(step)
    } catch {
        failures += 1
        print("\(step.description): \(error)")
    }
}
print("\(count) steps, \(chunks) chunks, \(failures) failures")
exit(failures == 0 ? 0 : 1)
