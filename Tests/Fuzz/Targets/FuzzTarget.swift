// What is fuzzed: everything that takes bytes from outside. A target takes any bytes, and either
// refuses them or makes a value of them that says the same when it is written again.

import Configuration
import Exchange
import Routing
import Standing
import TokenData
import Wire

/// A reader of bytes from outside.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case frames
    case control
    case numpy
    case trace
    case configuration
    case matrix
    case standing

    /// Whether `bytes` are taken; a reader that breaks its word stops the process.
    public func accepts(_ bytes: [UInt8]) -> Bool {
        switch self {
        case .frames: Self.withOwnMemory(bytes, readFrame)
        case .control: Self.withOwnMemory(bytes, readControl)
        case .numpy: readNumpy(bytes)
        case .trace: readTrace(bytes)
        case .configuration: readConfiguration(bytes)
        case .matrix: readMatrix(bytes)
        case .standing: readRequest(bytes)
        }
    }

    /// How many inputs of it a seeded loop gives where the quickest reader gets a hundred: a
    /// configuration is read key by key and checked as a whole.
    public var share: Int { self == .configuration ? 2 : 100 }

    /// Memory of exactly these bytes, so that a sanitizer sees a read beyond them.
    private static func withOwnMemory(
        _ bytes: [UInt8],
        _ body: (UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: bytes)
        return body(UnsafeRawBufferPointer(copy))
    }

    private func readFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= FrameHeader.size else { return false }
        let head = UnsafeRawBufferPointer(rebasing: bytes[..<FrameHeader.size])
        do throws(FrameError) {
            let header = try FrameHeader(head)
            guard header.length <= bytes.count - FrameHeader.size else { return false }
            let end = FrameHeader.size + header.length
            let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size..<end])
            try FrameHeader.verify(head, payload)
            // Not byte for byte: nobody reads the flags and the last twelve bytes yet.
            let written = header.encoded(for: payload)
            let again: FrameHeader? = written.withUnsafeBytes { try? FrameHeader($0) }
            guard again == header else {
                fatalError("\(header) is \(String(describing: again)) when written again")
            }
            return true
        } catch {
            _ = error.description
            return false
        }
    }

    private func readControl(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(ControlError) {
            let message = try ControlCodec.decode(bytes)
            let again = ControlCodec.encode(message).dropFirst(ControlCodec.prefix)
            let copy = Array(again)
            let back: ControlMessage? = copy.withUnsafeBytes { try? ControlCodec.decode($0) }
            guard back == message else {
                fatalError("\(message) is \(String(describing: back)) when written again")
            }
            return true
        } catch {
            _ = error.description
            return false
        }
    }

    private func readTrace(_ bytes: [UInt8]) -> Bool {
        let plan = TraceFile.Plan(world: 4, sources: [0, 2], tokens: 3, experts: 8)
        do throws(TokenDataError) {
            let text = String(decoding: bytes, as: UTF8.self)
            let trace = try TraceFile.read(text, of: "trace", fitting: plan)
            for step in trace.steps {
                guard step.keys.sorted() == plan.sources,
                    step.values.allSatisfy({ $0.choices.count <= plan.tokens }),
                    step.values.flatMap(\.choices).joined()
                        .allSatisfy({ (0..<plan.experts).contains($0.expert) })
                else { fatalError("\(step) does not fit \(plan)") }
            }
            return true
        } catch {
            _ = error.description
            return false
        }
    }

    private func readConfiguration(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        do throws(ConfigurationProblems) {
            let configuration = try PlanReader.configuration(from: text, file: "fuzz")
            let written = PlanFile.render(configuration)
            let again = try? PlanReader.configuration(from: written, file: "again")
            guard again?.plan == configuration.plan,
                again?.faults.specs == configuration.faults.specs,
                again?.faults.recovery == configuration.faults.recovery
            else { fatalError("\(written)\nis not read as it was written") }
            return true
        } catch {
            guard !error.description.isEmpty else { fatalError("refused without a word") }
            return false
        }
    }

    private func readMatrix(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        do throws(MatrixTextProblem) {
            let matrix = try TrafficMatrix(text: text, file: "matrix", world: 3)
            let written = TrafficMatrix.text(matrix.rows)
            guard let again = try? TrafficMatrix(text: written, file: "again", world: 3),
                again == matrix
            else { fatalError("\(matrix.rows) is not read as it was written") }
            return true
        } catch {
            guard !error.description.isEmpty else { fatalError("refused without a word") }
            return false
        }
    }

    private func readRequest(_ bytes: [UInt8]) -> Bool {
        var reader = LineReader(limit: StandingRequest.lineMax)
        guard case .line(let line) = reader.take(bytes) else { return false }
        do throws(StandingRefusal) {
            let request = try StandingRequest(line: line)
            let again = try? StandingRequest(line: Array(request.line.utf8.dropLast()))
            guard again == request else {
                fatalError("\(request) is \(String(describing: again)) when written again")
            }
            return true
        } catch {
            guard !error.description.isEmpty else { fatalError("refused without a word") }
            return false
        }
    }

    private func readNumpy(_ bytes: [UInt8]) -> Bool {
        do throws(NumpyError) {
            let header = try NumpyHeader(parsing: bytes)
            guard header.fileBytes >= header.dataOffset, header.dataOffset <= bytes.count,
                header.count == header.shape.reduce(1, &*)
            else { fatalError("\(header) does not add up") }
            return true
        } catch {
            _ = error.description
            return false
        }
    }
}
