import CLibuv
import Glibc

/// A call into libuv or the kernel that did not succeed.
public struct LoopError: Error, Equatable, CustomStringConvertible {
    /// The call, as in "uv_tcp_bind".
    public let operation: String
    /// libuv's code: a negated errno.
    public let code: Int32

    public init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// The last error of a plain system call.
    static func system(_ operation: String) -> LoopError {
        LoopError(operation: operation, code: uv_translate_sys_error(errno))
    }

    public var description: String { unsafe "\(operation): \(String(cString: uv_strerror(code)))" }

    /// This process, or the host, has no descriptor left.
    public var isOutOfDescriptors: Bool {
        code == UV_EMFILE.rawValue || code == UV_ENFILE.rawValue
    }

    /// The other side closed the connection in good order.
    public var isEndOfStream: Bool { code == UV_EOF.rawValue }
}

/// Turns a libuv return code into an error.
@discardableResult
func check(_ operation: String, _ code: Int32) throws(LoopError) -> Int32 {
    guard code >= 0 else { throw LoopError(operation: operation, code: code) }
    return code
}
