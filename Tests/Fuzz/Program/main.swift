// moecluster-fuzz --seed N --inputs N [--target NAME]: a seeded loop over every reader of bytes from
// outside; a slow one gets its share of the inputs. A crash is rerun by the same arguments.
//   moecluster-fuzz --corpus FOLDER   writes the samples, a folder for each target

import FuzzTargets
import Glibc

func fail(_ what: String) -> Never {
    let line = "moecluster-fuzz: error: \(what)\n"
    _ = write(2, line, line.utf8.count)
    exit(2)
}

var seed: UInt64 = 1
var inputs = 1_000_000
var targets = FuzzTarget.allCases
var corpus: String?
var arguments = CommandLine.arguments.dropFirst()
while let name = arguments.popFirst() {
    guard let value = arguments.popFirst() else { fail("\(name) without a value") }
    switch name {
    case "--seed":
        guard let number = UInt64(value) else { fail("--seed \(value) is no number") }
        seed = number
    case "--inputs":
        guard let number = Int(value), number > 0 else { fail("--inputs \(value) is no count") }
        inputs = number
    case "--target":
        guard let target = FuzzTarget(rawValue: value) else {
            fail(
                "--target \(value); expected one of "
                    + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        targets = [target]
    case "--corpus": corpus = value
    default: fail("unknown argument \(name); expected --seed, --inputs, --target or --corpus")
    }
}

for target in targets {
    if let corpus {
        let folder = "\(corpus)/\(target.rawValue)"
        mkdir(folder, 0o755)
        // Some 30 of each are beginning enough.
        let samples = target.samples
        for index in stride(from: 0, to: samples.count, by: (samples.count + 29) / 30) {
            let sample = samples[index]
            guard let file = fopen("\(folder)/\(index)", "w") else {
                fail("cannot write \(folder)")
            }
            fwrite(sample, 1, sample.count, file)
            fclose(file)
        }
        continue
    }
    let start = ContinuousClock.now
    let tally = FuzzLoop(target, seed: seed).run(max(1, inputs * target.share / 100))
    print(
        "\(target.rawValue): seed \(seed), \(tally.inputs) inputs, \(tally.taken) taken, "
            + "\(ContinuousClock.now - start)"
    )
}
