// A connection that carries control messages: the whole life of a coordinator-worker connection,
// and the handshake of a mesh connection.

import EventLoop
import Wire

/// Control messages over one connection.
final class ControlChannel: ReceiveTarget {
    let connection: Connection
    /// The most bytes of a message: small until the peer has proved the secret.
    var limit = ControlCodec.handshakeLimit
    var onMessage: ((ControlMessage) -> Void)?
    /// The connection ended or its peer said something that is no message.
    var onEnd: ((String) -> Void)?

    private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
    private var filled = 0
    /// Length of the body that is being read; `nil` while its prefix is.
    private var bodyLength: Int?

    init(_ connection: Connection) { self.connection = connection }

    deinit { buffer.deallocate() }

    func begin() throws(LoopError) { try connection.read(into: self) }

    func send(_ message: ControlMessage) { connection.write(ControlCodec.encode(message)) }

    /// Closes without telling anybody.
    func close() {
        onMessage = nil
        onEnd = nil
        connection.close()
    }

    func nextBuffer() -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
    }

    private var wanted: Int { bodyLength ?? ControlCodec.prefix }

    func received(_ count: Int) {
        filled += count
        guard filled == wanted else { return }
        do throws(ControlError) {
            guard let length = bodyLength else {
                try beginBody()
                return
            }
            let body = UnsafeRawBufferPointer(rebasing: buffer[..<length])
            let message = try ControlCodec.decode(body)
            filled = 0
            bodyLength = nil
            onMessage?(message)
        } catch {
            fail(error.description)
        }
    }

    private func beginBody() throws(ControlError) {
        let prefix = UnsafeRawBufferPointer(rebasing: buffer[..<ControlCodec.prefix])
        let length = try ControlCodec.length(of: prefix, limit: limit)
        guard length > 0 else { throw .malformed(length: 0) }
        if length > buffer.count {
            buffer.deallocate()
            buffer = .allocate(byteCount: length, alignment: 8)
        }
        filled = 0
        bodyLength = length
    }

    func ended(_ error: LoopError) {
        fail(error.isEndOfStream ? "the connection was closed" : error.description)
    }

    private func fail(_ reason: String) {
        let notify = onEnd
        close()
        notify?(reason)
    }
}
