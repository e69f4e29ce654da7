import CLibuv
import Glibc

/// How a child process ended.
public struct ProcessEnd: Sendable, Equatable, CustomStringConvertible {
    public let status: Int
    public let signal: Int

    public var description: String {
        signal != 0 ? "killed by signal \(signal)" : "exited with \(status)"
    }
}

/// A child process with something written to its standard input.
public final class ChildProcess: Handle {
    private var onExit: ((ProcessEnd) -> Void)?
    private var input: UnsafeMutablePointer<uv_pipe_t>?
    public private(set) var end: ProcessEnd?

    /// Starts `path` with `arguments`.
    ///
    /// `input` is written to its standard input, which then ends. `onExit` is called once, on the
    /// loop. The descriptor `handedDown` is 3 in the child.
    public init(
        on loop: Loop,
        path: String,
        arguments: [String],
        input: [UInt8],
        outputDescriptor: Int32,
        errorDescriptor: Int32,
        handedDown: Int32? = nil,
        onExit: @escaping (ProcessEnd) -> Void
    ) throws(LoopError) {
        self.onExit = onExit
        let pipe = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
        uv_pipe_init(loop.raw, pipe, 0)
        do {
            try super.init(UV_PROCESS, "uv_spawn \(path)", joinsLoopFirst: true) { memory in
                Self.spawn(
                    loop,
                    memory.assumingMemoryBound(to: uv_process_t.self),
                    path: path,
                    arguments: arguments,
                    pipe: pipe,
                    descriptors: [outputDescriptor, errorDescriptor]
                        + (handedDown.map { [$0] } ?? [])
                )
            }
        } catch {
            Self.close(pipe)
            throw error
        }
        Self.send(input, to: pipe)
    }

    public var processIdentifier: Int32 {
        memory.assumingMemoryBound(to: uv_process_t.self).pointee.pid
    }

    public var isRunning: Bool { end == nil }

    /// Sends a signal to the child while it runs.
    public func kill(_ signal: Int32) {
        guard isRunning, !isClosing else { return }
        uv_process_kill(memory.assumingMemoryBound(to: uv_process_t.self), signal)
    }

    private func exited(_ end: ProcessEnd) {
        self.end = end
        let notify = onExit
        onExit = nil
        notify?(end)
    }

    override func didClose() { onExit = nil }

    // MARK: The C side

    private static func spawn(
        _ loop: Loop,
        _ process: UnsafeMutablePointer<uv_process_t>,
        path: String,
        arguments: [String],
        pipe: UnsafeMutablePointer<uv_pipe_t>,
        descriptors: [Int32]
    ) -> Int32 {
        var options = uv_process_options_t()
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var stdio = Array(repeating: uv_stdio_container_t(), count: 1 + descriptors.count)
        stdio[0].flags = uv_stdio_flags(UV_CREATE_PIPE.rawValue | UV_READABLE_PIPE.rawValue)
        stdio[0].data.stream = UnsafeMutableRawPointer(pipe).assumingMemoryBound(
            to: uv_stream_t.self
        )
        for (index, descriptor) in descriptors.enumerated() {
            stdio[1 + index].flags = UV_INHERIT_FD
            stdio[1 + index].data.fd = descriptor
        }
        options.exit_cb = { process, status, signal in
            guard let process else { return }
            ChildProcess.of(UnsafeMutableRawPointer(process)).exited(
                ProcessEnd(status: Int(status), signal: Int(signal))
            )
        }
        return argv.withUnsafeMutableBufferPointer { argv in
            stdio.withUnsafeMutableBufferPointer { stdio in
                options.file = UnsafePointer(argv[0])
                options.args = argv.baseAddress
                options.stdio_count = Int32(stdio.count)
                // A session of its own: Ctrl-C reaches the parent alone, which ends its children.
                options.flags = UV_PROCESS_DETACHED.rawValue
                options.stdio = stdio.baseAddress
                return uv_spawn(loop.raw, process, &options)
            }
        }
    }

    /// Writes `input` and closes the pipe.
    private static func send(_ input: [UInt8], to pipe: UnsafeMutablePointer<uv_pipe_t>) {
        let stream = UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_stream_t.self)
        input.withUnsafeBytes { bytes in
            var buffer = uv_buf_t(bytes)
            // A fresh pipe takes far more than a secret at once.
            _ = uv_try_write(stream, &buffer, 1)
        }
        close(pipe)
    }

    private static func close(_ pipe: UnsafeMutablePointer<uv_pipe_t>) {
        let handle = UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_handle_t.self)
        uv_close(handle) { handle in
            UnsafeMutableRawPointer(handle)?.assumingMemoryBound(to: uv_pipe_t.self).deallocate()
        }
    }
}
