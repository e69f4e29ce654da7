import CLibuv
import Glibc

/// How a child process ended.
public struct ProcessEnd: Sendable, Equatable, CustomStringConvertible {
    public let process: Int32
    public let status: Int
    public let signal: Int

    public var description: String {
        signal != 0 ? "killed by signal \(signal)" : "exited with \(status)"
    }
}

/// A child process with something written to its standard input.
@safe public final class ChildProcess: Handle {
    private var onExit: ((ProcessEnd) -> Void)?
    private var input: UnsafeMutablePointer<uv_pipe_t>?
    public private(set) var end: ProcessEnd?

    /// Starts `path` with `arguments`.
    ///
    /// `input` is written to its standard input, which then ends. `onExit` is called once, on the
    /// loop. The descriptor `handedDown` is 3 in the child. Its environment is that of this process
    /// and what `environment` adds: an entry, "NAME=value", takes the place of one of that name.
    /// In a session of its own Ctrl-C does not reach it, but the parent alone, which ends its
    /// children.
    public init(
        on loop: Loop,
        path: String,
        arguments: [String],
        environment: [String] = [],
        input: [UInt8],
        outputDescriptor: Int32,
        errorDescriptor: Int32,
        handedDown: Int32? = nil,
        hasOwnSession: Bool = true,
        onExit: @escaping (ProcessEnd) -> Void
    ) throws(LoopError) {
        self.onExit = onExit
        let pipe = UnsafeMutablePointer<uv_pipe_t>.allocate(capacity: 1)
        unsafe uv_pipe_init(loop.raw, pipe, 0)
        do {
            unsafe try super.init(UV_PROCESS, "uv_spawn \(path)", joinsLoopFirst: true) { memory in
                unsafe Self.spawn(
                    loop,
                    memory.assumingMemoryBound(to: uv_process_t.self),
                    path: path,
                    arguments: arguments,
                    environment: environment,
                    pipe: pipe,
                    descriptors: [outputDescriptor, errorDescriptor]
                        + (handedDown.map { [$0] } ?? []),
                    flags: hasOwnSession ? UV_PROCESS_DETACHED.rawValue : 0
                )
            }
        } catch {
            unsafe Self.close(pipe)
            throw error
        }
        unsafe Self.send(input, to: pipe)
    }

    public var processIdentifier: Int32 {
        unsafe memory.assumingMemoryBound(to: uv_process_t.self).pointee.pid
    }

    public var isRunning: Bool { end == nil }

    /// Sends a signal to the child while it runs.
    public func kill(_ signal: Int32) {
        guard isRunning, !isClosing else { return }
        unsafe uv_process_kill(memory.assumingMemoryBound(to: uv_process_t.self), signal)
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
        environment: [String],
        pipe: UnsafeMutablePointer<uv_pipe_t>,
        descriptors: [Int32],
        flags: UInt32
    ) -> Int32 {
        var options = unsafe uv_process_options_t()
        var argv: [UnsafeMutablePointer<CChar>?] =
            unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe argv.forEach { unsafe free($0) } }
        var environment: [UnsafeMutablePointer<CChar>?] =
            unsafe Self.environment(adding: environment).map { unsafe strdup($0) } + [nil]
        defer { unsafe environment.forEach { unsafe free($0) } }
        var stdio = unsafe Array(repeating: uv_stdio_container_t(), count: 1 + descriptors.count)
        unsafe stdio[0].flags = uv_stdio_flags(UV_CREATE_PIPE.rawValue | UV_READABLE_PIPE.rawValue)
        unsafe stdio[0].data.stream = unsafe UnsafeMutableRawPointer(pipe).assumingMemoryBound(
            to: uv_stream_t.self
        )
        for (index, descriptor) in descriptors.enumerated() {
            unsafe stdio[1 + index].flags = UV_INHERIT_FD
            unsafe stdio[1 + index].data.fd = descriptor
        }
        unsafe options.exit_cb = { process, status, signal in
            guard let process = unsafe process else { return }
            let end = unsafe ProcessEnd(
                process: process.pointee.pid,
                status: Int(status),
                signal: Int(signal)
            )
            unsafe ChildProcess.of(UnsafeMutableRawPointer(process)).exited(end)
        }
        return unsafe argv.withUnsafeMutableBufferPointer { argv in
            unsafe environment.withUnsafeMutableBufferPointer { environment in
                unsafe stdio.withUnsafeMutableBufferPointer { stdio in
                    unsafe options.file = unsafe UnsafePointer(argv[0])
                    unsafe options.args = argv.baseAddress
                    unsafe options.env = environment.baseAddress
                    unsafe options.stdio_count = Int32(stdio.count)
                    unsafe options.flags = flags
                    unsafe options.stdio = stdio.baseAddress
                    return unsafe uv_spawn(loop.raw, process, &options)
                }
            }
        }
    }

    /// This process's own entries, but for those that `added` has another value for.
    private static func environment(adding added: [String]) -> [String] {
        var entries = added
        let names = added.map { $0.prefix { $0 != "=" } + "=" }
        var index = 0
        while let entry = unsafe environ[index] {
            let text = unsafe String(cString: entry)
            if !names.contains(where: text.hasPrefix) { entries.append(text) }
            index += 1
        }
        return entries
    }

    /// Writes `input` and closes the pipe.
    private static func send(_ input: [UInt8], to pipe: UnsafeMutablePointer<uv_pipe_t>) {
        let stream = unsafe UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_stream_t.self)
        unsafe input.withUnsafeBytes { bytes in
            var buffer = unsafe uv_buf_t(bytes)
            // A fresh pipe takes far more than a secret at once.
            _ = unsafe uv_try_write(stream, &buffer, 1)
        }
        unsafe close(pipe)
    }

    private static func close(_ pipe: UnsafeMutablePointer<uv_pipe_t>) {
        let handle = unsafe UnsafeMutableRawPointer(pipe).assumingMemoryBound(to: uv_handle_t.self)
        unsafe uv_close(handle) { handle in
            unsafe UnsafeMutableRawPointer(handle)?.assumingMemoryBound(to: uv_pipe_t.self)
                .deallocate()
        }
    }
}
