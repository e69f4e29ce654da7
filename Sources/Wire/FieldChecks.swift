// Fields of a message whose values may be out of range, checked in one place.

/// A count of 1 to 1,048,576, so that products of three stay far from an Int's end.
func positive(_ name: String, _ value: UInt32) throws(ControlError) -> Int {
    guard (1...1 << 20).contains(value) else { throw .invalid("\(name) \(value)") }
    return Int(value)
}

func named<T: RawRepresentable>(
    _ name: String,
    _ raw: UnsafePointer<CChar>?
) throws(ControlError) -> T where T.RawValue == String {
    guard let value = unsafe T(rawValue: text(raw)) else {
        throw .invalid(unsafe "\(name) \(text(raw))")
    }
    return value
}
