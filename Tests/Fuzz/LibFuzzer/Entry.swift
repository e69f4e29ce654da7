// What libFuzzer calls; tools/fuzz compiles it, no target of Package.swift has it. The reader is
// named by MOECLUSTER_FUZZ_TARGET.

import FuzzTargets
import Glibc

private let target: FuzzTarget = {
    let name = getenv("MOECLUSTER_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError(
            "MOECLUSTER_FUZZ_TARGET is \"\(name)\"; expected one of "
                + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        )
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    _ = target.accepts(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
